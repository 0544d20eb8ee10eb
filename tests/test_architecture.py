import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT

BARRED = {
    "app", "fastapi", "starlette", "uvicorn", "websockets", "sqlalchemy", "jinja2",
    "multiprocessing", "asyncio", "distributed", "dask",
}  # fmt: skip


def modules(package: Path) -> dict[str, str]:
    """Source of each module of a package, by the module's full name."""
    sources = {}
    for path in package.rglob("*.py"):
        parts = path.relative_to(package.parent).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        sources[name] = path.read_text(encoding="utf-8")
    return sources


def imported(source: str) -> Iterator[str]:
    """Full names that a module imports, anywhere in it, ``TYPE_CHECKING`` blocks included."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def graph(sources: dict[str, str]) -> dict[str, set[str]]:
    """Modules that each module imports; a package's ``__init__`` only where nothing inside is."""
    edges = {}
    for name, source in sources.items():
        names = set(imported(source)) & sources.keys()
        edges[name] = {
            other
            for other in names - {name}
            if not any(inner.startswith(f"{other}.") for inner in names)
        }
    return edges


def cycle(edges: dict[str, set[str]]) -> list[str]:
    """Modules of an import cycle, in order; empty if there is none."""
    done: set[str] = set()

    def visit(name: str, path: list[str]) -> list[str]:
        if name in path:
            return path[path.index(name) :]
        if name in done:
            return []
        found = next(filter(None, (visit(o, [*path, name]) for o in sorted(edges[name]))), [])
        done.add(name)
        return found

    return next(filter(None, (visit(name, []) for name in sorted(edges))), [])


def test_imports_are_found_wherever_they_stand() -> None:
    source = "import a.b as c\nif TYPE_CHECKING:\n    from d import e\ndef f():\n    import g\n"
    assert set(imported(source)) == {"a.b", "d", "d.e", "g"}


def test_a_cycle_is_found_and_named() -> None:
    sources = {"p.a": "import p.b", "p.b": "def f():\n    from p import c", "p.c": "import p.a"}
    assert cycle(graph(sources)) == ["p.a", "p.b", "p.c"]
    assert cycle(graph(sources | {"p.c": ""})) == []


@pytest.mark.parametrize("package", ["trainer", "app", "benchmarks"])
def test_no_modules_import_each_other_in_a_cycle(package: str) -> None:
    assert cycle(graph(modules(ROOT / package))) == []


def test_the_trainer_imports_no_web_framework_and_no_process_library() -> None:
    for name, source in modules(ROOT / "trainer").items():
        found = {module.partition(".")[0] for module in imported(source)}
        assert not BARRED & found, name


def test_only_the_api_itself_and_the_application_know_the_api() -> None:
    for name, source in modules(ROOT / "app").items():
        if name != "app.main" and not name.startswith("app.api"):
            found = [module for module in imported(source) if module.startswith("app.api")]
            assert not found, name
