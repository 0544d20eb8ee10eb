"""Live streams: of one run, and of the list of runs."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

from fastapi import APIRouter, WebSocket, WebSocketDisconnect

from app.api.runs.frames import content_frame, deleted_frame, first_frame, list_frame
from app.errors import DatabaseUnavailableError
from app.http.dependencies import Services, ServicesHere
from app.runs.run_list_log import RunListCursor
from app.runs.run_log import Cursor

router = APIRouter()

_UNKNOWN_RUN = 4404
_INVALID = 1008
_GOING_DOWN = 1001
_OVER = 1000
_UNREADABLE = 1011

# Runs in the first frame of the stream of all runs.
_NEWEST = 100
# At most four frames a second for each run, with some room for a network that delays one of them.
_INTERVAL_S = 0.27
# Time for the closing frame to be sent to a client that does not read.
_CLOSE_TIMEOUT_S = 0.5


@router.websocket("/api/runs/stream")
async def stream_all(websocket: WebSocket, services: ServicesHere) -> None:
    """Stream the list of runs: the newest ones, then every change."""
    await websocket.accept()
    log = services.scheduler.list_log

    async def send() -> None:
        cursor = RunListCursor(log, _INTERVAL_S, asyncio.get_running_loop().time)
        runs = services.store.runs(limit=_NEWEST)
        await websocket.send_text(list_frame(runs, services.store.count()))
        while True:
            for run_id in await cursor.read():
                await websocket.send_text(_run_frame(services, run_id))

    await _serve(websocket, services, send)


def _run_frame(services: Services, run_id: str) -> str:
    try:
        return content_frame(services.store.get(run_id))
    except KeyError:
        return deleted_frame(run_id)


@router.websocket("/api/runs/{run_id}/stream")
async def stream(websocket: WebSocket, run_id: str, services: ServicesHere) -> None:
    """Stream a run: its losses after a step, its epochs and its changes of status."""
    await websocket.accept()
    after_step = websocket.query_params.get("after_step", "0")
    if not after_step.isdecimal() or not after_step.isascii() or len(after_step) > 18:
        await websocket.close(_INVALID, "expected after_step as a whole number from 0 on")
        return
    try:
        run = services.store.get(run_id)
        epochs = services.store.epochs(run_id)
    except KeyError:
        await websocket.close(_UNKNOWN_RUN, "expected the id of a run")
        return
    except DatabaseUnavailableError:
        await websocket.close(_UNREADABLE, "the database cannot be used")
        return
    cursor = Cursor(services.scheduler.log(run), int(after_step))
    first = first_frame(run, epochs)

    async def send() -> None:
        await websocket.send_text(first)
        while frames := await cursor.read():
            for frame in frames:
                await websocket.send_text(frame)

    await _serve(websocket, services, send)


async def _serve(
    websocket: WebSocket, services: Services, send: Callable[[], Awaitable[None]]
) -> None:
    """Send until the stream is over, the viewer leaves or the server ends; then close."""

    async def receive() -> None:
        # Only a receiving server notices that the other side is gone.
        while (await websocket.receive())["type"] != "websocket.disconnect":
            pass

    async def go_down() -> None:
        await services.scheduler.going_down.wait()

    async def run(work: Callable[[], Awaitable[None]]) -> None:
        await work()

    own = asyncio.current_task()
    assert own is not None
    services.scheduler.streams.add(own)
    own.add_done_callback(services.scheduler.streams.discard)
    tasks = [asyncio.create_task(run(work)) for work in (send, receive, go_down)]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        _, left, down = (task.done() for task in tasks)
    finally:
        for task in tasks:
            task.cancel()
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    if left or any(isinstance(o, (WebSocketDisconnect, RuntimeError)) for o in outcomes):
        return
    with contextlib.suppress(TimeoutError, RuntimeError, WebSocketDisconnect):
        unreadable = any(isinstance(outcome, OSError) for outcome in outcomes)
        code = _UNREADABLE if unreadable else _GOING_DOWN if down else _OVER
        await asyncio.wait_for(websocket.close(code), _CLOSE_TIMEOUT_S)
