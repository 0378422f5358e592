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
        found = _look_up(root, detail["loc"])
        if detail["type"] in {"union_tag_not_found", "union_tag_invalid"}:
            yield dotted((*found.location, "kind")), _kind_message(detail, found.field)
        else:
            yield dotted(found.location), _message(detail, found)


def did_you_mean(word: str, allowed: Iterable[str]) -> str:
    """Ask about the nearest allowed word, if one is near."""
    near = difflib.get_close_matches(word.lower(), list(allowed), n=1, cutoff=0.6)
    return f"did you mean {near[0]}? " if near else ""


def unknown_setting(word: str, allowed: Iterable[str]) -> str:
    """Say that ``word`` is not a setting, and what is allowed beside it."""
    names = sorted(allowed)
    return f"unknown setting; {did_you_mean(word, names)}allowed here: {', '.join(names)}"


def nested_models(annotation: object) -> tuple[type[BaseModel], ...]:
    """Return the models that ``annotation`` may be: several where ``kind`` chooses one."""
    return tuple(
        part
        for part in _parts(annotation)
        if isinstance(part, type) and issubclass(part, BaseModel)
    )


def section_model(annotation: object, section: object) -> type[BaseModel] | None:
    """Return the model of a section, by its ``kind`` where there are several."""
    models = nested_models(annotation)
    kind = section.get("kind") if isinstance(section, Mapping) else None
    chosen = [model for model in models if kind in _kinds(model)]
    return next(iter((*chosen, *models)), None)


def _kinds(model: type[BaseModel]) -> tuple[object, ...]:
    field = model.model_fields.get("kind")
    return () if field is None else typing.get_args(field.annotation)


def table_model(annotation: object) -> type[BaseModel] | None:
    """Return the values' model where ``annotation`` maps free names to sections."""
    for part in _parts(annotation):
        if typing.get_origin(part) in (dict, Mapping):
            return next(iter(nested_models(typing.get_args(part)[1])), None)
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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """Where a fault lies: the keys, the model that owns the last one, and its field if any."""

    location: tuple[str | int, ...]
    model: type[BaseModel] | None
    field: FieldInfo | None


def _look_up(root: type[BaseModel], location: Sequence[str | int]) -> _Found:
    """Follow pydantic's location; the name of the kind that it adds behind a section is no key."""
    model: type[BaseModel] | None = root
    owner: type[BaseModel] | None = root
    field: FieldInfo | None = None
    keys: list[str | int] = []
    parts = list(location)
    while parts:
        part = parts.pop(0)
        keys.append(part)
        if model is None or isinstance(part, int):
            break
        owner, field = model, model.model_fields.get(part)
        if field is None:
            break
        models = nested_models(field.annotation)
        model = next(iter(models), None)
        if len(models) > 1 and parts:
            tag = parts.pop(0)
            model = next((each for each in models if tag in _kinds(each)), model)
        elif model is None and (model := table_model(field.annotation)) is not None and parts:
            keys.append(parts.pop(0))  # the free name, e.g. the creditor's id
            if not parts:
                owner, field = model, None
    return _Found(location=(*keys, *parts), model=owner, field=field)


def _message(detail: Any, found: _Found) -> str:
    location, model, field = found.location, found.model, found.field
    kind: str = detail["type"]
    if kind == "extra_forbidden" and model is not None:
        return unknown_setting(str(location[-1]), model.model_fields)
    if kind == "missing":
        if field is not None and (models := nested_models(field.annotation)):
            keys = ", or ".join(", ".join(inner.model_fields) for inner in models)
            return f"missing; add the section [{dotted(location)}] with {keys}"
        return f"missing; it must be {allowed(field)}"
    if kind in {"model_type", "dict_type", "model_attributes_type"}:
        return f"must be a section, written [{dotted(location)}]"
    if kind == "value_error":
        return str(detail["ctx"]["error"])
    return f"{_shown(detail['input'], field)} is not allowed; it must be {allowed(field)}"


def _kind_message(detail: Any, field: FieldInfo | None) -> str:
    """Say which kinds a section may be of."""
    models = () if field is None else nested_models(field.annotation)
    kinds = _choices([kind for model in models for kind in _kinds(model)])
    if detail["type"] == "union_tag_not_found":
        return f"missing; it must be {kinds}"
    return f"{_shown(detail['ctx']['tag'], None)} is not allowed; it must be {kinds}"


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
