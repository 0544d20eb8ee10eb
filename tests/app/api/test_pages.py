import hashlib
import re
import shutil
from pathlib import Path

import httpx
import plotly
import pytest

from app.http.static_files import STATIC, static_address
from tests.app.conftest import Trained
from tests.app.http_calls import assert_error
from tests.conftest import ROOT

PAGES = ("/", "/runs", "/failures", "/inspect", "/draw", "/learn")
KEPT_FOR_GOOD = "private, max-age=31536000, immutable"
ANSWERED_BY_PAGE = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_there(trained: Trained, path: str) -> None:
    response = trained.client.get(path)
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert response.text.startswith("<!doctype html>")


def test_a_run_has_a_page_of_its_own(trained: Trained) -> None:
    response = trained.client.get(f"/runs/{trained.run}")
    assert response.status_code == 200
    assert trained.run in response.text


@pytest.mark.parametrize("path", [*PAGES, "/static/lib/page/page.js"])
def test_what_has_not_changed_is_not_sent_again(trained: Trained, path: str) -> None:
    first = trained.client.get(path)
    again = trained.client.get(path, headers={"if-none-match": first.headers["etag"]})
    assert first.headers["cache-control"] == "no-cache"
    assert (again.status_code, again.content) == (304, b"")
    other = trained.client.get(path, headers={"if-none-match": '"another"'})
    assert (other.status_code, other.content) == (200, first.content)


def test_what_a_page_needs_is_there_and_comes_from_here(trained: Trained) -> None:
    for path in (*PAGES, f"/runs/{trained.run}"):
        for address in re.findall(r'(?:src|href)="([^#"]+)"', trained.client.get(path).text):
            assert address.startswith("/")
            assert trained.client.get(address).status_code == 200, address


def test_a_page_names_files_by_a_version_and_the_browser_keeps_them_for_good(
    trained: Trained,
) -> None:
    text = "".join(trained.client.get(path).text for path in PAGES)
    addresses = set(re.findall(r'(?:src|href)="/static/([^"]+)"', text))
    (version,) = {name.split("/")[0] for name in addresses if not name.startswith("plotly-")}
    assert re.fullmatch("[0-9a-f]{16}", version)
    kept = trained.client.get(f"/static/{version}/lib/page/page.js")
    assert kept.headers["cache-control"] == KEPT_FOR_GOOD
    assert kept.content == trained.client.get("/static/lib/page/page.js").content
    assert_error(trained.client.get(f"/static/{version}/nope"), 404, "not_found")
    assert_error(trained.client.get(f"/static/{version}/{version}/icon.svg"), 404, "not_found")


def test_the_version_changes_with_a_file_and_old_pages_still_find_their_modules(
    trained: Trained, tmp_path: Path
) -> None:
    old = static_address(STATIC)
    changed = tmp_path / "static"
    shutil.copytree(STATIC, changed)
    assert static_address(changed) == old  # copied with their times
    (changed / "lib" / "api.js").write_text("export {};")
    assert static_address(changed) != old
    # As an editor leaves it beside a file that has unsaved changes.
    (changed / "lib" / ".#api.js").symlink_to("nobody@nowhere")
    assert static_address(changed) != old
    assert trained.client.get("/static/0123456789abcdef/lib/api.js").status_code == 200


def test_plotly_is_sent_once_compressed_and_kept_for_good(trained: Trained) -> None:
    (address,) = re.findall(r'src="(/static/plotly-[^"]+)"', trained.client.get("/").text)
    packed = trained.client.get(address, headers={"accept-encoding": "gzip"})
    plain = trained.client.get(address, headers={"accept-encoding": "identity"})
    assert packed.headers["content-encoding"] == "gzip"
    assert int(packed.headers["content-length"]) < len(plain.content) / 2
    assert "content-encoding" not in plain.headers
    assert packed.content == plain.content
    assert hashlib.sha256(plain.content).hexdigest()[:16] in address
    for response in (packed, plain):
        assert response.headers["cache-control"] == KEPT_FOR_GOOD
        assert response.headers["vary"] == "accept-encoding"


