import json
import re

import pytest

from app.main import create_app
from app.settings import VARIABLES, Settings, parse_settings
from tests.conftest import ROOT

README = (ROOT / "README.md").read_text()
API = (ROOT / "docs" / "api.md").read_text()


def test_every_variable_of_the_settings_is_documented() -> None:
    missing = {name for name in VARIABLES if f"`{name}`" not in README}
    assert not missing


def test_no_variable_is_documented_that_there_is_not() -> None:
    known = {"DIGITSCOPE_REQUIRE_BROWSER", "DIGITSCOPE_REQUIRE_MNIST", *VARIABLES}
    assert set(re.findall(r"DIGITSCOPE_[A-Z_]+", README)) <= known


def test_every_flag_is_documented(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse_settings(["--help"])
    flags = set(re.findall(r"--[a-z-]+", capsys.readouterr().out)) - {"--help"}
    assert flags >= {"--host", "--port", "--home", "--data", "--open"}
    missing = {flag for flag in flags if f"`{flag}`" not in README}
    assert not missing


def test_every_call_is_documented() -> None:
    for path in create_app(Settings()).openapi()["paths"]:
        names = {"run_id": r"\$RUN", "dataset": r"\$DATA", "sweep_id": r"\$SWEEP"}
        parts = re.split(r"\{(\w+)\}", path)
        pattern = "".join(
            names.get(part, r"\d+") if i % 2 else re.escape(part) for i, part in enumerate(parts)
        )
        assert re.search(pattern + r"(?![\w-])", API) or re.search(
            r"/(?:pause|resume|stop)$", path
        ), path


def test_every_action_on_a_run_is_documented() -> None:
    for action in ("pause", "resume", "stop", "fork"):
        assert f"/{action}" in API


def test_every_model_that_the_schema_refers_to_is_in_it() -> None:
    schema = create_app(Settings()).openapi()
    named = set(re.findall(r"#/components/schemas/(\w+)", json.dumps(schema)))
    assert "ErrorResponse" in named
    assert named <= schema["components"]["schemas"].keys()
