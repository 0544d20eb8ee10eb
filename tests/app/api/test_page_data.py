import json
from pathlib import Path
from typing import Any

import pytest

from app.api.page_data import page_data
from trainer.config import kinds
from trainer.datasets import Library


@pytest.fixture
def facts(tmp_path: Path) -> dict[str, Any]:
    return page_data(Library(tmp_path).sources())


def test_each_field_comes_with_its_sentence_for_an_invalid_value(facts: dict[str, Any]) -> None:
    sentences = {field["name"]: field["problem"] for field in facts["fields"]}
    assert sentences.keys() == kinds().keys()
    assert sentences["epochs"] == "Enter a whole number from 1 to 1,000"


def test_each_optimizer_comes_with_its_usual_learning_rate(facts: dict[str, Any]) -> None:
    (optimizer,) = (field for field in facts["fields"] if field["name"] == "optimizer")
    rates = {choice["value"]: choice["usual_rate"] for choice in optimizer["choices"]}
    assert rates == {"sgd": 0.1, "momentum": 0.05, "adam": 0.001}


def test_the_glossary_explains_the_terms_of_the_pages_in_alphabetical_order(
    facts: dict[str, Any],
) -> None:
    terms = [entry["term"] for entry in facts["glossary"]]
    assert terms == sorted(terms)
    expected = {"loss", "accuracy", "epoch", "iteration", "batch", "learning rate", "overfitting"}
    assert expected <= set(terms)
    assert all(entry["text"].endswith((".", ").")) for entry in facts["glossary"])


def test_the_facts_are_json(facts: dict[str, Any]) -> None:
    assert json.loads(json.dumps(facts, allow_nan=False))
