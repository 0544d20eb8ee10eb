import stat
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.app.conftest import Trained
from tests.app.http_calls import assert_error, predict, seven

BOUNDARY = "a-line-that-is-in-no-file"
MULTIPART = {"content-type": f"multipart/form-data; boundary={BOUNDARY}"}
MEGABYTE = 1_000_000


def part(name: str, filename: str | None = "x.png") -> bytes:
    file = f'; filename="{filename}"' if filename is not None else ""
    return f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{file}\r\n\r\n'.encode()


END = f"\r\n--{BOUNDARY}--\r\n".encode()


def kept_on_disk(process: psutil.Process) -> int:
    """Bytes of the temporary files that a process holds."""
    total = 0
    for descriptor in Path(f"/proc/{process.pid}/fd").iterdir():
        try:
            status = descriptor.stat()
        except OSError:
            continue  # closed since
        if stat.S_ISREG(status.st_mode) and status.st_nlink == 0:
            total += status.st_size
    return total


class Memory:
    """Peak memory of a process since this object was made."""

    def __init__(self, process: psutil.Process) -> None:
        self._folder = Path(f"/proc/{process.pid}")
        (self._folder / "clear_refs").write_text("5")  # the peak counts from here
        self._before = self._peak()

    def _peak(self) -> int:
        status = (self._folder / "status").read_text()
        return int(status.partition("VmHWM:")[2].split()[0]) * 1024

    @property
    def taken(self) -> int:
        """Bytes since then."""
        return self._peak() - self._before


@pytest.mark.parametrize("path", ["/api/predict", "/api/runs"])
def test_a_huge_upload_costs_neither_memory_nor_disk(trained: Trained, path: str) -> None:
    process = psutil.Process(trained.server.process.pid)
    predict(trained.client, seven())
    memory, on_disk = Memory(process), []

    def body() -> Iterator[bytes]:
        yield part("image")
        for i in range(300 if path == "/api/predict" else 90):
            yield bytes(MEGABYTE)
            if i % 20 == 0:
                on_disk.append(kept_on_disk(process))
        yield END

    assert_error(trained.client.post(path, content=body(), headers=MULTIPART), 413, "too_large")
    assert max(on_disk) <= 5 * MEGABYTE + 1
    assert memory.taken < 40 * MEGABYTE
    assert kept_on_disk(process) == 0


def test_other_fields_have_limits_too(trained: Trained) -> None:
    process = psutil.Process(trained.server.process.pid)
    memory = Memory(process)

    def many() -> Iterator[bytes]:
        for i in range(60):
            yield part(f"field{i}", None) + bytes(MEGABYTE) + b"\r\n"
        yield part("image") + seven() + END

    assert_error(
        trained.client.post("/api/predict", content=many(), headers=MULTIPART), 422, "invalid"
    )
    assert memory.taken < 40 * MEGABYTE


def test_one_large_file_does_not_shorten_the_next(trained: Trained) -> None:
    large, small = seven() + bytes(4_500_000), seven()
    results = predict(trained.client, large, large, small, large).json()["results"]
    assert [result.get("digit") for result in results] == [results[0]["digit"]] * 4


def test_an_upload_that_is_broken_off_leaves_no_file(trained: Trained) -> None:
    process = psutil.Process(trained.server.process.pid)

    def broken() -> Iterator[bytes]:
        yield part("image")
        yield bytes(3 * MEGABYTE)
        raise ConnectionAbortedError

    with pytest.raises(ConnectionAbortedError):
        trained.client.post("/api/predict", content=broken(), headers=MULTIPART)
    deadline = time.monotonic() + 10
    while kept_on_disk(process):
        assert time.monotonic() < deadline
    assert predict(trained.client, seven()).status_code == 200


BODIES: dict[str, tuple[dict[str, str], bytes]] = {
    "json": ({"content-type": "application/json"}, b"{}"),
    "no content type": ({}, seven()),
    "a picture alone": ({"content-type": "image/png"}, seven()),
    "no boundary": ({"content-type": "multipart/form-data"}, part("image") + seven() + END),
    "another boundary": ({"content-type": "multipart/form-data; boundary=x"}, part("image") + END),
    "nothing": (MULTIPART, b""),
    "no field": (MULTIPART, END[2:]),
    "another field": (MULTIPART, part("picture") + seven() + END),
    "text": (MULTIPART, part("image", None) + b"seven" + END),
    "text and a file": (
        MULTIPART, part("image", None) + b"7\r\n" + part("image") + seven() + END
    ),
    "no name": (
        MULTIPART, f"--{BOUNDARY}\r\nContent-Disposition: form-data\r\n\r\nx".encode() + END
    ),
    "no disposition": (MULTIPART, f"--{BOUNDARY}\r\n\r\nx".encode() + END),
    "cut": (MULTIPART, part("image") + seven()),
    "endless header": (
        MULTIPART, f"--{BOUNDARY}\r\nX: ".encode() + b"x" * MEGABYTE + b"\r\n\r\nx" + END
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", BODIES)
def test_a_body_that_is_not_a_form_with_files_is_422(trained: Trained, what: str) -> None:
    headers, body = BODIES[what]
    response = trained.client.post("/api/predict", content=body, headers=headers)
    fields = assert_error(response, 422, "invalid")["fields"]
    assert fields["image"].startswith("expected a multipart form with 1 to 64 files in the field")


@pytest.mark.parametrize("charset", ["utf-16", "rot13", "zlib", "idna", "undefined", "no such"])
def test_unusual_character_sets_are_not_a_server_error(trained: Trained, charset: str) -> None:
    headers = {"content-type": f'{MULTIPART["content-type"]}; charset="{charset}"'}
    body = part("image") + seven() + b"\r\n" + part("\xff", None) + b"\xff\xfe" + END
    response = trained.client.post("/api/predict", content=body, headers=headers)
    assert response.status_code in (200, 422), response.text
