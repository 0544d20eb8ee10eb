"""One worker process and the thread that waits for it: whoever starts a process ends it."""

import asyncio
import multiprocessing
import signal
import threading
from collections.abc import Callable

from app import worker
from app.messages import Message

_SPAWN = multiprocessing.get_context("spawn")


class WorkerProcess:
    """A worker, from start to end.

    Everything that blocks happens in a thread of its own; the callbacks run in the event loop
    that was running when it was started.

    Args:
        job: What it is to do.
        received: Called with each message.
        exited: Called once, after the last message, with the exit code.
    """

    def __init__(
        self,
        job: worker.Job,
        received: Callable[[Message], None],
        exited: Callable[[int], None],
    ) -> None:
        self._received = received
        self._exited = exited
        self._loop = asyncio.get_running_loop()
        self._pipe, self._far_end = _SPAWN.Pipe()
        self._process = _SPAWN.Process(target=worker.main, args=(self._far_end, job), daemon=True)
        self._kill_timer: asyncio.TimerHandle | None = None
        self.ended = asyncio.Event()
        self._thread = threading.Thread(target=self._attend, daemon=True)
        self._thread.start()

    def ask_to_end(self, patience_s: float) -> None:
        """Ask it to save and end; after so many seconds it is killed."""
        try:
            self._pipe.send("end")
        except OSError:
            return  # it is ending already
        if self._kill_timer is None:
            self._kill_timer = self._loop.call_later(patience_s, self.kill)

    def kill(self) -> None:
        """End it at once."""
        if self._process.is_alive():
            self._process.kill()

    def _attend(self) -> None:
        self._process.start()
        self._far_end.close()
        try:
            while True:
                self._loop.call_soon_threadsafe(self._received, self._pipe.recv())
        except (EOFError, OSError):
            self._process.join()
        self._loop.call_soon_threadsafe(self._finish, self._process.exitcode)

    def _finish(self, exit_code: int | None) -> None:
        if self._kill_timer:
            self._kill_timer.cancel()
        self._thread.join()
        self._pipe.close()
        self._process.close()
        self._exited(exit_code or 0)
        self.ended.set()


def describe_exit(exit_code: int) -> str:
    """Say in words how a process ended that should not have."""
    if exit_code >= 0:
        return f"The training process ended by itself with exit code {exit_code}."
    name = signal.Signals(-exit_code).name
    reason = " Somebody ended it, or the machine ran out of memory." if name == "SIGKILL" else ""
    return f"The training process was ended by the signal {name}.{reason}"
