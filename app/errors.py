"""Errors of requests, with their HTTP status."""

from collections.abc import Mapping
from typing import Any


class RequestError(Exception):
    """Base of the errors that end a request.

    Attributes:
        status: HTTP status.
        kind: ``type`` in the response.
        fields: For each invalid field the expected and the received value; None if not applicable.
        headers: Headers of the response.
    """

    status = 400
    kind = "bad_request"
    fields: dict[str, str] | None = None
    headers: Mapping[str, str] | None = None

    def body(self) -> dict[str, Any]:
        """Return the body of the response."""
        body: dict[str, Any] = {"error": {"type": self.kind, "message": str(self)}}
        return body if self.fields is None else body | {"fields": self.fields}


class BadHostError(RequestError):
    """Host name that is not one of this server's."""

    status, kind = 400, "bad_host"


class UnauthorizedError(RequestError):
    """Missing or wrong token."""

    status, kind = 401, "unauthorized"
    headers: Mapping[str, str] = {"www-authenticate": "Bearer"}


class ForbiddenError(RequestError):
    """Change requested by a page of another site."""

    status, kind = 403, "forbidden"


class NotFoundError(RequestError):
    """Unknown address, run or epoch."""

    status, kind = 404, "not_found"


class MethodNotAllowedError(RequestError):
    """Method that an address does not have.

    Args:
        method: Received method.
        path: Path of the request.
        allowed: Methods of the address.
    """

    status, kind = 405, "method_not_allowed"

    def __init__(self, method: str, path: str, allowed: list[str]) -> None:
        super().__init__(f"Expected {', '.join(allowed)} at {path}; got {method}.")
        self.headers: Mapping[str, str] = {"allow": ", ".join(allowed)}


class ConflictError(RequestError):
    """Request that the current state does not allow."""

    status, kind = 409, "conflict"


class GoneError(RequestError):
    """Job that is over, or attempt that a newer one has superseded."""

    status, kind = 410, "gone"


class TooLargeError(RequestError):
    """More bytes or pixels than the limit."""

    status, kind = 413, "too_large"


class UnreadableError(RequestError):
    """File that is not a picture."""

    status, kind = 415, "unreadable"


class InvalidError(RequestError):
    """Invalid fields.

    Args:
        fields: For each field the expected and the received value.
    """

    status, kind = 422, "invalid"

    def __init__(self, fields: dict[str, str]) -> None:
        super().__init__("; ".join(f"{name}: {message}" for name, message in fields.items()))
        self.fields = fields


class BlankError(InvalidError):
    """Picture on which nothing is drawn."""

    kind = "blank"


class InternalError(RequestError):
    """Bug in the server."""

    status, kind = 500, "internal"

    def __init__(self) -> None:
        super().__init__("The server failed because of a bug; its log has the details.")


class UnavailableError(RequestError):
    """Temporary lack of what a request needs."""

    status, kind = 503, "unavailable"
    headers: Mapping[str, str] = {"connection": "close"}


class DatabaseUnavailableError(RequestError, OSError):
    """Database that cannot be read, or is damaged, while the server runs."""

    status, kind = 503, "database"


class StorageError(RequestError):
    """Failure to write to the disk."""

    status, kind = 507, "storage"
