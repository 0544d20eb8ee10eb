"""Cluster: its workers, and the runs that they train."""

from dataclasses import asdict

from fastapi import APIRouter
from pydantic import BaseModel

from app.api.error_models import error_models
from app.errors import NotFoundError
from app.http.dependencies import ServicesHere
from app.runs.status import Status

router = APIRouter(prefix="/api", tags=["cluster"])


class ClusterRunResponse(BaseModel):
    """Run that a worker trains."""

    id: str
    name: str


class ClusterWorkerResponse(BaseModel):
    """Worker; memory and processor time are those of the worker itself."""

    name: str
    host: str
    threads: int
    memory_bytes: int
    memory_limit_bytes: int
    cpu_percent: float
    seen_s_ago: float
    runs: list[ClusterRunResponse]


class ClusterResponse(BaseModel):
    """State of the cluster.

    ``trouble`` says why its scheduler does not respond; ``waiting`` counts the runs that are in the
    queue, or whose worker is gone.
    """

    address: str
    connected: bool
    trouble: str
    threads: int
    waiting: int
    workers: list[ClusterWorkerResponse]


@router.get("/cluster", responses=error_models(NotFoundError))
def cluster(services: ServicesHere) -> ClusterResponse:
    """Return the state of the cluster, with what each worker trains."""
    state = services.executor.cluster
    if state is None:
        raise NotFoundError(
            "Expected a server that trains on a cluster; this one trains on its own machine."
        )
    training = services.store.page(statuses=[Status.RUNNING]).runs
    return ClusterResponse(
        address=state.address,
        connected=state.connected,
        trouble=state.trouble,
        threads=state.threads,
        waiting=len(services.store.queue()) + sum(run.worker is None for run in training),
        workers=[
            ClusterWorkerResponse(
                **asdict(worker),
                runs=[
                    ClusterRunResponse(id=run.id, name=run.name)
                    for run in training
                    if run.worker == worker.name
                ],
            )
            for worker in state.workers
        ],
    )
