"""Settings of the server: flags, then environment variables, then defaults."""

import argparse
import ipaddress
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

HOME = Path(__file__).resolve().parent.parent / "var"

# Characters that need no escape in an address, a cookie and a header.
_TOKEN = re.compile(r"[A-Za-z0-9._~-]+")


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The server's settings.

    Attributes:
        host: Address to bind to.
        port: Port to bind to; 0 picks a free one.
        home: Folder where runs and data sets are kept.
        data: The user's folder of data sets, or None.
        offline: True if downloads are forbidden.
        active_runs: Runs that train at once.
        token: Token that clients must send unless the address is a loopback one; None: the
            server creates one.
        hosts: Further host names of the server.
        open_browser: True to open the page once the server is ready.
    """

    host: str = "127.0.0.1"
    port: int = 8000
    home: Path = HOME
    data: Path | None = None
    offline: bool = False
    active_runs: int = 1
    token: str | None = None
    hosts: tuple[str, ...] = ()
    open_browser: bool = False

    @property
    def loopback(self) -> bool:
        """True if only this machine can connect."""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host.lower() == "localhost"


def parse_settings(
    arguments: Sequence[str] | None = None, environment: Mapping[str, str] = os.environ
) -> Settings:
    """Read flags and environment; exit with 2 if they are invalid."""
    parser = argparse.ArgumentParser(
        prog="python -m app", description="Watch a neural network learn to read handwriting."
    )

    def variable(name: str, default: str | None = None) -> str | None:
        return environment.get(f"DIGITSCOPE_{name}") or default

    parser.add_argument(
        "--host",
        type=_host,
        default=variable("HOST", "127.0.0.1"),
        help="address to bind to (%(default)s)",
    )
    parser.add_argument(
        "--port", type=_port, default=variable("PORT", "8000"), help="0 picks a free one (8000)"
    )
    parser.add_argument(
        "--home",
        type=Path,
        default=variable("HOME", str(HOME)),
        help="folder where runs and data sets are kept (%(default)s)",
    )
    parser.add_argument(
        "--data",
        type=Path,
        default=variable("DATA"),
        help="folder of data sets, one sub-folder each",
    )
    parser.add_argument("--open", action="store_true", help="open the page in the browser")
    options = parser.parse_args(arguments)
    active_runs, offline = variable("ACTIVE_RUNS", "1") or "", variable("OFFLINE", "0")
    if not active_runs.isdecimal() or int(active_runs) < 1:
        parser.error(f"DIGITSCOPE_ACTIVE_RUNS: expected a number of at least 1; got {active_runs}")
    if offline not in ("0", "1"):
        parser.error(f"DIGITSCOPE_OFFLINE: expected 0 or 1; got {offline}")
    token = variable("TOKEN")
    if token and not _TOKEN.fullmatch(token):
        parser.error("DIGITSCOPE_TOKEN: expected letters, digits and . _ ~ - only")
    return Settings(
        host=options.host,
        port=options.port,
        home=options.home,
        data=options.data,
        offline=offline == "1",
        active_runs=int(active_runs),
        token=token,
        hosts=tuple((variable("HOSTS", "") or "").replace(",", " ").split()),
        open_browser=options.open,
    )


def _host(text: str) -> str:
    # An empty address would stand for all that the machine has.
    if not text.strip():
        raise argparse.ArgumentTypeError("expected an address or a name; got nothing")
    return text


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"expected a port from 0 to 65535; got {text}")
    return int(text)
