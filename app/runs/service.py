"""Creates, forks and estimates runs."""

import asyncio
import shutil
from dataclasses import dataclass
from typing import Any

from app.errors import ConflictError, InvalidError, NotFoundError, StorageError
from app.runs.duration import estimated_seconds
from app.runs.names import name_for
from app.storage.files import estimated_bytes
from app.storage.records import Run
from app.storage.store import Store
from trainer.checkpoint import CheckpointError
from trainer.config import MAX_STEPS, Config, ConfigError, kinds
from trainer.datasets import Library

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

    async def create(self, values: dict[str, Any], name: str) -> Run:
        """Record a new run.

        Args:
            values: The config fields that were given.
            name: Empty: made from the config.

        Raises:
            InvalidError: If the config is invalid, its data set unavailable, or the disk too small.
            StorageError: If it cannot be recorded.
        """
        config = await self._complete(values)
        steps = config.steps_per_epoch * config.epochs
        self._check_disk(config, steps, config.epochs)
        run_id = self._store.new_id()
        files = self._store.files(run_id, config)
        try:
            files.create()
            return self._store.add(
                run_id,
                config,
                name=name or name_for(config),
                start_step=0,
                start_epoch=0,
                resume_step=0,
                steps_total=steps,
            )
        except OSError as error:
            files.delete()
            raise StorageError(f"The run could not be recorded: {error}") from error

    async def fork(self, parent: Run, epoch: int, changes: dict[str, Any], name: str) -> Run:
        """Record a run that continues from an epoch of another.

        Args:
            parent: The other.
            epoch: The number of the epoch.
            changes: The config fields that were given.
            name: Empty: made from the parent's.

        Raises:
            NotFoundError: If the epoch is not complete.
            InvalidError: As ``create``, or where a field changes that cannot.
            ConflictError: If the epoch's checkpoint or the run's record cannot be read, or its
                data is not what it was.
            StorageError: If the run cannot be recorded.
        """
        if parent.damaged:
            raise ConflictError("This run's record is damaged; it cannot be forked.")
        row = next((row for row in self._store.epochs(parent.id) if row.epoch == epoch), None)
        if row is None:
            raise NotFoundError(f"Expected a complete epoch of run {parent.id}; got {epoch}.")
        fixed = _fixed(parent.config, changes)
        try:
            config = await self._complete(_forked(parent.config, changes))
        except InvalidError as error:
            raise InvalidError({**(error.fields or {}), **fixed}) from None
        if fixed:
            raise InvalidError(fixed)
        if epoch >= config.epochs:
            raise InvalidError(
                {"epochs": f"expected more than the {epoch} epochs done; got {config.epochs}"}
            )
        steps = row.step + (config.epochs - epoch) * config.steps_per_epoch
        if steps > MAX_STEPS:
            raise InvalidError({"epochs": f"expected at most {MAX_STEPS:,} steps; got {steps:,}"})
        self._check_disk(config, steps - row.step, config.epochs - epoch)
        same_data = config.dataset == parent.config.dataset
        if same_data:
            data = await asyncio.to_thread(self._library.sha256, config.dataset)
            if obstacle := parent.obstacle_in_data(data):
                raise ConflictError(obstacle)
        run_id = self._store.new_id()
        files = self._store.files(run_id, config)
        source = self._store.files_of(parent).epoch_path(epoch)
        try:
            files.create()
            await asyncio.to_thread(
                files.begin_from, source, with_optimizer=config.optimizer == parent.config.optimizer
            )
            return self._store.add(
                run_id,
                config,
                name=name or f"{parent.name[:60]}, from epoch {epoch}",
                start_step=row.step,
                start_epoch=epoch,
                resume_step=row.step,
                steps_total=steps,
                parent_run=parent.id,
                parent_epoch=epoch,
                dataset_sha256=parent.dataset_sha256 if same_data else None,
            )
        except FileNotFoundError as error:
            files.delete()
            raise ConflictError(f"The checkpoint of epoch {epoch} is gone.") from error
        except CheckpointError as error:
            files.delete()
            raise ConflictError(f"The checkpoint of epoch {epoch}: {error}") from error
        except OSError as error:
            files.delete()
            raise StorageError(f"The run could not be recorded: {error}") from error

    async def estimate(self, values: dict[str, Any]) -> Estimate:
        """Estimate a run.

        Raises:
            InvalidError: If the config is wrong or its data not to be had.
        """
        config = await self._complete(values)
        steps = config.steps_per_epoch * config.epochs
        earlier = await asyncio.to_thread(self._store.page, limit=_COMPARED_RUNS)
        return Estimate(
            dataset=config.dataset,
            train_size=config.train_size,
            weights=config.weights,
            steps_total=steps,
            seconds=estimated_seconds(config, earlier.runs),
            storage_bytes=estimated_bytes(config, steps, config.epochs),
            storage_limit_bytes=self._limit_bytes(),
        )

    async def _complete(self, values: dict[str, Any]) -> Config:
        """The config that was asked for, its data set decided."""
        try:
            config = Config.from_dict({"dataset": "strokes", **values})
        except ConfigError as error:
            raise InvalidError(error.fields) from error
        if "dataset" not in values:
            chosen = await asyncio.to_thread(self._library.choose)
            return Config.from_dict({**config.to_dict(), "dataset": chosen})
        trouble = await asyncio.to_thread(self._library.trouble, config.dataset)
        if trouble:
            raise InvalidError({"dataset": trouble})
        return config

    def _check_disk(self, config: Config, steps: int, epochs: int) -> None:
        needed, limit = estimated_bytes(config, steps, epochs), self._limit_bytes()
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


def _fixed(config: Config, changes: dict[str, Any]) -> dict[str, str]:
    """Problems of fields that a fork cannot change."""
    values = config.to_dict()
    return {
        name: f"expected {values[name]!r}, as in the run that is forked; got {changes[name]!r}"
        for name, kind in kinds().items()
        if not kind.fork and name in changes and changes[name] != values[name]
    }


def _forked(config: Config, changes: dict[str, Any]) -> dict[str, Any]:
    """A parent's config with changes, before it is checked."""
    values = config.to_dict()
    limit = changes.get("train_limit")
    if type(limit) is int and "batch_size" not in changes:
        values["batch_size"] = min(values["batch_size"], max(limit, 1))
    return values | changes
