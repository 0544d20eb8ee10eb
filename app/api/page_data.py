"""Facts that pages and JavaScript need: config fields, data sets, presets, glossary, limits."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from app.api.inspect_models import MAX_BATCH, MAX_STEPS
from app.images.upload_limits import MAX_BYTES, MAX_PICTURES, MAX_PIXELS
from app.lab.sheets import COLUMNS, PER_SHEET, SIDE
from app.runs.names import LONGEST_NAME
from app.storage.marks import Mark
from app.sweeps.plan import (
    DEFAULT_VALIDATION,
    MAX_AT_ONCE,
    MAX_TRIALS,
    NEVER_SEARCHED,
    OBJECTIVES,
    PRUNERS,
    SAMPLERS,
)
from trainer.config import Config, kinds
from trainer.datasets import DatasetError, Source
from trainer.fields import Kind
from trainer.inspection.gradient_check import TOLERANCE
from trainer.teaching.experiments import EXPERIMENTS
from trainer.teaching.glossary import GLOSSARY
from trainer.teaching.presets import PRESETS


def page_data(sources: Mapping[str, Source]) -> dict[str, Any]:
    """Return the facts as values for JSON.

    Args:
        sources: Data sets by name.
    """
    defaults = {field.name: field.default for field in fields(Config)}
    return {
        "fields": [_field(name, defaults[name], kind) for name, kind in kinds(sources).items()],
        "datasets": [_dataset(name, source) for name, source in sources.items()],
        "presets": [
            {"name": name, "label": preset.label, "help": preset.help, "values": preset.values}
            for name, preset in PRESETS.items()
        ],
        "experiments": [
            {
                "name": name,
                "label": experiment.label,
                "question": experiment.question,
                "look_for": experiment.look_for,
                "runs": [
                    {"name": run, "values": values} for run, values in experiment.runs.items()
                ],
            }
            for name, experiment in EXPERIMENTS.items()
        ],
        "longest_name": LONGEST_NAME,
        "inspection": {
            "tolerance": TOLERANCE,
            "max_steps": MAX_STEPS,
            "max_batch": MAX_BATCH,
        },
        "glossary": [{"term": term, "text": text} for term, text in GLOSSARY.items()],
        "marks": [{"name": mark, "label": mark.replace("_", " ")} for mark in Mark],
        "sheets": {"side": SIDE, "per_sheet": PER_SHEET, "columns": COLUMNS},
        "sweeps": {
            "samplers": _choices(SAMPLERS),
            "pruners": _choices(PRUNERS),
            "objectives": _choices(OBJECTIVES),
            "max_trials": MAX_TRIALS,
            "max_at_once": MAX_AT_ONCE,
            "validation": DEFAULT_VALIDATION,
            "never_searched": sorted(NEVER_SEARCHED),
        },
        "upload": {"max_bytes": MAX_BYTES, "max_pictures": MAX_PICTURES, "max_pixels": MAX_PIXELS},
    }


def _choices(registry: Mapping[str, tuple[str, str]]) -> list[dict[str, str]]:
    return [{"value": name, "label": label, "help": text}
            for name, (label, text) in registry.items()]  # fmt: skip


def _dataset(name: str, source: Source) -> dict[str, Any]:
    try:
        classes = source.contents().classes
    except DatasetError:
        classes = ()
    return {"name": name, "label": source.label, "classes": classes}


def _field(name: str, default: Any, kind: Kind) -> dict[str, Any]:
    return {
        "name": name,
        "label": kind.label,
        "help": kind.help,
        "problem": kind.instruction,
        "group": kind.group,
        "type": kind.type,
        "default": default,
        "fork": kind.fork,
        **kind.form(),
    }
