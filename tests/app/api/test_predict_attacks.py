"""Pictures made to bring the server down."""

import shutil
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import psutil
import pytest
from PIL import Image

from tests.app.conftest import Trained
from tests.app.http_calls import assert_error, predict, saved, seven, start, wait_for
from tests.app.images.drawing import encode, jpeg_of_scans, sheet_of_digits
from tests.app.live_runs import until
from tests.conftest import Server, linked_home, running_server

SLOW = jpeg_of_scans(4400, 12_000)
MAX_RESPONSE_BYTES = 2_000_000


def readers(server: Server) -> list[psutil.Process]:
    """Worker processes of a server that read pictures."""

    def reads(child: psutil.Process) -> bool:
        try:
            return "anyio.to_process" in " ".join(child.cmdline())
        except psutil.Error:  # it is ending
            return False

    return list(filter(reads, psutil.Process(server.process.pid).children()))


def busy(process: psutil.Process) -> bool:
    return bool(process.cpu_times().user > 1)


@pytest.fixture(scope="module")
def victim(tmp_path_factory: pytest.TempPathFactory, data_home: Path) -> Iterator[Trained]:
    """A server of its own, whose picture is read at once."""
    home = linked_home(tmp_path_factory.mktemp("victim") / "home", data_home)
    with running_server(home) as server, server.client() as client:
        run = start(client, dataset="strokes", hidden=[20], train_limit=500, epochs=3)["id"]
        wait_for(client, run, "finished")
        assert predict(client, seven()).status_code == 200
        yield Trained(server, client, run, home)


def in_background(work: Callable[[], object]) -> None:
    """Do what the end of the server may break off."""

    def quiet() -> None:
        with suppress(httpx.HTTPError):
            work()

    threading.Thread(target=quiet, daemon=True).start()


@pytest.mark.slow
def test_a_jpeg_of_thousands_of_scans_is_an_error_while_others_are_read(victim: Trained) -> None:
    assert len(SLOW) < 130_000
    with ThreadPoolExecutor() as threads, victim.server.client() as other:
        slow = threads.submit(predict, victim.client, SLOW)
        until(lambda: any(map(busy, readers(victim.server))))
        (decoder,) = filter(busy, readers(victim.server))
        meanwhile = 0
        while not slow.done():
            assert predict(other, seven()).status_code == 200
            assert other.get("/healthz").status_code == 200
            meanwhile += 1
        fields = assert_error(slow.result(), 422, "invalid")["fields"]
    assert "takes too long to read" in fields["image"]
    assert meanwhile > 1
    until(lambda: decoder not in readers(victim.server))


@pytest.mark.slow
def test_twenty_clients_share_as_many_processes_as_there_are_cores(victim: Trained) -> None:
    with ThreadPoolExecutor(20) as threads:
        asked = [threads.submit(predict, victim.client, seven((900, 900))) for _ in range(60)]
        most = 0
        while not all(response.done() for response in asked):
            most = max(most, len(readers(victim.server)))
    assert [response.result().status_code for response in asked] == [200] * 60
    assert 1 <= most <= (psutil.cpu_count() or 1)


def test_a_killed_reader_is_replaced(victim: Trained) -> None:
    for process in readers(victim.server):
        process.kill()
    until(lambda: not readers(victim.server))
    assert predict(victim.client, seven()).status_code == 200


@pytest.mark.slow
@pytest.mark.parametrize("sign", ["terminate", "kill"])
def test_a_server_ends_in_time_together_with_its_readers(
    tmp_path: Path, victim: Trained, sign: str
) -> None:
    shutil.copytree(victim.home, tmp_path / "home", symlinks=True)
    with running_server(tmp_path / "home") as server, server.client() as client:
        in_background(lambda: predict(client, SLOW))
        (reader,) = until(lambda: [r for r in readers(server) if busy(r)])
        getattr(server.process, sign)()
        server.process.wait(timeout=10)  # the picture alone takes twice as long
        until(lambda: not reader.is_running() or reader.status() == psutil.STATUS_ZOMBIE, 8)


def test_more_than_a_hundred_digits_are_an_error_with_their_number(victim: Trained) -> None:
    response = predict(victim.client, saved(sheet_of_digits(22, 22)), stages=1, history=1)
    fields = assert_error(response, 422, "invalid")["fields"]
    assert "at most 100 digits" in fields["image"]
    assert "got 484" in fields["image"]


def test_a_hundred_digits_are_read_in_a_small_response(victim: Trained) -> None:
    response = predict(victim.client, saved(sheet_of_digits(10, 10, 80)), stages=1, history=1)
    assert response.status_code == 200
    assert len(response.json()["digits"]) == 100
    assert len(response.content) < MAX_RESPONSE_BYTES


def noise() -> bytes:
    """A picture that no stage of which can be compressed: noise within a digit as large as it."""
    rng = np.random.default_rng(0)
    pixels = np.full((800, 800), 255, np.uint8)
    pixels[20:780, 20:780] = rng.integers(0, 120, (760, 760))
    return encode(Image.fromarray(pixels))


def test_stages_that_cannot_be_compressed_fit_in_a_small_response(victim: Trained) -> None:
    response = predict(victim.client, noise(), stages=1, history=1)
    assert response.status_code == 200
    assert len(response.json()["stages"]) == 5
    assert len(response.content) < MAX_RESPONSE_BYTES


def test_pictures_whose_results_do_not_fit_have_errors_of_their_own(victim: Trained) -> None:
    response = predict(victim.client, *[noise()] * 8, stages=1)
    results: list[dict[str, Any]] = response.json()["results"]
    kinds = [result.get("error", {}).get("type") for result in results]
    assert kinds[0] is None
    assert kinds[-1] == "too_large"
    assert len(response.content) < MAX_RESPONSE_BYTES + 10_000
