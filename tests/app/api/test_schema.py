"""The API's description, held against a live server by requests that it generates itself."""

import shutil
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import psutil
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.app.conftest import Trained
from tests.app.http_calls import seven, start, wait_for
from tests.conftest import Server, running_server

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]


@pytest.fixture(scope="module")
def crowded(trained: Trained, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with a trained network and a place that is taken, so that new runs wait."""
    home = tmp_path_factory.mktemp("crowded") / "home"
    shutil.copytree(trained.home, home, symlinks=True)
    with running_server(home) as server, server.client() as client:
        run = start(client, dataset="strokes", batch_size=1, epochs=300)["id"]
        wait_for(client, run, "running")
        held = psutil.Process(server.process.pid).children()
        for process in held:
            process.suspend()
        yield server
        # A suspended worker does not notice that the server has gone.
        for process in held:
            process.kill()


class Asker:
    """Sends generated requests and checks the responses.

    Args:
        server: The server.
        run: A trained run of it, which is not deleted.
        examples: Requests for each call, right ones and wrong ones each.

    Attributes:
        sent: Number of requests.
        read: Number of pictures that were read.
        inspected: Number of inspections.
    """

    def __init__(self, server: Server, run: str, examples: int) -> None:
        self.sent = self.read = self.inspected = 0
        self._server = server
        self._runs = [run]
        with server.client() as client:
            self._sha256 = client.get(f"/api/runs/{run}").json()["dataset_sha256"]
        self._settings = settings(
            max_examples=examples,
            database=None,
            suppress_health_check=list(HealthCheck),
        )

    def ask_everything(self) -> None:
        schema = schemathesis.openapi.from_url(f"{self._server.url}/openapi.json")
        with requests.Session() as session:
            for found in schema.get_all_operations():
                assert isinstance(found, Ok)
                for mode in GenerationMode:
                    # Of a call that takes nothing, nothing wrong can be asked.
                    with suppress(Unsatisfiable):
                        self._ask(found.ok(), mode, session)

    def _ask(self, operation: Any, mode: GenerationMode, session: requests.Session) -> None:
        cases = operation.as_strategy(generation_mode=mode)
        pictures = operation.path == "/api/predict" and mode == GenerationMode.POSITIVE
        inspections = operation.path.startswith("/api/inspect") and mode == GenerationMode.POSITIVE

        @seed(0)
        @self._settings
        @given(cases, st.data())
        def check(case: Any, data: st.DataObject) -> None:
            known = self._runs[1:] if case.method == "DELETE" else self._runs
            if "run_id" in case.path_parameters and known and data.draw(st.booleans()):
                case.path_parameters["run_id"] = data.draw(st.sampled_from(known))
            if "dataset" in case.path_parameters and mode == GenerationMode.POSITIVE:
                case.path_parameters["dataset"] = "strokes"
                case.query["sha256"] = self._sha256
            checks = [*CHECKS, negative_data_rejection]
            if pictures and self.sent % 2:
                checks = CHECKS  # bytes are no string to who looks at the schema alone
                case.body = {"image": [seven((60, 60))]}
                case.query = {"run": self._runs[0]}
            test_index = data.draw(st.integers(0, 9999))
            if inspections and self.sent % 2:
                subject = {"run": self._runs[0], "test_index": test_index}
                others = ("epoch", "train_index", "image", "framed", "label")
                case.body = {k: v for k, v in case.body.items() if k not in others} | subject
            response = case.call(session=session)
            self.sent += 1
            self.read += pictures and response.status_code == 200
            self.inspected += inspections and response.status_code == 200
            case.validate_response(response, checks=checks)
            if response.status_code == 201 and operation.path == "/api/sweeps":
                session.post(f"{self._server.url}/api/sweeps/{response.json()['id']}/stop")
            elif response.status_code == 201:
                self._runs.append(response.json()["id"])
                session.post(f"{self._server.url}/api/runs/{self._runs[-1]}/stop")

        check()


def test_responses_are_as_described(crowded: Server, trained: Trained) -> None:
    asker = Asker(crowded, trained.run, examples=2)
    asker.ask_everything()
    assert asker.sent >= 150
    assert asker.read
    assert asker.inspected


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_responses_are_as_described_whatever_is_requested(
    crowded: Server, trained: Trained
) -> None:
    asker = Asker(crowded, trained.run, examples=110)
    asker.ask_everything()
    assert asker.sent >= 2000
