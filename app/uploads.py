"""Pictures as they are uploaded, with the limits held while they come in."""

from collections.abc import AsyncGenerator

from starlette.datastructures import Headers, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from app.errors import InvalidError, TooLargeError

MAX_BYTES = 5_000_000
MAX_PICTURES = 64

_ROOM_FOR_HEADERS = 1_000_000


class _Parser(MultiPartParser):
    """Keeps no more of a file than shows that it is too large."""

    def __init__(self, headers: Headers, stream: AsyncGenerator[bytes, None]) -> None:
        super().__init__(headers, stream, max_files=MAX_PICTURES)
        self._kept: dict[int, int] = {}

    def on_part_data(self, data: bytes, start: int, end: int) -> None:
        part = self._current_part
        if part.file is not None:
            kept = self._kept.get(id(part), 0)
            end = min(end, start + MAX_BYTES + 1 - kept)
            self._kept[id(part)] = kept + max(end - start, 0)
            if end <= start:
                return
        super().on_part_data(data, start, end)


async def read_pictures(request: Request) -> list[bytes]:
    """Read the files of the multipart field ``image``.

    Args:
        request: Its body is read here, to the end: a client that is still sending would not see
            an answer.

    Returns:
        The files' content, each cut off after one byte more than is allowed.

    Raises:
        InvalidError: If there is no such file, too many, or the body is no multipart form.
        TooLargeError: If the whole is larger than so many pictures can be.
    """
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        raise InvalidError({"image": "expected a multipart form with a file in the field image"})
    try:
        form = await _Parser(request.headers, _limited(request)).parse()
    except MultiPartException as error:
        raise InvalidError({"image": error.message}) from error
    try:
        files = [value for name, value in form.multi_items() if name == "image"]
        if not files or not all(isinstance(file, UploadFile) for file in files):
            raise InvalidError({"image": "expected at least one file in the field image"})
        return [await file.read() for file in files if isinstance(file, UploadFile)]
    finally:
        await form.close()


async def _limited(request: Request) -> AsyncGenerator[bytes, None]:
    total, limit = 0, MAX_BYTES * MAX_PICTURES + _ROOM_FOR_HEADERS
    async for chunk in request.stream():
        total += len(chunk)
        if total > limit:
            raise TooLargeError(f"Expected at most {limit:,} bytes in all; got more.")
        yield chunk
