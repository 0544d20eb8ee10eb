"""Limits of the size of request bodies; uploads of files have their own."""

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.errors import RequestError, TooLargeError
from app.images.upload_limits import MAX_BYTES

_MAX_BYTES = 1_000_000
# Drain oversized bodies up to this size so that the client receives the 413.
_DRAINED_BYTES = 100_000_000

# Routes that limit their bodies while they read them.
_STREAMED = "/api/predict"
_JOBS = "/api/jobs/"
# Their bodies hold a picture in base64, which takes four bytes for three.
_INSPECTIONS = "/api/inspect"


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
        if scope["type"] != "http" or scope["path"] == _STREAMED or scope["path"].startswith(_JOBS):
            await self._app(scope, receive, send)
            return
        limit = _MAX_BYTES
        if scope["path"].startswith(_INSPECTIONS):
            limit += MAX_BYTES * 4 // 3
        body, size, more = bytearray(), 0, True
        while more and size <= _DRAINED_BYTES:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            chunk = message.get("body", b"")
            size += len(chunk)
            more = message.get("more_body", False)
            if size <= limit:
                body += chunk
        if size > limit:
            error = TooLargeError(f"Expected at most {limit:,} bytes; got more.")
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
