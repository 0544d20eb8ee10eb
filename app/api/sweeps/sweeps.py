"""Sweeps: create, list, read, act on, delete."""

import asyncio
from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Query

from app.api.error_models import error_models
from app.api.sweeps.models import (
    NewSweep,
    SweepEstimateResponse,
    SweepResponse,
    SweepsResponse,
    SweepSummary,
)
from app.errors import ConflictError, InvalidError, NotFoundError, StorageError, TooLargeError
from app.http.dependencies import Services, ServicesHere, SweepHere
from app.sweeps.records import Sweep

router = APIRouter(prefix="/api/sweeps", tags=["sweeps"])

_INVALID = error_models(TooLargeError, InvalidError)
_UNKNOWN = error_models(NotFoundError)
_NOT_NOW = error_models(NotFoundError, ConflictError, StorageError)


@router.post("/estimate", responses=_INVALID)
async def estimate(request: NewSweep, services: ServicesHere) -> SweepEstimateResponse:
    """Estimate a sweep without starting it."""
    return SweepEstimateResponse(**asdict(await services.sweeps.estimate(request.plan())))


@router.post("", status_code=201, responses=_INVALID | error_models(StorageError))
async def start(request: NewSweep, services: ServicesHere) -> SweepResponse:
    """Create a sweep; its first trials start at once or wait in the queue."""
    return await _response(services, await services.sweeps.create(request.name, request.plan()))


@router.get("")
def list_sweeps(services: ServicesHere) -> SweepsResponse:
    """List all sweeps without their trials, newest first."""
    store = services.store.sweeps
    return SweepsResponse(
        sweeps=[SweepSummary.of(sweep, store.trials(sweep.id)) for sweep in store.all()]
    )


@router.get("/{sweep_id}", responses=_UNKNOWN)
async def one_sweep(sweep: SweepHere, services: ServicesHere) -> SweepResponse:
    """Return a sweep with its trials."""
    return await _response(services, sweep)


@router.post("/{sweep_id}/pause", status_code=202, responses=_NOT_NOW)
async def pause(sweep: SweepHere, services: ServicesHere) -> SweepResponse:
    """Pause a sweep and its runs."""
    return await _response(services, await services.sweeps.pause(sweep))


@router.post("/{sweep_id}/resume", status_code=202, responses=_NOT_NOW)
async def resume(sweep: SweepHere, services: ServicesHere) -> SweepResponse:
    """Go on with a sweep and its runs."""
    return await _response(services, await services.sweeps.resume(sweep))


@router.post("/{sweep_id}/stop", status_code=202, responses=_NOT_NOW)
async def stop(sweep: SweepHere, services: ServicesHere) -> SweepResponse:
    """Stop a sweep; the trials that are not finished count as pruned."""
    return await _response(services, await services.sweeps.stop(sweep))


@router.delete("/{sweep_id}", status_code=204, responses=_NOT_NOW | _INVALID)
async def delete(
    sweep: SweepHere,
    services: ServicesHere,
    runs: Annotated[bool, Query(description="1: delete its runs, too")] = False,
) -> None:
    """Delete a sweep; its runs stay unless asked otherwise."""
    await services.sweeps.delete(sweep, with_runs=runs)


async def _response(services: Services, sweep: Sweep) -> SweepResponse:
    trials = await asyncio.to_thread(services.store.sweeps.trials, sweep.id)
    importances = await services.sweeps.importances(sweep, trials)
    return SweepResponse.with_trials(sweep, trials, importances)
