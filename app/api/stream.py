"""The live stream of a run."""

import asyncio
import contextlib

from fastapi import APIRouter, WebSocket, WebSocketDisconnect

from app.api.responses import EpochResponse
from app.http.dependencies import Services, ServicesHere
from app.runs.run_log import Cursor, encode

router = APIRouter()

_UNKNOWN_RUN = 4404
_INVALID = 1008
_GOING_DOWN = 1001
_OVER = 1000

# A client that does not read cannot be told good-bye; it is dropped after this.
_FAREWELL_S = 0.5


@router.websocket("/api/runs/{run_id}/stream")
async def stream(websocket: WebSocket, run_id: str, services: ServicesHere) -> None:
    """Tell a viewer everything about a run, from a step on."""
    await websocket.accept()
    after_step = websocket.query_params.get("after_step", "0")
    if not after_step.isdecimal() or not after_step.isascii() or len(after_step) > 18:
        await websocket.close(_INVALID, "expected after_step as a whole number from 0 on")
        return
    try:
        code = await _tell(websocket, run_id, services, int(after_step))
    except KeyError:
        await websocket.close(_UNKNOWN_RUN, "expected the id of a run")
        return
    if code is not None:
        with contextlib.suppress(TimeoutError, RuntimeError, WebSocketDisconnect):
            await asyncio.wait_for(websocket.close(code), _FAREWELL_S)


async def _tell(
    websocket: WebSocket, run_id: str, services: Services, after_step: int
) -> int | None:
    """Send until there is no more; returns the code to close with, None if the viewer left."""
    run = services.store.get(run_id)
    log = services.supervisor.log(run)
    cursor = Cursor(log, after_step)
    first = encode(
        "run",
        {
            "run": services.supervisor.answer(run).model_dump(mode="json"),
            "epochs": [EpochResponse.of(row).model_dump() for row in services.store.epochs(run_id)],
        },
    )

    async def send() -> None:
        await websocket.send_text(first)
        while frames := await cursor.read():
            for frame in frames:
                await websocket.send_text(frame)

    async def leave() -> None:
        # Only who receives notices that the other side is gone.
        while (await websocket.receive())["type"] != "websocket.disconnect":
            pass

    async def go_down() -> None:
        await services.supervisor.going_down.wait()

    tasks = [asyncio.create_task(work()) for work in (send, leave, go_down)]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        sent, left, down = (task.done() for task in tasks)
    finally:
        for task in tasks:
            task.cancel()
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    if left or any(isinstance(o, (WebSocketDisconnect, RuntimeError)) for o in outcomes):
        return None
    return _GOING_DOWN if down else _OVER if sent else None
