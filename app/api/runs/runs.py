"""Runs: create, list, read, act on, delete."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Query

from app.api.error_models import error_models
from app.api.runs.requests import NewFork, NewRun, RunEdit, Tag
from app.api.runs.responses import (
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

_UNKNOWN = error_models(NotFoundError)
_NOT_NOW = error_models(NotFoundError, ConflictError)
_INVALID = error_models(TooLargeError, InvalidError)
_NOT_STORED = error_models(StorageError)


@router.post("/estimate", responses=_INVALID)
async def estimate(request: NewRun, services: ServicesHere) -> EstimateResponse:
    """Estimate a run without starting it."""
    return EstimateResponse(**asdict(await services.runs.estimate(request.config_values())))


@router.post("/runs", status_code=201, responses=_INVALID | _NOT_STORED)
async def start(request: NewRun, services: ServicesHere) -> RunResponse:
    """Create a run; it starts at once or waits in the queue."""
    run = await services.runs.create(request.config_values(), request.name)
    return RunResponse.of(services.scheduler.enqueue(run))


@router.get("/runs", responses=error_models(InvalidError))
def list_runs(
    services: ServicesHere,
    tag: Annotated[
        list[Tag], Query(default_factory=list, description="Only runs with all of these")
    ],
    limit: Annotated[int | None, Query(ge=1, le=500, description="Left out: all runs")] = None,
    cursor: Annotated[str | None, Query(description="`next` of the page before")] = None,
    status: Annotated[list[Status] | None, Query(description="Only these statuses")] = None,
    q: Annotated[str, Query(description="Part of name or notes, case ignored")] = "",
    sort: Annotated[str, Query(json_schema_extra={"enum": list(SORTS)})] = "-created",
) -> RunsResponse:
    """List runs page by page: pinned runs first, then newest first unless sorted otherwise."""
    try:
        page = services.store.page(
            limit=limit, cursor=cursor, statuses=status or (), tags=tag, q=q, sort=sort
        )
    except PageError as error:
        raise InvalidError({error.parameter: str(error)}) from error
    runs = [RunResponse.of(run) for run in page.runs]
    return RunsResponse(runs=runs, total=page.total, next=page.next)


@router.get("/runs/{run_id}", responses=_UNKNOWN)
def one_run(run: RunHere) -> RunResponse:
    """Return a run."""
    return RunResponse.of(run)


@router.patch("/runs/{run_id}", responses=_UNKNOWN | _INVALID)
async def edit(request: RunEdit, run: RunHere, services: ServicesHere) -> RunResponse:
    """Change name, notes, tags or pin of a run."""
    return RunResponse.of(services.scheduler.edit(run, request.changes()))


@router.post("/runs/{run_id}/pause", status_code=202, responses=_NOT_NOW)
async def pause(run: RunHere, services: ServicesHere) -> RunResponse:
    """Pause a run: it saves a resume point and ends its process."""
    return RunResponse.of(services.scheduler.pause(run))


@router.post("/runs/{run_id}/resume", status_code=202, responses=_NOT_NOW)
async def resume(run: RunHere, services: ServicesHere) -> RunResponse:
    """Resume a run: it goes back into the queue."""
    return RunResponse.of(await services.scheduler.resume(run))


@router.post("/runs/{run_id}/stop", status_code=202, responses=_NOT_NOW)
async def stop(run: RunHere, services: ServicesHere) -> RunResponse:
    """Stop a run; it can be resumed later."""
    return RunResponse.of(services.scheduler.stop_run(run))


@router.post("/runs/{run_id}/fork", status_code=201, responses=_NOT_NOW | _INVALID | _NOT_STORED)
async def fork(request: NewFork, run: RunHere, services: ServicesHere) -> RunResponse:
    """Start a run from a complete epoch of another."""
    new = await services.runs.fork(run, request.epoch, request.config_values(), request.name)
    return RunResponse.of(services.scheduler.enqueue(new))


@router.delete("/runs/{run_id}", status_code=204, responses=_NOT_NOW)
async def delete(run: RunHere, services: ServicesHere) -> None:
    """Delete a run and its files."""
    await services.scheduler.delete(run)


@router.get("/runs/{run_id}/epochs", responses=_UNKNOWN)
def epochs(run: RunHere, services: ServicesHere) -> EpochsResponse:
    """Return the complete epochs of a run."""
    return EpochsResponse(epochs=[EpochResponse.of(row) for row in services.store.epochs(run.id)])
