"""What is wrong with the settings, one line each: where, which key, what is allowed."""

from __future__ import annotations

import difflib
import enum
import json
import types
import typing
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import annotated_types
from pydantic import BaseModel, SecretStr, ValidationError
from pydantic.fields import FieldInfo

# A wrong value is shown so that it can be found; more than this only floods the line.
_SHOWN_CHARACTERS = 48


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One fault: the file or environment variable, the dotted key, and what is allowed there."""

    source: str
    key: str
    message: str

    def __str__(self) -> str:
        """One line for a person."""
        return ": ".join(part for part in (self.source, self.key, self.message) if part)


class SettingsError(Exception):
    """The settings cannot be used; ``faults`` holds one line per fault (exit code 2)."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))


def dotted(location: Sequence[str | int]) -> str:
    """``("creditors", "acme", "webhook_secrets", 0)`` as ``creditors.acme.webhook_secrets[0]``."""
    text = ""
    for part in location:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += f".{part}" if text else part
    return text


def from_validation(error: ValidationError, root: type[BaseModel]) -> Iterator[tuple[str, str]]:
    """Yield pydantic's errors as (dotted key, message in plain words), never with a secret."""
    for detail in error.errors(include_url=False):
        location = detail["loc"]
        yield dotted(location), _message(detail, root, location)


def did_you_mean(word: str, allowed: Iterable[str]) -> str:
    """Ask about the nearest allowed word, if one is near."""
    near = difflib.get_close_matches(word.lower(), list(allowed), n=1, cutoff=0.6)
    return f"did you mean {near[0]}? " if near else ""


def unknown_setting(word: str, allowed: Iterable[str]) -> str:
    """Say that ``word`` is not a setting, and what is allowed beside it."""
    names = sorted(allowed)
    return f"unknown setting; {did_you_mean(word, names)}allowed here: {', '.join(names)}"


def nested_model(annotation: object) -> type[BaseModel] | None:
    """Return the model that ``annotation`` is or optionally is."""
    for part in _parts(annotation):
        if isinstance(part, type) and issubclass(part, BaseModel):
            return part
    return None


def table_model(annotation: object) -> type[BaseModel] | None:
    """Return the values' model where ``annotation`` maps free names to sections."""
    for part in _parts(annotation):
        if typing.get_origin(part) in (dict, Mapping):
            return nested_model(typing.get_args(part)[1])
    return None


def holds_secret(annotation: object) -> bool:
    """Tell whether a value of this type is a secret or a list of them."""
    return any(
        part is SecretStr or any(holds_secret(inner) for inner in typing.get_args(part))
        for part in _parts(annotation)
    )


def is_list(annotation: object) -> bool:
    """Tell whether the setting takes several values."""
    return any(typing.get_origin(part) in (tuple, list, frozenset) for part in _parts(annotation))


def _parts(annotation: object) -> tuple[object, ...]:
    """Return ``annotation`` without ``None`` and ``Annotated``, as the members of a union."""
    if typing.get_origin(annotation) is typing.Annotated:
        return _parts(typing.get_args(annotation)[0])
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        members = typing.get_args(annotation)
        return tuple(part for member in members for part in _parts(member))
    return () if annotation is type(None) else (annotation,)


def _field_at(
    root: type[BaseModel], location: Sequence[str | int]
) -> tuple[type[BaseModel] | None, FieldInfo | None]:
    """Return the model that owns the last key of ``location``, and its field if there is one."""
    model: type[BaseModel] | None = root
    field: FieldInfo | None = None
    parts = iter(location)
    for part in parts:
        if model is None or isinstance(part, int):
            break
        field = model.model_fields.get(part)
        if field is None:
            break
        inner = nested_model(field.annotation)
        if inner is None and (inner := table_model(field.annotation)) is not None:
            next(parts, None)  # the free name, e.g. the creditor's id
        if inner is None:
            break
        owner, model = model, inner
        if part == location[-1]:
            return owner, field
    return model, field


def _message(detail: Any, root: type[BaseModel], location: Sequence[str | int]) -> str:
    model, field = _field_at(root, location)
    kind: str = detail["type"]
    if kind == "extra_forbidden" and model is not None:
        return unknown_setting(str(location[-1]), model.model_fields)
    if kind == "missing":
        if field is not None and (inner := nested_model(field.annotation)) is not None:
            keys = ", ".join(inner.model_fields)
            return f"missing; add the section [{dotted(location)}] with {keys}"
        return f"missing; it must be {allowed(field)}"
    if kind in {"model_type", "dict_type", "model_attributes_type"}:
        return f"must be a section, written [{dotted(location)}]"
    if kind == "value_error":
        return str(detail["ctx"]["error"])
    return f"{_shown(detail['input'], field)} is not allowed; it must be {allowed(field)}"


def _shown(value: object, field: FieldInfo | None) -> str:
    if isinstance(value, SecretStr) or (field is not None and holds_secret(field.annotation)):
        return "this value"
    try:
        text = json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError):
        text = repr(value)
    return text if len(text) <= _SHOWN_CHARACTERS else text[: _SHOWN_CHARACTERS - 1] + "…"


def allowed(field: FieldInfo | None) -> str:
    """Say what a setting may be: its choices, or its kind and range."""
    if field is None:
        return "another kind of value"
    part = next(iter(_parts(field.annotation)), None)
    if part in (int, float):
        return ("a whole number" if part is int else "a number") + _range(field.metadata)
    if typing.get_origin(part) is Literal:
        return _choices(typing.get_args(part))
    if isinstance(part, type) and issubclass(part, enum.Enum):
        return _choices([member.value for member in part])
    return _kind(part)


def _kind(part: object) -> str:
    if holds_secret(part):
        return '"env:NAME" or "file:PATH"' + (", in [ ]" if is_list(part) else "")
    if is_list(part):
        return "a list of texts in [ ]"
    return "true or false" if part is bool else "a text in quotes"


def _choices(values: Iterable[object]) -> str:
    return " or ".join(f'"{value}"' for value in values)


def _range(metadata: Iterable[object]) -> str:
    low = high = ""
    for item in metadata:
        if isinstance(item, annotated_types.Ge):
            low = f" from {item.ge}"
        elif isinstance(item, annotated_types.Gt):
            low = f" above {item.gt}"
        elif isinstance(item, annotated_types.Le):
            high = f" to {item.le}" if low else f" up to {item.le}"
    return low + high
