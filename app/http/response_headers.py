"""Headers of every response, and those that say how long a browser keeps a response."""

from starlette.datastructures import MutableHeaders
from starlette.types import Message, Send

RESPONSE_HEADERS = {
    # Plotly sets style attributes; scripts are our own files only.
    "content-security-policy": "default-src 'self'; script-src 'self'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; connect-src 'self'; "
    "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
}
"""Headers that a response has unless it sets its own."""

IMMUTABLE = {"cache-control": "private, max-age=31536000, immutable"}
"""Headers of content that its address determines for good, by a hash in it."""

REVALIDATED = {"cache-control": "no-cache"}
"""Headers of content that the browser revalidates at each use."""


def with_headers(send: Send) -> Send:
    """Add the headers to the response that is sent through an ASGI channel."""

    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in RESPONSE_HEADERS.items():
                headers.setdefault(name, value)
        await send(message)

    return send_with_headers
