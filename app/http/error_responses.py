"""How a refused request is answered: programs in JSON, people on a page."""

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
    BrokenError,
    InvalidError,
    MethodNotAllowedError,
    NotFoundError,
    RequestError,
)
from app.http.page_assets import templates
from app.http.security import SECURITY_HEADERS

# The methods that there are, and those of the routes that answer them.
_METHODS = {"GET": "GET", "HEAD": "GET", "POST": "POST", "DELETE": "DELETE"}

# What each kind of problem that the framework finds means in our words; the braces are filled
# from the problem's own details.
_EXPECTED = {
    "missing": "something",
    "json_invalid": "JSON",
    "model_attributes_type": "a JSON object, with the content type application/json",
    "int_type": "an integer",
    "int_parsing": "an integer",
    "int_parsing_size": "an integer of fewer digits",
    "int_from_float": "an integer",
    "bool_parsing": "true or false",
    "enum": "{expected}",
    "greater_than_equal": "at least {ge}",
    "less_than_equal": "at most {le}",
}


def refusal(request: Request, error: RequestError) -> Response:
    """Tell why a request was refused."""
    path, wanted = request.scope["path"], request.headers.get("accept", "")
    if path.startswith("/api/") or "text/html" not in wanted:
        return JSONResponse(error.answer(), error.status, error.headers)
    context: dict[str, Any] = {"page": "error", "status": error.status, "message": str(error)}
    return templates.TemplateResponse(request, "error.html", context, error.status, error.headers)


def add_refusals(app: FastAPI) -> None:
    """Let an application answer all that goes wrong with a request in one form."""
    app.add_exception_handler(RequestError, _refused)
    app.add_exception_handler(HTTPException, _refused_by_framework)
    app.add_exception_handler(RequestValidationError, _refused_shape)
    app.add_exception_handler(ClientDisconnect, _left)
    app.add_exception_handler(Exception, _broken)


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestError)
    return refusal(request, error)


async def _refused_by_framework(request: Request, error: Exception) -> Response:
    """Unknown addresses, methods that an address has not, bodies that cannot be read."""
    assert isinstance(error, HTTPException)
    path = request.url.path
    if error.status_code == NotFoundError.status:
        return refusal(request, NotFoundError(f"There is nothing at {path}."))
    if error.status_code == MethodNotAllowedError.status:
        return refusal(request, MethodNotAllowedError(request.method, path, _allowed(request)))
    return refusal(
        request, InvalidError({"body": "expected JSON that can be read; got something else"})
    )


def _allowed(request: Request) -> list[str]:
    """The methods that an address has."""
    place = {name: request.scope[name] for name in ("type", "path", "root_path", "headers")}
    return [
        method
        for method, answered_by in _METHODS.items()
        if any(
            route.matches({**place, "method": answered_by})[0] == Match.FULL
            for route in request.app.router.routes
        )
    ]


async def _refused_shape(request: Request, error: Exception) -> Response:
    """What an address's declared parameters and body refuse."""
    assert isinstance(error, RequestValidationError)
    return refusal(request, InvalidError(dict(map(_field_problem, error.errors()))))


def _field_problem(problem: Mapping[str, Any]) -> tuple[str, str]:
    """The name of a field, and what was expected and what came."""
    kind, details = problem["type"], problem.get("ctx", {})
    place, *inside = problem["loc"]
    field = str(inside[0]) if inside and kind != "json_invalid" else place
    expected = _EXPECTED.get(kind)
    words = f"expected {expected.format(**details)}" if expected else problem["msg"]
    if kind == "missing":
        return field, f"{words}; got nothing"
    if kind == "json_invalid":
        return field, words
    return field, f"{words}; got {_shown(problem['input'], quoted=place == 'body')}"


def _shown(value: object, *, quoted: bool) -> str:
    """A value as its sender wrote it, cut short where it is long."""
    try:
        text = str(value) if isinstance(value, str) and not quoted else json.dumps(value)
    except (TypeError, ValueError, RecursionError):
        text = "something else"
    return text if len(text) <= 80 else f"{text[:77]}..."


async def _left(request: Request, error: Exception) -> Response:
    """Nobody is there any more to be answered."""
    return Response(status_code=RequestError.status)


async def _broken(request: Request, error: Exception) -> Response:
    """A fault of ours; what it was is in the log."""
    response = refusal(request, BrokenError())
    # This answer alone does not pass the gate on its way out.
    response.headers.update(SECURITY_HEADERS)
    return response
