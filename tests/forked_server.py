"""Servers forked from a process that has already imported the program.

The imports are most of the processor time of a start, and the tests start many servers.
"""

import multiprocessing
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from multiprocessing.connection import Connection

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["tests.server_modules"])


class ForkedServer:
    """Process that executes ``python -m app``; its interface is that of ``subprocess.Popen``.

    Args:
        arguments: Arguments of the command.
        environment: All environment variables of the process.
    """

    def __init__(self, arguments: Sequence[str], environment: Mapping[str, str]) -> None:
        reader, writer = _CONTEXT.Pipe(duplex=False)
        self._process = _CONTEXT.Process(target=_serve, args=(arguments, environment, writer))
        self._process.start()
        writer.close()
        with reader:
            self.stdout = os.fdopen(os.dup(reader.fileno()))

    @property
    def pid(self) -> int:
        """Process id."""
        assert self._process.pid is not None
        return self._process.pid

    def send_signal(self, sign: signal.Signals) -> None:
        """Send a signal, unless the process is known to have ended."""
        if self._process.exitcode is None:
            os.kill(self.pid, sign)

    def terminate(self) -> None:
        """Send SIGTERM."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """Send SIGKILL."""
        self.send_signal(signal.SIGKILL)

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the end and return the exit code; negative: the number of a signal."""
        self._process.join(timeout)
        if self._process.exitcode is None:
            raise TimeoutError(f"expected the server to end within {timeout} s; it still runs")
        return self._process.exitcode


def _serve(arguments: Sequence[str], environment: Mapping[str, str], output: Connection) -> None:
    import app.__main__

    os.dup2(output.fileno(), sys.stdout.fileno())
    output.close()
    os.environ.clear()
    os.environ.update(environment)
    # Training processes find the server's own main module, not that of the tests.
    sys.modules["__main__"] = app.__main__
    sys.exit(app.__main__.main(arguments))
