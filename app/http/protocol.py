"""HTTP as the server speaks it: uvicorn's, with a limit for what comes before a body."""

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_MAX_HEAD_BYTES = 65_536


class LimitedHeadProtocol(HttpToolsProtocol):
    """Hangs up on a request whose head does not end; its bytes would be kept until it did."""

    _in_head = True
    _head_bytes = 0

    def on_message_begin(self) -> None:
        """A request begins."""
        self._in_head, self._head_bytes = True, 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Its head is over."""
        self._in_head = False
        super().on_headers_complete()

    def data_received(self, data: bytes) -> None:
        """Something came."""
        super().data_received(data)
        if self._in_head and not self.transport.is_closing():
            self._head_bytes += len(data)
            if self._head_bytes > _MAX_HEAD_BYTES:
                self.send_400_response("Request head too large.")
