"""Files of a run: its losses and checkpoints, in a folder of its own.

Workers import this module, so it imports neither the database nor anything slow to load.
"""

import re
import secrets
import shutil
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, TypeVar

import numpy as np
from numpy.typing import NDArray

from trainer import checkpoint
from trainer.checkpoint import CheckpointError
from trainer.config import Config
from trainer.datasets import Contents
from trainer.datasets.files import replacing
from trainer.events import Predictions
from trainer.functions import Array
from trainer.layers.sequential import Sequential
from trainer.optimizers import OPTIMIZERS
from trainer.state import State

_T = TypeVar("_T")

_LOSS = np.dtype("<f8")
_LOSSES = "losses.f64"

_CHECKPOINT = re.compile(r"(epoch-\d{4,9}|resume-\d{1,12})\.npz")

_OVERHEAD = 8192  # names and headers of an .npz


class RunFileError(OSError):
    """File of a run that cannot be read."""


class RunFiles:
    """Losses and checkpoints of one run.

    A checkpoint is written under a temporary name and then renamed, so that it is complete or
    absent. It counts once the database names it.

    Args:
        folder: Folder of the run; ``create`` makes it.
        config: Config of the run.
    """

    def __init__(self, folder: Path, config: Config) -> None:
        self.folder = folder
        self._config = config

    @property
    def log(self) -> Path:
        """File with the worker's standard error."""
        return self.folder / "worker.log"

    def create(self) -> None:
        """Create the folder."""
        self.folder.mkdir(parents=True, exist_ok=True)

    def delete(self) -> None:
        """Remove the folder and all files in it."""
        remove(self.folder)

    def log_tail(self) -> str:
        """Return the last lines of the worker's standard error."""
        try:
            return "\n".join(self.log.read_text(errors="replace").splitlines()[-6:])
        except OSError:
            return ""

    def save_epoch(self, state: State, predictions: Predictions) -> None:
        """Write the checkpoint of an epoch that has just ended."""
        self._save(self.epoch_path(state.epoch), state, predictions)

    def save_resume_point(self, state: State) -> None:
        """Write a checkpoint of any step, to resume from."""
        self._save(self.resume_path(state.step), state)

    def load_state(self, step: int, last_epoch: tuple[int, int] | None) -> State:
        """Read the state to resume from.

        Args:
            step: Step of the resume point.
            last_epoch: Last complete epoch, or the start of a fork, and its last step; if that is
                ``step``, the epoch's checkpoint is the resume point.

        Raises:
            CheckpointError: If the file is damaged.
            RunFileError: If it cannot be read.
        """
        with _reading(self.start_path(step, last_epoch)) as file:
            return checkpoint.load(file, self._config)

    def start_path(self, step: int, last_epoch: tuple[int, int] | None) -> Path:
        """Return the path of the checkpoint to resume from; the arguments as in ``load_state``."""
        if last_epoch and last_epoch[1] == step:
            at_epoch = self.epoch_path(last_epoch[0])
            # Forks of earlier versions have their start as a resume point.
            if at_epoch.exists():
                return at_epoch
        return self.resume_path(step)

    @contextmanager
    def receiving(self, name: str) -> Iterator[BinaryIO]:
        """Open a checkpoint for writing that another machine has made; it counts on success only.

        Raises:
            ValueError: If the name is not that of a checkpoint.
        """
        if not _CHECKPOINT.fullmatch(name):
            raise ValueError(f"expected the name of a checkpoint; got {name!r}")
        part = self.folder / f".{name}.{secrets.token_hex(4)}.part"
        try:
            with part.open("wb") as file:
                yield file
            part.replace(self.folder / name)
        finally:
            part.unlink(missing_ok=True)

    def begin_from(
        self, source: Path, epoch: int, *, with_optimizer: bool, with_predictions: bool
    ) -> int:
        """Copy the checkpoint of another run's epoch, to start from.

        Args:
            source: The checkpoint.
            epoch: Number of the epoch, in both runs.
            with_optimizer: True to copy the optimizer's slots too.
            with_predictions: True to copy the predictions of the test set too, if there are any.

        Returns:
            C, the network's number of classes.

        Raises:
            CheckpointError: If the checkpoint is damaged, or of another network.
            RunFileError: If the checkpoint cannot be read.
            OSError: If the copy cannot be written.
        """
        with _reading(source) as file:
            state = checkpoint.load(file, self._config, with_optimizer=with_optimizer)
            file.seek(0)
            predictions = None
            if with_predictions:
                with suppress(CheckpointError):  # a fork on other data has none for its start
                    predictions = checkpoint.load_predictions(file)
        self._save(self.epoch_path(epoch), state, predictions)
        return state.network.classes

    def drop_resume_points(self, before: int) -> None:
        """Remove resume points of earlier steps; the worker may have written a later one."""
        for step, path in self._numbered("resume"):
            if step < before:
                path.unlink(missing_ok=True)

    def clean(self, epochs: int, resume_step: int) -> None:
        """Remove the files that a killed process left unfinished or that were never recorded.

        Args:
            epochs: Last recorded epoch.
            resume_step: Step of the recorded resume point.
        """
        for path in self.folder.glob(".*.part"):
            path.unlink(missing_ok=True)
        for epoch, path in self._numbered("epoch"):
            if epoch > epochs:
                path.unlink(missing_ok=True)
        for step, path in self._numbered("resume"):
            if step != resume_step:
                path.unlink(missing_ok=True)

    def resume_steps(self) -> list[int]:
        """Return the steps of the stored resume points."""
        return [step for step, _ in self._numbered("resume")]

    def load_network(self, epoch: int) -> Sequential:
        """Read the network after an epoch."""
        return self._read(epoch, lambda file: checkpoint.load_network(file, self._config))

    def load_predictions(self, epoch: int) -> Predictions:
        """Read the predictions of the test set after an epoch."""
        return self._read(epoch, checkpoint.load_predictions)

    def load_weights(self, epoch: int) -> dict[str, Array]:
        """Read the parameters after an epoch, by name."""
        return self._read(epoch, checkpoint.weights)

    def append_losses(self, values: NDArray[np.float64]) -> None:
        """Append losses to the stored ones."""
        with self._losses_path.open("ab") as file:
            file.write(np.asarray(values, _LOSS).tobytes())

    def losses(self, start: int = 0, count: int = -1) -> NDArray[np.float64]:
        """Read losses; there are none if the file does not exist.

        Args:
            start: Number of losses to leave out at the beginning.
            count: Largest number of losses to read; -1: all.

        Raises:
            RunFileError: If the file cannot be read.
        """
        if not self._losses_path.exists() and not self.folder.is_file():
            return np.empty(0)
        with _reading(self._losses_path) as file:
            file.seek(start * _LOSS.itemsize)
            content = file.read() if count < 0 else file.read(count * _LOSS.itemsize)
        whole = len(content) - len(content) % _LOSS.itemsize
        return np.frombuffer(content[:whole], _LOSS)

    def cut_losses(self, count: int) -> None:
        """Keep only the first ``count`` losses."""
        kept = min(count, losses_in(self.folder)) * _LOSS.itemsize
        if self._losses_path.exists() and self._losses_path.stat().st_size > kept:
            with self._losses_path.open("r+b") as file:
                file.truncate(kept)

    def epoch_path(self, epoch: int) -> Path:
        """Return the path of an epoch's checkpoint."""
        return self.folder / f"epoch-{epoch:04}.npz"

    def resume_path(self, step: int) -> Path:
        """Return the path of the resume point of a step."""
        return self.folder / f"resume-{step}.npz"

    def epoch_version(self, epoch: int) -> tuple[int, int]:
        """Return modification time in nanoseconds and size of an epoch's checkpoint.

        Raises:
            RunFileError: If it cannot be read.
        """
        path = self.epoch_path(epoch)
        with _explaining(path):
            status = path.stat()
        return status.st_mtime_ns, status.st_size

    @property
    def _losses_path(self) -> Path:
        return self.folder / _LOSSES

    def _numbered(self, kind: str) -> list[tuple[int, Path]]:
        """Return the stored checkpoints of a kind with their numbers."""
        paths = self.folder.glob(f"{kind}-*.npz")
        numbers = ((path.stem.removeprefix(f"{kind}-"), path) for path in paths)
        return [(int(number), path) for number, path in numbers if number.isdecimal()]

    def _read(self, epoch: int, read: Callable[[BinaryIO], _T]) -> _T:
        with _reading(self.epoch_path(epoch)) as file:
            return read(file)

    def _save(self, path: Path, state: State, predictions: Predictions | None = None) -> None:
        with replacing(path) as temporary, temporary.open("wb") as file:
            checkpoint.save(file, state, predictions)


