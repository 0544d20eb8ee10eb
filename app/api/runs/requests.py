"""Bodies of requests, as the API's schema describes them."""

from typing import Annotated, Any, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    ModelWrapValidatorHandler,
    ValidationError,
    WithJsonSchema,
    model_validator,
)
from pydantic import Field as SchemaField
from pydantic_core import ErrorDetails, InitErrorDetails, PydanticCustomError

from app.runs.names import LONGEST_NAME
from trainer.config import Config, ConfigError, kinds


def config_schemas() -> dict[str, dict[str, Any]]:
    """JSON Schema of each config field, by its name."""
    return {
        name: {"title": kind.label, "description": kind.help, **kind.schema()}
        for name, kind in kinds().items()
    }


def _line(longest: int) -> tuple[BeforeValidator, WithJsonSchema]:
    """Annotations of a text of 1 to ``longest`` printable characters that is not blank."""

    def check(text: object) -> object:
        if isinstance(text, str) and len(text) <= longest and text.isprintable() and text.strip():
            return text
        raise PydanticCustomError("line", f"expected 1 to {longest} printable characters")

    schema = {"type": "string", "minLength": 1, "maxLength": longest}
    return BeforeValidator(check), WithJsonSchema(schema)


def config_field(name: str) -> tuple[BeforeValidator, WithJsonSchema]:
    """Annotations of a value that a field of the config may have, or None."""
    kind = kinds()[name]

    def check(value: object) -> object:
        if value is None or (problem := kind.problem(value)) is None:
            return value
        raise _custom("config", problem.partition("; got ")[0])

    schema = {"anyOf": [kind.schema(), {"type": "null"}], "title": kind.label}
    return BeforeValidator(check), WithJsonSchema(schema)


def _custom(name: str, expected: str) -> PydanticCustomError:
    return PydanticCustomError(name, "{expected}", {"expected": expected})


def _config_problems(values: dict[str, Any]) -> dict[str, str]:
    """Expected and received values of the invalid fields of a config."""
    try:
        Config.from_dict(values)
    except ConfigError as error:
        return error.fields
    return {}


def _details(problem: ErrorDetails) -> InitErrorDetails:
    """Copy a problem, for an error that has further ones."""
    name = problem["type"]
    return InitErrorDetails(
        type=_custom(name, problem["msg"]) if name == "line" else name,
        loc=problem["loc"],
        input=problem["input"],
        ctx=problem.get("ctx", {}),
    )


Name = Annotated[str, *_line(LONGEST_NAME)]
Tag = Annotated[str, *_line(40)]


def _add_config_fields(schema: dict[str, Any]) -> None:
    schema["properties"] |= config_schemas()
    schema["additionalProperties"] = False


class NewRun(BaseModel):
    """New run: a name and any field of the config."""

    # ``Config`` checks its fields itself, for the terminal too: only their schema is declared here.
    model_config = ConfigDict(extra="allow", json_schema_extra=_add_config_fields)

    name: Name = SchemaField(default_factory=str)

    @model_validator(mode="wrap")
    @classmethod
    def _all_problems(cls, data: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        """Name the invalid fields of the config, too, where others are invalid."""
        try:
            return handler(data)
        except ValidationError as error:
            problems = [_details(problem) for problem in error.errors()]
            given = data.items() if isinstance(data, dict) else ()
            values = {name: value for name, value in given if name not in cls.model_fields}
            for name, words in _config_problems(values).items():
                custom = _custom("config", words.partition("; got ")[0])
                problems.append(InitErrorDetails(type=custom, loc=(name,), input=values.get(name)))
            raise ValidationError.from_exception_data(cls.__name__, problems) from None

    def config_values(self) -> dict[str, Any]:
        """Config fields of the request, known or not."""
        return dict(self.model_extra or {})


class NewFork(NewRun):
    """Fork of a run: the parent's epoch to start from, a name, and any changed config field."""

    epoch: Annotated[int, SchemaField(ge=1, strict=True)]


class RunEdit(BaseModel):
    """Changes of a run that its training does not depend on; a field left out stays as it is."""

    model_config = ConfigDict(extra="forbid", strict=True)

    name: Name = SchemaField(default_factory=str)
    notes: Annotated[str, SchemaField(default_factory=str, max_length=10_000)]
    tags: Annotated[list[Tag], SchemaField(default_factory=list, max_length=20)]
    pinned: Annotated[bool, SchemaField(default_factory=bool)]

    def changes(self) -> dict[str, Any]:
        """Fields of the request, by name."""
        return self.model_dump(exclude_unset=True)
