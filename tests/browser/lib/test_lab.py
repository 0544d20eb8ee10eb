"""Selections, matrices and caches of the failures lab, in a page without a server."""

from typing import Any

import pytest
from playwright.sync_api import Page

# Six pictures: right and sure; wrong; right and unsure; just forgotten; just learned; right.
FRAME = """{
    labels: Uint8Array.of(0, 0, 1, 1, 2, 2),
    now: {
        predicted: Uint8Array.of(0, 1, 1, 0, 2, 2),
        confidence: Float32Array.of(0.99, 0.6, 0.5, 0.9, 0.95, 0.85),
        labelProbability: Float32Array.of(0.99, 0.3, 0.5, 0.1, 0.95, 0.85),
    },
    before: { predicted: Uint8Array.of(0, 1, 1, 1, 1, 2) },
    others: [
        { predicted: Uint8Array.of(1, 1, 0, 1, 2, 1) },
        { predicted: Uint8Array.of(2, 2, 1, 0, 1, 1) },
    ],
    marks: new Map([[3, "ambiguous"]]),
    issues: new Map([[1, 0.4], [3, 0.1]]),
    learning: {
        firstRight: Uint16Array.of(1, 0, 3, 1, 7, 2),
        forgotten: Uint16Array.of(0, 0, 1, 2, 0, 3),
    },
}"""


def selected(blank: Page, **choice: Any) -> Any:
    return blank.evaluate(
        f"""async (choice) => {{
            const {{ selectPictures }} = await import("/static/failures/views.js");
            return selectPictures({FRAME}, choice);
        }}""",
        {"view": "wrong", "order": "index", **choice},
    )


@pytest.mark.parametrize(
    ("view", "pictures"),
    [
        ("wrong", [1, 3]),
        ("unsure", [2]),
        ("all", [0, 1, 2, 3, 4, 5]),
        ("learned", [4]),
        ("forgotten", [3]),
        ("never", [1]),
        ("flickering", [3, 5]),
        ("steady", [0, 4]),
        ("all-wrong", [1]),
        ("right-wrong", [0, 5]),
        ("issues", [1, 3]),
        ("marked", [3]),
    ],
)
def test_a_view_has_its_pictures(blank: Page, view: str, pictures: list[int]) -> None:
    assert selected(blank, view=view) == {"pictures": pictures, "total": len(pictures)}


def test_pictures_are_sorted_and_filtered_by_class(blank: Page) -> None:
    orders = {
        "index": [0, 1, 2, 3, 4, 5],
        "confidence": [0, 4, 3, 5, 1, 2],
        "doubt": [2, 1, 5, 3, 4, 0],
        "loss": [3, 1, 2, 5, 4, 0],
        "learned": [1, 4, 2, 5, 0, 3],
        "doubtful": [3, 1, 0, 2, 4, 5],
    }
    for order, expected in orders.items():
        assert selected(blank, view="all", order=order)["pictures"] == expected, order
    assert selected(blank, view="all", label=1) == {"pictures": [2, 3], "total": 6}
    assert selected(blank, view="all", label=0, predicted=1) == {"pictures": [1], "total": 6}


def test_at_the_first_epoch_all_that_is_right_was_just_learned(blank: Page) -> None:
    pictures = blank.evaluate(
        f"""async () => {{
            const {{ selectPictures }} = await import("/static/failures/views.js");
            const frame = {{ ...{FRAME}, before: null }};
            const has = (view) => selectPictures(frame, {{ view }}).pictures;
            return [has("learned"), has("forgotten")];
        }}"""
    )
    assert pictures == [[0, 2, 4, 5], []]


def test_pictures_keep_their_places_as_far_as_there_are_enough(blank: Page) -> None:
    def in_place(before: str, after: str) -> str:
        text: str = blank.evaluate(
            """async ([before, after]) => {
                const { inPlace } = await import("/static/failures/views.js");
                return inPlace([...before], [...after]).join("");
            }""",
            [before, after],
        )
        return text

    assert in_place("", "abc") == "abc"
    assert in_place("abc", "ac") == "ac"
    assert in_place("abcd", "acde") == "aecd"
    assert in_place("abcd", "dxyzb") == "xbydz"
    assert in_place("abcd", "cd") == "cd"


