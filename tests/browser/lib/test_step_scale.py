from typing import Any

import pytest
from playwright.sync_api import Page

RUN = {"step": 250, "steps_total": 400, "seconds": 9.0, "config": {"epochs": 4}, "parent": None}
EPOCHS = [{"step": 100, "epoch": 1, "seconds": 2.0}, {"step": 200, "epoch": 2, "seconds": 6.0}]


def places(page: Page, unit: str, steps: list[float], **options: Any) -> list[float | None]:
    """Places of iterations, each turned back into its iteration for a check."""
    run = options.pop("run", RUN)
    found: list[float | None] = page.evaluate(
        """async ([run, options, unit, steps]) => {
            const { scaleOf } = await import("/static/lib/charts/step-scale.js");
            const scale = scaleOf(run, options);
            return steps.map((step) => {
                const place = scale.place(step, unit);
                if (Math.abs(scale.stepAt(place, unit) - step) > 1e-9) throw new Error(step);
                return Number.isNaN(place) ? null : place;
            });
        }""",
        [run, {"epochs": [], **options}, unit, steps],
    )
    return found


def test_iterations_lie_between_the_ends_of_epochs(blank: Page) -> None:
    steps = [0.0, 50, 100, 250, 400]
    assert places(blank, "iteration", steps, epochs=EPOCHS) == steps
    assert places(blank, "epoch", steps, epochs=EPOCHS) == [0, 0.5, 1, 2.5, 4]


def test_training_time_follows_the_pace_of_each_epoch_and_goes_on_at_the_last(blank: Page) -> None:
    steps = [0.0, 50, 100, 150, 200, 250]
    assert places(blank, "time", steps, epochs=EPOCHS) == [0, 1, 2, 5, 8, 11]


def test_training_time_is_unknown_before_anything_was_measured(blank: Page) -> None:
    run = {**RUN, "seconds": 0.0}
    assert places(blank, "time", [0.0, 100], run=run) == [None, None]
    assert places(blank, "time", [0.0, 125]) == [0, pytest.approx(4.5)]


def test_a_fork_counts_epochs_and_time_from_its_parents_begin(blank: Page) -> None:
    run = {**RUN, "parent": {"run": "p", "epoch": 2}, "steps_total": 300}
    own = [{"step": 250, "epoch": 3, "seconds": 1.0}]
    options = {"run": run, "epochs": own, "earlier": EPOCHS, "begin": 200}
    assert places(blank, "epoch", [100.0, 200, 250, 300], **options) == [1, 2, 3, 4]
    assert places(blank, "time", [200.0, 250, 300], **options) == [8, 9, 10]
