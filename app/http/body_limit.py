"""How much a request may send; pictures have limits of their own."""

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.errors import RequestError, TooLargeError

_MAX_BYTES = 1_000_000
# Who sends too much is heard out so far, or would see a broken connection and no reason.
_PATIENCE_BYTES = 100_000_000

_PICTURES = "/api/predict"


class BodyLimit:
    """ASGI middleware that reads a request's body before anything else does.

    Args:
        app: What is behind it.
        refusal: Makes the answer to a request that is refused.
    """

    def __init__(self, app: ASGIApp, refusal: Callable[[Request, RequestError], Response]) -> None:
        self._app = app
        self._refusal = refusal

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on with its body whole, or refuse it."""
        if scope["type"] != "http" or scope["path"] == _PICTURES:
            await self._app(scope, receive, send)
            return
        body, size, more = bytearray(), 0, True
        while more and size <= _PATIENCE_BYTES:
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
            await self._refusal(Request(scope), error)(scope, receive, send)
            return
        whole: Message | None = {"type": "http.request", "body": bytes(body), "more_body": False}

        async def replay() -> Message:
            nonlocal whole
            if whole is None:
                return await receive()
            message, whole = whole, None
            return message

        await self._app(scope, replay, send)
