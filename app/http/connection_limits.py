"""HTTP protocol of the server: uvicorn's, with limits for request headers and connections.

The only module that depends on the inside of uvicorn: on the methods that are overridden here and
on ``app_state``, ``loop``, ``transport`` and ``send_400_response``.
"""

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from app.http.file_descriptors import CROWDED, RESERVED, left_above

_MAX_HEADER_BYTES = 65_536
# Time for a connection beyond the limit to send a request and to read the error. Meanwhile it uses
# one of the reserved descriptors, so at most three quarters of them are used so.
_CROWDED_S = 1.0


class LimitedProtocol(HttpToolsProtocol):
    """Closes connections whose request headers are too large, and those beyond the limit."""

    _in_headers = True
    _header_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Mark or close a connection if too few descriptors are left."""
        super().connection_made(transport)
        left = left_above(transport.get_extra_info("socket").fileno())
        if left < RESERVED // 4:
            transport.abort()
        elif left < RESERVED:
            self.app_state = {**self.app_state, CROWDED: True}
            self.loop.call_later(_CROWDED_S, transport.abort)

    def on_message_begin(self) -> None:
        """Start counting at the beginning of a request."""
        self._in_headers, self._header_bytes = True, 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Stop counting at the end of the headers."""
        self._in_headers = False
        super().on_headers_complete()

    def data_received(self, data: bytes) -> None:
        """Count received bytes."""
        super().data_received(data)
        if self._in_headers and not self.transport.is_closing():
            self._header_bytes += len(data)
            if self._header_bytes > _MAX_HEADER_BYTES:
                self.send_400_response("Request headers too large.")
