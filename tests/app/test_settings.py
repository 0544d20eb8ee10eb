import os
import socket
from pathlib import Path

import pytest

from app.settings import HOME, Settings, parse_settings


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """No variable of the settings is set but by the test itself."""
    for name in list(os.environ):
        if name.startswith("DIGITSCOPE_"):
            monkeypatch.delenv(name)
    return monkeypatch


def set_all(environment: pytest.MonkeyPatch, variables: dict[str, str]) -> None:
    for name, value in variables.items():
        environment.setenv(name, value)


def test_without_flags_and_variables_there_are_the_defaults() -> None:
    assert parse_settings([]) == Settings(
        host="127.0.0.1", port=8000, home=HOME, data=None, offline=False, active_runs=None
    )


def test_every_flag_has_a_variable(environment: pytest.MonkeyPatch) -> None:
    variables = {
        "DIGITSCOPE_HOST": "::1",
        "DIGITSCOPE_PORT": "0",
        "DIGITSCOPE_HOME": "/somewhere",
        "DIGITSCOPE_DATA": "/data",
        "DIGITSCOPE_OFFLINE": "1",
        "DIGITSCOPE_ACTIVE_RUNS": "3",
        "DIGITSCOPE_TOKEN": "secret-1.2_3~",
        "DIGITSCOPE_HOSTS": "one.example, two.example three.example",
        "DIGITSCOPE_CLUSTER": "tcp://127.0.0.1:8786",
        "DIGITSCOPE_CALLBACK": "https://here.example/digitscope/",
    }
    set_all(environment, variables)
    assert parse_settings([]) == Settings(
        host="::1",
        port=0,
        home=Path("/somewhere"),
        data=Path("/data"),
        offline=True,
        active_runs=3,
        token="secret-1.2_3~",
        hosts=("one.example", "two.example", "three.example"),
        cluster="tcp://127.0.0.1:8786",
        callback="https://here.example/digitscope",
    )


def test_a_flag_goes_before_its_variable(environment: pytest.MonkeyPatch) -> None:
    flags = ["--host", "localhost", "--port", "1", "--home", "h", "--data", "d", "--open"]
    variables = {
        "DIGITSCOPE_HOST": "0.0.0.0",
        "DIGITSCOPE_PORT": "2",
        "DIGITSCOPE_HOME": "x",
        "DIGITSCOPE_DATA": "y",
    }
    set_all(environment, variables)
    settings = parse_settings(flags)
    assert (settings.host, settings.port) == ("localhost", 1)
    assert (settings.home, settings.data) == (Path("h"), Path("d"))
    assert settings.open_browser


def test_an_empty_variable_is_none(environment: pytest.MonkeyPatch) -> None:
    names = ("HOST", "PORT", "HOME", "DATA", "OFFLINE", "ACTIVE_RUNS", "TOKEN", "HOSTS")
    set_all(environment, {f"DIGITSCOPE_{name}": "" for name in names})
    assert parse_settings([]) == Settings()


def test_the_database_is_restored_and_the_browser_opened_by_a_flag_alone(
    environment: pytest.MonkeyPatch,
) -> None:
    set_all(environment, {"DIGITSCOPE_RESTORE": "1", "DIGITSCOPE_OPEN_BROWSER": "1"})
    settings = parse_settings([])
    assert (settings.restore, settings.open_browser) == (False, False)
    assert parse_settings(["--restore"]).restore


def test_settings_made_in_a_program_take_nothing_from_the_environment(
    environment: pytest.MonkeyPatch,
) -> None:
    set_all(environment, {"DIGITSCOPE_PORT": "1", "DIGITSCOPE_DATA": "/elsewhere"})
    assert (Settings().port, Settings().data) == (8000, None)


