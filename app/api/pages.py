"""Pages."""

from typing import Annotated, Any

from fastapi import APIRouter, Header
from starlette.requests import Request
from starlette.responses import Response

from app.api.page_data import page_data
from app.api.runs.responses import HealthResponse
from app.errors import NotFoundError
from app.http.conditional import conditional
from app.http.dependencies import RunHere, Services, SweepHere
from app.http.page_assets import plotly_script, plotly_url, templates
from app.http.response_headers import IMMUTABLE
from trainer.layers.explanation import Source
from trainer.teaching.chapters import CHAPTERS

router = APIRouter(include_in_schema=False)
health = APIRouter()


def _page(request: Request, page: str, **context: Any) -> Response:
    """Render a page, or return 304 where the browser has the same."""
    services: Services = request.app.state.services
    data = page_data(services.library.sources())
    data["cluster"] = services.executor.cluster is not None
    context |= {"page": page, "plotly_url": plotly_url(), "page_data": data}
    return conditional(request, templates.TemplateResponse(request, f"{page}.html", context))


@router.get("/")
def train(request: Request) -> Response:
    """Page to start and watch a run."""
    return _page(request, "train")


@router.get("/runs")
def runs(request: Request) -> Response:
    """Page of all runs."""
    return _page(request, "runs")


@router.get("/runs/{run_id}")
def one_run(request: Request, run: RunHere) -> Response:
    """Page of one run."""
    return _page(request, "run", run_id=run.id)


@router.get("/sweeps")
def sweeps(request: Request) -> Response:
    """Page of all sweeps, and the form of a new one."""
    return _page(request, "sweeps")


@router.get("/sweeps/{sweep_id}")
def one_sweep(request: Request, sweep: SweepHere) -> Response:
    """Page of one sweep."""
    return _page(request, "sweep", sweep_id=sweep.id)


@router.get("/cluster")
def cluster(request: Request) -> Response:
    """Page of the cluster's workers and what they train."""
    return _page(request, "cluster")


@router.get("/compare")
def compare(request: Request) -> Response:
    """Page of several runs side by side."""
    return _page(request, "compare")


@router.get("/failures")
def failures(request: Request) -> Response:
    """Page of misclassified digits."""
    return _page(request, "failures")


@router.get("/inspect")
def inspect(request: Request) -> Response:
    """Page of the inside of a network: every array of a picture's passes."""
    return _page(request, "inspect")


@router.get("/learn")
def learn(request: Request) -> Response:
    """First chapter of the tour."""
    return _chapter(request, next(iter(CHAPTERS)))


@router.get("/learn/{name}")
def chapter(request: Request, name: str) -> Response:
    """One chapter of the tour."""
    if name not in CHAPTERS:
        raise NotFoundError(f"Expected a chapter of {', '.join(CHAPTERS)}; got {name!r}.")
    return _chapter(request, name)


def _chapter(request: Request, name: str) -> Response:
    sources = [Source.of(function) for function in CHAPTERS[name].functions]
    return _page(request, "learn", chapters=CHAPTERS, name=name, sources=sources)


@router.get("/draw")
def draw(request: Request) -> Response:
    """Page to draw a digit."""
    return _page(request, "draw")


@router.get(plotly_url())
def plotly(accept_encoding: Annotated[str, Header()] = "") -> Response:
    """Return Plotly's script, cacheable for good."""
    compressed = "gzip" in accept_encoding
    headers = {**IMMUTABLE, "vary": "accept-encoding"}
    if compressed:
        headers["content-encoding"] = "gzip"
    content = plotly_script(compressed=compressed)
    return Response(content, media_type="text/javascript", headers=headers)


@health.get("/healthz")
async def healthz() -> HealthResponse:
    """Return the state of the server."""
    return HealthResponse()
