"""The server as a program: it locks HOME, opens its socket and prints its address."""

import asyncio
import contextlib
import gc
import logging
import signal
import socket
import sys
import threading
import webbrowser
from collections.abc import Iterator
from pathlib import Path

import uvicorn
from fastapi import FastAPI
from filelock import FileLock, Timeout
from sqlalchemy.exc import DatabaseError

from app.http.connection_limits import LimitedProtocol
from app.http.file_descriptors import raise_limit
from app.main import create_app
from app.settings import Settings
from app.storage.database import DamagedDatabaseError, NewerDatabaseError
from app.storage.recovery import restore

_GRACE_S = 1
# Viewers send nothing that is used; what they send is kept in memory until it is read.
_MAX_FRAME_BYTES = 4096


class _Server(uvicorn.Server):
    """Server that prints its address, and ends streams and workers before its connections."""

    def __init__(self, config: uvicorn.Config, settings: Settings, app: FastAPI) -> None:
        super().__init__(config)
        self._settings = settings
        self._state = app.state

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        # All modules are loaded and stay. Without freezing, each full garbage collection would
        # visit their objects and block the event loop for 50 ms or more.
        gc.collect()
        gc.freeze()
        host = f"[{self._settings.host}]" if ":" in self._settings.host else self._settings.host
        address = f"http://{host}:{self._settings.port}/"
        if self._state.token:
            address += f"?token={self._state.token}"
        print(f"Digitscope is ready at {address}", flush=True)
        if self._settings.open_browser:
            # Opening a browser of the terminal returns only when the browser is closed.
            threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await self._state.services.scheduler.stop()
        await super().shutdown(sockets)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Handle SIGTERM and Ctrl-C; unlike the base class, do not raise them again at the end."""
        signals = (signal.SIGINT, signal.SIGTERM)
        before = {sign: signal.signal(sign, self.handle_exit) for sign in signals}
        try:
            yield
        finally:
            for sign, handler in before.items():
                signal.signal(sign, handler)


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
    raise_limit()
    with lock:
        if settings.restore:
            return _restore(settings.home)
        try:
            listener = socket.create_server(
                (settings.host, settings.port),
                family=socket.AF_INET6 if ":" in settings.host else socket.AF_INET,
            )
        except (OSError, UnicodeError) as error:
            return _refuse(
                f"it cannot listen on {settings.host}, port {settings.port}: {error}. "
                "Another port is chosen with --port; 0 picks a free one"
            )
        settings = settings.model_copy(update={"port": listener.getsockname()[1]})
        app = create_app(settings)
        config = uvicorn.Config(
            app,
            lifespan="off",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            http=LimitedProtocol,
            ws="websockets-sansio",
            ws_max_size=_MAX_FRAME_BYTES,
            # Frames of losses are small and many: compressing them costs more than it saves.
            ws_per_message_deflate=False,
            timeout_graceful_shutdown=_GRACE_S,
        )
        server = _Server(config, settings, app)
        with (
            listener,
            contextlib.suppress(KeyboardInterrupt),
            asyncio.Runner(loop_factory=config.get_loop_factory()) as runner,
        ):
            return runner.run(_serve(app, server, listener, settings))
    return 0


async def _serve(app: FastAPI, server: _Server, listener: socket.socket, settings: Settings) -> int:
    async with contextlib.AsyncExitStack() as stack:
        try:
            await stack.enter_async_context(app.router.lifespan_context(app))
        except DamagedDatabaseError as error:
            return _refuse(
                f"the database in {settings.home} is damaged: {error}. With --restore, the newest "
                "good copy takes its place and runs are recovered from their files"
            )
        except (DatabaseError, NewerDatabaseError, OSError) as error:
            reason = getattr(error, "orig", None) or error  # without the statement
            return _refuse(f"the database in {settings.home} cannot be used: {reason}")
        await server.serve([listener])
    return 0


def _restore(home: Path) -> int:
    """Restore the database of HOME, and print the result; returns the exit code."""
    try:
        result = restore(home)
    except (DatabaseError, OSError) as error:
        print(f"Digitscope cannot restore the database in {home}: {error}", file=sys.stderr)
        return 2
    if not result.damaged:
        print(f"The database in {home} is not damaged; it stays.")
    else:
        print(f"The damaged database is now {result.damaged}.")
        origin = f"the copy {result.copy}" if result.copy else "an empty one: there is no good copy"
        print(f"In its place is {origin}.")
    print(f"Runs recovered from their files: {len(result.recovered)}.")
    if result.lost:
        print(f"Folders without the record of a run, left as they are: {', '.join(result.lost)}.")
    return 0


def _refuse(reason: str) -> int:
    print(f"Digitscope cannot start: {reason}", file=sys.stderr)
    return 2
