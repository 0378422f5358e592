"""The comparison itself, over streams of what was read: nothing is kept between two items."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gateway.domain.reconciliation.books import (
    KEPT,
    UNDER_WAY,
    ClaimBooks,
    LedgerOnly,
    Setting,
    SettlementBooks,
    StrangeCase,
    Unread,
)
from gateway.domain.reconciliation.cases import case_differences
from gateway.domain.reconciliation.difference import Difference, Sign, kroner
from gateway.domain.reconciliation.ledgers import ledger_differences
from gateway.domain.reconciliation.money import money_differences
from gateway.domain.reconciliation.payouts import (
    payout_differences,
    settlement_differences,
    unread_difference,
)

Item = ClaimBooks | StrangeCase | LedgerOnly | SettlementBooks | Unread
"""Whatever two sides may differ about."""


def differences(items: Iterable[Item], setting: Setting) -> Iterator[Difference]:
    """Compare all sides of each item, in the order they come."""
    for item in items:
        match item:
            case ClaimBooks():
                yield from case_differences(item, setting)
                yield from money_differences(item, setting)
                yield from ledger_differences(item, setting)
                yield from payout_differences(item, setting)
            case StrangeCase():
                yield from _strange(item, setting)
            case LedgerOnly():
                if setting.now - item.read_at > UNDER_WAY:
                    yield Difference(
                        sign=Sign.LEDGER_NOT_OURS,
                        invoice_id=item.invoice_id,
                        ledger=f"{kroner(item.outstanding)} open",
                        gateway="no claim",
                    )
            case SettlementBooks():
                yield from settlement_differences(item, setting)
            case Unread():
                yield unread_difference(item)


def _strange(found: StrangeCase, setting: Setting) -> Iterator[Difference]:
    """A case that is nobody's; an end is past that was before the gateway began, or long ago."""
    case = found.case
    if setting.polled_at is None:
        return
    is_past = setting.completed_at is None or case.seen_at <= setting.completed_at
    is_past |= setting.now - case.seen_at > KEPT
    if case.has_ended and is_past:
        return
    yield Difference(
        sign=Sign.CASE_NOT_OURS,
        part=case.kravia_invoice_id,
        invoice_id=case.invoice_id,
        kravia_invoice_id=case.kravia_invoice_id,
        gateway="no claim" if found.like is None else f"may be claim {found.like}",
        kravia=case.status or "no status",
    )
