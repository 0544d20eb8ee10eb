from math import exp
from typing import Any

import pytest
from playwright.sync_api import Page


def in_page(page: Page, body: str, argument: Any = None) -> Any:
    """Run a function body with LossSeries and `argument` at hand."""
    return page.evaluate(
        f"""async (argument) => {{
            const {{ LossSeries }} = await import("/static/lib/runs/loss-series.js");
            {body}
        }}""",
        argument,
    )


def test_the_smoothed_line_is_a_weighted_mean_from_the_first_loss_on(blank: Page) -> None:
    smooth = in_page(
        blank,
        "const s = new LossSeries(5); s.append(1, argument); return [...s.smooth.slice(0, 3)];",
        [4, 2, 1],
    )
    # Time constant 5: each step back weighs e^(-1/5) as much.
    k = exp(-1 / 5)
    by_hand = [4, (2 + 4 * k) / (1 + k), (1 + 2 * k + 4 * k * k) / (1 + k + k * k)]
    assert smooth == pytest.approx(by_hand, rel=1e-6)


def test_thinning_keeps_both_extremes_and_what_is_not_finite(blank: Page) -> None:
    values: list[float | None] = [1.0] * 50_000
    values[12_345], values[23_456], values[-1] = 9.0, -3.0, None
    kept = in_page(
        blank,
        """
        const s = new LossSeries(100);
        s.append(1, argument);
        const { x, y } = s.thinned(0, 50000, 2000);
        const at = (step) => [...y][[...x].indexOf(step)];
        return { few: x.length <= 2000, high: at(12346), low: at(23457), last: x.at(-1),
                 broken: Number.isNaN(y.at(-1)),
                 rising: x.every((v, i) => i === 0 || v > x[i - 1]) };
        """,
        values,
    )
    assert kept == {
        "few": True,
        "high": 9,
        "low": -3,
        "last": 50_000,
        "broken": True,
        "rising": True,
    }


def test_a_narrow_view_of_a_long_series_has_every_iteration(blank: Page) -> None:
    steps = in_page(
        blank,
        """
        const s = new LossSeries(100);
        s.append(1, Array.from({ length: 50000 }, (_, i) => i));
        return [...s.thinned(20000, 20100, 2000).x];
        """,
    )
    assert steps == list(range(19_999, 20_102))


def test_losses_grow_past_the_first_room(blank: Page) -> None:
    last = in_page(
        blank,
        """
        const s = new LossSeries(100);
        for (let i = 0; i < 100; i += 1) s.append(1 + 1000 * i, Array(1000).fill(i));
        return [s.length, s.lastStep, s.values[99999], s.values[0]];
        """,
    )
    assert last == [100_000, 100_000, 99, 0]


def test_a_thinned_series_is_smoothed_over_its_means_and_goes_on_from_there(blank: Page) -> None:
    # Two buckets of 100: rare peaks of 5 over a ground of 0.1 and then 0.2.
    points = {
        "steps": [1, 40, 101, 150],
        "values": [0.1, 5.0, 0.2, 5.0],
        "means": {"steps": [100, 200], "values": [0.15, 0.25]},
    }
    kept = in_page(
        blank,
        """
        const [whole, part] = [new LossSeries(10), new LossSeries(10)];
        whole.appendThinned(argument);
        const smooth = [...whole.smooth.slice(0, 4)];
        whole.append(151, Array(50).fill(0.2));  // has been in the last mean already
        const before = whole.lastSmooth;
        whole.append(201, Array(100).fill(1));
        part.appendThinned(argument, 120);
        return { smooth, before, after: whole.lastSmooth, last: whole.lastStep,
                 part: [...part.steps.slice(0, part.length)] };
        """,
        points,
    )
    assert kept["smooth"] == pytest.approx([0.15, 0.15, 0.25, 0.25], abs=1e-3)
    assert kept["before"] == pytest.approx(kept["smooth"][-1])
    assert kept["after"] == pytest.approx(1, abs=1e-3)
    assert (kept["last"], kept["part"]) == (300, [1, 40, 101])


def test_a_chosen_smoothing_weighs_each_step_back_over_the_whole_line(blank: Page) -> None:
    smooth = in_page(
        blank,
        """
        const [before, after] = [new LossSeries(5), new LossSeries(5)];
        before.smoothWith(0.5);
        before.append(1, argument);
        after.append(1, argument);
        after.smoothWith(0.5);
        const lines = [before, after].map((s) => [...s.smooth.slice(0, 3)]);
        after.smoothWith(0);
        const raw = [...after.smooth.slice(0, 3)];
        after.smoothWith(null);
        return { lines, raw, automatic: after.lastSmooth };
        """,
        [4, 2, 1],
    )
    by_hand = [4, (2 + 4 * 0.5) / 1.5, (1 + 2 * 0.5 + 4 * 0.25) / 1.75]
    assert smooth["lines"][0] == pytest.approx(by_hand, rel=1e-6)
    assert smooth["lines"][1] == pytest.approx(by_hand, rel=1e-6)
    assert smooth["raw"] == [4, 2, 1]
    k = exp(-1 / 5)
    assert smooth["automatic"] == pytest.approx((1 + 2 * k + 4 * k * k) / (1 + k + k * k))


