"""Overrides from the environment: ``KRAVIA_GATEWAY_`` and the dotted key with ``__`` for dots.

Here a secret may stand itself: the environment is where secrets live.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field

from pydantic import BaseModel, SecretStr

from gateway.settings_faults import (
    Fault,
    holds_secret,
    is_list,
    section_model,
    table_model,
    unknown_setting,
)
from gateway.settings_sources import CONFIG_VARIABLE, Document, SecretReader

PREFIX = "KRAVIA_GATEWAY_"

# Kubernetes describes a service named kravia-gateway in variables that only look like ours.
_KUBERNETES = re.compile(r"PORT(_\d+_.*)?|SERVICE_(HOST|PORT(_.*)?)")


@dataclass(slots=True, kw_only=True)
class Overrides:
    """The environment's document, its faults, and which variable set which dotted key."""

    document: Document = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    variables: dict[str, str] = field(default_factory=dict)


def overrides(root: type[BaseModel], below: Document, secrets: SecretReader) -> Overrides:
    """Read every override; creditors are matched to those of the file's document ``below``."""
    found = Overrides()
    for variable, text in secrets.environ.items():
        name = variable.upper()
        if not name.startswith(PREFIX) or name == CONFIG_VARIABLE or not text:
            continue  # an empty variable is one that is not set, as in Compose files
        rest = name.removeprefix(PREFIX)
        if _KUBERNETES.fullmatch(rest):
            continue
        place = _find(root, below, rest.lower().split("__"))
        if place.problem:
            fault = Fault(source=variable, key=".".join(place.path), message=place.problem)
            found.faults.append(fault)
            continue
        found.variables[".".join(place.path)] = variable
        _set(found, place, variable, text, secrets)
    return found


@dataclass(slots=True, kw_only=True)
class _Place:
    """Where a variable points: the key's parts and its type, or the problem with it."""

    path: list[str] = field(default_factory=list)
    annotation: object = None
    problem: str = ""


def _find(root: type[BaseModel], below: Document, words: list[str]) -> _Place:
    place = _Place()
    model: type[BaseModel] | None = root
    while words and model is not None:
        word = words.pop(0)
        place.path.append(word)
        info = model.model_fields.get(word)
        if info is None:
            place.problem = unknown_setting(word, model.model_fields)
            return place
        below = _section(below, word)
        place.annotation = info.annotation
        model = section_model(info.annotation, below)
        if model is None and (model := table_model(info.annotation)) is not None and words:
            name = _same_name(words.pop(0), below)
            place.path.append(name)
            below = _section(below, name)
    if model is not None:
        place.problem = "names a section; add __ and the setting's own name"
    elif words:
        place.problem = f"is no section: {'__'.join(words).upper()} cannot follow it"
    return place


def _set(found: Overrides, place: _Place, variable: str, text: str, secrets: SecretReader) -> None:
    several = is_list(place.annotation)
    values: list[object] = [*_as_list(text)] if several else [text]
    if holds_secret(place.annotation):
        read = [secrets.read(str(value), literal_ok=True) for value in values]
        problems = [item for item in read if isinstance(item, str)] if secrets.needed else []
        key = ".".join(place.path)
        found.faults += [Fault(source=variable, key=key, message=text) for text in problems]
        values = [item for item in read if isinstance(item, SecretStr)]
        if not values:
            return
    document = found.document
    for name in place.path[:-1]:
        document = document.setdefault(name, {})
    document[place.path[-1]] = values if several else values[0]


def _as_list(text: str) -> list[str]:
    """Split several values in one variable: a JSON list, or texts with commas between."""
    if text.lstrip().startswith("["):
        try:
            values = json.loads(text)
        except ValueError:
            values = None
        if isinstance(values, list):
            return [str(value) for value in values]
    return [part.strip() for part in text.split(",") if part.strip()]


def _section(document: Document, key: str) -> Document:
    section = document.get(key)
    return section if isinstance(section, dict) else {}


def _same_name(word: str, section: Document) -> str:
    """Return the file's own spelling of a creditor's id; a variable can only shout it."""
    for name in section:
        if name.lower().replace("-", "_") == word:
            return name
    return word
