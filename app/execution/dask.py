"""Executor on a Dask cluster, which only places the tasks: all else travels over HTTP.

This module is imported only if a cluster is set.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

from distributed import Client, Future
from distributed.security import Security

from app.execution.cluster import ClusterState, ClusterWorker
from app.execution.executor import Execution, Executor, Task
from app.execution.jobs import Jobs, Submission
from app.execution.messages import Outcome
from app.execution.wire import source_digest
from app.settings import Settings

logger = logging.getLogger(__name__)

# Code as text and plain data: a function would have to be importable on the scheduler too.
_EXPRESSION = "__import__('app.execution.dask_task', fromlist=['execute']).execute(spec)"

_TIMEOUT_S = 5.0
_POLL_S = 0.5
_RETRY_S = 1.0
# Submissions that end without a new resume point until the run fails.
_FRUITLESS = 3


@dataclass
class _Placement:
    """A submission's task on the cluster.

    Attributes:
        submission: The submission.
        future: The task that was submitted last, or None.
        number: Number of tasks submitted so far.
        resume_step: Resume point when it was submitted last.
        fruitless: Number of tasks in a row that ended without a new resume point.
    """

    submission: Submission
    future: "Future[None] | None" = None
    number: int = 0
    resume_step: int = 0
    fruitless: int = 0


class DaskExecutor(Executor):
    """Executes each task on a worker of a Dask cluster.

    Args:
        settings: Settings of the server, with a cluster.
        jobs: Tasks that workers execute.
    """

    name = "dask"

    def __init__(self, settings: Settings, jobs: Jobs) -> None:
        self._state = ClusterState(settings.cluster or "", connected=False)
        self._settings = settings
        self._jobs = jobs
        self._placements: dict[str, _Placement] = {}
        self._wake = asyncio.Event()
        source_digest()  # reads all modules: now, not while the first worker waits
        self._capacity_changed: Callable[[], None] = lambda: None

    @property
    def capacity(self) -> int:
        """Number of tasks to execute at once: as set, else one for each thread of the cluster."""
        return self._settings.active_runs or max(1, self._state.threads)

    @property
    def cluster(self) -> ClusterState:
        """State of the cluster, as it was seen last."""
        return self._state

    def start(self, task: Task) -> Execution:
        """Submit a task; it waits until a worker takes it."""
        submission = self._jobs.submit(task)
        self._placements[submission.id] = _Placement(submission)
        self._wake.set()
        return submission

    @asynccontextmanager
    async def connection(self, capacity_changed: Callable[[], None]) -> AsyncIterator[None]:
        """Stay connected to the scheduler while the context lasts."""
        self._capacity_changed = capacity_changed
        connecting = asyncio.create_task(self._stay_connected())
        try:
            yield
        finally:
            connecting.cancel()
            with suppress(asyncio.CancelledError):
                await connecting

    async def _stay_connected(self) -> None:
        security = None
        if self._settings.cluster_ca:
            security = Security(  # type: ignore[no-untyped-call]
                require_encryption=True,
                tls_ca_file=str(self._settings.cluster_ca),
                tls_client_cert=str(self._settings.cluster_cert),
                tls_client_key=str(self._settings.cluster_key),
            )
        while True:
            try:
                # A client that has lost its scheduler for long is closed for good.
                async with Client(  # type: ignore[no-untyped-call]
                    self._settings.cluster,
                    asynchronous=True,
                    security=security,
                    timeout=_TIMEOUT_S,
                    set_as_default=False,
                ) as client:
                    for placement in self._placements.values():
                        placement.future = None  # lost with the client before
                    while client.status != "closed":
                        if client.status == "running":
                            await self._update(client)
                        with suppress(TimeoutError):
                            await asyncio.wait_for(self._wake.wait(), _POLL_S)
                        self._wake.clear()
                self._lose_connection("the scheduler is gone")
            except (OSError, TimeoutError, ImportError) as error:
                self._lose_connection(str(error))
            except Exception as error:
                logger.exception("the connection to the cluster broke off")
                self._lose_connection(str(error))
            await asyncio.sleep(_RETRY_S)

    def _lose_connection(self, trouble: str) -> None:
        if self._state.connected or not self._state.trouble:
            logger.warning("cluster %s: %s", self._state.address, trouble)
        self._state = ClusterState(self._state.address, connected=False, trouble=trouble)

    async def _update(self, client: "Client") -> None:
        """Read the state of the cluster, and place what has no task there."""
        if client.scheduler is None:
            return
        # A worker that begins during the request may be missing in the response.
        before = {job_id: p.submission.worker for job_id, p in self._placements.items()}
        identity = await client.scheduler.identity(n_workers=-1)
        capacity = self.capacity
        self._state = _state(self._state.address, identity)
        workers = {worker.name for worker in self._state.workers}
        for job_id, placement in list(self._placements.items()):
            submission = placement.submission
            if submission.ended.is_set():
                del self._placements[job_id]
                continue
            worker = before.get(job_id)
            if worker is not None and worker == submission.worker and worker not in workers:
                submission.lose_worker()
            if placement.future is None or placement.future.status != "pending":
                self._place(client, placement)
        if self.capacity != capacity:
            self._capacity_changed()

    def _place(self, client: "Client", placement: _Placement) -> None:
        """Submit a task, unless an earlier one shows that this is useless."""
        submission, future = placement.submission, placement.future
        resume_step = submission.resume_step or 0
        if future is not None and future.status in ("finished", "error"):
            if submission.resume_step is None:
                submission.fail(
                    Outcome.WORKER,
                    "A worker of the cluster began this run and did not reach this server at "
                    f"{self._settings.callback_address}, or died: see its log. "
                    "DIGITSCOPE_CALLBACK sets an address that workers reach.",
                )
                return
            placement.fruitless = (
                0 if resume_step > placement.resume_step else placement.fruitless + 1
            )
            if placement.fruitless == _FRUITLESS or (
                placement.fruitless and future.status == "error"
            ):
                submission.fail(
                    Outcome.WORKER,
                    "The workers that trained this run died or lost this server before they could "
                    f"save more than iteration {resume_step:,}. Their logs say why; resume the run "
                    "to try again.",
                )
                return
            submission.lose_worker()
        placement.number += 1
        placement.resume_step = resume_step
        spec = {
            "address": self._settings.callback_address,
            "job": submission.id,
            "token": submission.token,
        }
        placement.future = client.submit(
            eval,
            _EXPRESSION,
            {"spec": spec},
            key=f"digitscope-{submission.id}-{placement.number}",
            pure=False,
        )


def _state(address: str, identity: dict[str, Any]) -> ClusterState:
    """Read a scheduler's description of its cluster."""
    now = time.time()
    workers = tuple(
        ClusterWorker(
            name=str(worker["name"]),
            host=str(worker["host"]),
            threads=int(worker["nthreads"]),
            memory_bytes=int(worker["metrics"].get("memory", 0)),
            memory_limit_bytes=int(worker["memory_limit"] or 0),
            cpu_percent=float(worker["metrics"].get("cpu", 0)),
            seen_s_ago=max(0.0, now - worker["last_seen"]),
        )
        for worker in identity["workers"].values()
    )
    return ClusterState(address, connected=True, workers=workers)
