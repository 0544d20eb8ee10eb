"""Builds the application."""

import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI

from app.api import (
    datasets,
    inspect,
    layers,
    learn,
    metrics,
    pages,
    predict,
    units,
)
from app.api.cluster import jobs, workers
from app.api.error_models import ANY_ERROR
from app.api.lab import embedding, label_issues, learning, marks, test_pictures, test_set
from app.api.runs import diagnosis, results, runs, stream
from app.api.runs.frames import content_frame
from app.api.sweeps import sweeps
from app.execution.executor import Executor
from app.execution.jobs import Jobs
from app.execution.local import LocalExecutor
from app.http.authentication import AuthenticationMiddleware, make_token
from app.http.body_limit import BodyLimitMiddleware
from app.http.dependencies import Services
from app.http.error_responses import add_error_handlers, error_response
from app.http.file_descriptors import CrowdMiddleware
from app.http.head_requests import HeadRequestMiddleware
from app.http.static_files import StaticFiles
from app.http.timing import TimingMiddleware
from app.images.reading import PictureReader
from app.inspector import Inspector
from app.lab.embeddings import Embeddings
from app.lab.evaluations import Evaluations
from app.metrics import Metrics
from app.network_cache import NetworkCache
from app.predictor import Predictor
from app.runs.scheduler import Scheduler
from app.runs.service import RunService
from app.settings import Settings
from app.storage.recovery import keep_copy
from app.storage.store import Store
from app.sweeps.supervisor import Supervisor
from app.units import UnitSurvey
from trainer.datasets import Library


def create_app(settings: Settings) -> FastAPI:
    """Build the application, which opens HOME when it starts and closes it when it ends.

    Args:
        settings: Settings of the server.
    """
    library = Library(settings.home, settings.data, offline=settings.offline)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        store = Store(settings.home)
        keep_copy(settings.home)
        library.clear_leftovers()
        submissions = Jobs()
        executor = make_executor(settings, submissions)
        scheduler = Scheduler(store, library, executor, content_frame)
        runs_service = RunService(store, library)
        supervisor = Supervisor(store, runs_service, scheduler, executor)
        networks = NetworkCache(store)
        evaluations = Evaluations(store, library)
        app.state.services = Services(
            store,
            library,
            runs_service,
            scheduler,
            submissions,
            executor,
            Metrics(store, scheduler, executor),
            PictureReader(),
            Predictor(store, networks),
            evaluations,
            Embeddings(evaluations, networks),
            Inspector(networks),
            UnitSurvey(evaluations, networks),
            supervisor,
        )
        scheduler.start()
        # Checksums of the data sets are computed now, so that the first run does not wait for them.
        threading.Thread(target=library.statuses, daemon=True).start()
        async with executor.connection(scheduler.fill):
            try:
                async with supervisor.supervision():
                    yield
            finally:
                await scheduler.stop()
                store.close()

    app = _Application(
        library,
        title="Digitscope",
        description="Watch a neural network learn to read handwriting.",
        version="0.1.0",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        responses=ANY_ERROR,
        # No telemetry is recorded or sent.
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
    )
    app.state.token = make_token(settings)
    lab = (test_set, marks, learning, test_pictures, embedding, label_issues)
    for module in (
        runs,
        results,
        *lab,
        diagnosis,
        stream,
        datasets,
        predict,
        inspect,
        layers,
        learn,
        units,
        sweeps,
        jobs,
        workers,
        metrics,
        pages,
    ):
        app.include_router(module.router)
    app.include_router(pages.health)
    app.mount("/static", StaticFiles())
    app.add_middleware(BodyLimitMiddleware, error_response=error_response)
    app.add_middleware(HeadRequestMiddleware)
    app.add_middleware(CrowdMiddleware)
    app.add_middleware(
        AuthenticationMiddleware,
        settings=settings,
        token=app.state.token,
        error_response=error_response,
    )
    app.add_middleware(TimingMiddleware)
    add_error_handlers(app)
    return app


def make_executor(settings: Settings, jobs: Jobs) -> Executor:
    """Create the executor of a server.

    Args:
        settings: Settings of the server.
        jobs: Tasks that workers of a cluster execute.
    """
    if settings.cluster:
        from app.execution.dask import DaskExecutor  # takes a second to import

        return DaskExecutor(settings, jobs)
    return LocalExecutor(settings.active_runs or 1)


class _Application(FastAPI):
    """Application whose API schema names the data sets there are at each request.

    Args:
        library: Data sets.
        options: Arguments of ``FastAPI``.
    """

    def __init__(self, library: Library, **options: Any) -> None:
        super().__init__(**options)
        self._library = library

    def openapi(self) -> dict[str, Any]:
        """Return the API schema."""
        schema = super().openapi()
        datasets.add_dataset_names(schema, self._library)
        return schema
