"""The colours of runs, measured as a colour-blind person sees them."""

from itertools import combinations
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Page

PANELS = {"light": "#fffefb", "dark": "#1b1e23"}
TRAIN_AND_TEST = {"light": ["#0072b2", "#d55e00"], "dark": ["#56b4e9", "#e69f00"]}
# Machado, Oliveira and Fernandes 2009, severity 1.0, on linear RGB.
SIGHTS = {
    "normal": np.eye(3),
    "protanopia": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deuteranopia": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
}
XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)
WHITE = XYZ.sum(axis=1)

Colour = NDArray[np.float64]


def linear(colour: str) -> Colour:
    """Linear RGB from 0 to 1 of a colour like #1b1e23."""
    srgb = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    return np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)


def luminance(colour: str) -> float:
    return float(XYZ[1] @ linear(colour))


def contrast(one: str, other: str) -> float:
    low, high = sorted([luminance(one), luminance(other)])
    return (high + 0.05) / (low + 0.05)


def lab(colour: str, sight: str) -> Colour:
    seen = np.clip(SIGHTS[sight] @ linear(colour), 0, 1)
    t = XYZ @ seen / WHITE
    f = np.where(t > (6 / 29) ** 3, np.cbrt(t), t / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.fixture
def palette(blank: Page) -> list[list[str]]:
    pairs: list[list[str]] = blank.evaluate(
        "async () => (await import('/static/lib/runs/run-colours.js')).PALETTE"
    )
    return pairs


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_each_colour_stands_out_from_its_panel(palette: list[list[str]], theme: str) -> None:
    assert len(palette) >= 10
    for pair in palette:
        colour = pair[theme == "dark"]
        assert contrast(colour, PANELS[theme]) >= 3, colour


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(
    ("sight", "least"), [("normal", 24), ("protanopia", 15), ("deuteranopia", 15)]
)
def test_no_two_colours_look_alike(
    palette: list[list[str]], theme: str, sight: str, least: float
) -> None:
    colours = [pair[theme == "dark"] for pair in palette]
    pairs = [*combinations(colours, 2)]
    pairs += [(colour, other) for colour in colours for other in TRAIN_AND_TEST[theme]]
    for one, other in pairs:
        difference = float(np.linalg.norm(lab(one, sight) - lab(other, sight)))
        assert difference >= least, (one, other)


def styles(page: Page, runs: list[dict[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = page.evaluate(
        """async (runs) => {
            const { lineStyles } = await import("/static/lib/runs/run-colours.js");
            return Object.fromEntries(lineStyles(runs));
        }""",
        runs,
    )
    return found


def test_runs_have_their_colours_in_the_order_of_their_creation(
    blank: Page, palette: list[list[str]]
) -> None:
    size = len(palette)
    runs = [{"id": str(number), "number": number} for number in range(1, size + 1)]
    found = styles(blank, runs)
    assert len({style["colour"] for style in found.values()}) == size
    assert {style["dash"] for style in found.values()} == {"solid"}


def test_runs_of_the_same_colour_in_one_chart_have_different_dashes(
    blank: Page, palette: list[list[str]]
) -> None:
    numbers = [1 + 2 * len(palette), 1, 1 + len(palette)]
    found = styles(blank, [{"id": str(number), "number": number} for number in numbers])
    assert len({style["colour"] for style in found.values()}) == 1
    assert len({style["dash"] for style in found.values()}) == 3
    assert found["1"]["dash"] == "solid"
