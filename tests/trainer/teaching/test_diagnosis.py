"""Each finding is made with a real training, and its advice is tried."""

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.conftest import DATA
from trainer import loop
from trainer.config import Config
from trainer.datasets import Library
from trainer.datasets.pictures import Pictures
from trainer.events import Epoch, Statistics, Step
from trainer.state import State
from trainer.teaching.diagnosis import Finding, Record, diagnose

DEEP = (128,) * 4


@pytest.fixture(scope="module")
def library(data_home: Path) -> Library:
    return Library(data_home, Path(DATA) if DATA else None, offline=True)


@cache
def pictures(library: Library, dataset: str, limit: int) -> tuple[Pictures, Pictures]:
    data = library.load(dataset, limit)
    return data.training, Pictures(data.test.x[:1000], data.test.t[:1000])


@cache
def trained(library: Library, config: Config) -> Record:
    training, test = pictures(library, config.dataset, config.train_limit or 0)
    losses: list[float] = []
    epochs: list[Epoch] = []
    statistics: list[Statistics] = []
    diverged = False
    try:
        events = loop.train(State.begin(config), training, test, **config.training_options())
        for event in events:
            match event:
                case Step():
                    losses.append(event.loss)
                    statistics += [event.statistics] if event.statistics else []
                case Epoch():
                    epochs.append(event)
    except loop.Diverged:
        diverged = True
    return Record(
        config=config,
        losses=np.array(losses),
        epochs=epochs,
        statistics=statistics,
        finished=not diverged,
        diverged=diverged,
    )


def config_of(**values: Any) -> Config:
    return Config.from_dict({"dataset": "strokes", "train_limit": 4000, "epochs": 2} | values)


def found(record: Record) -> dict[str, Finding]:
    return {finding.kind: finding for finding in diagnose(record)}


TROUBLES: list[tuple[str, dict[str, Any]]] = [
    ("diverged", {"hidden": DEEP, "learning_rate": 10}),
    ("rate_too_high", {"learning_rate": 10}),
    ("rate_too_low", {"learning_rate": 0.0001}),
    ("dead_units", {"learning_rate": 10}),
    ("saturated_units", {"learning_rate": 10, "activation": "sigmoid"}),
    ("vanishing_gradient", {"hidden": [32] * 8, "activation": "sigmoid", "epochs": 5}),
]
MORE_TROUBLES: list[tuple[str, dict[str, Any]]] = [
    ("diverged", {"hidden": DEEP, "learning_rate": 1, "optimizer": "momentum"}),
    ("rate_too_high", {"learning_rate": 0.1, "optimizer": "adam"}),
    ("rate_too_high", {"hidden": DEEP, "learning_rate": 0.1, "optimizer": "adam"}),
    ("rate_too_low", {"learning_rate": 0.001}),
    ("rate_too_low", {"learning_rate": 0.000001, "optimizer": "adam"}),
    ("rate_too_low", {"learning_rate": 0.00001, "optimizer": "momentum"}),
    ("rate_too_low", {"learning_rate": 0.001, "loss": "mean_squared_error", "epochs": 3}),
]


@pytest.mark.parametrize(
    ("kind", "settings"),
    [*TROUBLES, *(pytest.param(*case, marks=pytest.mark.slow) for case in MORE_TROUBLES)],
)
def test_what_is_wrong_is_named_and_the_advice_works(
    kind: str, settings: dict[str, Any], library: Library
) -> None:
    config = config_of(**settings)
    before = trained(library, config)
    finding = found(before)[kind]
    assert finding.tone in ("warn", "bad")
    assert any(character.isdigit() for character in finding.evidence)
    assert finding.action.startswith("Run again with ")
    after = trained(library, Config.from_dict(config.to_dict() | finding.changes))
    assert kind not in found(after)
    assert not after.diverged
    reached = after.epochs[-1].test_accuracy
    assert reached is not None
    assert reached > max([0.4, *(row.test_accuracy or 0 for row in before.epochs)])


def test_a_rate_that_is_too_low_is_never_called_too_high(library: Library) -> None:
    low = found(trained(library, config_of(learning_rate=0.0001)))
    assert not {"rate_too_high", "diverged", "dead_units"} & low.keys()
    assert low["rate_too_low"].changes["learning_rate"] > 0.0001


def test_more_epochs_are_no_advice_where_the_rate_is_too_high(library: Library) -> None:
    high = found(trained(library, config_of(learning_rate=0.1, optimizer="adam", epochs=3)))
    assert "rate_too_high" in high
    assert "still_improving" not in high


