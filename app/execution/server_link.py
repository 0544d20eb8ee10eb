"""Requests of an agent to the server, repeated while the server cannot be reached."""

import hashlib
import json
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from pathlib import Path
from typing import IO, Any, TypeVar
from urllib.parse import urlsplit

_T = TypeVar("_T")

GRACE_S = 20.0
"""Time without a response after which the server counts as gone."""

_TIMEOUT_S = 10.0
_PAUSE_S = 0.2
_CHUNK = 1 << 20


class JobOverError(Exception):
    """The job is over, a newer attempt has begun, or the server rejects what the agent sends."""


class ServerGoneError(Exception):
    """The server did not respond for ``GRACE_S``."""


class ServerLink:
    """Requests about one job; the server accepts each of them more than once.

    Args:
        spec: ``address`` of the server, ``job`` and its ``token``.
    """

    def __init__(self, spec: Mapping[str, str]) -> None:
        url = urlsplit(spec["address"])
        kind = HTTPSConnection if url.scheme == "https" else HTTPConnection
        self._connection = kind(url.netloc, timeout=_TIMEOUT_S)
        self._path = f"{url.path.rstrip('/')}/api/jobs/{spec['job']}"
        self._headers = {"Authorization": f"Bearer {spec['token']}"}

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def post(self, path: str, body: Mapping[str, Any]) -> Any:
        """Send JSON, and return the JSON of the response.

        Raises:
            JobOverError, ServerGoneError
        """
        content = json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        return self._repeat("POST", path, headers, lambda: content, lambda r: json.loads(r.read()))

    def put_file(self, path: str, file: Path) -> None:
        """Send a file.

        Raises:
            JobOverError, ServerGoneError
        """
        with file.open("rb") as opened:
            digest = hashlib.file_digest(opened, "sha256").hexdigest()

            def content() -> IO[bytes]:
                opened.seek(0)
                return opened

            headers = {"X-SHA256": digest, "Content-Length": str(file.stat().st_size)}
            self._repeat("PUT", path, headers, content, lambda response: response.read())

    def get_file(self, path: str, file: Path, sha256: str) -> None:
        """Receive a file; one with another checksum is requested again.

        Raises:
            JobOverError, ServerGoneError
        """

        def receive(response: HTTPResponse) -> None:
            digest = hashlib.sha256()
            with file.open("wb") as opened:
                while chunk := response.read(_CHUNK):
                    digest.update(chunk)
                    opened.write(chunk)
            if digest.hexdigest() != sha256:
                raise HTTPException(f"expected SHA-256 {sha256}; got {digest.hexdigest()}")

        self._repeat("GET", path, {}, lambda: None, receive)

    def _repeat(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        content: Callable[[], bytes | IO[bytes] | None],
        receive: Callable[[HTTPResponse], _T],
    ) -> _T:
        """Send a request until there is a response that is not an error of the server."""
        deadline = time.monotonic() + GRACE_S
        while True:
            try:
                self._connection.request(
                    method, f"{self._path}{path}", content(), {**self._headers, **headers}
                )
                response = self._connection.getresponse()
                if response.status < 400:
                    return receive(response)
                trouble = f"{response.status}: {response.read(2000).decode(errors='replace')}"
                if response.status < 500:
                    raise JobOverError(trouble)
            except (OSError, HTTPException, ValueError) as error:
                trouble = str(error) or type(error).__name__
            with suppress(OSError):
                self._connection.close()
            if time.monotonic() > deadline:
                raise ServerGoneError(f"no response for {GRACE_S:.0f} s: {trouble}")
            time.sleep(_PAUSE_S)
