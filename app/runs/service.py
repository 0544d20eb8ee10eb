"""Creates, forks and estimates runs."""

import asyncio
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from app.errors import (
    ConflictError,
    DatabaseUnavailableError,
    InvalidError,
    NotFoundError,
    StorageError,
)
from app.runs.duration import estimated_seconds
from app.runs.names import name_for, name_of_fork
from app.storage.files import RunFileError, RunFiles, estimated_bytes
from app.storage.records import Run
from app.storage.store import Store
from trainer.checkpoint import CheckpointError
from trainer.config import MAX_STEPS, Config, ConfigError, kinds
from trainer.datasets import Contents, DatasetError, Library
from trainer.datasets.pictures import validation_size

# Number of earlier runs whose speed an estimate considers.
_COMPARED_RUNS = 50


@dataclass(frozen=True, slots=True)
class Estimate:
    """Estimate of a run.

    Attributes:
        dataset: Name of its data set.
        train_size: Number of training pictures, as many as an epoch looks at.
        weights: Number of parameters of its network.
        steps_total: Number of its iterations.
        seconds: Duration of the training; None while no epoch was ever measured.
        storage_bytes: Space that it needs on the disk.
        storage_limit_bytes: Space that a run may need.
    """

    dataset: str
    train_size: int
    weights: int
    steps_total: int
    seconds: float | None
    storage_bytes: int
    storage_limit_bytes: int


class RunService:
    """Creates runs from requests.

    Args:
        store: Storage of the runs.
        library: Data sets.
    """

    def __init__(self, store: Store, library: Library) -> None:
        self._store = store
        self._library = library

    async def create(
        self, values: dict[str, Any], name: str, sweep: tuple[str, int] | None = None
    ) -> Run:
        """Record a new run.

        Args:
            values: Config fields of the request.
            name: Name of the run; empty: made from the config.
            sweep: Id and trial number of the sweep that it is a trial of.

        Raises:
            InvalidError: If the config is invalid, its data set unavailable, or the disk too small.
            DatabaseUnavailableError: If the database is damaged.
            StorageError: If the run cannot be recorded.
        """
        config, contents = await self._complete(values)
        steps = config.steps_per_epoch(contents.train_size) * config.epochs
        self._check_disk(config, contents, steps, config.epochs)
        run_id = self._store.new_id()
        files = self._store.files(run_id, config)
        with _recording(files):
            files.create()
            return self._store.add(
                run_id,
                config,
                name=name or name_for(config, len(contents.classes)),
                start_step=0,
                start_epoch=0,
                resume_step=0,
                steps_total=steps,
                classes=len(contents.classes),
                sweep=sweep and sweep[0],
                trial=sweep and sweep[1],
            )

    async def fork(self, parent: Run, epoch: int, changes: dict[str, Any], name: str) -> Run:
        """Record a run that continues from an epoch of another.

        Args:
            parent: The other run.
            epoch: Number of the epoch, which may be the start of a parent that is a fork itself.
            changes: Config fields of the request.
            name: Name of the fork; empty: made from its config and its start.

        Raises:
            NotFoundError: If the epoch is not complete.
            InvalidError: As ``create``, or if a field changes that a fork cannot change.
            ConflictError: If the epoch's checkpoint or the parent's record cannot be read, or the
                data has changed.
            DatabaseUnavailableError: If the database is damaged.
            StorageError: If the run cannot be recorded.
        """
        if parent.damaged:
            raise ConflictError("This run's record is damaged; it cannot be forked.")
        step, accuracies = self._start(parent, epoch)
        fixed = _fixed(parent.config, changes)
        try:
            config, contents = await self._complete(_forked(parent.config, changes))
        except InvalidError as error:
            raise InvalidError({**(error.fields or {}), **fixed}) from None
        if fixed:
            raise InvalidError(fixed)
        if epoch >= config.epochs:
            raise InvalidError(
                {"epochs": f"expected more than the {epoch} epochs done; got {config.epochs}"}
            )
        steps = step + (config.epochs - epoch) * config.steps_per_epoch(contents.train_size)
        if steps > MAX_STEPS:
            raise InvalidError(
                {"epochs": f"expected at most {MAX_STEPS:,} iterations; got {steps:,}"}
            )
        self._check_disk(config, contents, steps - step, config.epochs - epoch + 1)
        same_data = config.dataset == parent.config.dataset
        if same_data:
            data = await asyncio.to_thread(self._library.sha256, config.dataset)
            if obstacle := parent.obstacle_in_data(data):
                raise ConflictError(obstacle)
        run_id = self._store.new_id()
        files = self._store.files(run_id, config)
        source = self._store.files_of(parent).epoch_path(epoch)
        with _recording(files):
            files.create()
            classes = await asyncio.to_thread(
                files.begin_from,
                source,
                epoch,
                with_optimizer=config.optimizer == parent.config.optimizer,
                with_predictions=same_data,
            )
            if not same_data and classes != len(contents.classes):
                files.delete()
                expected = f"expected a data set of {classes} classes, as in the run that is forked"
                raise InvalidError({"dataset": f"{expected}; got {len(contents.classes)}"})
            return self._store.add(
                run_id,
                config,
                name=name or name_of_fork(config, classes, epoch, parent.name),
                start_step=step,
                start_epoch=epoch,
                resume_step=step,
                steps_total=steps,
                classes=classes,
                parent_run=parent.id,
                parent_epoch=epoch,
                start_train_accuracy=accuracies and accuracies[0],
                start_test_accuracy=accuracies and accuracies[1],
                dataset_sha256=parent.dataset_sha256 if same_data else None,
            )

    def _start(self, parent: Run, epoch: int) -> tuple[int, tuple[float, float] | None]:
        """Return the last step of a complete epoch, and its accuracies.

        Raises:
            NotFoundError: If the epoch is not complete.
        """
        if epoch == parent.start_epoch:
            return parent.start_step, parent.start_accuracies
        for row in self._store.epochs(parent.id):
            if row.epoch == epoch:
                return row.step, (row.train_accuracy, row.test_accuracy)
        raise NotFoundError(f"Expected a complete epoch of run {parent.id}; got {epoch}.")

    async def estimate(self, values: dict[str, Any]) -> Estimate:
        """Estimate a run.

        Raises:
            InvalidError: If the config is invalid or its data set unavailable.
        """
        config, contents = await self._complete(values)
        steps = config.steps_per_epoch(contents.train_size) * config.epochs
        earlier = await asyncio.to_thread(self._store.page, limit=_COMPARED_RUNS)
        return Estimate(
            dataset=config.dataset,
            train_size=config.train_size(contents.train_size),
            weights=config.weights(len(contents.classes)),
            steps_total=steps,
            seconds=estimated_seconds(config, contents, earlier.runs),
            storage_bytes=estimated_bytes(config, contents, steps, config.epochs),
            storage_limit_bytes=self._limit_bytes(),
        )

    async def _complete(self, values: dict[str, Any]) -> tuple[Config, Contents]:
        """Check a requested config against its data set, which is chosen if none is named.

        Raises:
            InvalidError: If a field is invalid or the data set is not available.
        """
        # Looking for a data set reads files, and may wait for a mirror.
        return await asyncio.to_thread(self._completed, values)

    def _completed(self, values: dict[str, Any]) -> tuple[Config, Contents]:
        problems: dict[str, str] = {}
        try:
            Config.from_dict(values)
        except ConfigError as error:
            problems = error.fields
        if "dataset" in values and "dataset" not in problems:
            trouble = self._library.trouble(values["dataset"])
            problems |= {"dataset": trouble} if trouble else {}
        if problems:
            raise InvalidError(problems)
        name = values["dataset"] if "dataset" in values else self._library.choose()
        try:
            contents = self._library.source(name).contents()
            return Config.from_dict({**values, "dataset": name}, contents.train_size), contents
        except DatasetError as error:
            raise InvalidError({"dataset": str(error)}) from error
        except ConfigError as error:
            raise InvalidError(error.fields) from error

    def _check_disk(self, config: Config, contents: Contents, steps: int, epochs: int) -> None:
        needed, limit = estimated_bytes(config, contents, steps, epochs), self._limit_bytes()
        if needed > limit:
            raise InvalidError(
                {
                    "epochs": f"expected a run that takes at most half of the free disk, "
                    f"{limit:,} bytes; this one would take about {needed:,}: fewer epochs or a "
                    "smaller network do it"
                }
            )

    def _limit_bytes(self) -> int:
        return shutil.disk_usage(self._store.home).free // 2


