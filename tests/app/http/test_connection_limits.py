import asyncio

from starlette.responses import PlainTextResponse
from uvicorn import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from app.http.connection_limits import LimitedProtocol


async def protocol() -> HttpToolsProtocol:
    config = Config(PlainTextResponse("served"), log_config=None, interface="asgi3", ws="none")
    return HttpToolsProtocol(config, ServerState(), app_state={"shared": 1})


def test_uvicorn_has_the_names_that_the_protocol_depends_on() -> None:
    base = asyncio.run(protocol())
    overridden = {name for name in vars(LimitedProtocol) if not name.startswith("_")}
    assert "connection_made" in overridden
    for name in overridden | {"app_state", "loop", "transport", "send_400_response"}:
        assert hasattr(base, name), name


def test_uvicorn_hands_the_state_of_a_connection_to_its_requests() -> None:
    base = asyncio.run(protocol())
    base.app_state = {**base.app_state, "marked": True}
    base.on_message_begin()
    assert base.scope["state"] == {"shared": 1, "marked": True}
