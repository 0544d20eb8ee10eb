"""Error responses: JSON for programs, a page for browsers."""

import json
from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Match

from app.errors import (
    InternalError,
    InvalidError,
    MethodNotAllowedError,
    NotFoundError,
    RequestError,
)
from app.http.page_assets import templates
from app.http.response_headers import RESPONSE_HEADERS

# Known methods, and the method of the route that handles each.
_METHODS = {
    "GET": "GET",
    "HEAD": "GET",
    "POST": "POST",
    "PUT": "PUT",
    "PATCH": "PATCH",
    "DELETE": "DELETE",
}

# Expected values in words for each validation error of the framework; the braces are filled from
# the error's context.
_EXPECTED = {
    "missing": "something",
    "json_invalid": "JSON",
    "model_attributes_type": "a JSON object, with the content type application/json",
    "int_type": "an integer",
    "int_parsing": "an integer",
    "int_parsing_size": "an integer of fewer digits",
    "float_type": "a number",
    "finite_number": "a finite number",
    "dict_type": "a JSON object",
    "int_from_float": "an integer",
    "bool_parsing": "true or false",
    "bool_type": "true or false",
    "string_type": "text",
    "string_unicode": "text",
    "string_pattern_mismatch": "text of the form {pattern}",
    "string_too_long": "at most {max_length:,} characters",
    "list_type": "a list",
    "too_short": "at least {min_length} entries",
    "too_long": "at most {max_length} entries",
    "extra_forbidden": "no such field",
    "enum": "{expected}",
    "greater_than": "more than {gt}",
    "greater_than_equal": "at least {ge}",
    "less_than_equal": "at most {le}",
}


def error_response(request: Request, error: RequestError) -> Response:
    """Make the response for an error."""
    path, wanted = request.scope["path"], request.headers.get("accept", "")
    if path.startswith("/api/") or "text/html" not in wanted:
        return JSONResponse(error.body(), error.status, error.headers)
    context: dict[str, Any] = {"page": "error", "status": error.status, "message": str(error)}
    return templates.TemplateResponse(request, "error.html", context, error.status, error.headers)


def add_error_handlers(app: FastAPI) -> None:
    """Register handlers so that all errors of an application have one form."""
    app.add_exception_handler(RequestError, _request_error)
    app.add_exception_handler(HTTPException, _framework_error)
    app.add_exception_handler(RequestValidationError, _validation_error)
    app.add_exception_handler(ClientDisconnect, _disconnected)
    app.add_exception_handler(Exception, _internal_error)


async def _request_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestError)
    return error_response(request, error)


async def _framework_error(request: Request, error: Exception) -> Response:
    """Handle unknown addresses and methods, and unreadable bodies."""
    assert isinstance(error, HTTPException)
    path = request.url.path
    if error.status_code == NotFoundError.status:
        return error_response(request, NotFoundError(f"There is nothing at {path}."))
    if error.status_code == MethodNotAllowedError.status:
        return error_response(
            request, MethodNotAllowedError(request.method, path, _allowed(request))
        )
    return error_response(
        request, InvalidError({"body": "expected JSON that can be read; got something else"})
    )


def _allowed(request: Request) -> list[str]:
    """Return the methods of an address."""
    place = {name: request.scope[name] for name in ("type", "path", "root_path", "headers")}
    return [
        method
        for method, handled_by in _METHODS.items()
        if any(
            route.matches({**place, "method": handled_by})[0] == Match.FULL
            for route in request.app.router.routes
        )
    ]


async def _validation_error(request: Request, error: Exception) -> Response:
    """Handle invalid parameters and bodies."""
    assert isinstance(error, RequestValidationError)
    return error_response(request, InvalidError(dict(map(_field_problem, error.errors()))))


def _field_problem(problem: Mapping[str, Any]) -> tuple[str, str]:
    """Return the name of a field, and its expected and received value."""
    kind, details = problem["type"], dict(map(_limit, problem.get("ctx", {}).items()))
    place, *inside = problem["loc"]
    field = str(inside[0]) if inside and kind != "json_invalid" else place
    expected = _EXPECTED.get(kind)
    words = f"expected {expected.format(**details)}" if expected else problem["msg"]
    if kind == "missing":
        return field, f"{words}; got nothing"
    if kind == "json_invalid":
        return field, words
    return field, f"{words}; got {_shown(problem['input'], quoted=place == 'body')}"


def _limit(detail: tuple[str, Any]) -> tuple[str, Any]:
    """Return a detail of an error, with a limit such as 1000.0 as an integer."""
    name, value = detail
    return name, int(value) if isinstance(value, float) and value.is_integer() else value


def _shown(value: object, *, quoted: bool) -> str:
    """Format a value as its sender wrote it, cut after 80 characters."""
    try:
        text = str(value) if isinstance(value, str) and not quoted else json.dumps(value)
    except (TypeError, ValueError, RecursionError):
        text = "something else"
    return text if len(text) <= 80 else f"{text[:77]}..."


async def _disconnected(request: Request, error: Exception) -> Response:
    """Handle a client that has disconnected."""
    return Response(status_code=RequestError.status)


async def _internal_error(request: Request, error: Exception) -> Response:
    """Handle a bug; the log has the traceback."""
    response = error_response(request, InternalError())
    # This response does not pass the authentication middleware, which adds the headers.
    response.headers.update(RESPONSE_HEADERS)
    return response
