"""Limit of the size of request bodies; uploads of pictures have their own."""

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.errors import RequestError, TooLargeError

_MAX_BYTES = 1_000_000
# Drain oversized bodies up to this size so that the client receives the 413.
_DRAINED_BYTES = 100_000_000

_UPLOADS = "/api/predict"


class BodyLimitMiddleware:
    """ASGI middleware that reads the whole body of a request, up to a limit.

    Args:
        app: Application that handles the request.
        error_response: Makes the response for an error.
    """

    def __init__(
        self, app: ASGIApp, error_response: Callable[[Request, RequestError], Response]
    ) -> None:
        self._app = app
        self._error_response = error_response

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on with its whole body, or respond with an error."""
        if scope["type"] != "http" or scope["path"] == _UPLOADS:
            await self._app(scope, receive, send)
            return
        body, size, more = bytearray(), 0, True
        while more and size <= _DRAINED_BYTES:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            chunk = message.get("body", b"")
            size += len(chunk)
            more = message.get("more_body", False)
            if size <= _MAX_BYTES:
                body += chunk
        if size > _MAX_BYTES:
            error = TooLargeError(f"Expected at most {_MAX_BYTES:,} bytes; got more.")
            await self._error_response(Request(scope), error)(scope, receive, send)
            return
        whole: Message | None = {"type": "http.request", "body": bytes(body), "more_body": False}

        async def replay() -> Message:
            nonlocal whole
            if whole is None:
                return await receive()
            message, whole = whole, None
            return message

        await self._app(scope, replay, send)
