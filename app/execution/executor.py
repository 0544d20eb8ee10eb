"""Interface between the scheduler and what executes trainings: local processes or a cluster."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import ClassVar, Protocol

from app.execution.cluster import ClusterState
from app.execution.messages import Message
from app.execution.worker import Job


class Task(Protocol):
    """Training that an executor carries out; its methods are called in the event loop.

    Attributes:
        run_id: Id of the run.
    """

    run_id: str

    def begin(self, worker: str | None) -> Job:
        """Cut the run back to its last resume point, and return the work from there on.

        An executor calls this before each attempt: once, or again after a worker was lost.

        Args:
            worker: Name of the worker that begins; None where there is only one machine.

        Raises:
            OSError: If the run cannot be cut back.
        """

    def wait(self) -> None:
        """Record that the worker is gone and the task waits for another one."""

    def receive(self, message: Message) -> None:
        """Store and publish a message of the worker."""

    def exited(self, reason: str) -> None:
        """Record the end of the execution, after its last message.

        Args:
            reason: Description of an end without the message ``Ended``.
        """


class Execution(ABC):
    """A task being executed, or waiting for a worker.

    Attributes:
        ended: Set once the execution has ended and the task knows.
    """

    ended: asyncio.Event

    @abstractmethod
    def ask_to_end(self, patience_s: float) -> None:
        """Ask the worker to save and end, and kill it if it has not ended in time.

        Args:
            patience_s: Seconds until it is killed; an earlier call may have set an earlier time.
        """

    @abstractmethod
    def kill(self) -> None:
        """End the worker without saving."""


class Executor(ABC):
    """Starts executions.

    Attributes:
        name: Name in the API.
    """

    name: ClassVar[str]

    @property
    @abstractmethod
    def capacity(self) -> int:
        """Number of tasks to execute at once, at least 1."""

    @abstractmethod
    def start(self, task: Task) -> Execution:
        """Start a task.

        Raises:
            OSError, RuntimeError: If it cannot be started.
        """

    def connection(
        self, capacity_changed: Callable[[], None]
    ) -> AbstractAsyncContextManager[object]:
        """Return the context within which tasks are executed.

        Args:
            capacity_changed: Called in the event loop after ``capacity`` has changed.
        """
        return nullcontext()

    @property
    def cluster(self) -> ClusterState | None:
        """State of the cluster; None where tasks are executed on this machine."""
        return None
