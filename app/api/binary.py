"""Responses of bytes, and their description in the API's schema."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from app.http.conditional import conditional

BYTES = "application/octet-stream"


def bytes_model(description: str, media_type: str = BYTES) -> dict[int | str, dict[str, Any]]:
    """Describe a response of bytes."""
    content = {media_type: {"schema": {"type": "string", "format": "binary"}}}
    return {200: {"content": content, "description": description}}


def epoch_bytes_model(description: str) -> dict[int | str, dict[str, Any]]:
    """Describe a response of ``epoch_bytes``; numbers are little-endian."""
    model = bytes_model(f"{description}; little-endian")
    model[200]["headers"] = {
        "X-Epoch": {"description": "The epoch", "schema": {"type": "integer"}},
        "ETag": {"description": "Tag of the content", "schema": {"type": "string"}},
    }
    return model | {304: {"description": "The client has this content already"}}


def epoch_bytes(request: Request, epoch: int, content: bytes) -> Response:
    """Return the bytes of an epoch, or 304 if the client has them already."""
    headers = {"x-epoch": f"{epoch}"}
    return conditional(request, Response(content, media_type=BYTES, headers=headers))
