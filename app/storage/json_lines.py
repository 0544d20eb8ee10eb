"""Files of JSON objects, one a line, to which lines are added."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def append(path: Path, values: Mapping[str, Any]) -> None:
    """Add an object.

    Raises:
        OSError: If the file cannot be written.
    """
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(values) + "\n")


def read(path: Path) -> list[dict[str, Any]]:
    """Read the objects in their order; lines that cannot be read are left out."""
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
    return [row for line in lines if isinstance(row := _parsed(line), dict)]


def _parsed(line: str) -> object:
    try:
        return json.loads(line)
    except ValueError:
        return None
