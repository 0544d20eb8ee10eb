"""Authentication: host names, origins and the token."""

import hmac
import ipaddress
import secrets
import socket
from collections.abc import Callable
from urllib.parse import parse_qsl, urlencode, urlsplit

from starlette.datastructures import Headers
from starlette.requests import Request, cookie_parser
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from app.errors import BadHostError, ForbiddenError, RequestError, UnauthorizedError
from app.http.response_headers import with_headers
from app.settings import Settings

_COOKIE = "digitscope_token"
_LOOPBACK_NAMES = ("localhost", "127.0.0.1", "[::1]")
_HEALTH = "/healthz"
# Each job has a token of its own, which its routes check.
_JOBS = "/api/jobs/"
_SAFE_METHODS = ("GET", "HEAD", "OPTIONS")


def make_token(settings: Settings) -> str | None:
    """Return the token that clients must send; None on loopback addresses."""
    return None if settings.loopback else settings.token or secrets.token_urlsafe(24)


class AuthenticationMiddleware:
    """ASGI middleware that checks host, origin and token of every request and stream.

    Args:
        app: Application that handles the request.
        settings: Settings of the server: its address and host names.
        token: Required token, or None.
        error_response: Makes the response for an error.
    """

    def __init__(
        self,
        app: ASGIApp,
        settings: Settings,
        token: str | None,
        error_response: Callable[[Request, RequestError], Response],
    ) -> None:
        self._app = app
        self._error_response = error_response
        self._token = token
        self._any_address = not settings.loopback
        host = f"[{settings.host}]" if ":" in settings.host else settings.host
        names = (*_LOOPBACK_NAMES, *settings.hosts, host)
        if settings.callback:
            names = (*names, _split(urlsplit(settings.callback).netloc)[0])
        if self._any_address:
            names = (*names, socket.gethostname())
        self._names = {name.lower() for name in names}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or respond with an error or a redirect."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        try:
            self._check(scope)
        except RequestError as error:
            await self._reject(error, scope, receive, send)
            return
        login = self._login(scope)
        if login:
            await login(scope, receive, with_headers(send))
            return
        await self._app(scope, receive, with_headers(send))

    def _check(self, scope: Scope) -> None:
        headers = Headers(scope=scope)
        host = ", ".join(headers.getlist("host"))
        if not self._known(host):
            raise BadHostError(
                f"Expected a host name of this server, such as localhost; got {host!r}. Further "
                "names are set with DIGITSCOPE_HOSTS."
            )
        changing = scope["type"] == "websocket" or scope["method"] not in _SAFE_METHODS
        for origin in headers.getlist("origin") if changing else ():
            if origin.lower() != _own_origin(scope, host):
                raise ForbiddenError(
                    f"Expected a request from this server's own pages; got {origin}."
                )
        is_open = scope["path"] == _HEALTH or scope["path"].startswith(_JOBS)
        if self._token and not is_open and not self._login(scope):
            self._check_token(headers)

    def _known(self, host: str) -> bool:
        name, port = _split(host.lower())
        if port and not port.isdecimal():
            return False
        if name in self._names:
            return True
        try:
            return self._any_address and bool(ipaddress.ip_address(name.strip("[]")))
        except ValueError:
            return False

    def _check_token(self, headers: Headers) -> None:
        # Other programs on this host set cookies too; Python's own parser stops at some of them.
        cookies = cookie_parser("; ".join(headers.getlist("cookie")))
        scheme, _, bearer = headers.get("authorization", "").partition(" ")
        given = [cookies[_COOKIE]] if _COOKIE in cookies else []
        if scheme.lower() == "bearer":
            given.append(bearer.strip())
        if not any(self._matches(token) for token in given):
            raise UnauthorizedError(
                "Expected this server's token: open the address that it printed when it started, "
                "or send it as Authorization: Bearer."
            )

    def _matches(self, token: str) -> bool:
        return self._token is not None and hmac.compare_digest(token.encode(), self._token.encode())

    def _login(self, scope: Scope) -> Response | None:
        """Set the cookie and redirect, for an address with the right token."""
        if self._token is None or scope["type"] != "http" or scope["method"] not in _SAFE_METHODS:
            return None
        query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        if not any(name == "token" and self._matches(value) for name, value in query):
            return None
        rest = urlencode([(name, value) for name, value in query if name != "token"])
        # One slash only: a path that begins with two would redirect to another site.
        path = "/" + scope["path"].lstrip("/\\")
        response = RedirectResponse(f"{path}?{rest}" if rest else path, 303)
        response.set_cookie(_COOKIE, self._token, httponly=True, samesite="lax")
        return response

    async def _reject(
        self, error: RequestError, scope: Scope, receive: Receive, send: Send
    ) -> None:
        if scope["type"] == "websocket":
            # Closing before accepting: the response to the handshake is 403.
            await send({"type": "websocket.close", "code": 1008})
            return
        response = self._error_response(Request(scope), error)
        await response(scope, receive, with_headers(send))


def _split(host: str) -> tuple[str, str]:
    """Split a Host header into name and port; an IPv6 address keeps its brackets."""
    if host.startswith("["):
        name, bracket, rest = host.partition("]")
        return name + bracket, rest.removeprefix(":")
    name, _, port = host.partition(":")
    return name, port


def _own_origin(scope: Scope, host: str) -> str:
    scheme = {"ws": "http", "wss": "https"}.get(scope["scheme"], scope["scheme"])
    return f"{scheme}://{host.lower()}"
