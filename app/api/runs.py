"""Runs: start, look, ask, delete."""

from typing import Annotated

from fastapi import APIRouter, Query

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
from app.runs.status import Status
from app.storage.run_pages import SORTS, PageError

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


@router.get("/runs", responses=refusals(InvalidError))
def list_runs(
    services: ServicesHere,
    limit: Annotated[int | None, Query(ge=1, le=500, description="Left out: all runs")] = None,
    cursor: Annotated[str | None, Query(description="`next` of the page before")] = None,
    status: Annotated[list[Status] | None, Query(description="Only these statuses")] = None,
    q: Annotated[str, Query(description="Part of the name, case ignored")] = "",
    sort: Annotated[str, Query(json_schema_extra={"enum": list(SORTS)})] = "-created",
) -> RunsResponse:
    """List runs page by page, newest first unless sorted otherwise."""
    try:
        page = services.store.page(
            limit=limit, cursor=cursor, statuses=status or (), q=q, sort=sort
        )
    except PageError as error:
        raise InvalidError({error.parameter: str(error)}) from error
    queue = services.store.queue()
    runs = [RunResponse.of(run, queue) for run in page.runs]
    return RunsResponse(runs=runs, total=page.total, next=page.next)


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
