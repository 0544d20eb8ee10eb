"""Uploads of pictures, with limits applied while the body arrives."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager

from starlette.datastructures import Headers, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from app.errors import InvalidError, TooLargeError
from app.images.upload_limits import MAX_BYTES, MAX_PICTURES

_MAX_OTHER_FIELDS = 8
_ROOM_FOR_HEADERS = 1_000_000

_EXPECTED = f"expected a multipart form with 1 to {MAX_PICTURES} files in the field image"


class _Parser(MultiPartParser):
    """Keeps at most one byte of a part beyond the limit of files; other fields have a lower one."""

    def __init__(self, headers: Headers, stream: AsyncGenerator[bytes, None]) -> None:
        super().__init__(headers, stream, max_files=MAX_PICTURES, max_fields=_MAX_OTHER_FIELDS)
        self._room = 0

    def on_part_begin(self) -> None:
        """Start counting at the beginning of a part."""
        super().on_part_begin()
        self._room = MAX_BYTES + 1

    def on_part_data(self, data: bytes, start: int, end: int) -> None:
        """Take as much of a chunk as is within the limit."""
        end = min(end, start + self._room)
        self._room -= end - start
        super().on_part_data(data, start, end)


@asynccontextmanager
async def uploaded_pictures(request: Request) -> AsyncIterator[list[UploadFile]]:
    """Parse the files of the multipart field ``image``; they exist while the context lasts.

    Args:
        request: Its body is read to the end even after an error, because a client that is still
            sending would not see the response.

    Yields:
        At least one file, each cut after one byte more than the limit.

    Raises:
        InvalidError: If there is no file, too many, or the body is not a multipart form.
        TooLargeError: If the body is larger than all pictures together may be.
    """
    body = _limited(request)
    try:
        if not request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
            raise MultiPartException("got another content type")
        form = await _Parser(request.headers, body).parse()
    except (MultiPartException, UnicodeError) as error:
        async for _ in body:
            pass
        reason = error.message if isinstance(error, MultiPartException) else "got other characters"
        raise InvalidError({"image": f"{_EXPECTED}; {reason}"}) from error
    try:
        values = form.getlist("image")
        files = [value for value in values if isinstance(value, UploadFile)]
        if not files or len(files) < len(values):
            raise InvalidError({"image": f"{_EXPECTED}; got {len(files)} of {len(values)}"})
        yield files
    finally:
        await form.close()


async def _limited(request: Request) -> AsyncGenerator[bytes, None]:
    total, limit = 0, MAX_BYTES * MAX_PICTURES + _ROOM_FOR_HEADERS
    async for chunk in request.stream():
        total += len(chunk)
        if total > limit:
            raise TooLargeError(f"Expected at most {limit:,} bytes in all; got more.")
        yield chunk
