import json

from app.api.page_data import page_data
from trainer.config import kinds


def test_each_field_comes_with_its_sentence_for_an_invalid_value() -> None:
    sentences = {field["name"]: field["problem"] for field in page_data()["fields"]}
    assert sentences.keys() == kinds().keys()
    assert sentences["epochs"] == "Enter a whole number from 1 to 1,000"


def test_each_optimizer_comes_with_its_usual_learning_rate() -> None:
    (optimizer,) = (field for field in page_data()["fields"] if field["name"] == "optimizer")
    rates = {choice["value"]: choice["usual_rate"] for choice in optimizer["choices"]}
    assert rates == {"sgd": 0.1, "momentum": 0.05, "adam": 0.001}


def test_the_glossary_explains_the_terms_of_the_pages_in_alphabetical_order() -> None:
    terms = [entry["term"] for entry in page_data()["glossary"]]
    assert terms == sorted(terms)
    expected = {"loss", "accuracy", "epoch", "iteration", "batch", "learning rate", "overfitting"}
    assert expected <= set(terms)
    assert all(entry["text"].endswith((".", ").")) for entry in page_data()["glossary"])


def test_the_facts_are_json() -> None:
    assert json.loads(json.dumps(page_data(), allow_nan=False))