def test_the_pages_draw_with_the_same_plotly_as_the_trainer() -> None:
    packaged = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"
    (ours,) = (ROOT / "static" / "vendor").glob("plotly-*.js")
    versions = [re.findall(r"plotly\.js .*v(\d+\.\d+\.\d+)", file.read_text()[:200])
                for file in (ours, packaged)]  # fmt: skip
    assert versions[0] == versions[1] != []


@pytest.mark.parametrize(
    "path", ["/api", "/api/", "/api/x", "/api/runs/a%2fb", "/nope", "/static/nope", "/docs",
             "/redoc", "/static/..%2fREADME.md", "/static/%2e%2e/app/main.py", "/runs/nope",
             "/api/runs/x/stream"]
)  # fmt: skip
def test_an_unknown_address_is_404(trained: Trained, path: str) -> None:
    assert_error(trained.client.get(path), 404, "not_found")


@pytest.mark.parametrize("path", ["/nope", "/static/nope", "/runs/nope"])
def test_people_get_errors_as_a_page(trained: Trained, path: str) -> None:
    response = trained.client.get(path, headers=ANSWERED_BY_PAGE)
    assert response.status_code == 404
    assert response.headers["content-type"] == "text/html; charset=utf-8"


@pytest.mark.parametrize("thing", ["run", "sweep"])
def test_the_page_of_a_deleted_thing_says_so_and_leads_to_the_others(
    trained: Trained, thing: str
) -> None:
    text = trained.client.get(f"/{thing}s/nope", headers=ANSWERED_BY_PAGE).text
    assert f"<h1>This {thing} isn&#39;t here</h1>" in text
    assert f'<a class="button" href="/{thing}s">See all {thing}s</a>' in text
    assert "<h1>This page isn" in trained.client.get("/nope", headers=ANSWERED_BY_PAGE).text


def test_programs_get_errors_as_json_even_where_they_ask_for_a_page(trained: Trained) -> None:
    assert_error(trained.client.get("/api/runs/nope", headers=ANSWERED_BY_PAGE), 404, "not_found")


def test_what_came_is_not_markup_on_a_page(trained: Trained) -> None:
    response = trained.client.get("/runs/<script>alert(1)</script>", headers=ANSWERED_BY_PAGE)
    assert response.status_code == 404
    assert "<script>alert" not in response.text


METHODS = [
    ("PUT", "/api/runs", "GET, HEAD, POST"),
    ("DELETE", "/api/runs", "GET, HEAD, POST"),
    ("OPTIONS", "/api/runs", "GET, HEAD, POST"),
    ("TRACE", "/api/datasets", "GET, HEAD"),
    ("PUT", "/api/runs/x", "GET, HEAD, PATCH, DELETE"),
    ("PATCH", "/api/runs/x/loss", "GET, HEAD"),
    ("GET", "/api/runs/x/pause", "POST"),
    ("GET", "/api/predict", "POST"),
    ("POST", "/api/runs/x/loss", "GET, HEAD"),
    ("POST", "/healthz", "GET, HEAD"),
    ("POST", "/", "GET, HEAD"),
    ("POST", "/static/lib/page/page.js", "GET, HEAD"),
]


@pytest.mark.parametrize(("method", "path", "allowed"), METHODS)
def test_a_method_that_there_is_not_is_405_and_those_there_are_are_named(
    trained: Trained, method: str, path: str, allowed: str
) -> None:
    response = trained.client.request(method, path)
    assert_error(response, 405, "method_not_allowed")
    assert response.headers["allow"] == allowed


@pytest.mark.parametrize("path", ["/", "/healthz", "/api/runs", "/static/lib/page/page.js"])
def test_head_gets_the_response_of_get_without_the_body(trained: Trained, path: str) -> None:
    head, get = trained.client.head(path), trained.client.get(path)
    assert (head.status_code, head.content) == (200, b"")
    for name in ("content-type", "content-length"):
        assert head.headers[name] == get.headers[name]


def test_the_server_reports_that_it_is_healthy(trained: Trained) -> None:
    response = trained.client.get("/healthz")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})


def test_requests_that_are_no_http_do_no_harm(trained: Trained) -> None:
    with pytest.raises(httpx.HTTPError):
        trained.client.get("/", headers={b"bad header": b"x"})
    assert trained.client.get("/healthz").status_code == 200
