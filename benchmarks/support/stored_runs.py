"""Stores copies of a finished run, for measurements with many or long ones."""

import shutil
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

import numpy as np
from numpy.typing import NDArray


def duplicate(home: Path, run: str, ids: Iterable[str]) -> None:
    """Store copies of a run: rows in the database, and hard links to its files."""
    ids = list(ids)
    with closing(sqlite3.connect(home / "digitscope.db")) as database, database:
        for table_name, key in (("runs", "id"), ("epochs", "run_id")):
            columns = [row[1] for row in database.execute(f"PRAGMA table_info({table_name})")]
            kept = ", ".join(name for name in columns if name not in (key, "number"))
            database.executemany(
                f"INSERT INTO {table_name} ({key}, {kept}) "
                f"SELECT ?, {kept} FROM {table_name} WHERE {key} = ?",
                [(copy, run) for copy in ids],
            )
    runs = home / "runs"
    for copy in ids:
        shutil.copytree(runs / run, runs / copy, copy_function=_link)


def replace_losses(home: Path, run: str, losses: NDArray[np.float64]) -> None:
    """Give a stored run other losses, and as many iterations."""
    path = home / "runs" / run / "losses.f64"
    path.unlink()
    losses.astype("<f8").tofile(path)
    steps = len(losses)
    with closing(sqlite3.connect(home / "digitscope.db")) as database, database:
        (before,) = database.execute("SELECT steps_total FROM runs WHERE id = ?", [run]).fetchone()
        database.execute(
            "UPDATE runs SET steps_total = ?, resume_step = ? WHERE id = ?", [steps, steps, run]
        )
        database.execute(
            "UPDATE epochs SET step = step * ? / ? WHERE run_id = ?", [steps, before, run]
        )


def _link(source: str, target: str) -> None:
    Path(target).hardlink_to(source)
