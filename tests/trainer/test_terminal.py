import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

from tests.conftest import ROOT
from tests.idx_folders import write_folder
from trainer import __main__ as terminal
from trainer import loop
from trainer.config import Config
from trainer.datasets import Library
from trainer.events import Epoch
from trainer.state import State

SMALL = ["--dataset", "strokes", "--train-limit", "400", "--epochs", "2"]
LINE = re.compile(
    r"(\d+) +train accuracy (0\.\d{4})  test accuracy (0\.\d{4})  "
    r"train loss (\d+\.\d{4})  test loss (\d+\.\d{4})  \d+\.\d\d s"
)


def train(*flags: str, home: Path, **variables: str) -> "subprocess.CompletedProcess[str]":
    surroundings = {k: v for k, v in os.environ.items() if not k.startswith("DIGITSCOPE_")}
    return subprocess.run(
        [sys.executable, "-m", "trainer", *flags],
        cwd=ROOT,
        env={**surroundings, "DIGITSCOPE_HOME": str(home), **variables},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_an_empty_variable_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HOME", "DATA"):
        monkeypatch.setenv(f"DIGITSCOPE_{name}", "")
    opened = []

    def open_library(home: Path, data: Path | None, *, offline: bool) -> Library:
        opened.append((home, data))
        return Library(home, data, offline=offline)

    monkeypatch.setattr(terminal, "Library", open_library)
    with pytest.raises(SystemExit):
        terminal.main(["--help"])
    assert opened == [(terminal.HOME, None)]


def test_a_variable_that_is_neither_yes_nor_no_is_an_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DIGITSCOPE_OFFLINE", "yes")
    with pytest.raises(SystemExit) as ended:
        terminal.main([])
    assert ended.value.code == 2
    assert "DIGITSCOPE_OFFLINE: expected 0 or 1; got 'yes'" in capsys.readouterr().err


def test_every_epoch_has_a_line_and_the_last_line_is_the_test_accuracy(data_home: Path) -> None:
    done = train(*SMALL, home=data_home, DIGITSCOPE_OFFLINE="1")
    assert done.returncode == 0, done.stderr
    *lines, last = done.stdout.splitlines()
    rows = [LINE.fullmatch(line) for line in lines]
    assert [row and row[1] for row in rows] == ["1", "2"]
    assert rows[-1] is not None
    assert last == f"Test accuracy={rows[-1][3]}"


def test_the_terminal_trains_to_the_same_bits_as_the_library_of_the_server(
    data_home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert terminal.main([*SMALL, "--home", str(data_home), "--offline"]) == 0
    lines = capsys.readouterr().out.splitlines()
    config = Config.from_dict({"dataset": "strokes", "train_limit": 400, "epochs": 2})
    data = Library(data_home, offline=True).load("strokes", 400)
    state = State.begin(config)
    events = loop.train(state, data.training, data.test, **config.training_options())
    expected = [
        (f"{e.epoch}", *(f"{n:.4f}" for n in (e.train_accuracy, e.test_accuracy, e.train_loss)))
        for e in events
        if isinstance(e, Epoch) and e.test_accuracy is not None
    ]
    assert [m.groups()[:4] for line in lines if (m := LINE.fullmatch(line))] == expected


def test_each_epochs_line_is_there_as_soon_as_the_epoch_is_over(data_home: Path) -> None:
    flags = ["--dataset", "strokes", "--train-limit", "2000", "--epochs", "1000", "--offline"]
    process = subprocess.Popen(
        [sys.executable, "-m", "trainer", *flags, "--home", str(data_home)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    with process, process.stdout:
        try:
            assert process.stdout.readline().startswith("1 ")
            assert process.stdout.readline().startswith("2 ")
            assert process.poll() is None
        finally:
            process.kill()


def test_every_field_of_the_config_is_a_flag(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        terminal.main(["--help"])
    told = capsys.readouterr().out
    for field in fields(Config):
        assert f"--{field.name.replace('_', '-')} " in told.replace("]", " ")
    for flag in ("--data", "--home", "--offline"):
        assert flag in told


def test_a_network_may_have_many_layers_or_none(
    data_home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    widths, options = [], []

    def train(state: State, *_: object, **given: object) -> Iterator[Epoch]:
        widths.append([len(b) for name, b in state.network.parameters().items() if name[0] == "b"])
        options.append(given)
        yield Epoch(1, 1, 1.0, 1.0, 0.0, 0.0, 0.1, None)

    monkeypatch.setattr(loop, "train", train)
    common = ["--dataset", "strokes", "--home", str(data_home), "--offline"]
    for flags in (["--hidden", "512,256"], ["--hidden", "none"], ["--batch-size", "64"]):
        assert terminal.main([*common, *flags, "--augment"]) == 0
    assert widths == [[512, 256, 10], [10], [50, 10]]
    assert [given["batch_size"] for given in options] == [128, 128, 64]
    assert all(given["augment"] for given in options)


WRONG = [
    (["--epochs", "0"], "--epochs: expected an integer from 1 to 1,000; got 0"),
    (["--epochs", "many"], "argument --epochs: invalid int value: 'many'"),
    (["--learning-rate", "nan"], "--learning-rate: expected a number above 0"),
    (["--hidden", "5,x"], "invalid list of integers like 512,256, or none value: '5,x'"),
    (["--hidden", "0"], "--hidden: expected 0 to 8 layers of 1 to 2,048 units; got 0"),
    (["--optimizer", "magic"], "argument --optimizer: invalid choice"),
    (["--batch-size", "500", "--train-limit", "400"], "--batch-size: expected at most the 400"),
    (["--nonsense"], "unrecognized arguments: --nonsense"),
    (["--epoch", "1"], "unrecognized arguments: --epoch 1"),
]


@pytest.mark.parametrize(("flags", "reason"), WRONG)
def test_bad_arguments_end_it_with_2_and_a_reason(
    flags: list[str], reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        terminal.main(flags)
    assert reason in capsys.readouterr().err


def test_missing_data_ends_it_with_1_and_says_how_to_get_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    flags = ["--dataset", "mnist", "--offline", "--home", str(tmp_path), "--data", str(tmp_path)]
    assert terminal.main(flags) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert "expected train-images-idx3-ubyte" in told.err
    assert "choose strokes" in told.err


def test_divergence_ends_it_with_1_and_says_why(
    data_home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wild = ["--hidden", "128,128,128,128", "--learning-rate", "10", "--train-limit", "1000"]
    flags = ["--dataset", "strokes", "--home", str(data_home), "--offline", *wild]
    assert terminal.main(flags) == 1
    assert "learning rate" in capsys.readouterr().err.lower()


def test_without_a_name_the_data_is_what_can_be_had(
    data_home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    flags = ["--home", str(data_home), "--offline", "--train-limit", "100", "--epochs", "1"]
    library = Library(data_home, offline=True)
    assert terminal.main(flags) == 0
    assert f"training on {library.choose()}" in capsys.readouterr().err


def test_nothing_of_the_web_is_loaded_for_a_training_in_the_terminal() -> None:
    code = "import sys, trainer.__main__; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    assert not {"fastapi", "starlette", "uvicorn", "asyncio", "multiprocessing"} & set(loaded)
    assert "app" not in loaded


def test_the_weights_of_two_trainings_with_one_seed_are_the_same_bits(data_home: Path) -> None:
    config = Config.from_dict({"dataset": "strokes", "train_limit": 300, "epochs": 1})
    data = Library(data_home, offline=True).load("strokes", 300)
    weights = []
    for _ in range(2):
        state = State.begin(config)
        for _ in loop.train(state, data.training, data.test, **config.training_options()):
            pass
        weights.append(np.concatenate([p.ravel() for p in state.network.parameters().values()]))
    assert weights[0].tobytes() == weights[1].tobytes()


def test_a_data_set_of_the_user_is_trained_by_its_folders_name(tmp_path: Path) -> None:
    write_folder(tmp_path / "data" / "shapes")
    flags = ("--data", str(tmp_path / "data"), "--dataset", "shapes", "--epochs", "2")
    done = train(*flags, home=tmp_path / "home")
    assert done.returncode == 0, done.stderr
    assert "training on shapes" in done.stderr
    assert done.stdout.splitlines()[-1].startswith("Test accuracy=")
    # Its files are kept in HOME, so the folder is needed only once.
    again = train(*flags[2:], home=tmp_path / "home")
    assert accuracies(again.stdout) == accuracies(done.stdout)


def accuracies(text: str) -> list[str]:
    return re.findall(r"accuracy[ =]([\d.]+)", text)


@pytest.mark.parametrize(
    ("flags", "code", "message"),
    [
        (("--dataset", "letters"), 2, "invalid choice: 'letters'"),
        (("--dataset", "shapes", "--train-limit", "61"), 2, "at most the 60 training pictures"),
        (("--dataset", "faulty"), 1, "expected labels from 0 to 0"),
    ],
)
def test_a_data_set_of_the_user_that_does_not_fit_is_reported(
    tmp_path: Path, flags: tuple[str, ...], code: int, message: str
) -> None:
    write_folder(tmp_path / "shapes", train_size=60, test_size=30)
    write_folder(tmp_path / "faulty", train_size=60, test_size=30, names=["one"])
    done = train("--data", str(tmp_path), *flags, home=tmp_path / "home")
    assert (done.returncode, done.stdout) == (code, "")
    assert message in done.stderr
