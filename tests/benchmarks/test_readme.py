from pathlib import Path

import pytest

from benchmarks.accuracy import markdown as accuracy_table
from benchmarks.live import markdown as live_table
from benchmarks.support import readme
from benchmarks.training import markdown as speed_table

TEXT = "# Title\n<!-- speed:begin -->\nold\n<!-- speed:end -->\nrest\n"


def test_what_stands_between_the_markers_is_replaced() -> None:
    expected = "# Title\n<!-- speed:begin -->\nnew\n<!-- speed:end -->\nrest\n"
    assert readme.replaced(TEXT, "speed", "new") == expected
    assert readme.replaced(expected, "speed", "new") == expected


@pytest.mark.parametrize("text", ["", "<!-- speed:end --><!-- speed:begin -->", TEXT + TEXT])
def test_markers_that_are_not_there_once_each_are_errors(text: str) -> None:
    with pytest.raises(ValueError, match="expected <!-- speed:begin --> and then"):
        readme.replaced(text, "speed", "new")


def test_a_check_fails_until_the_table_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(readme, "README", tmp_path / "README.md")
    monkeypatch.setattr(readme, "RESULTS", tmp_path)
    readme.README.write_text(TEXT)
    readme.save("training", {"figure": 1})

    def settled(write: bool) -> int:
        return readme.settle("speed", "training", lambda found: str(found["figure"]), write=write)

    assert settled(write=False) == 1
    assert "python -m benchmarks.training --write-readme" in capsys.readouterr().err
    assert settled(write=True) == 0
    assert settled(write=False) == 0
    readme.save("training", {"figure": 2})
    assert settled(write=False) == 1


def test_a_table_is_markdown() -> None:
    assert readme.table(["a", "b"], [["x", "1"]]) == "| a | b |\n| --- | --: |\n| x | 1 |"


MACHINE = {"cpu": "A", "cores": 2, "system": "Linux", "python": "3.11", "numpy": "2"}


def test_the_accuracy_table_has_a_row_for_each_seed() -> None:
    run = {"seed": 0, "train_first": 0.9, "train_last": 0.98, "test": 0.97}
    table = accuracy_table({"machine": MACHINE, "networks": {"Defaults": [run]}})
    assert "| Defaults | 0 | 0.9000 | 0.9800 | 0.9700 |" in table


def test_the_speed_table_has_medians_ratios_and_who_was_skipped() -> None:
    def result(seconds: list[float], skipped: str | None = None) -> dict[str, object]:
        return {"seconds": seconds, "train_accuracy": 0.9, "skipped": skipped}

    rows = {
        "Digitscope": result([0.1, 0.2, 0.3]),
        "Reference code, float64": result([0.8, 0.8, 0.9]),
    }
    peers = [
        "PyTorch, eager",
        "PyTorch, compiled",
        "JAX, a step at a time",
        "JAX, a scanned epoch",
        "scikit-learn",
    ]
    absent = dict.fromkeys(peers, result([], "No module named 'torch'"))
    table = speed_table(
        {"machine": MACHINE, "peers": {}, "rounds": 3, "networks": {"net": rows | absent}}
    )
    assert "| Digitscope | 0.200 (0.100 to 0.300) | 1.00 |" in table
    assert "| Reference code, float64 | 0.800 (0.800 to 0.900) | 4.00 |" in table
    assert "skipped: No module named 'torch'" in table


def test_the_table_of_the_live_stream_shows_its_cost_and_missing_steps() -> None:
    measured = {
        "machine": MACHINE, "rounds": 1, "alone": 0.2, "times": {"0": 1.0, "200": 1.052},
        "first_loss": [0.3], "complete": False, "spread": [0.01], "longest_spread": 0.02,
        "slower": [1.04], "worker": 100.0, "server": 120.0, "longest_server": 130.0,
    }  # fmt: skip
    table = live_table(measured)
    assert "| An epoch in the server, viewers: 200 | 1.05 times that |" in table
    assert "viewers received each step | no |" in table
    assert "receiving a frame | 10 ms, at most 20 ms |" in table
