"""``python -m trainer``: training in a terminal."""

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path

from trainer import loop
from trainer.config import Config, ConfigError, kinds
from trainer.datasets import Dataset, DatasetError, Library
from trainer.datasets.pictures import set_apart
from trainer.events import Epoch
from trainer.state import State

HOME = Path(__file__).resolve().parent.parent / "var"
_PROGRAM = "python -m trainer"
_DATASET = "mnist if available, else strokes"


def _library_parser() -> argparse.ArgumentParser:
    """Parser of the flags that say where data sets are."""
    parser = argparse.ArgumentParser(prog=_PROGRAM, add_help=False, allow_abbrev=False)
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


def _parser(library_parser: argparse.ArgumentParser, library: Library) -> argparse.ArgumentParser:
    """Parser of all flags, which offers the data sets of a library."""
    parser = argparse.ArgumentParser(
        prog=_PROGRAM,
        description="Train a network that reads digits, in the terminal.",
        allow_abbrev=False,
        argument_default=argparse.SUPPRESS,
        parents=[library_parser],
    )
    defaults = {field.name: field.default for field in fields(Config)}
    for name, kind in kinds(library.sources()).items():
        default = _DATASET if name == "dataset" else kind.shown(defaults[name])
        help_text = f"{kind.help} (default: {default})".replace("%", "%%")
        parser.add_argument(_flag(name), help=help_text, **kind.argument())
    return parser


def _flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Train, print a line for each epoch and return the exit code."""
    library_parser = _library_parser()
    places, _ = library_parser.parse_known_args(arguments)
    library = Library(Path(places.home), places.data and Path(places.data), offline=places.offline)
    parser = _parser(library_parser, library)
    values = vars(parser.parse_args(arguments))
    for place in vars(places):
        del values[place]
    try:
        Config.from_dict(values)
        name = values.get("dataset") or library.choose()
        trouble = library.trouble(name)
        if trouble:
            raise DatasetError(trouble)
        contents = library.source(name).contents()
        config = Config.from_dict({**values, "dataset": name}, contents.train_size)
        for progress in library.prepare(name):
            percent = f"{progress.done / progress.total:4.0%}"
            print(f"\r{progress.phase} {percent}", end="", file=sys.stderr, flush=True)
        dataset = library.load(name, config.train_limit)
        print(f"\rtraining on {name}", file=sys.stderr)
        _train(config, dataset)
    except ConfigError as error:
        parser.error(
            "; ".join(f"{_flag(name)}: {message}" for name, message in error.fields.items())
        )
    except (DatasetError, OSError, loop.Diverged) as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def _train(config: Config, data: Dataset) -> None:
    accuracy = None
    state = State.begin(config, len(data.classes))
    training, validation = set_apart(data.training, config.validation)
    for event in loop.train(state, training, data.test, validation, **config.training_options()):
        if isinstance(event, Epoch):
            accuracy = event.test_accuracy
            validated = ""
            if event.validation_accuracy is not None:
                validated = (
                    f"validation accuracy {event.validation_accuracy:.4f}  "
                    f"validation loss {event.validation_loss:.4f}  "
                )
            print(
                f"{event.epoch:<4} train accuracy {event.train_accuracy:.4f}  "
                f"test accuracy {accuracy:.4f}  train loss {event.train_loss:.4f}  "
                f"test loss {event.test_loss:.4f}  {validated}{event.seconds:.2f} s",
                flush=True,
            )
    print(f"Test accuracy={accuracy:.4f}")


if __name__ == "__main__":
    sys.exit(main())