def losses_in(folder: Path) -> int:
    """Return the number of losses in a run's folder; 0 if they are not in a regular file."""
    try:
        status = (folder / _LOSSES).stat()
    except OSError:
        return 0
    return status.st_size // _LOSS.itemsize if stat.S_ISREG(status.st_mode) else 0


def remove(path: Path) -> None:
    """Remove a run's folder, or a file in its place, as far as possible."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with suppress(OSError):
            path.unlink()


@contextmanager
def _reading(path: Path) -> Iterator[BinaryIO]:
    """Open a file for reading; the error says in words which one cannot be read."""
    with _explaining(path):
        file = path.open("rb")
    with file:
        yield file


@contextmanager
def _explaining(path: Path) -> Iterator[None]:
    """Turn an error of the system into one that says in words which file cannot be read."""
    try:
        yield
    except FileNotFoundError as error:
        raise RunFileError(f"The file {path.name} is gone.") from error
    except OSError as error:
        raise RunFileError(f"The file {path.name} cannot be read: {error.strerror}.") from error


def estimated_bytes(config: Config, contents: Contents, steps: int, epochs: int) -> int:
    """Estimate the disk space of a run in bytes.

    Args:
        config: Config of the run.
        contents: Sizes and classes of its data set.
        steps: Number of losses to store.
        epochs: Number of checkpoints to store.
    """
    classes = len(contents.classes)
    weights = 4 * config.weights(classes) * (1 + len(OPTIMIZERS[config.optimizer].slot_names))
    # A class in one byte, and a logarithm in single precision for each class.
    predictions = contents.test_size * (1 + 4 * classes)
    points = 2  # a resume point, and the next one before it replaces the first
    return (
        steps * _LOSS.itemsize
        + epochs * (weights + predictions + _OVERHEAD)
        + points * (weights + _OVERHEAD)
    )
