"""Presets: configs that the form offers to start from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Preset:
    """Settings that differ from the defaults.

    Attributes:
        label: Name in the form.
        help: Explanation in a learner's words.
        values: Config fields by name.
    """

    label: str
    help: str
    values: Mapping[str, Any] = field(default_factory=dict)


PRESETS: dict[str, Preset] = {
    "simple": Preset("Simple", "trains in seconds"),
    "robust": Preset(
        "Robust",
        "reads your writing",
        {
            "hidden": [512, 256],
            "initializer": "he",
            "optimizer": "adam",
            "learning_rate": 0.001,
            "schedule": "cosine",
            "sampling": "shuffle",
            "augment": True,
            "epochs": 20,
        },
    ),
}
"""Presets by name, the default first."""
