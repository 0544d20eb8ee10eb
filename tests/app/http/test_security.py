import asyncio
import json
import re
import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from app.errors import RequestError
from app.http.authentication import AuthenticationMiddleware, make_token
from app.main import create_app
from app.settings import Settings
from tests.app.conftest import Trained
from tests.app.http_calls import assert_error
from tests.conftest import Server, running_server

EVERYWHERE = (
    "/",
    "/runs",
    "/static/lib/page/page.js",
    "/api/runs",
    "/metrics",
    "/openapi.json",
    "/nope",
    "/api/nope",
)


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that other machines can reach."""
    home = tmp_path_factory.mktemp("guarded")
    environment = {
        "DIGITSCOPE_HOSTS": "digits.example, Other.Example",
        "DIGITSCOPE_CALLBACK": "http://callback.example:1",
    }
    with running_server(home, "--host", "0.0.0.0", **environment) as server:
        yield server


def raw(server: Server, request: str) -> bytes:
    """Send a request written by hand and return the response."""
    address = urlsplit(server.url)
    with socket.create_connection((address.hostname, address.port), timeout=10) as connection:
        connection.sendall(request.encode("latin-1"))
        connection.shutdown(socket.SHUT_WR)
        response = b""
        while chunk := connection.recv(65536):
            response += chunk
    return response


def stream_status(url: str, **headers: str) -> int:
    """Return the status of the response to a stream's handshake; 101 if it is accepted."""
    url = url.replace("http", "ws", 1) + "/api/runs/x/stream"
    try:
        with connect(url, additional_headers=headers, proxy=None):
            return 101
    except InvalidStatus as error:
        return error.response.status_code


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST", "127.0.0.1", "[::1]", "localhost:1", "[::1]:9", "localhost:"]
)
def test_names_of_the_loopback_addresses_are_accepted_with_any_port(
    trained: Trained, host: str
) -> None:
    assert trained.client.get("/api/runs", headers={"host": host}).status_code == 200


STRANGE_HOSTS = [
    "evil.example",
    "localhost.evil.example",
    "evil.example:8000",
    "127.0.0.1.evil.example",
    "127.0.0.2",
    "0.0.0.0",
    "192.168.1.2",
    "[::2]",
    "::1",
    "localhost:x",
    "localhost:80:80",
    "user@localhost",
    "localhost/",
    "",
]


@pytest.mark.parametrize("host", STRANGE_HOSTS)
def test_other_host_names_are_rejected(trained: Trained, host: str) -> None:
    for path in ("/healthz", "/", "/api/runs"):
        response = trained.client.get(path, headers={"host": host})
        body = assert_error(response, 400, "bad_host")
        assert repr(host) in body["error"]["message"]


@pytest.mark.parametrize("names", ["", "Host: localhost\r\nHost: evil.example\r\n"])
def test_a_request_with_no_host_name_or_two_is_rejected(trained: Trained, names: str) -> None:
    response = raw(trained.server, f"GET / HTTP/1.0\r\n{names}\r\n")
    assert response.startswith(b"HTTP/1.1 400")


@pytest.mark.parametrize(
    "host", ["10.1.2.3", "10.1.2.3:99", "[2001:db8::1]:80", "digits.example", "other.example:1",
             "OTHER.EXAMPLE", "localhost", socket.gethostname()]
)  # fmt: skip
def test_bound_to_another_address_its_addresses_and_names_are_accepted(
    guarded: Server, host: str
) -> None:
    with guarded.client() as client:
        assert client.get("/api/runs", headers={"host": host}).status_code == 200
        assert_error(client.get("/api/runs", headers={"host": f"x{host}y"}), 400, "bad_host")


def test_a_connection_with_endless_headers_is_closed(trained: Trained) -> None:
    address = urlsplit(trained.server.url)
    for line in (b"x" * 65_536, b"X: y\r\n" * 10_000):
        with socket.create_connection((address.hostname, address.port), timeout=10) as connection:
            connection.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nX: ")
            with pytest.raises(OSError, match=r"(?i)reset|broken pipe"):
                connection.sendall(line * 1000)
    large = trained.client.get("/healthz", headers={"x": "y" * 30_000})
    assert large.status_code == 200


ORIGINS = ["null", "http://evil.example", "https://{host}", "http://localhost", "http://127.0.0.1",
           "{host}", "http://{host}/", "http://{host}.evil.example", ""]  # fmt: skip


@pytest.mark.parametrize("origin", ORIGINS)
def test_a_change_requested_by_a_page_of_another_site_is_rejected(
    trained: Trained, origin: str
) -> None:
    origin = origin.format(host=trained.server.url.removeprefix("http://"))
    headers = {"origin": origin}
    for method, path in (
        ("POST", "/api/runs"),
        ("POST", "/api/predict"),
        ("POST", f"/api/runs/{trained.run}/stop"),
        ("DELETE", f"/api/runs/{trained.run}"),
        ("PUT", "/api/runs"),
    ):
        assert_error(trained.client.request(method, path, headers=headers), 403, "forbidden")
    assert trained.client.get("/api/runs", headers=headers).status_code == 200
    assert stream_status(trained.server.url, origin=origin) == 403


