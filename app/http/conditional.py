"""Conditional requests: 304 where the client has the content already."""

import hashlib

from starlette.requests import Request
from starlette.responses import Response

from app.http.response_headers import REVALIDATED


def conditional(request: Request, response: Response) -> Response:
    """Add an entity tag to a response, or replace it by 304 if the client has the same content.

    Args:
        request: Its header ``If-None-Match`` has the tags of the content that the client has.
        response: Response with its whole content.
    """
    etag = f'"{hashlib.sha256(response.body).hexdigest()[:32]}"'
    known = request.headers.get("if-none-match", "").split(",")
    if etag in {tag.strip().removeprefix("W/") for tag in known}:
        kept = response.headers
        response = Response(status_code=304)
        response.headers.update(
            {name: value for name, value in kept.items() if not name.startswith("content-")}
        )
    response.headers.update({"etag": etag, **REVALIDATED})
    return response
