import json
from typing import Any

from playwright.sync_api import Page, WebSocketRoute

from tests.browser.conftest import Problems

FOLLOW = """
async () => {
    const { RunStream } = await import("/static/lib/run-stream.js");
    window.heard = [];
    const note = (...words) => window.heard.push(words);
    new RunStream("some-run", 0, {
        run: (run) => note("run", run.step),
        progress: (message) => note("progress", message.done),
        losses: (first, values) => note("losses", first, values.length),
        epoch: (row) => note("epoch", row.epoch),
        state: (name, detail) => note(name, detail ?? null),
    });
}
"""


class FakeStream:
    """Server of a page's streams, with a list of frames for each connection."""

    def __init__(
        self, page: Page, connections: list[tuple[list[dict[str, Any]], int | None]]
    ) -> None:
        self.addresses: list[str] = []
        self._connections = iter(connections)
        page.route_web_socket("**/stream?*", self._connected)

    def _connected(self, socket: WebSocketRoute) -> None:
        self.addresses.append(socket.url.split("/stream")[1])
        frames, code = next(self._connections, ([], 1000))
        for frame in frames:
            socket.send(json.dumps(frame))
        if code is not None:
            socket.close(code=code)


def run_frame(step: int) -> dict[str, Any]:
    return {"type": "run", "run": {"id": "some-run", "step": step}, "epochs": []}


def loss_frame(first: int, values: list[float]) -> dict[str, Any]:
    return {"type": "loss", "first_step": first, "values": values}


def heard_until(page: Page, last: str) -> list[list[Any]]:
    page.wait_for_function("last => window.heard.at(-1)?.[0] === last", arg=last)
    heard: list[list[Any]] = page.evaluate("window.heard")
    return heard


def test_a_lost_stream_goes_on_with_the_step_after_the_last(blank: Page) -> None:
    fake = FakeStream(
        blank,
        [
            ([run_frame(0), loss_frame(1, [3, 2])], 1001),
            ([run_frame(5), loss_frame(3, [1, 1, 1])], 1000),
        ],
    )
    blank.evaluate(FOLLOW)
    assert heard_until(blank, "over") == [
        ["open", None],
        ["run", 0],
        ["losses", 1, 2],
        ["reconnecting", None],
        ["run", 5],
        ["losses", 3, 3],
        ["caught-up", 3],
        ["over", None],
    ]
    assert fake.addresses == ["?after_step=0", "?after_step=2"]


def test_a_gap_is_an_error_and_what_is_missing_is_fetched_again(
    blank: Page, problems: Problems
) -> None:
    problems.expect("losses with a gap: expected step 2; got 4")
    fake = FakeStream(
        blank,
        [
            ([run_frame(0), loss_frame(1, [3]), loss_frame(4, [1])], None),
            ([run_frame(4), loss_frame(2, [2, 2, 1])], 1000),
        ],
    )
    blank.evaluate(FOLLOW)
    losses = [words for words in heard_until(blank, "over") if words[0] == "losses"]
    assert losses == [["losses", 1, 1], ["losses", 2, 3]]
    assert fake.addresses == ["?after_step=0", "?after_step=1"]
    assert any("gap" in problem for problem in problems.seen)


def test_an_unknown_type_is_logged_as_an_error_and_passed_over(
    blank: Page, problems: Problems
) -> None:
    problems.expect("a type this page does not know: weather")
    FakeStream(blank, [([run_frame(0), {"type": "weather"}, loss_frame(1, [3])], 1000)])
    blank.evaluate(FOLLOW)
    assert ["losses", 1, 1] in heard_until(blank, "over")
    assert any("weather" in problem for problem in problems.seen)


def test_a_run_that_is_gone_is_not_asked_for_again(blank: Page) -> None:
    fake = FakeStream(blank, [([], 4404)])
    blank.evaluate(FOLLOW)
    assert heard_until(blank, "rejected") == [["rejected", "There is no such run any more."]]
    assert len(fake.addresses) == 1


def test_a_fork_begins_where_its_parent_ended(blank: Page) -> None:
    FakeStream(blank, [([run_frame(7), loss_frame(7, [3, 2])], 1000)])
    blank.evaluate(FOLLOW)
    assert ["losses", 7, 2] in heard_until(blank, "over")