def test_a_smoothed_line_does_not_change_with_the_zoom(blank: Page) -> None:
    lines = in_page(
        blank,
        """
        const s = new LossSeries(100);
        s.append(1, Array.from({ length: 50000 }, (_, i) => Math.sin(i / 40)));
        s.smoothWith(0.97);
        return [[0, 50000], [20000, 30000], [24900, 25100]].map(([from, to]) => {
            const { x, y } = s.smoothed(from, to, 2000);
            return [...x].map((step, i) => y[i] === s.smooth[step - 1]);
        });
        """,
    )
    assert all(len(line) > 100 and all(line) for line in lines)


def test_a_thinned_series_is_smoothed_anew_over_its_means(blank: Page) -> None:
    points = {
        "steps": [1, 40, 101, 150],
        "values": [0.1, 5.0, 0.2, 5.0],
        "means": {"steps": [100, 200], "values": [0.15, 0.25]},
    }
    smooth = in_page(
        blank,
        """
        const s = new LossSeries(10);
        s.appendThinned(argument);
        s.append(201, [1]);
        s.smoothWith(0.99);
        return [...s.smooth.slice(0, 5)];
        """,
        points,
    )
    k = 0.99**100
    second = (0.25 * (1 - k) + 0.15 * k * (1 - 0.99)) / ((1 - k) + k * (1 - 0.99))
    assert smooth[:2] == pytest.approx([0.15, 0.15])
    assert smooth[2:4] == pytest.approx([second, second], rel=1e-5)
    assert second < smooth[4] < 1


def test_more_points_of_a_part_change_the_raw_line_there_and_not_the_smoothed_one(
    blank: Page,
) -> None:
    # Four of each hundred losses are kept at first: 0.5, but 0.1 and 0.9 at the extremes.
    steps = [100 * k + place for k in range(100) for place in (1, 30, 60, 100)]
    seen = in_page(
        blank,
        """
        const loss = (step) => ({ 30: 0.1, 60: 0.9 })[step % 100] ?? 0.5;
        const points = (steps) => ({ steps, values: steps.map(loss) });
        const ends = Array.from({ length: 100 }, (_, k) => 100 * (k + 1));
        const s = new LossSeries(1000);
        const means = { steps: ends, values: ends.map(() => 0.5) };
        s.appendThinned({ ...points(argument), means });
        s.append(10_001, Array(500).fill(0.3));
        const before = s.smoothed(4000, 4200, 1000).y;
        const [from, to] = s.missing(4000, 4200);
        const all = ([begin, end]) =>
            points(Array.from({ length: end - begin + 1 }, (_, i) => begin + i));
        s.addDetail([from, to], all([from, to]));
        const part = s.thinned(4000, 4200, 1000);
        const end = s.missing(9900, 10_100);
        s.addDetail(end, all(end));
        return {
            whole: s.missing(1, 10_500), appended: s.missing(10_100, 10_200),
            again: s.missing(9950, 10_050), at: s.nearest(9977).step,
            range: [from, to], steps: [...part.x], high: Math.max(...part.y),
            same: String(s.smoothed(4000, 4200, 1000).y) === String(before),
            across: [...s.thinned(9990, 10_010, 1000).x],
        };
        """,
        steps,
    )
    assert (seen["whole"], seen["appended"], seen["again"]) == (None, None, None)
    assert seen["range"] == [3900, 4300]
    assert seen["steps"] == list(range(3999, 4202))
    assert seen["high"] == pytest.approx(0.9)
    assert seen["same"]
    assert seen["at"] == 9977
    assert seen["across"] == list(range(9989, 10_012))


def test_a_spike_of_one_iteration_in_a_million_is_in_every_zoom(blank: Page) -> None:
    seen = in_page(
        blank,
        """
        const spike = 654_321;
        const s = new LossSeries(100);
        const values = new Array(1_000_000).fill(0.1);
        values[spike - 1] = 9;
        s.append(1, values);
        const zooms = [];
        for (let width = 1_000_000; width >= 10; width /= 2) {
            for (const share of [0.01, 0.5, 0.99]) {
                const from = Math.max(0, Math.round(spike - share * width));
                const { x, y } = s.thinned(from, from + Math.ceil(width), 400);
                zooms.push([x.length <= 450, y[[...x].indexOf(spike)]]);
            }
        }
        return zooms;
        """,
    )
    assert len(seen) == 51
    assert seen == [[True, 9]] * 51
