"""What is told of one operation of the admin API."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.schema.fields import Model


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """One operation: what it does, and the model of its arguments.

    ``is_list``: the result is ``{items, next}``; ``row``: fields that every one of its items has.
    """

    summary: str
    takes: type[Model]
    is_list: bool = False
    row: tuple[str, ...] = ()
