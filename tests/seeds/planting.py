"""Replaces seams of the shipped code for a while; fails where a seam is gone."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any


class SeamGoneError(Exception):
    """The code no longer has what a planted bug replaces: mend the bug, or plant another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seam:
    """A function of a module or class, what it ``takes``, and what stands there instead.

    ``instead`` is given the function and gives another; what is no function takes nothing.
    """

    owner: Any
    name: str
    takes: str = ""
    instead: Callable[[Any], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tooth:
    """A planted bug: its name, and what is wrong; ``seeds`` are known to catch it."""

    name: str
    wrong: str
    seams: tuple[Seam, ...]
    seeds: tuple[int, ...] = ()

    @contextmanager
    def planted(self) -> Iterator[None]:
        """Have the bug while the context is open."""
        with ExitStack() as stack:
            for seam in self.seams:
                stack.enter_context(_replaced(seam))
            yield


@contextmanager
def _replaced(seam: Seam) -> Iterator[None]:
    where = f"{seam.owner.__name__}.{seam.name}"
    if seam.name not in vars(seam.owner):
        raise SeamGoneError(f"there is no {where} any more")
    was = vars(seam.owner)[seam.name]
    takes = " ".join(inspect.signature(was).parameters) if callable(was) else ""
    if takes != seam.takes:
        raise SeamGoneError(f"{where} takes {takes!r} now, not {seam.takes!r}")
    setattr(seam.owner, seam.name, seam.instead(was))
    try:
        yield
    finally:
        setattr(seam.owner, seam.name, was)
