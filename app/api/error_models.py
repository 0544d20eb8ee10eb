"""Error responses in the API's schema."""

import inspect
from typing import Any

from app.api.runs.responses import ErrorResponse
from app.errors import DatabaseUnavailableError, RequestError


def error_models(*errors: type[RequestError]) -> dict[int | str, dict[str, Any]]:
    """Describe further error responses of a route.

    Args:
        errors: Errors that it raises.
    """
    return {
        error.status: {"model": ErrorResponse, "description": inspect.getdoc(error)}
        for error in errors
    }


ANY_ERROR: dict[int | str, dict[str, Any]] = {
    "4XX": {"model": ErrorResponse, "description": "Not authenticated, or an invalid request."},
    **error_models(DatabaseUnavailableError),
}
"""Error responses of every route."""
