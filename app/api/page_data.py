"""Facts that the pages show and JavaScript needs: config fields, presets and upload limits."""

from dataclasses import fields
from typing import Any

from app.images.limits import MAX_BYTES, MAX_PICTURES, MAX_PIXELS
from app.runs.names import LONGEST_NAME
from trainer.config import Config
from trainer.fields import Kind
from trainer.presets import PRESETS


def page_data() -> dict[str, Any]:
    """Return the facts as values for JSON."""
    return {
        "fields": [
            _field(field.name, field.default, field.metadata["kind"]) for field in fields(Config)
        ],
        "presets": [
            {"name": name, "label": preset.label, "help": preset.help, "values": preset.values}
            for name, preset in PRESETS.items()
        ],
        "longest_name": LONGEST_NAME,
        "upload": {"max_bytes": MAX_BYTES, "max_pictures": MAX_PICTURES, "max_pixels": MAX_PIXELS},
    }


def _field(name: str, default: Any, kind: Kind) -> dict[str, Any]:
    return {
        "name": name,
        "label": kind.label,
        "help": kind.help,
        "group": kind.group,
        "type": kind.type,
        "default": default,
        "fork": kind.fork,
        **kind.form(),
    }
