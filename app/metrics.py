"""Measurements of the running server, in Prometheus' text format."""

from collections import Counter
from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from app.execution.executor import Executor
from app.runs.scheduler import Scheduler
from app.runs.status import Status
from app.storage.store import Store

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class Metrics:
    """Measurements of one application.

    Args:
        store: Storage of the runs.
        scheduler: Scheduler of the runs.
        executor: Executes the trainings.

    Attributes:
        requests: Durations of requests, by method, route and status.
        predictions: Durations of predictions, from the picture file to the response.
    """

    def __init__(self, store: Store, scheduler: Scheduler, executor: Executor) -> None:
        self._registry = CollectorRegistry()
        self._registry.register(_State(store, scheduler, executor))
        ProcessCollector(registry=self._registry)
        self.requests = Histogram(
            "digitscope_request_seconds",
            "Durations of requests, streams left out.",
            ("method", "route", "status"),
            registry=self._registry,
            buckets=_SECONDS,
        )
        self.predictions = Histogram(
            "digitscope_prediction_seconds",
            "Durations of predictions, from the picture file to the response.",
            registry=self._registry,
            buckets=_SECONDS,
        )

    def text(self) -> bytes:
        """Return all measurements."""
        return generate_latest(self._registry)


class _State(Collector):
    """Reads the state of the server at each request for it."""

    def __init__(self, store: Store, scheduler: Scheduler, executor: Executor) -> None:
        self._store = store
        self._scheduler = scheduler
        self._executor = executor

    def collect(self) -> Iterator[Metric]:
        """Yield what the server counts itself."""
        runs = GaugeMetricFamily("digitscope_runs", "Runs by status.", labels=["status"])
        counts = Counter(run.status for run in self._store.runs())
        for status in Status:
            runs.add_metric([status], counts[status])
        yield runs
        yield GaugeMetricFamily("digitscope_queue_length", "Queued runs.", counts[Status.QUEUED])
        yield CounterMetricFamily(
            "digitscope_training_steps",
            "Iterations stored since the server started; their rate is the speed of all trainings.",
            self._scheduler.steps,
        )
        viewers = len(self._scheduler.streams)
        yield GaugeMetricFamily("digitscope_viewers", "Open streams of runs.", viewers)
        yield GaugeMetricFamily(
            "digitscope_run_capacity", "Runs that can train at once.", self._executor.capacity
        )
        if cluster := self._executor.cluster:
            workers = len(cluster.workers)
            yield GaugeMetricFamily("digitscope_cluster_workers", "Workers.", workers)
