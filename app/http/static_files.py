"""Files of ``static/``, which a browser asks for again only when one of them has changed."""

import hashlib
import os
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from starlette.responses import Response
from starlette.staticfiles import StaticFiles as StarletteStaticFiles
from starlette.types import Scope

from app.errors import MethodNotAllowedError
from app.http.response_headers import IMMUTABLE, REVALIDATED

STATIC = Path(__file__).resolve().parents[2] / "static"


def static_address(root: Path = STATIC) -> str:
    """Address of the files as they are now, without a slash at the end.

    It has a hash of their names, sizes and times of change in it. Modules import one another by
    relative addresses, so those of a page all have the same version.

    Args:
        root: Folder of the files.
    """
    version = hashlib.sha256(repr(sorted(_files(root))).encode()).hexdigest()[:16]
    return f"/static/{version}"


def _files(folder: Path, prefix: str = "") -> Iterator[tuple[str, int, int]]:
    """Yield the name, size and time of change of each file."""
    for entry in os.scandir(folder):
        name = f"{prefix}{entry.name}"
        with suppress(FileNotFoundError):  # removed meanwhile, or a link that leads nowhere
            if entry.is_dir():
                yield from _files(Path(entry.path), f"{name}/")
            else:
                status = entry.stat()
                yield name, status.st_size, status.st_mtime_ns


class StaticFiles(StarletteStaticFiles):
    """Files of ``static/``: kept by the browser for good at an address with a version in it.

    At an address without one they are revalidated at each use. Each version has the files as they
    are now, so that a page from before a change still finds its modules.
    """

    def __init__(self) -> None:
        super().__init__(directory=STATIC)

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Return a file, or 304 where the browser has it."""
        if scope["method"] != "GET":
            raise MethodNotAllowedError(scope["method"], scope["path"], ["GET", "HEAD"])
        name = re.sub("^[0-9a-f]{16}/", "", path)
        response = await super().get_response(name, scope)
        response.headers.update(REVALIDATED if name == path else IMMUTABLE)
        return response
