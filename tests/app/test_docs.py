import re

import pytest

from app.main import create_app
from app.settings import Settings, parse_settings
from tests.conftest import ROOT

README = (ROOT / "README.md").read_text()


def test_every_variable_of_the_settings_is_documented() -> None:
    code = (ROOT / "app" / "settings.py").read_text()
    variables = set(re.findall(r'variable\("([A-Z_]+)"', code))
    assert {"HOST", "PORT", "TOKEN", "HOSTS", "ACTIVE_RUNS", "OFFLINE"} <= variables
    missing = {name for name in variables if f"`DIGITSCOPE_{name}`" not in README}
    assert not missing


def test_no_variable_is_documented_that_there_is_not() -> None:
    known = {"REQUIRE_BROWSER", "REQUIRE_MNIST"}
    known |= set(re.findall(r'variable\("([A-Z_]+)"', (ROOT / "app" / "settings.py").read_text()))
    assert set(re.findall(r"DIGITSCOPE_([A-Z_]+)", README)) <= known


def test_every_flag_is_documented(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse_settings(["--help"], {})
    flags = set(re.findall(r"--[a-z-]+", capsys.readouterr().out)) - {"--help"}
    assert flags >= {"--host", "--port", "--home", "--data", "--open"}
    missing = {flag for flag in flags if f"`{flag}`" not in README}
    assert not missing


def test_every_call_is_documented() -> None:
    for path in create_app(Settings()).openapi()["paths"]:
        parts = [re.escape(part) for part in re.split(r"\{run_id\}", path)]
        assert re.search(r"\$RUN".join(parts) + r"(?![\w-])", README) or re.search(
            r"/(?:pause|resume|stop)$", path
        ), path


def test_every_action_on_a_run_is_documented() -> None:
    for action in ("pause", "resume", "stop", "fork"):
        assert f"/{action}" in README