def test_the_advice_after_a_divergence_is_a_rate_that_trains(library: Library) -> None:
    (finding,) = diagnose(trained(library, config_of(hidden=DEEP, learning_rate=10)))
    assert finding.changes == {"learning_rate": 0.1}
    assert finding.action == "Run again with learning rate 0.1"


HEALTHY: list[dict[str, Any]] = [
    {"optimizer": optimizer, "learning_rate": rate, "hidden": hidden, "initializer": initializer}
    for optimizer, rate in (("sgd", 0.1), ("momentum", 0.05), ("adam", 0.001))
    for hidden, initializer in (
        ([50], "random"),
        ([128, 64], "he"),
        ([64] * 3, "he"),
        ([64] * 4, "random"),
    )
]


@pytest.mark.parametrize(
    "dataset", ["strokes", pytest.param("mnist", marks=[pytest.mark.mnist, pytest.mark.slow])]
)
@pytest.mark.parametrize("settings", HEALTHY, ids=lambda s: f"{s['optimizer']}-{s['hidden']}")
def test_a_healthy_training_gets_no_alarm(
    settings: dict[str, Any], dataset: str, library: Library
) -> None:
    for _ in library.prepare(dataset):
        pass
    record = trained(library, config_of(dataset=dataset, **settings))
    assert [f for f in diagnose(record) if f.tone != "good"] == []


def row(epoch: int, train: float, test: float, train_loss: float, test_loss: float) -> Epoch:
    return Epoch(epoch, 10 * epoch, train, test, train_loss, test_loss, 1.0, None)


def finished(rows: list[Epoch], **values: Any) -> Record:
    config = config_of(epochs=len(rows), **values)
    return Record(
        config=config, losses=np.full(100, 0.1), epochs=rows, statistics=[], finished=True
    )


def test_overfitting_is_reported_with_its_evidence() -> None:
    rows = [row(k, 0.97 + k / 1000, 0.973, 0.1 / k, 0.09 if k < 5 else 0.1 + k / 1000)
            for k in range(1, 25)]  # fmt: skip
    finding = found(finished(rows))["overfitting"]
    assert finding.text == (
        "Since epoch 1 it gets better on its training set, 99.4\u00a0%, and no better on new "
        "pictures, 97.3\u00a0%."
    )
    assert "0.09" in finding.evidence
    assert finding.changes == {"augment": True}
    assert found(finished(rows, augment=True))["overfitting"].changes == {"epochs": 1}


def test_overfitting_counts_from_where_the_accuracy_rises_no_more() -> None:
    rows = [row(k, 0.9 + k / 600, min(0.86 + k / 1000, 0.875), 0.2 / k, 0.4 + abs(k - 5) / 50)
            for k in range(1, 61)]  # fmt: skip
    assert found(finished(rows))["overfitting"].text.startswith("Since epoch 11 it gets better")


def test_few_pictures_learned_by_heart_are_overfitting(library: Library) -> None:
    config = config_of(train_limit=100, batch_size=10, hidden=[128], epochs=30, optimizer="adam",
                       learning_rate=0.003)  # fmt: skip
    assert "overfitting" in found(trained(library, config))


def test_a_run_that_still_improves_at_its_end_is_told_to_go_on() -> None:
    rows = [row(k, 0.8 + k / 100, 0.8 + k / 100, 1 / k, 1 / k) for k in range(1, 6)]
    finding = found(finished(rows))["still_improving"]
    assert (finding.tone, finding.changes) == ("good", {"epochs": 10})
    assert finding.action == "Run again with 10 epochs"
    assert "83.0" not in finding.evidence
    assert "84.0\u00a0% to 85.0\u00a0%" in finding.evidence


def test_a_falling_accuracy_is_reported() -> None:
    rows = [row(1, 0.92, 0.91, 0.3, 0.3), row(2, 0.8, 0.78, 0.6, 0.6)]
    finding = found(finished(rows, optimizer="adam", learning_rate=0.1))["falling_accuracy"]
    assert "91.0\u00a0%" in finding.evidence
    assert "78.0\u00a0%" in finding.evidence
    assert finding.changes == {"learning_rate": 0.001}


def test_a_run_that_has_hardly_begun_shows_nothing() -> None:
    for losses in ([], [2.3], [2.3, 2.4]):
        record = Record(config=Config(), losses=np.array(losses), epochs=[], statistics=[])
        assert diagnose(record) == []


def test_a_fork_that_goes_on_as_before_gets_no_alarm() -> None:
    losses = 0.2 + 0.03 * np.random.default_rng(0).standard_normal(500)
    record = Record(
        config=Config(), losses=losses, epochs=[row(5, 0.95, 0.94, 0.2, 0.2)], statistics=[],
        start_step=1000,
    )  # fmt: skip
    assert diagnose(record) == []