@contextmanager
def _recording(files: RunFiles) -> Iterator[None]:
    """Remove the files of a new run if it cannot be recorded.

    Raises:
        ConflictError: If the checkpoint that it starts from cannot be read.
        DatabaseUnavailableError: If the database is damaged.
        StorageError: If the disk or the database cannot be written.
    """
    try:
        yield
    except (CheckpointError, RunFileError) as error:
        files.delete()
        raise ConflictError(f"The run cannot start from this epoch: {error}") from error
    except DatabaseUnavailableError:
        files.delete()
        raise
    except OSError as error:
        files.delete()
        raise StorageError(f"The run could not be recorded: {error}") from error


def _fixed(config: Config, changes: dict[str, Any]) -> dict[str, str]:
    """Return the problems of changed fields that a fork cannot change."""
    values = config.to_dict()
    return {
        name: f"expected {values[name]!r}, as in the run that is forked; got {changes[name]!r}"
        for name, kind in kinds().items()
        if not kind.fork and name in changes and changes[name] != values[name]
    }


def _forked(config: Config, changes: dict[str, Any]) -> dict[str, Any]:
    """Return the values of a parent's config with changes, before they are checked."""
    values = config.to_dict()
    limit = changes.get("train_limit")
    if type(limit) is int and "batch_size" not in changes:
        learned = max(limit - validation_size(limit, config.validation), 1)
        values["batch_size"] = min(values["batch_size"], learned)
    return values | changes
