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

from tests.app.asking import seven, start, wait_for
from tests.app.conftest import Trained
from tests.conftest import Server, running_server

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
]


@pytest.fixture(scope="module")
def crowded(trained: Trained, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with a trained network and a place that is taken, so that new runs wait."""
    home = tmp_path_factory.mktemp("crowded") / "home"
    shutil.copytree(trained.home, home, symlinks=True)
    with running_server(home) as server, server.client() as client:
        run = start(client, dataset="strokes", batch_size=1, epochs=300)["id"]
        wait_for(client, run, "running")
        for process in psutil.Process(server.process.pid).children():
            process.suspend()
        yield server


def requests_that_hold(server: Server, run: str, examples: int) -> int:
    """Send generated requests, so many for each call and mode; gives how many were sent."""
    schema = schemathesis.openapi.from_url(f"{server.url}/openapi.json")
    runs, sent, read = [run], 0, 0
    with server.client() as client, requests.Session() as session:
        for found in schema.get_all_operations():
            assert isinstance(found, Ok)
            operation = found.ok()
            for mode in GenerationMode:
                cases = operation.as_strategy(generation_mode=mode)

                @seed(0)
                @settings(
                    max_examples=examples,
                    deadline=None,
                    database=None,
                    suppress_health_check=list(HealthCheck),
                )
                @given(cases, st.data())
                def check(case: Any, data: st.DataObject) -> None:
                    nonlocal sent, read
                    known = runs[1:] if case.method == "DELETE" else runs
                    if case.path_parameters and known and data.draw(st.booleans()):
                        case.path_parameters["run_id"] = data.draw(st.sampled_from(known))
                    if case.path == "/api/predict" and data.draw(st.booleans()):
                        case.body = {"image": [seven((60, 60))]}
                        case.query = {"run": data.draw(st.sampled_from(runs))}
                    response = case.call(session=session)
                    sent += 1
                    read += case.path == "/api/predict" and response.status_code == 200
                    case.validate_response(response, checks=CHECKS)
                    if response.status_code == 201:
                        runs.append(response.json()["id"])
                        client.post(f"/api/runs/{runs[-1]}/stop")

                # Of a call that takes nothing, nothing wrong can be asked.
                with suppress(Unsatisfiable):
                    check()
    assert read, "expected some pictures to be read"
    return sent


def test_answers_are_as_described(crowded: Server, trained: Trained) -> None:
    assert requests_that_hold(crowded, trained.run, examples=25) >= 500


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_answers_are_as_described_whatever_is_asked(crowded: Server, trained: Trained) -> None:
    assert requests_that_hold(crowded, trained.run, examples=110) >= 2000
