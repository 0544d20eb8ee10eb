"""Bodies of requests, as the API's schema describes them."""

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, WithJsonSchema
from pydantic import Field as SchemaField
from pydantic_core import PydanticCustomError

from app.runs.names import LONGEST_NAME
from trainer.config import kinds


def config_schemas() -> dict[str, dict[str, Any]]:
    """JSON Schema of each config field, by its name."""
    return {
        name: {"title": kind.label, "description": kind.help, **kind.schema()}
        for name, kind in kinds().items()
    }


def _checked_name(name: object) -> object:
    fits = isinstance(name, str) and len(name) <= LONGEST_NAME and name.isprintable()
    if fits and str(name).strip():
        return name
    raise PydanticCustomError("name", f"expected 1 to {LONGEST_NAME} printable characters")


Name = Annotated[
    str,
    BeforeValidator(_checked_name),
    WithJsonSchema({"type": "string", "minLength": 1, "maxLength": LONGEST_NAME}),
]


def _add_config_fields(schema: dict[str, Any]) -> None:
    schema["properties"] |= config_schemas()
    schema["additionalProperties"] = False


class NewRun(BaseModel):
    """New run: a name and any field of the config."""

    # ``Config`` checks its fields itself, for the terminal too: only their schema is declared here.
    model_config = ConfigDict(extra="allow", json_schema_extra=_add_config_fields)

    name: Name = SchemaField(default_factory=str)

    def config_values(self) -> dict[str, Any]:
        """Config fields of the request, known or not."""
        return dict(self.model_extra or {})


class NewFork(NewRun):
    """Fork of a run: the parent's epoch to start from, a name, and any changed config field."""

    epoch: Annotated[int, SchemaField(ge=1, strict=True)]