def test_cells_of_a_matrix_say_their_numbers(blank: Page) -> None:
    def cells(mode: str) -> Any:
        return blank.evaluate(
            """async (mode) => {
                const { cellsOf } = await import("/static/failures/matrix-cells.js");
                const rows = cellsOf([[90, 1], [40, 0]], mode, ["cat", "dog"], [[80, 11], [40, 0]]);
                return rows.flat().map(({ words, name, strength }) => [words, name, strength]);
            }""",
            mode,
        )

    assert [words for words, _, _ in cells("counts")] == ["90", "1", "40", "0"]
    assert cells("counts")[1][1] == "1\u00a0time cat read as dog"
    assert [strength for _, _, strength in cells("counts")] == [0, pytest.approx(1 / 40**0.5), 1, 0]
    assert [words for words, _, _ in cells("shares")] == ["99", "1.1", "100", "0.0"]
    assert [words for words, _, _ in cells("epochs")] == ["+10", "\u221210", "0", "0"]


def test_the_best_run_is_one_on_the_data_set_of_the_newest_run(blank: Page) -> None:
    best = blank.evaluate(
        """async () => {
            const { bestRun } = await import("/static/components/network-picker.js");
            const run = (id, dataset, best_test_accuracy) =>
                ({ id, config: { dataset }, best_test_accuracy });
            return bestRun([
                run("d", "mnist", 0.9), run("c", "two", 1),
                run("b", "mnist", 0.95), run("a", "mnist", 0.95),
            ]).id;
        }"""
    )
    assert best == "b"


def test_a_cache_is_bounded_in_bytes_and_loads_each_value_once(blank: Page) -> None:
    found = blank.evaluate(
        """async () => {
            const { ByteCache } = await import("/static/lib/byte-cache.js");
            const dropped = [];
            let loads = 0;
            const cache = new ByteCache(10, ({ bytes }) => bytes, ({ name }) => dropped.push(name));
            const load = (name, bytes) => cache.load(name, async () => (loads++, { name, bytes }));
            await Promise.all([load("a", 4), load("a", 4)]);
            await load("b", 4);
            cache.get("a");
            await load("c", 4);
            await load("c", 4);
            const broken = async () => { throw new Error("no"); };
            const failed = await cache.load("d", broken).catch(() => "failed");
            await load("d", 2);
            return { loads, dropped, size: cache.size, failed, b: cache.get("b") === undefined };
        }"""
    )
    assert found == {"loads": 4, "dropped": ["b"], "size": 10, "failed": "failed", "b": True}


def test_a_lasso_has_the_points_inside_and_is_kept_as_text(blank: Page) -> None:
    found = blank.evaluate(
        """async () => {
            const { lassoFrom, lassoOf, lassoText, pointsInside } =
                await import("/static/failures/lasso.js");
            const line = Array.from({ length: 400 }, (_, i) => [
                4 * Math.cos((2 * Math.PI * i) / 400), 4 * Math.sin((2 * Math.PI * i) / 400),
            ]);
            const lasso = lassoOf(3, line);
            const again = lassoFrom(lassoText(lasso));
            const points = Float32Array.of(0, 0, 3.5, 0, 4.5, 0, -2.9, -2.9, 0, -3.5);
            return {
                inside: [...pointsInside(points, again.corners)],
                corners: again.corners.length,
                epoch: again.epoch,
                broken: ["", "1", "1,2,3,4,5", "1,2,3,4,5,x,7", "x,1,2,3,4,5,6"].map(lassoFrom),
                none: lassoText(null),
            };
        }"""
    )
    assert found["inside"] == [0, 1, 4]
    assert (found["corners"], found["epoch"]) == (40, 3)
    assert found["broken"] == [None] * 5
    assert found["none"] is None
