"""Builds the server."""

import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from app.api import datasets, pages, predict, results, runs, stream
from app.api.error_models import NOT_LET_IN
from app.errors import MethodNotAllowedError
from app.http.body_limit import BodyLimit
from app.http.dependencies import Services
from app.http.error_responses import add_refusals, refusal
from app.http.head_requests import HeadAsGet
from app.http.page_assets import STATIC
from app.http.security import Gate, make_token
from app.predictor import Predictor
from app.runs.scheduler import Supervisor
from app.runs.service import RunMaker
from app.settings import Settings
from app.storage.store import Store
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
        library.clear_leftovers()
        supervisor = Supervisor(store, library, settings.active_runs)
        app.state.services = Services(
            store, library, RunMaker(store, library), supervisor, Predictor(store)
        )
        supervisor.start()
        # What the data's files hold is found out now, so that the first run need not wait for it.
        threading.Thread(target=library.statuses, daemon=True).start()
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
        responses=NOT_LET_IN,
        # Nothing is measured for others, and nothing is ever sent anywhere.
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
    )
    app.state.token = make_token(settings)
    for module in (runs, results, stream, datasets, predict, pages):
        app.include_router(module.router)
    app.include_router(pages.health)
    app.mount("/static", _Static(directory=STATIC))
    app.add_middleware(BodyLimit, refusal=refusal)
    app.add_middleware(HeadAsGet)
    app.add_middleware(Gate, settings=settings, token=app.state.token, refusal=refusal)
    add_refusals(app)
    return app


class _Static(StaticFiles):
    """Our own files: kept by the browser, but asked after each time, so that none is stale."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """A file, or 304."""
        if scope["method"] != "GET":
            raise MethodNotAllowedError(scope["method"], scope["path"], ["GET", "HEAD"])
        response = await super().get_response(path, scope)
        response.headers["cache-control"] = "no-cache"
        return response
