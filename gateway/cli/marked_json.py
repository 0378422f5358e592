"""JSON for a person to correct: each fault is a comment above its field, and comments come off.

::

    "invoice": {
      // FAULT number: is required
      "id": "inv-1001",
      // FAULT total: must be a decimal string
      "total": "2 250,00",

Numbers stay as they were written, and a name that occurs twice stays twice.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from gateway.cli.render import one_line

if TYPE_CHECKING:
    from gateway.schema.faults import Fault

COMMENT: Final = "//"
"""How a line begins that is no part of the document; no line of JSON can begin so."""

_MARK: Final = f"{COMMENT} FAULT"


class _Number(str):
    """A number as it was written."""

    __slots__ = ()


class _Object(list[tuple[str, object]]):
    """An object as it was written: its names in order, one that occurs twice twice."""

    __slots__ = ()


def marked(text: str, faults: Sequence[Fault], heading: Sequence[str] = ()) -> str:
    """Lay ``text`` out with ``heading`` and its faults as comments.

    What is not JSON stays as it is; its fault stands above the line where reading stopped.
    """
    top = [f"{COMMENT} {one_line(line)}".rstrip() for line in heading]
    try:
        document = _read(text)
    except json.JSONDecodeError as error:
        lines = text.split("\n")
        at = min(error.lineno, len(lines)) - 1
        mark = f"{_MARK} in the line below, about character {error.colno}: {one_line(error.msg)}"
        return "\n".join([*top, *lines[:at], mark, *lines[at:], ""])
    except RecursionError:
        return "\n".join([*top, f"{_MARK} it nests too deep", text, ""])
    comments: dict[str, list[str]] = defaultdict(list)
    paths = {*_paths(document, "")}
    for fault in faults:
        place = fault.field
        while place not in paths:
            place = place[: max(place.rfind("."), place.rfind("["), 0)]
        name = fault.field.removeprefix(place).removeprefix(".") or fault.field or "the document"
        comments[place].append(f"{_MARK} {name}: {fault.message}")
    return "\n".join([*top, *_lines(document, "", ("", ""), 0, comments), ""])


def unmarked(text: str) -> str:
    """Take the comments off; what is left is what the person means."""
    # Not splitlines: it also ends lines at characters that JSON has inside its strings.
    lines = (line for line in text.split("\n") if not line.lstrip().startswith(COMMENT))
    return "\n".join(lines).strip()


def changed_fields(before: str, after: str) -> list[str]:
    """Name the fields in which two documents differ, without their values."""
    try:
        was, is_now = (dict(_leaves(_read(text), "")) for text in (before, after))
    except (json.JSONDecodeError, RecursionError):
        return []
    every = dict.fromkeys([*is_now, *was])
    return [path or "the document" for path in every if was.get(path) != is_now.get(path)]


def _read(text: str) -> object:
    return json.loads(
        text,
        parse_int=_Number,
        parse_float=_Number,
        parse_constant=_Number,
        object_pairs_hook=_Object,
    )


def _children(value: object, path: str) -> Iterator[tuple[str, str, object]]:
    """Yield path, what stands before the value, and value."""
    if isinstance(value, _Object):
        for name, child in value:
            yield f"{path}.{name}".removeprefix("."), f"{_text(name)}: ", child
    elif isinstance(value, list):
        for at, child in enumerate(value):
            yield f"{path}[{at}]", "", child


def _paths(value: object, path: str) -> Iterator[str]:
    yield path
    for below, _, child in _children(value, path):
        yield from _paths(child, below)


def _leaves(value: object, path: str) -> Iterator[tuple[str, object]]:
    children = [*_children(value, path)]
    if not children:
        yield path, value
    for below, _, child in children:
        yield from _leaves(child, below)


def _lines(
    value: object,
    path: str,
    around: tuple[str, str],
    depth: int,
    comments: Mapping[str, Sequence[str]],
) -> Iterator[str]:
    """Write a value between what stands ``around`` it, with the comments on it and below."""
    pad, (before, behind) = "  " * depth, around
    here = comments.get(path, ())
    children = [*_children(value, path)]
    if not children:
        yield from (f"{pad}{comment}" for comment in here)
        empty = "{}" if isinstance(value, _Object) else "[]"
        text = empty if isinstance(value, list) else _text(value)
        yield f"{pad}{before}{text}{behind}"
        return
    opening, closing = "{}" if isinstance(value, _Object) else "[]"
    yield f"{pad}{before}{opening}"
    yield from (f"{pad}  {comment}" for comment in here)
    for at, (below, name, child) in enumerate(children):
        comma = "," if at < len(children) - 1 else ""
        yield from _lines(child, below, (name, comma), depth + 1, comments)
    yield f"{pad}{closing}{behind}"


def _text(value: object) -> str:
    return str(value) if isinstance(value, _Number) else json.dumps(value, ensure_ascii=False)
