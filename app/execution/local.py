"""Local executor: worker processes, each with a thread that waits for its messages and its end."""

import asyncio
import contextlib
import logging
import multiprocessing
import signal
import threading
from collections.abc import Callable

from app.execution import worker
from app.execution.executor import Execution, Executor, Task
from app.execution.messages import Ended, Outcome
from app.storage.files import RunFiles

logger = logging.getLogger(__name__)

_SPAWN = multiprocessing.get_context("spawn")
_REAP_S = 0.05


class LocalExecutor(Executor):
    """Executes each task in a process of this machine.

    Args:
        capacity: Number of tasks to execute at once.
    """

    name = "local"

    def __init__(self, capacity: int = 1) -> None:
        self._capacity = capacity

    @property
    def capacity(self) -> int:
        """Number of tasks to execute at once."""
        return self._capacity

    def start(self, task: Task) -> Execution:
        """Start a process."""
        return WorkerProcess(task)


class WorkerProcess(Execution):
    """Worker process, from start to end.

    All blocking calls are made in a thread of its own. The methods of the task are called in the
    event loop that was running when the process was started.

    Args:
        task: Work of the process.

    Raises:
        OSError: If no pipe can be created, or the task cannot begin.
        RuntimeError: If no thread can be started.
    """

    def __init__(self, task: Task) -> None:
        self._task = task
        job = task.begin(None)
        self._files = job.files
        self._loop = asyncio.get_running_loop()
        self._pipe, self._far_end = _SPAWN.Pipe()
        self._process = _SPAWN.Process(target=worker.main, args=(self._far_end, job), daemon=True)
        self._kill_timer: asyncio.TimerHandle | None = None
        self.ended = asyncio.Event()
        self._thread = threading.Thread(target=self._attend, daemon=True)
        self._thread.start()

    def ask_to_end(self, patience_s: float) -> None:
        """Ask the process to save and end, and kill it if it has not ended in time."""
        deadline = self._loop.time() + patience_s
        if self._kill_timer is None:
            # Send this only once: a hung process does not read, and a full pipe would block here.
            with contextlib.suppress(OSError):  # the process is ending already
                self._pipe.send("end")
        elif self._kill_timer.when() <= deadline:
            return
        else:
            self._kill_timer.cancel()
        self._kill_timer = self._loop.call_at(deadline, self.kill)

    @property
    def pid(self) -> int | None:
        """Process id; None before the process is started."""
        return self._process.pid

    def kill(self) -> None:
        """Kill the process."""
        # No call of is_alive: it would reap the process while the thread waits for it.
        if self.pid is not None:
            self._process.kill()

    def _attend(self) -> None:
        """Start the process and pass on its messages until it ends; runs in the thread."""
        try:
            # Ctrl-C reaches the process too, before it can ignore it: it inherits blocked signals.
            # multiprocessing starts a helper with the first lock, and unblocks the signals then;
            # so the helper has to run before they are blocked.
            _SPAWN.Lock()
            signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT, signal.SIGTERM))
            self._process.start()
            self._far_end.close()
            while True:
                self._call(self._task.receive, self._pipe.recv())
        except (EOFError, ConnectionResetError):
            pass  # reset: the process has ended without reading the request to end
        except Exception as error:
            # The process was killed while it sent a message, or it could not be started.
            logger.warning("a training process broke off: %s", error)
            if self._process.pid is None:
                trouble = f"The training process could not be started: {error}"
                self._call(self._task.receive, Ended(Outcome.ERROR, trouble))
            self.kill()
        self._call(self._finish, self._exit_code())

    def _call(self, callback: Callable[..., None], content: object) -> None:
        self._loop.call_soon_threadsafe(callback, content)

    def _exit_code(self) -> int:
        """Wait for the end of the process and return its exit code."""
        if self._process.pid is None:
            return 0
        # Another thread that starts a process reaps all ended ones; join then returns before the
        # exit code is known here, and has to be called again.
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
            self._task.exited(describe_exit(exit_code, self._files))
        finally:
            self.ended.set()


def describe_exit(exit_code: int, files: RunFiles) -> str:
    """Describe in words an unexpected end of a process, with the last lines of its log.

    Args:
        exit_code: Exit code; negative: the number of a signal.
        files: Files of the run, among them the log.
    """
    lines = files.log_tail()
    return _describe(exit_code) + (f"\n{lines}" if lines else "")


def _describe(exit_code: int) -> str:
    if exit_code >= 0:
        return f"The training process ended by itself with exit code {exit_code}."
    name = signal.strsignal(-exit_code) or "unknown"
    reason = ""
    if -exit_code == signal.SIGKILL:
        reason = " Somebody ended it, or the machine ran out of memory."
    return f"The training process was ended by signal {-exit_code} ({name}).{reason}"