def test_changes_requested_by_own_pages_and_by_programs_are_accepted(trained: Trained) -> None:
    for headers in ({}, {"origin": trained.server.url}, {"origin": trained.server.url.upper()}):
        response = trained.client.post("/api/estimate", json={}, headers=headers)
        assert response.status_code == 200
        assert stream_status(trained.server.url, **headers) == 101


def test_headers_of_proxies_are_ignored(trained: Trained) -> None:
    told = {
        "x-forwarded-host": "localhost",
        "x-forwarded-proto": "https",
        "x-forwarded-for": "127.0.0.1",
        "forwarded": "host=localhost;proto=https",
    }
    response = trained.client.get("/api/runs", headers={**told, "host": "evil.example"})
    assert_error(response, 400, "bad_host")
    secure = trained.server.url.replace("http", "https")
    response = trained.client.post("/api/estimate", json={}, headers={**told, "origin": secure})
    assert_error(response, 403, "forbidden")
    redirect = trained.client.get("/runs/", headers=told)
    assert redirect.headers["location"] == f"{trained.server.url}/runs"


def test_streams_are_rejected_at_the_handshake(trained: Trained, guarded: Server) -> None:
    assert stream_status(trained.server.url, host="evil.example") == 403
    assert stream_status(guarded.url) == 403
    assert stream_status(guarded.url, authorization="Bearer wrong") == 403
    assert stream_status(guarded.url, authorization=f"Bearer {guarded.token}") == 101
    cookie = f"digitscope_token={guarded.token}"
    assert stream_status(guarded.url, cookie=cookie) == 101
    assert stream_status(guarded.url, cookie=cookie, origin="http://evil.example") == 403


def test_jobs_of_a_cluster_have_tokens_of_their_own(guarded: Server) -> None:
    with httpx.Client(base_url=guarded.url, headers={"host": "callback.example"}) as worker:
        assert_error(worker.post("/api/jobs/over/hello", json={}), 410, "gone")
        assert_error(worker.get("/api/jobs"), 401, "unauthorized")


def test_every_request_but_for_health_needs_the_token(guarded: Server) -> None:
    assert guarded.token
    assert len(guarded.token) >= 32
    with httpx.Client(base_url=guarded.url) as stranger:
        assert stranger.get("/healthz").json() == {"status": "ok"}
        for path in EVERYWHERE:
            response = stranger.get(path)
            assert_error(response, 401, "unauthorized")
            assert response.headers["www-authenticate"] == "Bearer"
            assert guarded.token not in response.text
        assert_error(stranger.post("/api/runs", json={}), 401, "unauthorized")
        assert_error(stranger.get("/api/runs", params={"token": "wrong"}), 401, "unauthorized")
        page = stranger.get("/", headers={"accept": "text/html"})
        assert (page.status_code, page.headers["content-type"]) == (401, "text/html; charset=utf-8")
        # A page that nobody may fetch anything for needs nothing.
        assert not re.search(r'(src|href)="/', page.text)


@pytest.mark.parametrize(
    "header",
    [
        "Bearer",
        "Bearer wrong",
        "{token}",
        "Basic {token}",
        "Bearer {token}x",
        "Bearer x{token}",
        "Bearer \xff",
    ],
)
def test_a_wrong_token_is_rejected(guarded: Server, header: str) -> None:
    value = header.format(token=guarded.token).encode("latin-1")
    with httpx.Client(base_url=guarded.url) as stranger:
        response = stranger.get("/api/runs", headers={b"authorization": value})
        assert_error(response, 401, "unauthorized")


@pytest.mark.parametrize(
    "cookie",
    ["digitscope_token=wrong", "digitscope_token=", "digitscope_token", "=;=;", '"', "\xff"],
)
def test_a_wrong_cookie_is_rejected(guarded: Server, cookie: str) -> None:
    with httpx.Client(base_url=guarded.url) as stranger:
        response = stranger.get("/api/runs", headers={b"cookie": cookie.encode("latin-1")})
        assert_error(response, 401, "unauthorized")


@pytest.mark.parametrize(("host", "asked"), [("127.0.0.1", None), ("LOCALHOST", None),
                                            ("0.0.0.0", "mine")])  # fmt: skip
def test_a_token_is_required_only_on_addresses_that_others_can_reach(
    host: str, asked: str | None
) -> None:
    assert make_token(Settings(host=host, token="mine")) == asked


@pytest.mark.parametrize("foreign", ['prefs={"a":1}', "a b=c", "bad[name]=1"])
def test_cookies_of_other_programs_are_ignored(guarded: Server, foreign: str) -> None:
    with httpx.Client(base_url=guarded.url) as browser:
        headers = {"cookie": f"{foreign}; digitscope_token={guarded.token}"}
        assert browser.get("/api/runs", headers=headers).status_code == 200


