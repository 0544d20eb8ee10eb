"""Each fact has one home: an added entry appears everywhere without another edit."""

from collections.abc import Iterator
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
from tests.idx_folders import SHAPES, write_folder
from trainer import __main__ as terminal
from trainer.config import Config, ConfigError, kinds
from trainer.datasets import Contents, Library, Source
from trainer.datasets.registry import DATASETS
from trainer.events import Progress
from trainer.fields import Number, described
from trainer.functions import Array
from trainer.initializers import INITIALIZERS, Initializer
from trainer.layers import ACTIVATIONS, Activation
from trainer.layers.explanation import Explanation, Formula
from trainer.layers.losses import LOSSES, CrossEntropy
from trainer.layers.sequential import Sequential
from trainer.optimizers import OPTIMIZERS, SGD
from trainer.schedules import SCHEDULES, Schedule
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

    def explain_forward(self) -> Explanation:
        return Explanation([Formula("y = x", "y", ("x",), "As it is.")], [Identity.forward])

    def explain_backward(self) -> Explanation:
        return Explanation([Formula("dx = dy", "dx", ("dy",), "As it is.")], [Identity.backward])


class Signs(SGD):
    label = "Signs"
    help = "a step of equal size for each weight"
    slot_names = ("memory", "more", "most")

    def _step(self, w: Array, g: Array, rate: float, scratch: Array, *slots: Array) -> None:
        w -= rate * np.sign(g)


class Doubled(CrossEntropy):
    label = "Doubled"


class Letters(Source):
    name = "letters"
    label = "Letters"
    help = "six letters"

    def contents(self) -> Contents:
        return Contents(3000, 500, tuple("abcdef"))

    def missing(self) -> str | None:
        return None

    def detail(self, missing: str | None) -> str:
        return "letters"

    def checksums(self) -> dict[str, str] | None:
        return None

    def prepare(self) -> Iterator[Progress]:
        yield from ()


# Field of the config, its registry, and the name and value of an entry to add.
ENTRIES: list[tuple[str, dict[str, Any], str, Any]] = [
    ("activation", ACTIVATIONS, "identity", Identity),
    ("optimizer", OPTIMIZERS, "signs", Signs),
    ("initializer", INITIALIZERS, "tiny", Initializer("Tiny", "0.01 wide", lambda _: 0.01)),
    ("loss", LOSSES, "doubled", Doubled()),
    ("schedule", SCHEDULES, "halved", Schedule("Halved", "", lambda _: 0.5)),
]


def form_field(name: str, library: Library) -> dict[str, Any]:
    fields: list[dict[str, Any]] = page_data(library.sources())["fields"]
    (field,) = (field for field in fields if field["name"] == name)
    return field


def config_schemas(home: Path) -> list[dict[str, Any]]:
    """Schemas of the config's fields: in requests for runs and forks, then in responses."""
    schemas = create_app(Settings(home=home)).openapi()["components"]["schemas"]
    config = schemas["RunResponse"]["properties"]["config"]
    return [part["properties"] for part in (schemas["NewRun"], schemas["NewFork"], config)]


def help_text(capsys: pytest.CaptureFixture[str], *flags: str) -> str:
    with pytest.raises(SystemExit):
        terminal.main([*flags, "--help"])
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
    assert choice in form_field(field, Library(tmp_path))["choices"]
    assert all(name in schema[field]["enum"] for schema in config_schemas(tmp_path))
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
    assert name_for(config, classes=10) == "784-50-10, Signs 0.1"
    # Three slots take three times the weights' bytes in each checkpoint and resume point.
    contents = Contents(3000, 500, tuple("abcdef"))
    more = estimated_bytes(config, contents, 0, 1) - estimated_bytes(Config(), contents, 0, 1)
    assert more == 3 * 3 * 4 * config.weights(classes=6)


def test_an_added_data_set_appears_in_form_schema_and_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(DATASETS, "letters", Letters)
    library = Library(tmp_path)
    choice = {"value": "letters", "label": "Letters", "help": "six letters"}
    assert choice in form_field("dataset", library)["choices"]
    data = {"name": "letters", "label": "Letters", "classes": tuple("abcdef")}
    assert data in page_data(library.sources())["datasets"]
    requests = config_schemas(tmp_path)[:2]
    assert all("letters" in schema["dataset"]["enum"] for schema in requests)
    assert "letters" in help_text(capsys)
    assert "letters" in [status.name for status in library.statuses()]


def test_a_folder_of_the_user_appears_in_form_schema_and_command_line_while_it_is_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home, data = tmp_path / "home", tmp_path / "data"
    library = Library(home, data)
    application = create_app(Settings(home=home, data=data))

    def names() -> list[str]:
        schema = application.openapi()["components"]["schemas"]["NewRun"]["properties"]
        enum: list[str] = schema["dataset"]["enum"]
        assert enum == [c["value"] for c in form_field("dataset", library)["choices"]]
        return enum

    assert names() == ["mnist", "strokes"]
    write_folder(data / "shapes")
    assert names() == ["mnist", "strokes", "shapes"]
    assert page_data(library.sources())["datasets"][2] == {
        "name": "shapes", "label": "shapes", "classes": SHAPES
    }  # fmt: skip
    assert "{mnist,strokes,shapes}" in help_text(capsys, "--data", str(data))
    # A run of a data set that has gone keeps its name.
    assert "enum" not in config_schemas(home)[2]["dataset"]


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
    field = form_field("weight_decay", Library(tmp_path))
    assert (field["type"], field["minimum"], field["maximum"]) == ("number", 0, 1)
    for schema in config_schemas(tmp_path):
        assert schema["weight_decay"]["type"] == "number"
        assert schema["weight_decay"]["title"] == "Weight decay"
    assert "--weight-decay" in help_text(capsys)
    assert "expected a number from 0 to 1" in str(kinds()["weight_decay"].problem("much"))
