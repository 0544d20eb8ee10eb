"""Local worker process, and the thread that waits for its messages and its end."""

import asyncio
import contextlib
import logging
import multiprocessing
import signal
import threading
from collections.abc import Callable
from multiprocessing import resource_tracker

from app.execution import worker
from app.execution.messages import Ended, Message, Outcome

logger = logging.getLogger(__name__)

_SPAWN = multiprocessing.get_context("spawn")
_REAP_S = 0.05


class WorkerProcess:
    """A worker, from start to end.

    Everything that blocks happens in a thread of its own; the callbacks run in the event loop
    that was running when it was started.

    Args:
        job: What it is to do.
        received: Called with each message.
        exited: Called once, after the last message, with the exit code.

    Attributes:
        ended: Set once all is over, the callbacks included.

    Raises:
        OSError: If there is no pipe to be had.
        RuntimeError: If there is no thread to be had.
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
        """Ask it to save and end; after so many seconds, or those of an earlier call, kill it."""
        deadline = self._loop.time() + patience_s
        if self._kill_timer is None:
            # Only once: a hung worker reads none of it, and a full pipe would hang us too.
            with contextlib.suppress(OSError):  # raised where it is ending already
                self._pipe.send("end")
        elif self._kill_timer.when() <= deadline:
            return
        else:
            self._kill_timer.cancel()
        self._kill_timer = self._loop.call_at(deadline, self.kill)

    def kill(self) -> None:
        """End it at once."""
        # Not asking is_alive: that would reap it here while the thread waits for it.
        if self._process.pid is not None:
            self._process.kill()

    def _attend(self) -> None:
        try:
            # Ctrl-C reaches the workers too, even one that has not come to ignoring it yet: it
            # inherits what is blocked here. Python's own helper would unblock it as it starts.
            resource_tracker.ensure_running()
            signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT, signal.SIGTERM))
            self._process.start()
            self._far_end.close()
            while True:
                self._call(self._received, self._pipe.recv())
        except (EOFError, ConnectionResetError):
            pass  # reset: it has ended before it read that it should
        except Exception as error:
            # Its last message was cut off by its death, or there was no process to be had.
            logger.warning("a training process broke off: %s", error)
            if self._process.pid is None:
                trouble = f"The training process could not be started: {error}"
                self._call(self._received, Ended(Outcome.ERROR, trouble))
            self.kill()
        self._call(self._finish, self._exit_code())

    def _call(self, callback: Callable[..., None], content: object) -> None:
        self._loop.call_soon_threadsafe(callback, content)

    def _exit_code(self) -> int:
        """Wait for its end."""
        if self._process.pid is None:
            return 0
        # Starting another process reaps those that have ended: then it is that thread which gets
        # to know the exit code, and this one has to ask again.
        while self._process.exitcode is None:
            self._process.join(_REAP_S)
        return self._process.exitcode

    def _finish(self, exit_code: int) -> None:
        if self._kill_timer:
            self._kill_timer.cancel()
        self._thread.join()
        self._pipe.close()
        self._far_end.close()
        self._process.close()
        try:
            self._exited(exit_code)
        finally:
            self.ended.set()


def describe_exit(exit_code: int) -> str:
    """Say in words how a process ended that should not have."""
    if exit_code >= 0:
        return f"The training process ended by itself with exit code {exit_code}."
    name = signal.strsignal(-exit_code) or "unknown"
    reason = ""
    if -exit_code == signal.SIGKILL:
        reason = " Somebody ended it, or the machine ran out of memory."
    return f"The training process was ended by signal {-exit_code} ({name}).{reason}"
