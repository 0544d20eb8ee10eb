"""Response times of the server: ``python -m benchmarks.server``.

Each client is a thread with its own connection that sends the next request as soon as it has the
response, through plain sockets, so that the clients use little of the machine.
"""

import argparse
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from time import perf_counter, sleep
from typing import Any
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import numpy as np
from PIL import Image, ImageDraw

from benchmarks.support.readme import table
from benchmarks.support.serving import served

SECONDS, SHORT_SECONDS = 5.0, 1.0
CLIENTS = 4
CONFIG = {"dataset": "strokes", "epochs": 2}
BOUNDARY = "a-line-that-is-in-no-file"


@dataclass
class Times:
    """Response times that the clients measured, in seconds.

    Attributes:
        first_byte: Time to the first byte of each response.
        whole: Time to its last byte.
        span: Time from the first request to the last response.
    """

    first_byte: list[float]
    whole: list[float]
    span: float

    def row(self, name: str) -> list[str]:
        """A line of the table."""
        first, last = np.percentile(self.first_byte, 50), np.percentile(self.whole, (50, 99))
        ms = [f"{1000 * value:.1f}" for value in (first, *last, max(self.whole))]
        return [name, f"{len(self.whole) / self.span:,.0f}", *ms]


class Connection:
    """A kept-alive connection.

    Args:
        url: The server's.
    """

    def __init__(self, url: str) -> None:
        address = urlsplit(url)
        self._socket = socket.create_connection((address.hostname, address.port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def ask(self, request: bytes) -> tuple[float, float]:
        """Seconds until the first and until the last byte of the response, which must be a 200."""
        begin = perf_counter()
        self._socket.sendall(request)
        response = self._socket.recv(1 << 16)
        first = perf_counter() - begin
        while b"\r\n\r\n" not in response:
            response += self._socket.recv(1 << 16)
        head, _, body = response.partition(b"\r\n\r\n")
        if b" 200 " not in head[:16]:
            raise RuntimeError(f"expected 200; got {response!r}")
        length = next(
            int(line.partition(b":")[2])
            for line in head.lower().splitlines()
            if line.startswith(b"content-length")
        )
        missing = length - len(body)
        while missing > 0:
            missing -= len(self._socket.recv(1 << 18))
        return first, perf_counter() - begin

    def close(self) -> None:
        """Hang up."""
        self._socket.close()


def measure(url: str, request: bytes, clients: int, seconds: float) -> Times:
    """Let some clients ask for the same thing as often as they can."""
    times: list[tuple[float, float]] = []

    def ask() -> None:
        connection = Connection(url)
        while perf_counter() < end:
            times.append(connection.ask(request))
        connection.close()

    begin = perf_counter()
    end = begin + seconds
    threads = [threading.Thread(target=ask) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    first, whole = zip(*times, strict=True)
    return Times(list(first), list(whole), perf_counter() - begin)


@contextmanager
def watched(url: str) -> Iterator[Times]:
    """Request ``/healthz`` a hundred times a second meanwhile, to see the longest delay."""
    times, over = Times([], [], 0), threading.Event()

    def watch() -> None:
        connection, begin = Connection(url), perf_counter()
        while not over.wait(0.01):
            first, whole = connection.ask(get(url, "/healthz"))
            times.first_byte.append(first)
            times.whole.append(whole)
        times.span = perf_counter() - begin
        connection.close()

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield times
    finally:
        over.set()
        thread.join()


def get(url: str, path: str) -> bytes:
    """A GET request for a page or a resource."""
    return f"GET {path} HTTP/1.1\r\nHost: {urlsplit(url).netloc}\r\n\r\n".encode()


def predict(url: str, picture: bytes) -> bytes:
    """A request to predict a picture."""
    body = (
        f"--{BOUNDARY}\r\nContent-Disposition: form-data; "
        'name="image"; filename="digit.png"\r\n\r\n'
    ).encode()
    body += picture + f"\r\n--{BOUNDARY}--\r\n".encode()
    head = (
        f"POST /api/predict HTTP/1.1\r\nHost: {urlsplit(url).netloc}\r\n"
        f"Content-Type: multipart/form-data; boundary={BOUNDARY}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def drawn_digit() -> bytes:
    """A 7 as the page's pad sends it: a PNG of 280 × 280."""
    image = Image.new("RGB", (280, 280), "white")
    corners = [(80, 60), (200, 60), (120, 230)]
    ImageDraw.Draw(image).line(corners, fill="black", width=18, joint="curve")
    file = BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def trained(url: str) -> str:
    """Train a network and return the run's id."""
    body = json.dumps(CONFIG).encode()
    run = decoded(Request(f"{url}/api/runs", body, {"content-type": "application/json"}))
    while run["status"] in ("queued", "running"):
        sleep(0.2)
        run = decoded(Request(f"{url}/api/runs/{run['id']}"))
    return str(run["id"])


def decoded(request: Request) -> Any:
    """Send a request and return the decoded response."""
    with urlopen(request) as response:
        return json.load(response)


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.server")
    parser.add_argument("--short", action="store_true", help="a second for each line")
    seconds = SHORT_SECONDS if parser.parse_args().short else SECONDS
    rows = []
    with served() as url:
        run = trained(url)
        paths = [
            "/",
            "/runs",
            f"/runs/{run}",
            "/failures",
            "/draw",
            "/api/runs",
            f"/api/runs/{run}",
        ]
        paths += [f"/api/runs/{run}/{what}" for what in ("confusion", "failures", "epochs")]
        for path in paths:
            request = get(url, path)
            measure(url, request, 1, 0.2)
            times = measure(url, request, 1, seconds)
            rows.append(times.row(f"`{path.replace(run, '…')}`, 1 client"))
        request = predict(url, drawn_digit())
        for clients in (1, CLIENTS):
            measure(url, request, clients, 0.5)
            with watched(url) as health:
                times = measure(url, request, clients, seconds)
            rows.append(times.row(f"predictions, {clients} client{'s' * (clients > 1)}"))
            rows.append(health.row("`/healthz` meanwhile"))
    head = ["what", "a second", "first byte, ms", "whole, ms", "99 % of them", "longest"]
    print(table(head, rows))


if __name__ == "__main__":
    main()
