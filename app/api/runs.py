"""Runs: start, look, ask, delete."""

from fastapi import APIRouter

from app.api.error_models import refusals
from app.api.requests import NewFork, NewRun
from app.api.responses import (
    EpochResponse,
    EpochsResponse,
    EstimateResponse,
    RunResponse,
    RunsResponse,
)
from app.errors import ConflictError, InvalidError, NotFoundError, StorageError, TooLargeError
from app.http.dependencies import RunHere, ServicesHere

router = APIRouter(prefix="/api", tags=["runs"])

_UNKNOWN = refusals(NotFoundError)
_NOT_NOW = refusals(NotFoundError, ConflictError)
_INVALID = refusals(TooLargeError, InvalidError)
_NOT_STORED = refusals(StorageError)


@router.post("/estimate", responses=_INVALID)
async def estimate(request: NewRun, services: ServicesHere) -> EstimateResponse:
    """What a run would be like, without starting it."""
    return await services.maker.estimate(request.config_values())


@router.post("/runs", status_code=201, responses=_INVALID | _NOT_STORED)
async def start(request: NewRun, services: ServicesHere) -> RunResponse:
    """Start a run, or queue it."""
    run = await services.maker.create(request.config_values(), request.name)
    return services.supervisor.answer(services.supervisor.take(run))


@router.get("/runs")
def all_runs(services: ServicesHere) -> RunsResponse:
    """All runs, newest first."""
    queue = services.store.queue()
    return RunsResponse(runs=[RunResponse.of(run, queue) for run in services.store.runs()])


@router.get("/runs/{run_id}", responses=_UNKNOWN)
def one_run(run: RunHere, services: ServicesHere) -> RunResponse:
    """A run."""
    return services.supervisor.answer(run)


@router.post("/runs/{run_id}/pause", status_code=202, responses=_NOT_NOW)
async def pause(run: RunHere, services: ServicesHere) -> RunResponse:
    """Let a running run save and give up its place."""
    return services.supervisor.answer(services.supervisor.pause(run))


@router.post("/runs/{run_id}/resume", status_code=202, responses=_NOT_NOW)
async def resume(run: RunHere, services: ServicesHere) -> RunResponse:
    """Put a run back into the queue."""
    return services.supervisor.answer(await services.supervisor.resume(run))


@router.post("/runs/{run_id}/stop", status_code=202, responses=_NOT_NOW)
async def stop(run: RunHere, services: ServicesHere) -> RunResponse:
    """End a run; it may be resumed later."""
    return services.supervisor.answer(services.supervisor.stop_run(run))


@router.post("/runs/{run_id}/fork", status_code=201, responses=_NOT_NOW | _INVALID | _NOT_STORED)
async def fork(request: NewFork, run: RunHere, services: ServicesHere) -> RunResponse:
    """Start a run from a complete epoch of another."""
    new = await services.maker.fork(run, request.epoch, request.config_values(), request.name)
    return services.supervisor.answer(services.supervisor.take(new))


@router.delete("/runs/{run_id}", status_code=204, responses=_NOT_NOW)
async def delete(run: RunHere, services: ServicesHere) -> None:
    """Remove a run and all it stored."""
    await services.supervisor.delete(run)


@router.get("/runs/{run_id}/epochs", responses=_UNKNOWN)
def epochs(run: RunHere, services: ServicesHere) -> EpochsResponse:
    """A run's complete epochs."""
    return EpochsResponse(epochs=[EpochResponse.of(row) for row in services.store.epochs(run.id)])
