"""HEAD requests."""

from starlette.types import ASGIApp, Receive, Scope, Send


class HeadRequestMiddleware:
    """ASGI middleware that handles HEAD as GET; the server leaves out the body.

    Args:
        app: Application that handles the request.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, HEAD as GET."""
        if scope.get("method") == "HEAD":
            scope = {**scope, "method": "GET"}
        await self._app(scope, receive, send)
