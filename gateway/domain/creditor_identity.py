"""Whose claims a creditor's are, and why that must not change while any of them lives.

A claim at Kravia belongs to one creditor there, and its facts come from one ledger. Were a section
of the settings to name another, the gateway would report one creditor's payments on another's
cases, or look for a claim in books that never had it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Whose claims they are: at Kravia, and in which ledger. ``ledger_account`` where it has many.

    A webhook ledger has none: its address may move, its books stay the same.
    """

    kravia_creditor_id: int
    ledger_kind: str
    ledger_account: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Alive:
    """What a creditor has that is not over; nothing is false."""

    claims: int = 0
    messages: int = 0

    def __bool__(self) -> bool:
        return bool(self.claims or self.messages)

    def __str__(self) -> str:
        return f"{_count(self.claims, 'open claim')} and {_count(self.messages, 'unsent message')}"


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityFault:
    """A setting that would orphan what lives: its dotted key, and what to do instead."""

    key: str
    message: str


_WAY_OUT = "close its claims first (claims withdraw), or give them up with: creditors retire"


def identity_faults(
    now: Mapping[str, Identity], before: Mapping[str, Identity], alive: Mapping[str, Alive]
) -> tuple[IdentityFault, ...]:
    """Compare the settings' creditors (``now``) with those served ``before``, where any live.

    Who was never remembered has nothing to differ from; a creditor that has gone needs no memory.
    """
    return tuple(
        fault
        for name in sorted(alive)
        if alive[name]
        for fault in _faults(name, now.get(name), before.get(name), alive[name])
    )


def _faults(
    name: str, now: Identity | None, before: Identity | None, alive: Alive
) -> Iterator[IdentityFault]:
    key = f"creditors.{name}"
    if now is None:
        yield IdentityFault(
            key=key,
            message=f"missing, but the database holds {alive} of it: put the section back; to be"
            f" rid of it, {_WAY_OUT} {name}",
        )
        return
    if before is None:
        return
    pairs: tuple[tuple[str, object, object], ...] = (
        ("kravia_creditor_id", now.kravia_creditor_id, before.kravia_creditor_id),
        ("ledger.kind", now.ledger_kind, before.ledger_kind),
    )
    differing = [pair for pair in pairs if pair[1] != pair[2]]
    if now.ledger_kind == before.ledger_kind and now.ledger_account != before.ledger_account:
        differing.append(("ledger.organization_id", now.ledger_account, before.ledger_account))
    for below, is_now, was in differing:
        yield IdentityFault(
            key=f"{key}.{below}",
            message=f"is {is_now}, was {was} when the database's {alive} came: set it back, and"
            f" give another creditor a section of its own; to change this one, {_WAY_OUT} {name}",
        )


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
