"""Local mirror of MNIST for tests, with small files and selectable faults."""

import gzip
import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from trainer.datasets import idx, mnist
from trainer.datasets.files import TEST_IMAGES, TEST_LABELS, TRAIN_IMAGES, TRAIN_LABELS

FAULTS = ("missing", "refusing", "broken", "broken_chunk", "garbled", "damaged", "wrong", "long")


def small_mnist(folder: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    """Write four small files and make the program accept them as MNIST; returns their content."""
    rng = np.random.default_rng(0)
    folder.mkdir(parents=True)
    for name, n in ((TRAIN_IMAGES, 200), (TEST_IMAGES, 50)):
        idx.write(folder / name, rng.integers(0, 256, (n, 28, 28), np.uint8))
    for name, n in ((TRAIN_LABELS, 200), (TEST_LABELS, 50)):
        idx.write(folder / name, rng.integers(0, 10, n, np.uint8))
    files = {name: (folder / name).read_bytes() for name in mnist.CHECKSUMS}
    for name, content in files.items():
        monkeypatch.setitem(mnist.CHECKSUMS, name, hashlib.sha256(content).hexdigest())
        monkeypatch.setitem(mnist.SIZES, name, len(content))
    return files


class Mirror(ThreadingHTTPServer):
    """Serves files, gzipped.

    Args:
        files: Uncompressed content of each file, by name.
        fault: One of ``FAULTS``, or ``hanging``. None: the mirror works.
    """

    daemon_threads = True

    def __init__(self, files: dict[str, bytes], fault: str | None = None) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.files = files
        self.fault = fault
        self.asked: list[str] = []
        self.hanging = threading.Event()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/mnist/"


class _Handler(BaseHTTPRequestHandler):
    server: Mirror

    def log_message(self, *_: object) -> None:
        pass

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        self.server.asked.append(f"{self.command} {self.path}")
        fault, name = self.server.fault, self.path.rpartition("/")[2].removesuffix(".gz")
        if fault == "hanging":
            self.server.hanging.wait()
            return
        if fault == "garbled":
            self.wfile.write(b"this is no HTTP\r\n\r\n")
            return
        if fault in ("missing", "refusing"):
            self.send_error(404 if fault == "missing" else 403)
            return
        content = self.server.files[name]
        if fault == "wrong":
            content = content[:-1] + bytes([content[-1] ^ 1])
        if fault == "long":
            content += bytes(10_000_000)
        body = gzip.compress(content)
        if fault == "damaged":
            body = body[: len(body) // 2] + b"\0\0\0\0" + body[len(body) // 2 + 4 :]
        self.send_response(200)
        if fault == "broken_chunk":
            self.send_header("transfer-encoding", "chunked")
            self.end_headers()
            self.wfile.write(b"%x\r\n" % len(body) + body[: len(body) // 2])
            return
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body[: len(body) // 2] if fault == "broken" else body)


@contextmanager
def mirror(files: dict[str, bytes], fault: str | None = None) -> Iterator[Mirror]:
    """Run a mirror while the context lasts."""
    with Mirror(files, fault) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server
        finally:
            server.hanging.set()
            server.shutdown()
            thread.join()