@pytest.mark.parametrize(
    ("flags", "variables", "reason"),
    [
        (["--port", "65536"], {}, "--port: expected a port from 0 to 65535; got 65536"),
        (["--port", "-1"], {}, "--port: expected a port from 0 to 65535; got -1"),
        (["--port", "http"], {}, "--port: expected a port from 0 to 65535; got http"),
        (["--host", ""], {}, "--host: expected an address or a name; got nothing"),
        (["--nonsense"], {}, "unrecognized arguments: --nonsense"),
        (["--por", "1"], {}, "unrecognized arguments: --por 1"),
        (["home"], {}, "unrecognized arguments: home"),
        ([], {"PORT": "x"}, "--port: expected a port from 0 to 65535; got x"),
        ([], {"ACTIVE_RUNS": "0"}, "ACTIVE_RUNS: expected a number of at least 1; got 0"),
        ([], {"ACTIVE_RUNS": "two"}, "ACTIVE_RUNS: expected a number of at least 1; got two"),
        ([], {"ACTIVE_RUNS": "-1"}, "ACTIVE_RUNS: expected a number of at least 1; got -1"),
        ([], {"OFFLINE": "yes"}, "DIGITSCOPE_OFFLINE: expected 0 or 1; got yes"),
        (["--cluster", "127.0.0.1"], {}, "--cluster: expected tcp:// or tls://, a host and a port"),
        (["--cluster", "tcp://host:x"], {}, "--cluster: expected tcp:// or tls://, a host and a"),
        (["--cluster", "tcp://10.0.0.1:8786"], {}, "--cluster: expected tls://, because whoever"),
        (["--cluster", "tls://10.0.0.1:8786"], {}, "expected DIGITSCOPE_CLUSTER_CA, DIGITSCOPE_"),
        ([], {"CLUSTER_KEY": "/nowhere"}, "DIGITSCOPE_CLUSTER_KEY: expected a file; got /nowhere"),
        ([], {"CALLBACK": "here"}, "DIGITSCOPE_CALLBACK: expected http:// or https:// and a host"),
        ([], {"TOKEN": "a b"}, "DIGITSCOPE_TOKEN: expected letters, digits"),
        ([], {"TOKEN": "ü"}, "DIGITSCOPE_TOKEN: expected letters, digits"),
    ],
)
def test_what_makes_no_sense_ends_the_program_with_2_and_a_reason(
    flags: list[str],
    variables: dict[str, str],
    reason: str,
    environment: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    set_all(environment, {f"DIGITSCOPE_{name}": value for name, value in variables.items()})
    with pytest.raises(SystemExit, match="2"):
        parse_settings(flags)
    assert reason in capsys.readouterr().err


def test_a_token_that_makes_no_sense_is_not_shown(
    environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    environment.setenv("DIGITSCOPE_TOKEN", "my secret")
    with pytest.raises(SystemExit, match="2"):
        parse_settings([])
    assert "secret" not in capsys.readouterr().err


def test_a_scheduler_elsewhere_without_tls_is_allowed_on_request(
    environment: pytest.MonkeyPatch,
) -> None:
    address = "tcp://10.0.0.1:8786"
    set_all(environment, {"DIGITSCOPE_CLUSTER": address, "DIGITSCOPE_CLUSTER_INSECURE": "1"})
    assert parse_settings([]).cluster == address


def test_workers_reach_a_server_at_its_own_address_unless_another_is_set() -> None:
    assert Settings(port=1).callback_address == "http://127.0.0.1:1"
    assert Settings(host="::1", port=1).callback_address == "http://[::1]:1"
    everywhere = Settings(host="0.0.0.0", port=1).callback_address
    assert everywhere == f"http://{socket.gethostname()}:1"
    assert Settings(callback="https://here/").callback_address == "https://here"


def test_help_names_every_flag(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        parse_settings(["--help"])
    told = capsys.readouterr().out
    flags = ("--host", "--port", "--home", "--data", "--open", "--restore")
    assert all(flag in told for flag in flags)


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("127.0.0.1", True),
        ("127.8.9.1", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("::", False),
        ("192.168.1.2", False),
        ("my-machine", False),
        ("localhost.example", False),
    ],
)
def test_only_this_machines_own_addresses_are_loopback(host: str, loopback: bool) -> None:
    assert Settings(host=host).loopback is loopback
