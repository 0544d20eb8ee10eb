"""Builds the server."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from app.errors import InvalidError, MethodNotAllowedError, NotFoundError, RequestError
from app.limits import BodyLimit
from app.pages import STATIC, refusal
from app.predictor import Predictor
from app.routes import datasets, pages, predict, results, runs, stream
from app.runs import RunMaker
from app.schemas.answers import ErrorAnswer
from app.security import Gate, make_token
from app.services import Services
from app.settings import Settings
from app.storage.store import Store
from app.supervisor import Supervisor
from trainer.datasets import Library


def create_app(settings: Settings) -> FastAPI:
    """Build the server; it opens HOME when it starts, and closes it when it ends.

    Args:
        settings: Where it is bound and what it keeps where.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        store = Store(settings.home)
        library = Library(settings.home, settings.data, offline=settings.offline)
        supervisor = Supervisor(store, library, settings.active_runs)
        app.state.services = Services(
            store, library, RunMaker(store, library), supervisor, Predictor(store)
        )
        supervisor.start()
        try:
            yield
        finally:
            await supervisor.stop()
            store.close()

    app = FastAPI(
        title="Digitscope",
        description="Watch a neural network learn to read handwriting.",
        version="0.1.0",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        responses={"4XX": {"model": ErrorAnswer}},
    )
    app.state.token = make_token(settings)
    for module in (runs, results, stream, datasets, predict, pages):
        app.include_router(module.router)
    app.include_router(pages.health)
    app.mount("/static", _Static(directory=STATIC))
    app.add_middleware(BodyLimit, refusal=refusal)
    app.add_middleware(Gate, settings=settings, token=app.state.token, refusal=refusal)
    app.add_exception_handler(RequestError, _refused)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(RequestValidationError, _invalid)
    return app


class _Static(StaticFiles):
    """Our own files: kept by the browser, but asked after each time, so that none is stale."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """A file, or 304."""
        response = await super().get_response(path, scope)
        response.headers["cache-control"] = "no-cache"
        return response


async def _refused(request: Request, error: Exception) -> Response:
    return refusal(request, error)  # type: ignore[arg-type]


async def _http_error(request: Request, error: Exception) -> Response:
    """What the framework itself refuses: unknown addresses, methods that there are not."""
    assert isinstance(error, HTTPException)
    path = request.url.path
    if error.status_code == NotFoundError.status:
        return refusal(request, NotFoundError(f"There is nothing at {path}."))
    if error.status_code == MethodNotAllowedError.status:
        allowed = (error.headers or {}).get("Allow", "another method")
        wrong = MethodNotAllowedError(f"Expected {allowed} at {path}; got {request.method}.")
        return refusal(request, wrong)
    return refusal(request, RequestError(error.detail))


async def _invalid(request: Request, error: Exception) -> Response:
    """What a request's declared shape refuses."""
    assert isinstance(error, RequestValidationError)
    fields = {}
    for problem in error.errors():
        place = [str(part) for part in problem["loc"][1:2]] or ["body"]
        got = repr(problem.get("input"))
        got = got if len(got) <= 80 else f"{got[:77]}..."
        fields[place[0]] = f"{problem['msg']}; got {got}"
    return refusal(request, InvalidError(fields))
