"""Starts a server for a measurement."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def served(
    data: Path | str | None = None, home: Path | None = None, **environment: str
) -> Iterator[str]:
    """Run ``python -m app`` on a free port.

    Args:
        data: Folder with a sub-folder ``mnist``; None: as ``DIGITSCOPE_DATA`` says.
        home: HOME of the server; None: a temporary one.
        environment: Further variables.

    Yields:
        Its address, without a slash at the end.
    """
    with tempfile.TemporaryDirectory() as temporary:
        flags = [
            "--port",
            "0",
            "--home",
            str(home or temporary),
            *(["--data", str(data)] if data else []),
        ]
        process = subprocess.Popen(
            [sys.executable, "-m", "app", *flags],
            env={**os.environ, **environment},
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        try:
            yield process.stdout.readline().split()[-1].rstrip("/")
        finally:
            process.terminate()
            process.wait()
            process.stdout.close()
