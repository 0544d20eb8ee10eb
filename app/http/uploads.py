"""Pictures as they are uploaded, with the limits held while they come in."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager

from starlette.datastructures import Headers, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from app.errors import InvalidError, TooLargeError
from app.images.limits import MAX_BYTES, MAX_PICTURES

_MAX_OTHER_FIELDS = 8
_ROOM_FOR_HEADERS = 1_000_000

_EXPECTED = f"expected a multipart form with 1 to {MAX_PICTURES} files in the field image"


class _Parser(MultiPartParser):
    """Keeps no more of a file than shows that it is too large."""

    def __init__(self, headers: Headers, stream: AsyncGenerator[bytes, None]) -> None:
        super().__init__(headers, stream, max_files=MAX_PICTURES, max_fields=_MAX_OTHER_FIELDS)
        self._room = 0

    def on_part_begin(self) -> None:
        super().on_part_begin()
        self._room = MAX_BYTES + 1

    def on_part_data(self, data: bytes, start: int, end: int) -> None:
        if self._current_part.file is not None:
            end = min(end, start + self._room)
            self._room -= end - start
        if end > start:
            super().on_part_data(data, start, end)


@asynccontextmanager
async def uploaded_pictures(request: Request) -> AsyncIterator[list[UploadFile]]:
    """The files of the multipart field ``image``, as long as the context lasts.

    Args:
        request: Its body is read to the end even where it is refused: a client that is still
            sending would not see an answer.

    Yields:
        At least one file, each cut off after one byte more than is allowed.

    Raises:
        InvalidError: If there is no such file, too many, or the body is no multipart form.
        TooLargeError: If the whole is larger than so many pictures can be.
    """
    body = _limited(request)
    try:
        if not request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
            raise MultiPartException("got another content type")
        form = await _Parser(request.headers, body).parse()
    except (MultiPartException, UnicodeError) as error:
        async for _ in body:
            pass
        reason = error.message if isinstance(error, MultiPartException) else "got other letters"
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
