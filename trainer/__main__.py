"""``python -m trainer``: training in a terminal."""

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path

from trainer import loop
from trainer.config import Config, ConfigError
from trainer.datasets import DatasetError, Library
from trainer.events import Epoch
from trainer.fields import Kind
from trainer.pictures import Pictures
from trainer.state import State

HOME = Path(__file__).resolve().parent.parent / "var"
_DATASET = "mnist if available, else strokes"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m trainer",
        description="Train a network that reads digits, in the terminal.",
        argument_default=argparse.SUPPRESS,
    )
    for field in fields(Config):
        kind: Kind = field.metadata["kind"]
        default = _DATASET if field.name == "dataset" else kind.shown(field.default)
        help_text = f"{kind.help} (default: {default})".replace("%", "%%")
        parser.add_argument(_flag(field.name), help=help_text, **kind.argument())
    environment = os.environ
    parser.add_argument(
        "--data",
        type=Path,
        default=environment.get("DIGITSCOPE_DATA") or None,
        help="folder of data sets, one sub-folder each",
    )
    parser.add_argument(
        "--home",
        type=Path,
        default=environment.get("DIGITSCOPE_HOME") or HOME,
        help="folder where data sets are kept",
    )
    offline = environment.get("DIGITSCOPE_OFFLINE", "")
    if offline not in ("", "0", "1"):
        parser.error(f"DIGITSCOPE_OFFLINE: expected 0 or 1; got {offline!r}")
    parser.add_argument(
        "--offline",
        action="store_true",
        default=offline == "1",
        help="never download",
    )
    return parser


def _flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Train, print a line for each epoch and return the exit code."""
    parser = _parser()
    values = vars(parser.parse_args(arguments))
    data, home, offline = (values.pop(name) for name in ("data", "home", "offline"))
    library = Library(Path(home), data and Path(data), offline=offline)
    try:
        config = Config.from_dict({"dataset": "mnist", **values})
    except ConfigError as error:
        parser.error(
            "; ".join(f"{_flag(name)}: {message}" for name, message in error.fields.items())
        )
    name = values.get("dataset") or library.choose()
    try:
        trouble = library.trouble(name)
        if trouble:
            raise DatasetError(trouble)
        for progress in library.prepare(name):
            percent = f"{progress.done / progress.total:4.0%}"
            print(f"\r{progress.phase} {percent}", end="", file=sys.stderr, flush=True)
        dataset = library.load(name, config.train_limit)
        print(f"\rtraining on {name}", file=sys.stderr)
        _train(config, dataset.training, dataset.test)
    except (DatasetError, OSError, loop.Diverged) as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def _train(config: Config, training: Pictures, test: Pictures) -> None:
    accuracy = None
    state = State.begin(config)
    for event in loop.train(state, training, test, **config.training_options()):
        if isinstance(event, Epoch):
            accuracy = event.test_accuracy
            print(
                f"{event.epoch:<4} train accuracy {event.train_accuracy:.4f}  "
                f"test accuracy {accuracy:.4f}  train loss {event.train_loss:.4f}  "
                f"test loss {event.test_loss:.4f}  {event.seconds:.2f} s",
                flush=True,
            )
    print(f"Test accuracy={accuracy:.4f}")


if __name__ == "__main__":
    sys.exit(main())
