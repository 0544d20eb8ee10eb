"""Error responses in the API's schema."""

import inspect
from typing import Any

from app.api.runs.responses import ErrorResponse
from app.errors import DatabaseUnavailableError, RequestError


def _described(description: str) -> dict[str, Any]:
    """Describe an error response by a reference to its model.

    FastAPI prepares each model anew for each route and status: with models, the first request
    after a start would take twice as long.
    """
    schema = {"$ref": f"#/components/schemas/{ErrorResponse.__name__}"}
    return {"content": {"application/json": {"schema": schema}}, "description": description}


def error_models(*errors: type[RequestError]) -> dict[int | str, dict[str, Any]]:
    """Describe further error responses of a route.

    Args:
        errors: Errors that it raises.
    """
    summaries = {error.status: (inspect.getdoc(error) or "").split("\n")[0] for error in errors}
    return {status: _described(summary) for status, summary in summaries.items()}


ANY_ERROR: dict[int | str, dict[str, Any]] = {
    "4XX": _described("Not authenticated, or an invalid request."),
    **error_models(DatabaseUnavailableError),
}
"""Error responses of every route."""
