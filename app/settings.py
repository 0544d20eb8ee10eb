"""Settings of the server: flags, then environment variables, then defaults."""

import argparse
import ipaddress
import re
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
)
from pydantic_core import ErrorDetails, PydanticCustomError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

HOME = Path(__file__).resolve().parent.parent / "var"

PREFIX = "DIGITSCOPE_"
"""Beginning of the names of the environment variables."""


def _error(expected: str, got: object) -> PydanticCustomError:
    context = {"expected": expected, "got": got}
    return PydanticCustomError("setting", "expected {expected}; got {got}", context)


def _host(text: str) -> str:
    # An empty address would mean all addresses of the machine.
    if not text.strip():
        raise _error("an address or a name", "nothing")
    return text


def _port(value: object) -> int:
    if not str(value).isdecimal() or int(str(value)) > 65535:
        raise _error("a port from 0 to 65535", value)
    return int(str(value))


def _count(value: object) -> int:
    if not str(value).isdecimal() or int(str(value)) < 1:
        raise _error("a number of at least 1", value)
    return int(str(value))


def _flag(value: object) -> bool:
    if isinstance(value, bool):
        return value
    if value not in ("0", "1"):
        raise _error("0 or 1", value)
    return value == "1"


def _token(text: str) -> str:
    # Characters that need no escape in an address, a cookie and a header. A token is a secret: the
    # error does not show it.
    if not re.fullmatch(r"[A-Za-z0-9._~-]+", text):
        raise _error("letters, digits and . _ ~ - only", "other characters")
    return text


def _names(value: object) -> object:
    return tuple(value.replace(",", " ").split()) if isinstance(value, str) else value


def _file(path: Path) -> Path:
    if not path.is_file():
        raise _error("a file", path)
    return path


def _cluster(text: str, info: ValidationInfo) -> str:
    url = urlsplit(text)
    try:
        complete = url.scheme in ("tcp", "tls") and url.hostname and url.port
    except ValueError:
        complete = None
    if not complete:
        raise _error("tcp:// or tls://, a host and a port", text)
    files = [info.data.get(name) for name in ("cluster_ca", "cluster_cert", "cluster_key")]
    if url.scheme == "tls" and not all(files):
        names = "DIGITSCOPE_CLUSTER_CA, DIGITSCOPE_CLUSTER_CERT and DIGITSCOPE_CLUSTER_KEY"
        raise _error(f"{names} for tls://", "nothing")
    if url.scheme == "tcp" and not (_loopback(url.hostname or "") or info.data["cluster_insecure"]):
        raise _error(
            "tls://, because whoever reaches a scheduler without it can run any program on its "
            "machines, or DIGITSCOPE_CLUSTER_INSECURE=1",
            text,
        )
    return text


def _callback(text: str) -> str:
    url = urlsplit(text)
    if url.scheme not in ("http", "https") or not url.hostname:
        raise _error("http:// or https:// and a host", text)
    return text.rstrip("/")


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


class Settings(BaseModel):
    """Settings of the server.

    Attributes:
        host: Address to bind to.
        port: Port to bind to; 0 picks a free one.
        home: Folder where runs and data sets are kept.
        data: The user's folder of data sets, or None.
        offline: True if downloads are forbidden.
        active_runs: Runs that train at once; more wait in the queue. None: one, or on a cluster
            as many as its workers have threads.
        token: Token that clients must send unless the address is a loopback one; None: the
            server creates one.
        hosts: Further host names of the server.
        cluster_ca: Certificate of the authority that has signed the cluster's certificates.
        cluster_cert: Certificate of this server for the cluster.
        cluster_key: Key of that certificate.
        cluster_insecure: True to allow a scheduler elsewhere without TLS.
        cluster: Address of the scheduler of a Dask cluster; None: train on this machine.
        callback: Address at which the cluster's workers reach this server; None: its own.
        open_browser: True to open the page once the server is ready.
        restore: True to restore the database instead of serving.
    """

    model_config = ConfigDict(frozen=True)

    host: Annotated[str, AfterValidator(_host), Field(description="address to bind to")] = (
        "127.0.0.1"
    )
    port: Annotated[int, BeforeValidator(_port), Field(description="0 picks a free one")] = 8000
    home: Annotated[Path, Field(description="folder where runs and data sets are kept")] = HOME
    data: Annotated[Path | None, Field(description="folder of data sets, one sub-folder each")] = (
        None
    )
    offline: Annotated[bool, BeforeValidator(_flag)] = False
    active_runs: Annotated[int, BeforeValidator(_count)] | None = None
    token: Annotated[str, AfterValidator(_token)] | None = None
    hosts: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_names)] = ()
    cluster_ca: Annotated[Path, AfterValidator(_file)] | None = None
    cluster_cert: Annotated[Path, AfterValidator(_file)] | None = None
    cluster_key: Annotated[Path, AfterValidator(_file)] | None = None
    cluster_insecure: Annotated[bool, BeforeValidator(_flag)] = False
    # Checked with the fields above.
    cluster: Annotated[
        Annotated[str, AfterValidator(_cluster)] | None,
        Field(description="scheduler of a Dask cluster to train on, such as tcp://127.0.0.1:8786"),
    ] = None
    callback: Annotated[str, AfterValidator(_callback)] | None = None
    open_browser: bool = False
    restore: bool = False

    @property
    def loopback(self) -> bool:
        """True if only this machine can connect."""
        return _loopback(self.host)

    @property
    def callback_address(self) -> str:
        """Address at which workers reach this server, without a slash at the end."""
        if self.callback:
            return self.callback
        host = socket.gethostname() if self.host in ("0.0.0.0", "::") else self.host
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}"


class _Environment(BaseSettings, Settings):
    """Settings whose values come from environment variables if they are not given."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_ignore_empty=True)


# Settings that have a flag with a value, and those that have a flag but no variable.
_FLAGS = ("host", "port", "home", "data", "cluster")
_SWITCHES = ("open_browser", "restore")

VARIABLES = tuple(PREFIX + name.upper() for name in Settings.model_fields if name not in _SWITCHES)
"""Names of the environment variables."""


def parse_settings(arguments: Sequence[str] | None = None) -> Settings:
    """Read flags and environment variables; exit with 2 if they are not valid."""
    parser = argparse.ArgumentParser(
        prog="python -m app",
        description="Watch a neural network learn to read handwriting.",
        allow_abbrev=False,
        argument_default=argparse.SUPPRESS,
    )
    for name in _FLAGS:
        field = Settings.model_fields[name]
        default = "" if field.default is None else f" ({field.default})"
        parser.add_argument(f"--{name}", help=f"{field.description}{default}".replace("%", "%%"))
    # Their values are always given, so that no variable is read for them.
    parser.add_argument(
        "--open",
        dest="open_browser",
        action="store_true",
        default=False,
        help="open the page in the browser",
    )
    parser.add_argument(
        "--restore",
        action="store_true",
        default=False,
        help="put back a good copy of a damaged database, recover runs from their files, and end",
    )
    flags = vars(parser.parse_args(arguments))
    try:
        found = _Environment(**flags)
    except ValidationError as error:
        parser.error("; ".join(_described(problem) for problem in error.errors()))
    return Settings(**dict(found))


def _described(problem: ErrorDetails) -> str:
    name = str(problem["loc"][0])
    return f"{f'--{name}' if name in _FLAGS else PREFIX + name.upper()}: {problem['msg']}"
