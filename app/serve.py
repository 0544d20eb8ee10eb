"""Running the server as a program: one HOME, one socket, one line that says where."""

import contextlib
import logging
import socket
import sys
import webbrowser

import uvicorn
from fastapi import FastAPI
from filelock import FileLock, Timeout

from app.main import create_app
from app.settings import Settings

_GRACE_S = 1


class _Server(uvicorn.Server):
    """Says when it is ready, and ends streams and workers before it waits for connections."""

    def __init__(self, config: uvicorn.Config, settings: Settings, app: FastAPI) -> None:
        super().__init__(config)
        self._settings = settings
        self._state = app.state

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        port = sockets[0].getsockname()[1] if sockets else self._settings.port
        host = f"[{self._settings.host}]" if ":" in self._settings.host else self._settings.host
        address = f"http://{host}:{port}/"
        if self._state.token:
            address += f"?token={self._state.token}"
        print(f"Digitscope is ready at {address}", flush=True)
        if self._settings.open_browser:
            webbrowser.open(address)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await self._state.services.supervisor.stop()
        await super().shutdown(sockets)


def serve(settings: Settings) -> int:
    """Serve until told to end; returns the exit code."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    try:
        settings.home.mkdir(parents=True, exist_ok=True)
        lock = FileLock(settings.home / "lock", timeout=0)
        lock.acquire()
    except Timeout:
        return _refuse(f"{settings.home} is in use: another Digitscope server holds it")
    except OSError as error:
        return _refuse(f"{settings.home} cannot be written: {error}")
    with lock:
        try:
            listener = socket.create_server(
                (settings.host, settings.port),
                family=socket.AF_INET6 if ":" in settings.host else socket.AF_INET,
            )
        except OSError as error:
            return _refuse(f"cannot listen on {settings.host}:{settings.port}: {error}")
        app = create_app(settings)
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            ws="websockets-sansio",
            # Losses are small and many: compressing each frame costs more than it saves.
            ws_per_message_deflate=False,
            timeout_graceful_shutdown=_GRACE_S,
        )
        with contextlib.suppress(KeyboardInterrupt):
            _Server(config, settings, app).run([listener])
    return 0


def _refuse(reason: str) -> int:
    print(f"Digitscope cannot start: {reason}", file=sys.stderr)
    return 2
