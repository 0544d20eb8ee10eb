"""Dependencies of the routes, as annotated types."""

from dataclasses import dataclass
from typing import Annotated

import numpy as np
from fastapi import Depends, Path, Query
from numpy.typing import NDArray
from starlette.requests import HTTPConnection

from app.errors import ConflictError, NotFoundError
from app.execution.executor import Executor
from app.execution.jobs import Jobs
from app.images.reading import PictureReader
from app.inspector import Inspector
from app.lab.embeddings import Embeddings
from app.lab.evaluations import Evaluations
from app.metrics import Metrics
from app.predictor import Predictor
from app.runs.scheduler import Scheduler
from app.runs.service import RunService
from app.storage.files import RunFileError
from app.storage.records import Run
from app.storage.store import Store
from app.sweeps.records import Sweep
from app.sweeps.supervisor import Supervisor
from app.units import UnitSurvey
from trainer.datasets import Dataset, DatasetError, Library


@dataclass(frozen=True, slots=True)
class Services:
    """Services of an application that routes call."""

    store: Store
    library: Library
    runs: RunService
    scheduler: Scheduler
    jobs: Jobs
    executor: Executor
    metrics: Metrics
    pictures: PictureReader
    predictor: Predictor
    evaluations: Evaluations
    embeddings: Embeddings
    inspector: Inspector
    units: UnitSurvey
    sweeps: Supervisor


# Not a plain function: that would be called in a thread, for every request.
async def _services(connection: HTTPConnection) -> Services:
    services: Services = connection.app.state.services
    return services


ServicesHere = Annotated[Services, Depends(_services)]


def find_run(services: Services, run_id: str) -> Run:
    """Find the run with an id.

    Raises:
        NotFoundError: If there is no such run.
    """
    try:
        return services.store.get(run_id)
    except KeyError:
        raise NotFoundError(f"Expected the id of a run; got {run_id!r}.") from None


def _run_here(
    services: ServicesHere, run_id: Annotated[str, Path(description="The run's id")]
) -> Run:
    return find_run(services, run_id)


RunHere = Annotated[Run, Depends(_run_here)]


def _sweep_here(
    services: ServicesHere, sweep_id: Annotated[str, Path(description="The sweep's id")]
) -> Sweep:
    try:
        return services.store.sweeps.get(sweep_id)
    except KeyError:
        raise NotFoundError(f"Expected the id of a sweep; got {sweep_id!r}.") from None


SweepHere = Annotated[Sweep, Depends(_sweep_here)]


def find_losses(services: Services, run: Run, start: int = 0) -> NDArray[np.float64]:
    """Read the losses of a run, without this number of them at the beginning.

    Raises:
        ConflictError: If their file cannot be read.
    """
    try:
        return services.store.files_of(run).losses(start)
    except RunFileError as error:
        raise ConflictError(f"Losses of run {run.id}: {error}") from error


EpochAsked = Annotated[int | None, Query(description="A complete epoch; left out: the last one")]


def find_epoch(run: Run, epoch: int | None) -> int:
    """Return the requested epoch, or the last complete one.

    Raises:
        NotFoundError: If the requested epoch is not complete.
        ConflictError: If none was requested and none is complete.
    """
    if epoch is None and not run.epoch:
        raise ConflictError(f"No epoch of run {run.id} is complete yet; there will be one.")
    if epoch is None:
        return run.epoch
    # A fork has a copy of the epoch that it starts from.
    if not max(run.start_epoch, 1) <= epoch <= run.epoch:
        raise NotFoundError(f"Expected a complete epoch of run {run.id}; got {epoch}.")
    return epoch


async def _epoch_here(run: RunHere, epoch: EpochAsked = None) -> int:
    return find_epoch(run, epoch)


EpochHere = Annotated[int, Depends(_epoch_here)]


def _dataset_here(
    services: ServicesHere,
    dataset: Annotated[str, Path(description="Name of the data set")],
    sha256: Annotated[
        str, Query(pattern="^[0-9a-f]{64}$", description="Checksum of the expected data")
    ],
) -> Dataset:
    try:
        services.library.source(dataset)
    except DatasetError as error:
        raise NotFoundError(f"Data set: {error}.") from error
    try:
        data = services.library.load(dataset)
    except (DatasetError, OSError) as error:
        raise ConflictError(f"Data set {dataset}: {error}.") from error
    if data.sha256 != sha256:
        raise ConflictError(f"Data set {dataset}: expected SHA-256 {data.sha256}; got {sha256}.")
    return data


DatasetHere = Annotated[Dataset, Depends(_dataset_here)]
