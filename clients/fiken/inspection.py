"""What a look at a live Fiken says of each assumption, key by key; pure.

Evidence names fields, counts and codes, never a value that may be personal.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

from clients.fiken.assumptions import Assumptions
from clients.fiken.look import Look, Seen
from clients.finding import Finding, fails, holds, of, unclear

CLOCK_OFF = timedelta(minutes=2)
"""Beyond this a clock is wrong."""

_NORWEGIAN_POSTCODE = re.compile(r"\d{4}", re.ASCII)


def inspect(seen: Look, assumptions: Assumptions, now: datetime) -> list[Finding]:
    """Judge every assumption; ``now`` is our clock."""
    return [
        _clock(seen, now),
        *_lists(seen, assumptions),
        _touches(seen, assumptions),
        _sign(seen, assumptions),
        _sale_payments(seen),
        unclear(
            "payments.settle_window_seconds", "only a payment of ours would tell: none is made"
        ),
        _countries(seen, assumptions),
        unclear("contacts.sole_proprietor_words", "Fiken tells no form of company to compare"),
    ]


def _clock(seen: Look, now: datetime) -> Finding:
    if seen.server_date is None:
        return fails("Date header", "no answer carries one: a wrong clock would go unnoticed")
    told = f"Fiken's clock is {(seen.server_date - now).total_seconds():+.0f} s from ours"
    is_near = abs(seen.server_date - now) <= CLOCK_OFF
    return (holds if is_near else fails)("Date header", told)


def _lists(seen: Look, assumptions: Assumptions) -> Iterator[Finding]:
    page, asked = seen.unsettled, assumptions.page_size_rows
    came, count = len(page.rows), page.resultCount
    if page.pageCount is None or count is None:
        yield fails("paging headers", "the list carries none: every list costs one call more")
        count = count or came
    else:
        yield holds("paging headers", f"{count} invoices on {page.pageCount} pages")
    if came >= asked:
        yield holds("lists.page_size_rows", f"asked for {asked}, {came} came")
    elif count > came:
        yield fails("lists.page_size_rows", f"asked for {asked}, {came} came of {count}")
    else:
        yield unclear("lists.page_size_rows", f"asked for {asked}; all {came} came")
    fits = count <= assumptions.pages_max * max(came, 1)
    yield (holds if fits else fails)("lists.pages_max", f"{count} invoices in pages of {came}")


def _touches(seen: Look, assumptions: Assumptions) -> Finding:
    """A payment later than the invoice's own last change shows that it does not move."""
    key = "lists.payment_touches_invoice"
    paid = [
        (each.invoice.lastModifiedDate, payment.date)
        for each in seen.invoices
        for payment in each.payments
        if each.invoice.lastModifiedDate is not None and payment.date is not None
    ]
    later = sum(paid_on > modified_on for modified_on, paid_on in paid)
    told = f"{of(later, len(paid), 'payment')} came after the invoice's last change"
    if later:
        return (fails if assumptions.payment_touches_invoice else holds)(key, told)
    return unclear(key, told)


def _sign(seen: Look, assumptions: Assumptions) -> Finding:
    key = "balance.owed_is"
    owed = [
        row.sale.outstandingBalance
        for row in seen.unsettled.rows
        if row.sale is not None and row.sale.outstandingBalance
    ]
    if not owed:
        return unclear(key, "no unsettled invoice tells what is owed")
    as_assumed = sum(amount * assumptions.owed_sign > 0 for amount in owed)
    told = f"{of(as_assumed, len(owed), 'balance')} are so"
    if as_assumed == len(owed):
        return holds(key, told)
    return fails(key, told) if as_assumed == 0 else unclear(key, told)


def _sale_payments(seen: Look) -> Finding:
    """An invoice's own ``sale.salePayments`` and the sale's list must name the same payments."""
    key = "sale.salePayments"
    paid = [each for each in seen.invoices if each.payments]
    same = sum(_names_the_same(each) for each in paid)
    told = f"{of(same, len(paid), 'paid invoice')} carry the payments of their sale's own list"
    if not paid:
        return unclear(key, told)
    return (holds if same == len(paid) else fails)(key, told)


def _names_the_same(each: Seen) -> bool:
    inside = None if each.invoice.sale is None else each.invoice.sale.salePayments
    if inside is None:
        return True  # then the list itself is read
    return {p.paymentId for p in inside} == {p.paymentId for p in each.payments}


def _countries(seen: Look, assumptions: Assumptions) -> Finding:
    key = "contacts.absent_country"
    addresses = [each.address for each in seen.contacts if each.address is not None]
    absent = [each for each in addresses if each.country is None]
    norwegian = sum(
        _NORWEGIAN_POSTCODE.fullmatch(each.postCode or "") is not None for each in absent
    )
    told = f"{of(len(absent), len(addresses), 'customer')} name no country"
    if not absent or assumptions.absent_country is None:
        return unclear(key, told)
    return (holds if norwegian == len(absent) else fails)(
        key, f"{told}; {norwegian} of them have a four-digit postcode"
    )
