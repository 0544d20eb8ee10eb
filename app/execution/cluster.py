"""State of a cluster."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ClusterWorker:
    """Worker of a cluster.

    Attributes:
        name: Name, by which a run names it too.
        host: Address of its machine.
        threads: Number of runs that it trains at once.
        memory_bytes: Memory of the worker itself, its training processes left out.
        memory_limit_bytes: Memory that it may use; 0: no limit.
        cpu_percent: Processor time of the worker itself; 100 is one core.
        seen_s_ago: Time since the scheduler has heard of it.
    """

    name: str
    host: str
    threads: int
    memory_bytes: int
    memory_limit_bytes: int
    cpu_percent: float
    seen_s_ago: float


@dataclass(frozen=True, slots=True)
class ClusterState:
    """Cluster as it was seen last.

    Attributes:
        address: Address of its scheduler.
        connected: True if the scheduler responds.
        workers: Its workers; empty while it is not connected.
        trouble: Reason why it is not connected; empty if it is, or was never tried.
    """

    address: str
    connected: bool
    workers: tuple[ClusterWorker, ...] = ()
    trouble: str = ""

    @property
    def threads(self) -> int:
        """Number of runs that all workers train at once."""
        return sum(worker.threads for worker in self.workers)
