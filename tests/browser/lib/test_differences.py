"""Settings that tell runs apart, groups of seeds and means, in a page without a server."""

from typing import Any

import pytest
from playwright.sync_api import Page


def in_page(blank: Page, body: str, argument: Any) -> Any:
    """Run a function body with the module's exports and `argument` at hand."""
    return blank.evaluate(
        f"""async (argument) => {{
            const {{ meanCurve, seedGroups }} = await import("/static/compare/differences.js");
            {body}
        }}""",
        argument,
    )


def run(name: str, **config: Any) -> dict[str, Any]:
    return {"id": name, "config": config}


def test_runs_that_differ_in_the_seed_alone_are_grouped(blank: Page) -> None:
    runs = [
        run("a", learning_rate=0.1, seed=0),
        run("b", learning_rate=0.01, seed=0),
        run("c", learning_rate=0.1, seed=7),
    ]
    groups = in_page(
        blank, "return seedGroups(argument).map((group) => group.map(({ id }) => id));", runs
    )
    assert groups == [["a", "c"], ["b"]]


def test_the_mean_of_curves_has_their_spread_and_ends_with_the_shortest(blank: Page) -> None:
    curves = [
        {"steps": [1, 3, 5], "values": [4, 2, 1]},
        {"steps": [1, 2, 3], "values": [2, 1, 4]},
    ]
    mean = in_page(blank, "return meanCurve(argument);", curves)
    assert mean == {"steps": [1, 3], "values": [3, 3], "low": [2, 2], "high": [4, 4]}


@pytest.mark.parametrize("step", [2, 3, 4])
def test_between_its_steps_a_curve_is_a_straight_line(blank: Page, step: int) -> None:
    curves = [
        {"steps": [1, step, 5], "values": [0, 0, 0]},
        {"steps": [1, 5], "values": [8, 0]},
    ]
    mean = in_page(blank, "return meanCurve(argument);", curves)
    assert mean["high"] == pytest.approx([8, 8 - 2 * (step - 1), 0])
