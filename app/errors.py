"""What can go wrong with a request, and how it is said."""

from collections.abc import Mapping
from typing import Any


class RequestError(Exception):
    """A request that is refused; the base of all others.

    Attributes:
        status: HTTP status.
        kind: The ``type`` in the answer.
        fields: For each bad field what was expected and what came; None where that says nothing.
        headers: Of the answer.
    """

    status = 400
    kind = "bad_request"
    fields: dict[str, str] | None = None
    headers: Mapping[str, str] | None = None

    def answer(self) -> dict[str, Any]:
        """The body of the answer."""
        body: dict[str, Any] = {"error": {"type": self.kind, "message": str(self)}}
        return body if self.fields is None else body | {"fields": self.fields}


class BadHostError(RequestError):
    """A host name that is not this server's."""

    status, kind = 400, "bad_host"


class UnauthorizedError(RequestError):
    """No token, or a wrong one."""

    status, kind = 401, "unauthorized"
    headers: Mapping[str, str] = {"www-authenticate": "Bearer"}


class ForbiddenError(RequestError):
    """A change asked for by a page of another site."""

    status, kind = 403, "forbidden"


class NotFoundError(RequestError):
    """There is no such thing."""

    status, kind = 404, "not_found"


class MethodNotAllowedError(RequestError):
    """There is such a thing, but not for this method.

    Args:
        method: That came.
        path: Where.
        allowed: The methods that there are.
    """

    status, kind = 405, "method_not_allowed"

    def __init__(self, method: str, path: str, allowed: list[str]) -> None:
        super().__init__(f"Expected {', '.join(allowed)} at {path}; got {method}.")
        self.headers: Mapping[str, str] = {"allow": ", ".join(allowed)}


class ConflictError(RequestError):
    """Not as things stand now."""

    status, kind = 409, "conflict"


class TooLargeError(RequestError):
    """More bytes or pixels than are read."""

    status, kind = 413, "too_large"


class UnreadableError(RequestError):
    """Not a picture."""

    status, kind = 415, "unreadable"


class InvalidError(RequestError):
    """Fields that are not as they should be.

    Args:
        fields: For each what was expected and what came.
    """

    status, kind = 422, "invalid"

    def __init__(self, fields: dict[str, str]) -> None:
        super().__init__("; ".join(f"{name}: {message}" for name, message in fields.items()))
        self.fields = fields


class BrokenError(RequestError):
    """A fault of the server's own."""

    status, kind = 500, "internal"

    def __init__(self) -> None:
        super().__init__("The server stumbled over a fault of its own; its log says more.")


class StorageError(RequestError):
    """The disk would not take it."""

    status, kind = 507, "storage"
