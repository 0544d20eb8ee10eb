"""File descriptors of the server's process, which connections must not use up.

The system gives a new connection the lowest free number, so a connection whose number is below
the limit minus ``RESERVED`` leaves that many descriptors to runs, files and the database.
"""

import resource
from contextlib import suppress

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from app.errors import UnavailableError
from app.http.error_responses import error_response

RESERVED = 128
"""Descriptors that connections leave free."""

CROWDED = "crowded"
"""Key in the ``state`` of a scope: True if the connection is beyond the limit."""

_TOO_MANY_VIEWERS = "too many viewers"
_TRY_AGAIN_LATER = 1013


def raise_limit() -> None:
    """Raise the limit of open files to the highest that the system allows."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(ValueError, OSError):  # some systems allow less than they say
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def left_above(descriptor: int) -> int:
    """Return the number of descriptors above one that the limit allows."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return RESERVED if soft == resource.RLIM_INFINITY else soft - 1 - descriptor


class CrowdMiddleware:
    """ASGI middleware that turns away the connections beyond the limit.

    Args:
        app: Application that handles the other requests.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Respond with 503, or accept a stream and close it; pass other requests on."""
        if not scope.get("state", {}).get(CROWDED):
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.accept"})
            reason = _TOO_MANY_VIEWERS
            await send({"type": "websocket.close", "code": _TRY_AGAIN_LATER, "reason": reason})
        else:
            error = UnavailableError(
                f"Expected fewer connections; got {_TOO_MANY_VIEWERS}: try again later."
            )
            await error_response(Request(scope), error)(scope, receive, send)
