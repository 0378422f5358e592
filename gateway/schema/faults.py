"""What is wrong with a body, in plain words: pydantic's findings become sentences for people.

No sentence quotes a value: values are personal data. A sentence follows the field's name.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from gateway.schema.fields import EXPECTED

TYPE_LENGTH_MAX = 100
"""Event types are dotted names; the contract's longest has 20 characters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing wrong: ``field`` is a dotted path such as ``data.invoice.total``."""

    field: str
    message: str


def faults_of(details: Sequence[ErrorDetails]) -> Iterator[Fault]:
    """Say each finding of the event union in plain words, in the order of the body's fields."""
    for detail in details:
        at = detail["loc"]
        match detail["type"]:
            case "union_tag_not_found" | "union_tag_invalid":
                yield Fault(
                    field="type",
                    message="is required and must be a dotted name such as "
                    f'"invoice.overdue" of at most {TYPE_LENGTH_MAX} characters',
                )
            case _ if at:
                # The first step is the event type by which the model was chosen.
                yield Fault(field=_path(at[1:]), message=_sentence(detail))
            case _:
                yield Fault(field="", message="the body must be a JSON object")


def _path(steps: tuple[int | str, ...]) -> str:
    """Write ``("data", "notices", 0, "fee")`` as ``data.notices[0].fee``."""
    path = ""
    for step in steps:
        path += f"[{step}]" if isinstance(step, int) else f".{step}"
    return path.removeprefix(".")


def _sentence(detail: ErrorDetails) -> str:
    match detail["type"]:
        case "missing":
            return "is required"
        case "too_long":
            return f"must have at most {detail['ctx']['max_length']} items"
        case "tuple_type" | "list_type":
            return "must be a list"
        case "model_type" | "model_attributes_type" | "dict_type":
            return "must be an object"
        case kind if kind == EXPECTED:
            return detail["msg"]
        case _:
            return "is not valid"


def argument_faults(error: ValidationError, model: type[BaseModel]) -> Iterator[Fault]:
    """Say each finding of an operation's arguments, in the order of the model's fields."""
    for detail in error.errors(include_url=False, include_context=True, include_input=False):
        at = detail["loc"]
        is_missing = detail["type"] == "missing"
        sentence = _missing(model, at) if is_missing else _sentence(detail)
        yield Fault(field=_path(at), message=sentence)


def _missing(model: type[BaseModel], at: tuple[int | str, ...]) -> str:
    """Say that a field is missing, and which words it may be where they are few."""
    field = model.model_fields.get(str(at[0])) if len(at) == 1 else None
    sentences = [getattr(each, "sentence", "") for each in field.metadata] if field else []
    allowed = next((each for each in sentences if each), None)
    return f"is missing: it {allowed}" if allowed else "is missing"
