"""Requests: their shapes, as the API's description shows them."""

from collections.abc import Mapping
from dataclasses import Field, fields
from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, ConfigDict, WithJsonSchema, create_model
from pydantic import Field as SchemaField
from pydantic_core import PydanticCustomError

from app.runs.names import LONGEST_NAME
from trainer.config import Config

_KINDS = {"augment": "boolean", "learning_rate": "number"}


def field_schema(field: "Field[Any]") -> dict[str, Any]:
    """The JSON Schema of a config field, from its metadata."""
    meta = field.metadata
    schema: dict[str, Any] = {"title": meta["label"], "description": meta["about"]}
    if "choices" in meta:
        return schema | {"type": "string", "enum": list(meta["choices"])}
    kind = _KINDS.get(field.name, "integer")
    if kind == "boolean":
        return schema | {"type": kind}
    lowest = "exclusiveMinimum" if meta.get("above") else "minimum"
    number = {"type": kind, lowest: meta["minimum"], "maximum": meta["maximum"]}
    if "longest" in meta:
        return schema | {"type": "array", "items": number, "maxItems": meta["longest"]}
    if field.default is None:
        return schema | {"anyOf": [number, {"type": "null"}]}
    return schema | number


def _checked_name(name: object) -> object:
    fits = isinstance(name, str) and len(name) <= LONGEST_NAME and name.isprintable()
    if fits and str(name).strip():
        return name
    raise PydanticCustomError("name", "expected 1 to 80 printable characters")


Name = Annotated[
    str,
    BeforeValidator(_checked_name),
    WithJsonSchema({"type": "string", "minLength": 1, "maxLength": LONGEST_NAME}),
]

# The values are checked by Config itself, which the terminal shares: here only their schema is
# told.
ConfigFields = create_model(
    "ConfigFields",
    __config__=ConfigDict(extra="allow", json_schema_extra={"additionalProperties": False}),
    **{
        field.name: (Annotated[Any, WithJsonSchema(field_schema(field))], None)
        for field in fields(Config)
    },
)  # type: ignore[call-overload]


class NewRun(ConfigFields):  # type: ignore[misc, valid-type]
    """A run to start: a name, and any field of the config."""

    name: Name = SchemaField(default_factory=str)

    # What a request holds besides fields of the config.
    _others: ClassVar[tuple[str, ...]] = ("name",)

    def config_values(self) -> dict[str, Any]:
        """The config fields that were given, known or not."""
        others = self._others
        return {n: getattr(self, n) for n in sorted(self.model_fields_set) if n not in others}


class NewFork(NewRun):
    """A run to fork: the parent's epoch to begin from, a name, and any changed config field."""

    epoch: Annotated[int, SchemaField(ge=1, strict=True)]

    _others: ClassVar[tuple[str, ...]] = ("name", "epoch")


def form_fields() -> list[Mapping[str, Any]]:
    """The config's fields as the form wants them."""
    return [
        {"name": field.name, "default": field.default, **field.metadata} for field in fields(Config)
    ]
