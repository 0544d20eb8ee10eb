"""Frames of the live streams, as JSON text."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from app.api.runs.responses import EpochResponse, RunResponse, StatisticsRow
from app.loss_series import finite
from app.runs.run_log import Content, LossRange, StatisticsRange
from app.storage.records import Epoch, Run
from trainer.events import Progress


def content_frame(content: Content) -> str:
    """Convert one thing that a run's log holds."""
    match content:
        case LossRange(first_step, values):
            return _encode("loss", {"first_step": first_step, "values": finite(values)})
        case StatisticsRange(rows):
            return _encode("statistics", {"rows": [StatisticsRow.of(r).model_dump() for r in rows]})
        case Epoch():
            return _encode("epoch", EpochResponse.of(content).model_dump())
        case Progress():
            return _encode("progress", asdict(content))
        case Run():
            return _encode("run", {"run": _run(content)})


def first_frame(run: Run, epochs: Sequence[Epoch]) -> str:
    """Convert a run with all its epochs: the first frame of its stream."""
    rows = [EpochResponse.of(epoch).model_dump() for epoch in epochs]
    return _encode("run", {"run": _run(run), "epochs": rows})


def list_frame(runs: Sequence[Run], total: int) -> str:
    """Convert the newest runs and the number of all: the first frame of the stream of all runs."""
    return _encode("runs", {"runs": [_run(run) for run in runs], "total": total})


def deleted_frame(run_id: str) -> str:
    """Make the frame that says that a run is deleted."""
    return _encode("deleted", {"id": run_id})


def _run(run: Run) -> dict[str, Any]:
    return RunResponse.of(run).model_dump(mode="json")


def _encode(kind: str, content: Mapping[str, Any]) -> str:
    return json.dumps({"type": kind, **content}, allow_nan=False, separators=(",", ":"))