def test_programs_send_the_token_in_a_header(guarded: Server) -> None:
    with httpx.Client(base_url=guarded.url) as client:
        for scheme in ("Bearer", "bearer"):
            headers = {"authorization": f"{scheme} {guarded.token}"}
            assert client.get("/api/runs", headers=headers).status_code == 200


def test_the_printed_address_sets_a_cookie_and_redirects_to_the_plain_one(guarded: Server) -> None:
    with httpx.Client(base_url=guarded.url) as browser:
        response = browser.get("/runs", params={"token": guarded.token or "", "a": "b c"})
        assert (response.status_code, response.headers["location"]) == (303, "/runs?a=b+c")
        cookie = response.headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=" in cookie
        assert "samesite=none" not in cookie
        assert browser.get("/runs").status_code == 200
        assert browser.get("/api/runs").status_code == 200
        response = browser.post("/api/estimate", json={}, headers={"origin": "http://evil.example"})
        assert_error(response, 403, "forbidden")


@pytest.mark.parametrize(
    "path", ["//evil.example", "///evil.example/", "/\\evil.example", "/%5Cevil.example",
             "//evil.example/%2e%2e", "/%09/evil.example", "/%0d%0aset-cookie:%20a=b",
             "https://evil.example/"]
)  # fmt: skip
def test_the_redirect_never_goes_to_another_site(guarded: Server, path: str) -> None:
    host = guarded.url.removeprefix("http://")
    request = f"GET {path}?token={guarded.token} HTTP/1.1\r\nHost: {host}\r\n\r\n"
    head = raw(guarded, request).decode("latin-1").partition("\r\n\r\n")[0]
    locations = re.findall(r"(?im)^location: (.*?)\r?$", head)
    assert not re.search(r"(?im)^set-cookie: a=b", head)
    for location in locations:
        assert re.match(r"/(?![/\\])", location), location


def test_a_chosen_token_is_required_on_a_loopback_address() -> None:
    async def behind(scope: Scope, receive: Receive, send: Send) -> None:
        await PlainTextResponse("in")(scope, receive, send)

    def error_response(_: Request, error: RequestError) -> Response:
        return PlainTextResponse(str(error), error.status)

    gate = AuthenticationMiddleware(
        behind, settings=Settings(token="mine"), token="mine", error_response=error_response
    )
    assert asyncio.run(get(gate, "/api/runs")).status_code == 401
    mine = asyncio.run(get(gate, "/api/runs", authorization="Bearer mine"))
    assert (mine.status_code, mine.text) == (200, "in")


async def get(app: ASGIApp, path: str, **headers: str) -> httpx.Response:
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        return await client.get(path, headers=headers)


ANSWERS = [
    ("GET", "/"),
    ("GET", "/runs/nope"),
    ("GET", "/static/lib/page/page.js"),
    ("GET", "/static/nope"),
    ("GET", "/healthz"),
    ("GET", "/api/runs"),
    ("GET", "/api/nope"),
    ("POST", "/api/runs/nope/stop"),
    ("PUT", "/api/runs"),
    ("POST", "/api/predict"),
]


@pytest.mark.parametrize(("method", "path"), ANSWERS)
def test_every_response_has_the_security_headers(trained: Trained, method: str, path: str) -> None:
    for headers in ({}, {"host": "evil.example"}, {"origin": "null"}):
        response = trained.client.request(method, path, headers=headers)
        protected(response)


def protected(response: httpx.Response) -> None:
    policy = dict(
        part.strip().partition(" ")[::2]
        for part in response.headers["content-security-policy"].split(";")
    )
    assert policy["default-src"] == policy["script-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["object-src"] == policy["base-uri"] == "'none'"
    assert "unsafe-eval" not in response.headers["content-security-policy"]
    assert response.headers["x-content-type-options"] == "nosniff"
    assert "server" not in response.headers


def test_a_bug_in_the_server_has_an_error_response_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = create_app(Settings(home=tmp_path, offline=True))

    async def stumble() -> httpx.Response:
        async with app.router.lifespan_context(app):
            monkeypatch.setattr(app.state.services.store, "page", lambda **_: 1 / 0)
            return await get(app, "/api/runs")

    response = asyncio.run(stumble())
    protected(response)
    assert_error(response, 500, "internal")
    assert "ZeroDivision" not in response.text


def test_no_page_has_an_inline_script(trained: Trained) -> None:
    for path in ("/", "/runs", f"/runs/{trained.run}", "/failures", "/draw"):
        page = trained.client.get(path).text
        for attributes, content in re.findall(r"<script([^>]*)>(.*?)</script>", page, re.DOTALL):
            assert "src=" in attributes or 'type="application/json"' in attributes
            assert "src=" not in attributes or content == ""
            if "src=" not in attributes:
                json.loads(content)
        assert not re.search(r"\son\w+=|javascript:", page)
