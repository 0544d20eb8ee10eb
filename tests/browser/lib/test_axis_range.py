from typing import Any

import pytest
from playwright.sync_api import Page


def call(page: Page, function: str, *arguments: Any) -> Any:
    return page.evaluate(
        """async ([name, parameters]) => {
            const ranges = await import("/static/lib/charts/axis-range.js");
            return ranges[name](...parameters);
        }""",
        [function, list(arguments)],
    )


def test_a_curve_fills_at_least_half_of_an_axis_that_seldom_changes(blank: Page) -> None:
    ends = [call(blank, "axisEnd", reached, 6400, 100) for reached in range(1, 6401, 53)]
    assert set(ends) == {100, 200, 400, 800, 1600, 3200, 6400}
    assert all(end >= reached for end, reached in zip(ends, range(1, 6401, 53), strict=True))
    assert ends == sorted(ends)


def test_a_linear_loss_axis_begins_at_0_unless_it_is_zoomed(blank: Page) -> None:
    options = {"logarithmic": False, "fromZero": True}
    bottom, top = call(blank, "lossRange", 0.02, 2.4, options)
    assert (bottom, top) == (0, pytest.approx(2.5))
    bottom, top = call(blank, "lossRange", 0.2, 0.3, {**options, "fromZero": False})
    assert 0.18 < bottom < 0.2 < 0.3 < top < 0.33


def test_a_logarithmic_loss_axis_is_in_exponents_of_ten(blank: Page) -> None:
    options = {"logarithmic": True, "fromZero": False}
    bottom, top = call(blank, "lossRange", 0.01, 1, options)
    assert -2.25 < bottom < -2 < 0 < top < 0.25


def test_axes_without_values_have_a_range(blank: Page) -> None:
    for logarithmic in (False, True):
        options = {"logarithmic": logarithmic, "fromZero": True}
        # Infinity stands for the least of no values.
        bottom, top = blank.evaluate(
            """async (options) => {
                const { lossRange } = await import("/static/lib/charts/axis-range.js");
                return lossRange(Infinity, -Infinity, options);
            }""",
            options,
        )
        assert bottom < top


@pytest.mark.parametrize(("low", "high"), [(0.1, 0.9), (0.981, 0.984), (0.97, 0.97), (0.99, 1.0)])
def test_an_accuracy_axis_holds_its_values_and_no_impossible_ones(
    blank: Page, low: float, high: float
) -> None:
    bottom, top = call(blank, "accuracyRange", low, high)
    assert 0 <= bottom <= low <= high <= top < 1.05
    assert top - bottom < 1.5 * max(high - low, 0.01)
