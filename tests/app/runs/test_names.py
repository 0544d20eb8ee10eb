from app.runs.names import LONGEST_NAME, name_for
from trainer.config import Config


def test_a_run_on_defaults_is_named_by_its_layers_and_optimizer() -> None:
    assert name_for(Config(), classes=10) == "784-50-10, SGD 0.1"


def test_a_name_says_what_sets_a_run_apart() -> None:
    config = Config(
        hidden=(512, 256), optimizer="adam", learning_rate=0.001, epochs=5, augment=True, seed=3
    )
    assert name_for(config, classes=10) == "784-512-256-10, Adam 0.001, epochs 5, distorted, seed 3"


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
    assert len(name_for(config, classes=10)) == LONGEST_NAME
