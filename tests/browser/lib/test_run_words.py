from typing import Any

import pytest
from playwright.sync_api import Page

RUN = {
    "id": "some-run",
    "status": "finished",
    "active": False,
    "epoch": 2,
    "config": {"epochs": 2, "dataset": "mnist"},
    "train_accuracy": 0.97,
    "test_accuracy": 0.9699,
    "queue_position": None,
    "error": None,
}
LOW_RATE = {"tone": "warn", "text": "The learning rate is too low."}


def words(page: Page, function: str, *arguments: Any) -> Any:
    return page.evaluate(
        """async ([name, parameters]) => {
            const module = await import("/static/lib/runs/run-words.js");
            return module[name](...parameters);
        }""",
        [function, list(arguments)],
    )


def verdict(page: Page, findings: list[Any], **changes: Any) -> tuple[str, str]:
    said = words(page, "verdict", {**RUN, **changes}, 301, findings)
    parts = [part if isinstance(part, str) else part["text"] for part in said["parts"]]
    return said["tone"], "".join(parts).replace("\u00a0", " ")


def test_a_finished_run_is_praised_and_leads_on(blank: Page) -> None:
    assert verdict(blank, []) == (
        "good",
        "Reads 97.0 % of digits it has never seen. "
        "Look at the 301 digits it gets wrong, or draw one.",
    )


def test_a_run_without_mistakes_leads_to_the_pad_alone(blank: Page) -> None:
    said = words(blank, "verdict", {**RUN, "test_accuracy": 1}, 0, [])["parts"]
    assert [part["text"] for part in said if not isinstance(part, str)] == ["Draw one"]


def test_a_finding_that_warns_comes_before_praise(blank: Page) -> None:
    said = "The learning rate is too low."
    assert verdict(blank, [LOW_RATE]) == ("warn", said)
    stopped = verdict(blank, [LOW_RATE], status="stopped", epoch=1)
    assert stopped == ("warn", f"Stopped after epoch 1 of 2. {said}")


def test_the_reason_of_a_failure_comes_before_a_finding_that_does_not_explain_it(
    blank: Page,
) -> None:
    failed = {"status": "failed", "error": {"type": "worker", "message": "Its workers died."}}
    assert verdict(blank, [LOW_RATE], **failed) == ("bad", "Its workers died.")
    diverged = {"status": "failed", "error": {"type": "diverged", "message": "Not finite."}}
    assert verdict(blank, [LOW_RATE], **diverged) == ("warn", "The learning rate is too low.")


@pytest.mark.parametrize(
    ("changes", "tone", "said"),
    [
        ({"status": "stopped", "epoch": 1}, "plain", "Stopped after epoch 1 of 2. Reads 97.0 %"),
        ({"status": "stopped", "epoch": 0}, "plain", "Stopped before the first epoch"),
        ({"status": "queued", "active": True, "queue_position": 1}, "plain", "Next in line"),
        ({"status": "queued", "active": True, "queue_position": 3}, "plain", "Number 3 in line"),
        ({"status": "failed", "error": {"message": "No data."}}, "bad", "No data."),
        ({"status": "interrupted", "error": {"message": "It ended."}}, "warn", "It ended."),
    ],
)
def test_each_status_has_its_sentence(
    blank: Page, changes: dict[str, Any], tone: str, said: str
) -> None:
    found_tone, found = verdict(blank, [], **changes)
    assert found_tone == tone
    assert found.startswith(said)


@pytest.mark.parametrize(
    ("epoch", "has_losses", "progress", "said"),
    [
        (0, False, None, "Getting ready…"),
        (0, False, {"phase": "Drawing strokes", "done": 1, "total": 4}, "Drawing strokes: 25 %"),
        (0, False, {"phase": "Downloading", "done": 1, "total": 0}, "Downloading…"),
        (0, True, None, "Epoch 1: learns from its first pictures."),
        (3, True, None, "Epoch 3: reads 96 of 100 digits it has never seen."),
    ],
)
def test_a_run_that_trains_says_how_far_it_is(
    blank: Page, epoch: int, has_losses: bool, progress: Any, said: str
) -> None:
    run = {**RUN, "status": "running", "active": True, "epoch": epoch}
    assert words(blank, "progressWords", run, has_losses, progress).replace("\u00a0", " ") == said
