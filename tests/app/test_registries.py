"""Each fact has one home: an added entry appears everywhere without another edit."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.api.page_data import page_data
from app.main import create_app
from app.runs.names import name_for
from app.settings import Settings
from app.storage.files import estimated_bytes
from trainer import __main__ as terminal
from trainer.config import Config, ConfigError, kinds
from trainer.datasets.registry import DATASETS, Source
from trainer.fields import Number, described
from trainer.functions import Array
from trainer.initializers import INITIALIZERS, Initializer
from trainer.layers import ACTIVATIONS, Activation
from trainer.losses import LOSSES, CrossEntropy
from trainer.optimizers import OPTIMIZERS, SGD
from trainer.schedules import SCHEDULES, Schedule
from trainer.sequential import Sequential
from trainer.state import State


class Identity(Activation):
    label = "Identity"
    help = "changes nothing"

    def apply(self, x: Array) -> Array:
        return x.copy()

    def forward(self, x: Array) -> Array:
        return x

    def backward(self, dy: Array) -> Array:
        return dy


class Signs(SGD):
    label = "Signs"
    help = "a step of equal size for each weight"
    slot_names = ("memory", "more", "most")

    def _step(self, w: Array, g: Array, rate: float, scratch: Array, *slots: Array) -> None:
        w -= rate * np.sign(g)


class Doubled(CrossEntropy):
    label = "Doubled"


# Field of the config, its registry, and the name and value of an entry to add.
ENTRIES: list[tuple[str, dict[str, Any], str, Any]] = [
    ("activation", ACTIVATIONS, "identity", Identity),
    ("optimizer", OPTIMIZERS, "signs", Signs),
    ("initializer", INITIALIZERS, "tiny", Initializer("Tiny", "0.01 wide", lambda _: 0.01)),
    ("loss", LOSSES, "doubled", Doubled()),
    ("schedule", SCHEDULES, "halved", Schedule("Halved", "", lambda _: 0.5)),
    ("dataset", DATASETS, "letters", Source("Letters", "six letters", 3000, 500, tuple("abcdef"))),
]


def form_field(name: str) -> dict[str, Any]:
    fields: list[dict[str, Any]] = page_data()["fields"]
    (field,) = (field for field in fields if field["name"] == name)
    return field


def api_schemas(home: Path) -> list[dict[str, Any]]:
    """Schemas of the config's fields in requests and responses."""
    schemas = create_app(Settings(home=home)).openapi()["components"]["schemas"]
    return [
        schemas["NewRun"]["properties"],
        schemas["NewFork"]["properties"],
        schemas["RunResponse"]["properties"]["config"]["properties"],
    ]


def help_text(capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(SystemExit):
        terminal.main(["--help"])
    return capsys.readouterr().out


@pytest.mark.parametrize(("field", "registry", "name", "entry"), ENTRIES)
def test_an_added_choice_appears_in_form_schema_command_line_and_config(
    field: str,
    registry: dict[str, Any],
    name: str,
    entry: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(ConfigError, match=field):
        Config.from_dict({field: name})
    monkeypatch.setitem(registry, name, entry)
    assert Config.from_dict({field: name}).to_dict()[field] == name
    choice = {"value": name, "label": entry.label, "help": entry.help}
    if field == "optimizer":
        choice["usual_rate"] = entry.usual_rate
    assert choice in form_field(field)["choices"]
    assert all(name in schema[field]["enum"] for schema in api_schemas(tmp_path))
    assert name in help_text(capsys)


def test_an_added_activation_is_used_by_the_networks_that_name_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(ACTIVATIONS, "identity", Identity)
    network = Sequential.from_config(Config(activation="identity"))
    assert [type(layer).__name__ for layer in network.layers][1] == "Identity"


def test_an_added_optimizer_trains_names_runs_and_counts_its_slots(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(OPTIMIZERS, "signs", Signs)
    config = Config(optimizer="signs")
    assert isinstance(State.begin(config).optimizer, Signs)
    assert name_for(config) == "784-50-10, Signs 0.1"
    # Three slots take three times the weights' bytes in each checkpoint and resume point.
    more = estimated_bytes(config, 0, 1) - estimated_bytes(Config(), 0, 1)
    assert more == 3 * 3 * 4 * config.weights


def test_an_added_data_set_decides_the_length_of_an_epoch(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    letters = Source("Letters", "six letters", 3000, 500, tuple("abcdef"))
    monkeypatch.setitem(DATASETS, "letters", letters)
    assert Config(dataset="letters", batch_size=100).steps_per_epoch == 30


@dataclass(frozen=True, kw_only=True)
class Decaying(Config):
    weight_decay: float = described(
        0.0,
        Number(
            label="Weight decay",
            help="How fast weights shrink",
            group="optimizer",
            minimum=0,
            maximum=1,
        ),
    )


@pytest.fixture
def weight_decay(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give the config a float field that it does not have."""
    monkeypatch.setattr(Config, "__dataclass_fields__", Decaying.__dataclass_fields__)


@pytest.mark.usefixtures("weight_decay")
def test_an_added_float_field_appears_in_form_schema_and_command_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    field = form_field("weight_decay")
    assert (field["type"], field["minimum"], field["maximum"]) == ("number", 0, 1)
    for schema in api_schemas(tmp_path):
        assert schema["weight_decay"]["type"] == "number"
        assert schema["weight_decay"]["title"] == "Weight decay"
    assert "--weight-decay" in help_text(capsys)
    assert "expected a number from 0 to 1" in str(kinds()["weight_decay"].problem("much"))
