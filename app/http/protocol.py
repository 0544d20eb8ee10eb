"""HTTP protocol of the server: uvicorn's, with a limit for the size of request headers."""

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_MAX_HEADER_BYTES = 65_536


class LimitedHeadersProtocol(HttpToolsProtocol):
    """Closes a connection whose request headers exceed the limit; they are kept in memory."""

    _in_headers = True
    _header_bytes = 0

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
