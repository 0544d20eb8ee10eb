"""Job protocol between the server and a worker elsewhere: version, and messages as JSON.

A worker sends each message with the number of steps that it has reported before, so that the server
drops what it has received already and rejects a gap. Losses travel as base64 of little-endian
doubles; nothing is ever pickled.
"""

import base64
import hashlib
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from app.execution.messages import (
    DataReady,
    Ended,
    EpochSaved,
    Losses,
    Message,
    ResumePointSaved,
)
from trainer.events import Progress

PROTOCOL = 2
"""Version of the protocol: raise it at every change."""

END = "end"
"""Request in a response: save and end."""

LOSS = np.dtype("<f8")
"""Type of the losses."""

ROOT = Path(__file__).resolve().parents[2]
"""Folder from which ``app`` and ``trainer`` are imported."""


@dataclass(frozen=True, slots=True)
class Exited:
    """The training process has ended without the message ``Ended``.

    Attributes:
        reason: Description for a person.
    """

    reason: str


_KINDS: dict[type, str] = {
    Progress: "progress",
    DataReady: "data_ready",
    Losses: "losses",
    EpochSaved: "epoch_saved",
    ResumePointSaved: "resume_point_saved",
    Ended: "ended",
    Exited: "exited",
}


def encode(message: Message | Exited, after_step: int) -> dict[str, Any]:
    """Convert a message to JSON values.

    Args:
        message: The message.
        after_step: Last step whose loss was reported before.
    """
    fields = asdict(message)
    if isinstance(message, Losses):
        fields["values"] = base64.b64encode(np.asarray(message.values, LOSS).tobytes()).decode()
    return {"kind": _KINDS[type(message)], "after_step": after_step, **fields}


@cache
def source_digest() -> str:
    """Compute the checksum of the source code that a training depends on."""
    digest = hashlib.sha256()
    modules = [
        path for name in ("app/execution", "trainer") for path in (ROOT / name).rglob("*.py")
    ]
    for path in sorted([*modules, ROOT / "app" / "storage" / "files.py"]):
        digest.update(f"{path.relative_to(ROOT)}\n".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()
