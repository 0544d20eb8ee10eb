import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[2] / "trainer"
BARRED = {
    "app", "fastapi", "starlette", "uvicorn", "websockets", "sqlalchemy", "jinja2",
    "multiprocessing", "asyncio",
}  # fmt: skip


def imported(source: str) -> Iterator[str]:
    """The top-level packages that a module imports, anywhere in it."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.split(".")[0]


def test_imports_are_found_wherever_they_hide() -> None:
    source = "import a.b as c\ndef f():\n    from d.e import g\n"
    assert list(imported(source)) == ["a", "d"]


@pytest.mark.parametrize(
    "path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: path.relative_to(PACKAGE).as_posix()
)
def test_the_trainer_knows_nothing_of_the_web_or_of_processes(path: Path) -> None:
    assert not BARRED & set(imported(path.read_text(encoding="utf-8")))
