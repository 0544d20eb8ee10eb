"""Copy of a run's database rows beside its files, from which a lost database is restored.

``run.json`` holds the run's row, ``epochs.jsonl`` one line for each complete epoch.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from app.storage import json_lines
from trainer.datasets.files import replacing

_RUN, _EPOCHS = "run.json", "epochs.jsonl"


def write_run(folder: Path, values: Mapping[str, Any]) -> None:
    """Replace the copy of a run's row.

    Args:
        folder: The run's folder.
        values: The row, by column.

    Raises:
        OSError: If the file cannot be written.
        TypeError: If a value is damaged.
    """
    text = json.dumps(values, indent=1)
    with replacing(folder / _RUN) as temporary:
        temporary.write_text(text, encoding="utf-8")


def append_epoch(folder: Path, values: Mapping[str, Any]) -> None:
    """Add the copy of an epoch's row.

    Args:
        folder: The run's folder.
        values: The row, by column, and the run's ``seconds`` so far as ``trained_s``.

    Raises:
        OSError: If the file cannot be written.
    """
    json_lines.append(folder / _EPOCHS, values)


def read_run(folder: Path) -> dict[str, Any] | None:
    """Read the copy of a run's row; None if there is none that can be read."""
    try:
        values = json.loads((folder / _RUN).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return values if isinstance(values, dict) else None


def read_epochs(folder: Path) -> list[dict[str, Any]]:
    """Read the copies of the epochs' rows; lines that cannot be read are left out."""
    return json_lines.read(folder / _EPOCHS)
