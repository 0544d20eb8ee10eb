from prometheus_client.parser import text_string_to_metric_families

from tests.app.conftest import Trained
from tests.app.http_calls import assert_error, predict, seven
from tests.app.live_runs import until


def values(trained: Trained) -> dict[tuple[str, ...], float]:
    """The measurements, by name and the values of their labels."""
    response = trained.client.get("/metrics")
    assert response.headers["content-type"].startswith("text/plain")
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(response.text)
        for sample in family.samples
    }


def test_runs_steps_predictions_requests_and_memory_are_measured(trained: Trained) -> None:
    before = values(trained)
    assert before["digitscope_runs", "finished"] == 1
    assert before["digitscope_runs", "queued"] == before["digitscope_queue_length",] == 0
    assert before["digitscope_training_steps_total",] >= 120
    until(lambda: values(trained)["digitscope_viewers",] == 0)
    assert before["process_resident_memory_bytes",] > 10_000_000
    predict(trained.client, seven())
    for unknown in ("/api/runs/nothing", "/api/runs/none"):
        trained.client.get(unknown)
        trained.client.request("LINK", unknown)
    after = values(trained)
    count = ("digitscope_prediction_seconds_count",)
    assert after[count] == before.get(count, 0) + 1
    requests = "digitscope_request_seconds_count"
    assert after[requests, "POST", "/api/predict", "200"] >= 1
    assert after[requests, "GET", "/api/runs/{run_id}", "404"] >= 2
    assert after[requests, "other", "/api/runs/{run_id}", "405"] >= 2


def test_a_server_that_trains_on_its_own_machine_has_no_cluster(trained: Trained) -> None:
    assert_error(trained.client.get("/api/cluster"), 404, "not_found")
    assert trained.client.get("/cluster").status_code == 200
