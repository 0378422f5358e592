"""A story as a value: an invoice, what happens to it on which day, and how it must end.

What the gateway does between the steps is its own affair, and judged by the ending.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from gateway.cli.demo.cast import DemoInvoice
from gateway.cli.demo.steps import Step


class Chapter(StrEnum):
    """What a story is about; each has a section of the screen."""

    BUSINESS = "business"
    CONTA = "conta"  # what only Conta can tell
    TROUBLE = "trouble"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How a story must end; the figures are counted in the remotes' own books.

    ``state`` and ``close_reason`` are the claim's, ``frozen`` whether nothing new may be done with
    it. ``decision`` and ``rules`` are its last decision and the ids of all its reasons.
    ``registers``, ``payments`` and ``credit_notes`` are calls about the invoice that took effect at
    Kravia; ``collected`` how many payments of Kravia's the ledger was told of, or booked. ``tasks``
    and ``alerts`` are the kinds still open for a person.

    Three are looked at only where a story gives them: Kravia's word for the case, whether Kravia
    was told of a private individual, and the department and project the claim is kept under.
    """

    state: str
    decision: str
    close_reason: str | None = None
    frozen: bool = False
    rules: tuple[str, ...] = ()
    registers: int = 0
    payments: int = 0
    credit_notes: int = 0
    collected: int = 0
    tasks: tuple[str, ...] = ()
    alerts: tuple[str, ...] = ()
    kravia_status: str | None = None
    is_private: bool | None = None
    filed_under: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """One invoice's story. ``name`` fits a table, ``about`` is one sentence."""

    name: str
    about: str
    invoice: DemoInvoice
    steps: tuple[Step, ...]
    ending: Ending
    chapter: Chapter = Chapter.BUSINESS
