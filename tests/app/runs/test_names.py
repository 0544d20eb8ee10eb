from typing import Any

import pytest

from app.runs.names import LONGEST_NAME, name_for, name_of_fork
from trainer.config import Config


def test_a_run_on_defaults_is_named_by_its_layers_and_optimizer() -> None:
    assert name_for(Config(), classes=10) == "784-50-10, SGD 0.1"


def test_a_name_says_what_sets_a_run_apart() -> None:
    config = Config(
        hidden=(512, 256), optimizer="adam", learning_rate=0.001, epochs=5, augment=True, seed=3
    )
    expected = "784-512-256-10, Adam 0.001, epochs 5, distort pictures, seed 3"
    assert name_for(config, classes=10) == expected


def test_a_name_ends_its_layers_with_the_number_of_classes() -> None:
    assert name_for(Config(dataset="shapes"), classes=6) == "784-50-6, SGD 0.1"


def test_the_longest_name_still_fits() -> None:
    config = Config(
        hidden=(2048,) * 8,
        optimizer="momentum",
        learning_rate=1.23456e-05,
        epochs=1000,
        augment=True,
        seed=2**32 - 1,
    )
    assert len(name_for(config, 10)) == LONGEST_NAME


@pytest.mark.parametrize(
    "fields",
    [
        {"activation": "sigmoid"},
        {"initializer": "he"},
        {"loss": "mean_squared_error"},
        {"optimizer": "momentum"},
        {"learning_rate": 0.01},
        {"schedule": "cosine"},
        {"batch_size": 64},
        {"sampling": "shuffle"},
        {"train_limit": 500},
    ],
    ids=lambda fields: next(iter(fields)),
)
def test_a_field_that_differs_from_the_default_makes_another_name(fields: dict[str, Any]) -> None:
    config = Config(**fields)
    assert name_for(config, 10) != name_for(Config(), 10)
    assert name_of_fork(config, 10, 5, "parent") != name_of_fork(Config(), 10, 5, "parent")


def test_a_fork_is_named_by_its_config_and_the_start_in_its_parent() -> None:
    config = Config(learning_rate=0.01)
    assert name_of_fork(config, 10, 5, "my run") == "784-50-10, SGD 0.01, epoch 5 of my run"


def test_a_long_parents_name_is_shortened_and_the_longest_name_still_fits() -> None:
    config = Config(hidden=(2048,) * 8)
    assert len(name_of_fork(config, 10, 999, "p" * LONGEST_NAME)) == LONGEST_NAME
    assert name_of_fork(Config(), 10, 5, "p" * 80) == f"784-50-10, SGD 0.1, epoch 5 of {'p' * 23}…"
