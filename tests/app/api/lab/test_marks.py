import csv
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import httpx
import pytest

from app.storage.store import Store
from tests.app.conftest import Trained
from tests.app.http_calls import assert_error
from trainer.datasets import Library


class Marks:
    """Requests about the marks of one data set."""

    def __init__(self, trained: Trained) -> None:
        self._client = trained.client
        run = trained.client.get(f"/api/runs/{trained.run}").json()
        self.sha256 = run["dataset_sha256"]

    def call(self, method: str, what: str, **options: Any) -> httpx.Response:
        options.setdefault("params", {"sha256": self.sha256})
        return self._client.request(method, f"/api/datasets/strokes/test/{what}", **options)

    def put(self, index: int, mark: Any) -> httpx.Response:
        return self.call("PUT", f"{index}/mark", json={"mark": mark})

    def all(self) -> list[tuple[int, str]]:
        response = self.call("GET", "marks")
        assert response.status_code == 200, response.text
        return [(row["index"], row["mark"]) for row in response.json()["marks"]]


@pytest.fixture
def marks(trained: Trained) -> Iterator[Marks]:
    marks = Marks(trained)
    yield marks
    for index, _ in marks.all():
        assert marks.call("DELETE", f"{index}/mark").status_code == 204


def test_a_picture_has_the_mark_that_it_was_given_last(marks: Marks) -> None:
    assert marks.all() == []
    for mark in ("label_wrong", "ambiguous", "network_wrong"):
        response = marks.put(17, mark)
        assert response.status_code == 200, response.text
        body = response.json()
        assert datetime.fromisoformat(body.pop("marked_at"))
        assert body == {"index": 17, "mark": mark}
        assert marks.all() == [(17, mark)]
    marks.put(3, "ambiguous")
    assert marks.all() == [(3, "ambiguous"), (17, "network_wrong")]


def test_a_mark_can_be_removed_and_removing_it_again_changes_nothing(marks: Marks) -> None:
    marks.put(17, "ambiguous")
    marks.put(18, "ambiguous")
    for _ in range(2):
        assert marks.call("DELETE", "17/mark").status_code == 204
        assert marks.all() == [(18, "ambiguous")]


def test_marks_are_a_file_with_labels_and_class_names(marks: Marks, trained: Trained) -> None:
    test = Library(trained.home, offline=True).load("strokes").test
    marks.put(9999, "label_wrong")
    marks.put(0, "ambiguous")
    response = marks.call("GET", "marks.csv")
    assert response.headers["content-type"].startswith("text/csv")
    assert response.headers["content-disposition"].startswith("attachment")
    rows = list(csv.DictReader(response.text.splitlines()))
    assert [(row["index"], row["mark"]) for row in rows] == [
        ("0", "ambiguous"),
        ("9999", "label_wrong"),
    ]
    for row in rows:
        assert row["label"] == row["class"] == str(test.t[int(row["index"])])
        assert row["marked_at"]


def test_marks_belong_to_one_data_set_and_outlive_the_server(
    marks: Marks, trained: Trained
) -> None:
    marks.put(17, "ambiguous")
    store = Store(trained.home)
    assert [picture.index for picture in store.marks(marks.sha256)] == [17]
    assert store.marks("0" * 64) == []
    store.close()


@pytest.mark.parametrize("body", [{"mark": "wrong"}, {"mark": None}, {}, {"mark": "x", "y": 1}, []])
def test_an_unknown_mark_is_an_error_that_is_explained(marks: Marks, body: Any) -> None:
    assert_error(marks.call("PUT", "17/mark", json=body), 422, "invalid")
    assert marks.all() == []


@pytest.mark.parametrize("index", [-1, 10_000, 10**30])
def test_a_picture_that_is_not_there_cannot_be_marked(marks: Marks, index: int) -> None:
    assert_error(marks.put(index, "ambiguous"), 404, "not_found")
    assert_error(marks.call("DELETE", f"{index}/mark"), 404, "not_found")


def test_other_data_than_the_expected_is_not_marked(marks: Marks) -> None:
    other = {"sha256": "0" * 64}
    response = marks.call("PUT", "17/mark", params=other, json={"mark": "ambiguous"})
    assert_error(response, 409, "conflict")
    assert_error(marks.call("GET", "marks", params=other), 409, "conflict")


def test_the_methods_of_a_mark_are_named(marks: Marks) -> None:
    response = marks.call("POST", "17/mark")
    assert_error(response, 405, "method_not_allowed")
    assert response.headers["allow"] == "PUT, DELETE"


def test_a_page_of_another_site_cannot_mark(marks: Marks) -> None:
    headers = {"origin": "http://elsewhere.test"}
    response = marks.call("PUT", "17/mark", json={"mark": "ambiguous"}, headers=headers)
    assert_error(response, 403, "forbidden")
