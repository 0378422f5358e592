"""The shape of an answer before anything is assumed of it: what is wrapped, where a path leads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from clients.answers import json_of
from clients.errors import ProtocolError
from clients.exchange import Response
from clients.kravia.assumptions import Paths


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What an answer holds; ``envelope`` None: bare. ``is_readable`` False: nothing of the kind."""

    value: object
    envelope: str | None
    is_readable: bool = True

    @property
    def rows(self) -> list[object]:
        """The rows of a list; none of anything else."""
        return list(self.value) if isinstance(self.value, list) else []


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What Kravia answered.

    ``again`` was asked for what is newer than the last stamp seen; ``beyond`` for what follows a
    page that had fewer rows than asked for. None: there was nothing to ask for.
    """

    pages: tuple[Response, ...]
    again: Response | None
    beyond: Response | None
    details: tuple[Response, ...]
    settlements: Response | None


def content_of(
    response: Response,
    kind: type[dict[str, object] | list[object]],
    envelopes: tuple[str, ...] = (),
) -> Content:
    """Take the content out of whatever wraps it, a known envelope first.

    An object that is looked for counts as wrapped only in a known envelope, or as the only value.
    """
    try:
        document = json_of(response)
    except ProtocolError:
        return Content(value=None, envelope=None, is_readable=False)
    if isinstance(document, Mapping):
        inner = [name for name, value in document.items() if isinstance(value, kind)]
        known = [name for name in envelopes if name in inner]
        if known:
            return Content(value=document[known[0]], envelope=known[0])
        if len(inner) == 1 and (kind is list or len(document) == 1):
            return Content(value=document[inner[0]], envelope=inner[0])
    return Content(value=document, envelope=None, is_readable=isinstance(document, kind))


def found_at(row: object, paths: Paths) -> tuple[bool, object]:
    """Whether any path leads to a field, and what the first that holds something holds."""
    is_there = False
    for path in paths:
        value: object = row
        leads = True
        for name in path.split("."):
            leads = isinstance(value, Mapping) and name in value
            value = value[name] if leads and isinstance(value, Mapping) else None
        is_there = is_there or leads
        if value not in (None, ""):
            return True, value
    return is_there, None


def text_at(row: object, paths: Paths) -> str | None:
    """What stands there as text; None for nothing, and for what is no text or number."""
    _, value = found_at(row, paths)
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    return str(value)
