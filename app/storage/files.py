"""Files of a run: its losses and checkpoints, in a folder of its own.

Workers import this module, so it imports neither the database nor anything slow to load.
"""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, TypeVar

import numpy as np
from numpy.typing import NDArray

from trainer import checkpoint
from trainer.config import Config
from trainer.datasets import Contents
from trainer.datasets.files import replacing
from trainer.events import Predictions
from trainer.functions import Array
from trainer.optimizers import OPTIMIZERS
from trainer.sequential import Sequential
from trainer.state import State

_T = TypeVar("_T")

_LOSS = np.dtype("<f8")
_LOSSES = "losses.f64"

_OVERHEAD = 8192  # of an .npz, names and headers


class RunFiles:
    """The files of one run.

    A file is written beside its place and renamed, so that it is whole or not there; it counts
    once the database says so.

    Args:
        folder: The run's own; made where it is missing.
        config: What the run trains.
    """

    def __init__(self, folder: Path, config: Config) -> None:
        self.folder = folder
        self._config = config

    @property
    def log(self) -> Path:
        """File with the worker's standard error."""
        return self.folder / "worker.log"

    def create(self) -> None:
        """Make the folder."""
        self.folder.mkdir(parents=True, exist_ok=True)

    def delete(self) -> None:
        """Remove all there is."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def log_tail(self) -> str:
        """Last lines of the worker's standard error."""
        try:
            return "\n".join(self.log.read_text(errors="replace").splitlines()[-6:])
        except OSError:
            return ""

    def save_epoch(self, state: State, predictions: Predictions) -> None:
        """Write the checkpoint of an epoch that has just ended."""
        self._save(self.epoch_path(state.epoch), state, predictions)

    def save_resume_point(self, state: State) -> None:
        """Write a checkpoint of any step, to go on from."""
        self._save(self._resume_path(state.step), state)

    def load_state(self, step: int, last_epoch: tuple[int, int] | None) -> State:
        """Read the state to go on from.

        Args:
            step: The resume point's.
            last_epoch: The last complete epoch and its last step; where that is ``step``, the
                epoch's checkpoint is the resume point.

        Raises:
            CheckpointError: If the file is damaged.
            OSError: If it cannot be read.
        """
        path = self._resume_path(step)
        if last_epoch and last_epoch[1] == step:
            path = self.epoch_path(last_epoch[0])
        with path.open("rb") as file:
            return checkpoint.load(file, self._config)

    def begin_from(self, source: Path, *, with_optimizer: bool) -> int:
        """Make another run's checkpoint this one's first resume point.

        Args:
            source: The checkpoint.
            with_optimizer: True to keep the optimizer's slots.

        Returns:
            C, the network's number of classes.

        Raises:
            CheckpointError: If the checkpoint is damaged, or of another network.
            OSError: If it cannot be read or the copy cannot be written.
        """
        with source.open("rb") as file:
            state = checkpoint.load(file, self._config, with_optimizer=with_optimizer)
        self.save_resume_point(state)
        return state.network.classes

    def drop_resume_points(self, before: int) -> None:
        """Remove resume points of earlier steps; the worker may have written a later one."""
        for step, path in self._numbered("resume"):
            if step < before:
                path.unlink(missing_ok=True)

    def clean(self, epochs: int, resume_step: int) -> None:
        """Remove what a killed process left: half-written files, and those never recorded.

        Args:
            epochs: The last epoch that is recorded.
            resume_step: The resume point that is.
        """
        for path in self.folder.glob(".*.part"):
            path.unlink(missing_ok=True)
        for epoch, path in self._numbered("epoch"):
            if epoch > epochs:
                path.unlink(missing_ok=True)
        for step, path in self._numbered("resume"):
            if step != resume_step:
                path.unlink(missing_ok=True)

    def load_network(self, epoch: int) -> Sequential:
        """Read the network as it was after an epoch."""
        return self._read(epoch, lambda file: checkpoint.load_network(file, self._config))

    def load_predictions(self, epoch: int) -> Predictions:
        """Read what the network said of the test set after an epoch."""
        return self._read(epoch, checkpoint.load_predictions)

    def load_weights(self, epoch: int) -> dict[str, Array]:
        """Read the parameters as they were after an epoch, by name."""
        return self._read(epoch, checkpoint.weights)

    def append_losses(self, values: NDArray[np.float64]) -> None:
        """Write the losses that follow those already there."""
        with self._losses_path.open("ab") as file:
            file.write(np.asarray(values, _LOSS).tobytes())

    def losses(self, start: int = 0, count: int = -1) -> NDArray[np.float64]:
        """Read losses.

        Args:
            start: How many to leave out at the beginning.
            count: How many to read at the most; -1: all.
        """
        try:
            with self._losses_path.open("rb") as file:
                file.seek(start * _LOSS.itemsize)
                content = file.read() if count < 0 else file.read(count * _LOSS.itemsize)
        except FileNotFoundError:
            return np.empty(0)
        whole = len(content) - len(content) % _LOSS.itemsize
        return np.frombuffer(content[:whole], _LOSS)

    def cut_losses(self, count: int) -> None:
        """Keep the first so many losses only."""
        kept = min(count, losses_in(self.folder)) * _LOSS.itemsize
        if self._losses_path.exists() and self._losses_path.stat().st_size > kept:
            with self._losses_path.open("r+b") as file:
                file.truncate(kept)

    def epoch_path(self, epoch: int) -> Path:
        """The checkpoint of an epoch."""
        return self.folder / f"epoch-{epoch:04}.npz"

    @property
    def _losses_path(self) -> Path:
        return self.folder / _LOSSES

    def _resume_path(self, step: int) -> Path:
        return self.folder / f"resume-{step}.npz"

    def _numbered(self, kind: str) -> list[tuple[int, Path]]:
        """The checkpoints of a kind that are there, with their numbers."""
        paths = self.folder.glob(f"{kind}-*.npz")
        numbers = ((path.stem.removeprefix(f"{kind}-"), path) for path in paths)
        return [(int(number), path) for number, path in numbers if number.isdecimal()]

    def _read(self, epoch: int, read: Callable[[BinaryIO], _T]) -> _T:
        with self.epoch_path(epoch).open("rb") as file:
            return read(file)

    def _save(self, path: Path, state: State, predictions: Predictions | None = None) -> None:
        with replacing(path) as temporary, temporary.open("wb") as file:
            checkpoint.save(file, state, predictions)


def losses_in(folder: Path) -> int:
    """Number of losses in a run's folder."""
    try:
        return (folder / _LOSSES).stat().st_size // _LOSS.itemsize
    except OSError:
        return 0


def estimated_bytes(config: Config, contents: Contents, steps: int, epochs: int) -> int:
    """Estimate the disk space of a run in bytes.

    Args:
        config: Config of the run.
        contents: Sizes and classes of its data set.
        steps: Number of losses.
        epochs: Number of epochs' checkpoints.
    """
    classes = len(contents.classes)
    weights = 4 * config.weights(classes) * (1 + len(OPTIMIZERS[config.optimizer].slot_names))
    # A class in one byte, and a logarithm in single precision for each class.
    predictions = contents.test_size * (1 + 4 * classes)
    points = 2  # a resume point, and the one that takes its place
    return (
        steps * _LOSS.itemsize
        + epochs * (weights + predictions + _OVERHEAD)
        + points * (weights + _OVERHEAD)
    )
