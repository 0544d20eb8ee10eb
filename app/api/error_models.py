"""Refusals, as the API's description shows them."""

import inspect
from typing import Any

from app.api.responses import ErrorResponse
from app.errors import RequestError

NOT_LET_IN: dict[int | str, dict[str, Any]] = {
    "4XX": {"model": ErrorResponse, "description": "Not let in, or not as it should be."}
}
"""What every call may answer."""


def refusals(*errors: type[RequestError]) -> dict[int | str, dict[str, Any]]:
    """Describe what a call may answer besides.

    Args:
        errors: How it can go wrong.
    """
    return {
        error.status: {"model": ErrorResponse, "description": inspect.getdoc(error)}
        for error in errors
    }
