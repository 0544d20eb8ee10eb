"""The tables in the README that are made from result files, between markers."""

import json
import os
import platform
import re
import sys
from argparse import ArgumentParser
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

README = Path(__file__).resolve().parents[2] / "README.md"
RESULTS = Path(__file__).resolve().parents[1] / "results"


def machine() -> dict[str, Any]:
    """Description of the machine and the library versions."""
    cpu = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        models = re.findall(r"^model name\s*:\s*(.+)$", info.read_text(), re.MULTILINE)
        cpu = models[0] if models else cpu
    return {
        "cpu": cpu,
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "numpy": version("numpy"),
    }


def described(measured_on: Mapping[str, Any]) -> str:
    """A machine in one line."""
    return "{cpu}, {cores} cores, {system}, Python {python}, NumPy {numpy}".format(**measured_on)


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table, numbers to the right of the first column."""
    lines = [head, ["---", *["--:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def save(name: str, results: Mapping[str, Any]) -> None:
    """Write a result file."""
    RESULTS.mkdir(exist_ok=True)
    text = json.dumps(results, indent=1, ensure_ascii=False)
    (RESULTS / f"{name}.json").write_text(text + "\n", encoding="utf-8")


def load(name: str) -> Any:
    """Read a result file."""
    return json.loads((RESULTS / f"{name}.json").read_text(encoding="utf-8"))


def replaced(text: str, name: str, content: str) -> str:
    """``text`` with what stands between the markers of ``name`` replaced.

    Raises:
        ValueError: If the markers are not there once each, begin before end.
    """
    begin, end = f"<!-- {name}:begin -->", f"<!-- {name}:end -->"
    before, found, rest = text.partition(begin)
    _, closed, after = rest.partition(end)
    if not found or not closed or begin in after or end in after:
        raise ValueError(f"expected {begin} and then {end}, once each")
    return f"{before}{begin}\n{content}\n{end}{after}"


def add_places(parser: ArgumentParser) -> None:
    """Add where the data are."""
    environment = os.environ
    parser.add_argument(
        "--data",
        type=Path,
        default=environment.get("DIGITSCOPE_DATA"),
        help="folder with a sub-folder mnist",
    )
    parser.add_argument(
        "--home",
        type=Path,
        default=environment.get("DIGITSCOPE_HOME", README.parent / "var"),
        help="folder where data sets are kept",
    )


def add_arguments(parser: ArgumentParser) -> None:
    """Add where the data are, and what to do with the README."""
    add_places(parser)
    only = parser.add_mutually_exclusive_group()
    only.add_argument("--write-readme", action="store_true", help="write the README's table")
    only.add_argument("--check", action="store_true", help="fail where the README's table differs")


def settle(name: str, module: str, markdown: Callable[[Any], str], *, write: bool) -> int:
    """Bring the README's table in line with the result file, or say whether it is.

    Args:
        name: The markers'.
        module: The measurement's, and so its result file's.
        markdown: Makes the table from the results.
        write: Whether to write.

    Returns:
        The exit code: 1 where the two differ and nothing was written.
    """
    text = README.read_text("utf-8")
    wanted = replaced(text, name, markdown(load(module)))
    if text != wanted and not write:
        print(
            f"README.md's table {name!r} differs from benchmarks/results/{module}.json: "
            f"run python -m benchmarks.{module} --write-readme",
            file=sys.stderr,
        )
        return 1
    README.write_text(wanted, encoding="utf-8")
    return 0
