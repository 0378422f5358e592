"""What a look at a live Tripletex says of each assumption, key by key; pure.

Evidence names fields, counts and codes, never a value that may be personal.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise

from clients.finding import Finding, counted, fails, holds, of, unclear
from clients.tripletex.assumptions import Assumptions
from clients.tripletex.look import Look

CLOCK_OFF = timedelta(minutes=2)
"""Beyond this a clock is wrong."""

INVOICE_POSTING = "OUTGOING_INVOICE_CUSTOMER_POSTING"
"""The documented type of an invoice's own posting, and of a credit note's."""

_NORWEGIAN_POSTCODE = re.compile(r"\d{4}", re.ASCII)


def inspect(seen: Look, assumptions: Assumptions, company_id: int, now: datetime) -> list[Finding]:
    """Judge every assumption; ``now`` is our clock."""
    return [
        _clock(seen, now),
        _company(seen, company_id),
        holds("session_days", f"a session of {assumptions.session_days} days was made by POST"),
        _period_ends(seen, assumptions),
        *_lists(seen, assumptions),
        _types(seen, assumptions),
        unclear("payments.days_back", "when a payment was entered is not told"),
        unclear(
            "payments.settle_window_seconds", "only a payment of ours would tell: none is made"
        ),
        _no_vat(seen, assumptions),
        _countries(seen, assumptions),
        unclear("customers.sole_proprietor_words", "no form of company is told to compare"),
        unclear("webhooks.idempotency_header", "only a signed webhook would tell: none was sent"),
        _events(seen, assumptions),
    ]


def _clock(seen: Look, now: datetime) -> Finding:
    if seen.server_date is None:
        return fails("Date header", "no answer carries one: a wrong clock would go unnoticed")
    skew = seen.server_date - now
    told = f"Tripletex's clock is {skew.total_seconds():+.0f} s from ours"
    return (holds if abs(skew) <= CLOCK_OFF else fails)("Date header", told)


def _company(seen: Look, company_id: int) -> Finding:
    told = f"the session is company {seen.who.companyId}'s"
    return (holds if seen.who.companyId == company_id else fails)("company_id", told)


def _period_ends(seen: Look, assumptions: Assumptions) -> Finding:
    key = "period_end_exclusive"
    known = sorted(
        (each.start, each.end) for each in seen.periods if each.start and each.end is not None
    )
    pairs = [(end, start) for (_, end), (start, _) in pairwise(known)]
    if not pairs:
        return unclear(key, f"{len(known)} accounting periods: no two to compare")
    exclusive = sum(end == start for end, start in pairs)
    told = f"{exclusive} of {len(pairs)} periods end on the day the next begins"
    as_assumed = exclusive == (len(pairs) if assumptions.period_end_exclusive else 0)
    return (holds if as_assumed else fails)(key, told)


def _lists(seen: Look, assumptions: Assumptions) -> Iterator[Finding]:
    lists, came, size = assumptions.lists, len(seen.rows.values), seen.rows.fullResultSize
    told = f"asked for {lists.page_size_rows}, {came} came of {size}"
    if came >= lists.page_size_rows:
        yield holds("lists.page_size_rows", told)
    elif size is not None and size > came:
        yield fails("lists.page_size_rows", f"{told}: set it to {came}")
    else:
        yield unclear("lists.page_size_rows", told)
    if size is None:
        yield fails("lists.result_set_max_rows", "fullResultSize is not told: lists would be cut")
    elif size > lists.result_set_max_rows:
        told = f"a list of {size} was answered: the limit lies higher, which costs nothing"
        yield unclear("lists.result_set_max_rows", told)
    else:
        yield unclear("lists.result_set_max_rows", f"{size} invoices: the limit is not reached")
    numbers = [row.id for row in seen.rows.values]
    if lists.sorting != "id" or len(numbers) < 2:  # noqa: PLR2004 - an order needs two
        yield unclear("lists.sorting", f"{len(numbers)} rows: no order to see")
    else:
        is_sorted = numbers == sorted(numbers)
        told = f"{len(numbers)} rows came {'by' if is_sorted else 'not by'} id"
        yield (holds if is_sorted else fails)("lists.sorting", told)
    yield unclear("lists.years_back", f"{size} invoices in {lists.years_back} years")
    paid = sum(row.amountCurrencyOutstanding == 0 for row in seen.rows.values)
    if lists.status is None:
        yield unclear("lists.status", f"not sent; {of(paid, came, 'row')} have nothing left")
    else:
        told = f"{of(paid, came, 'row')} have nothing left under status={lists.status}"
        yield (fails if paid else holds)("lists.status", told)


def _types(seen: Look, assumptions: Assumptions) -> Finding:
    key = "payments.types"
    types = [
        posting.type or "none"
        for invoice in seen.invoices
        if invoice.isCreditNote is not True
        for posting in invoice.postings
        if (posting.amount or 0) < 0 and posting.type != INVOICE_POSTING
    ]
    if not types:
        return unclear(key, f"none of {len(seen.invoices)} invoices has a payment")
    others = [each for each in types if each not in assumptions.payments.types]
    if others:
        return unclear(key, f"not taken for payments, see that it is so: {counted(others)}")
    return holds(key, f"{len(types)} payments: {counted(types)}")


def _no_vat(seen: Look, assumptions: Assumptions) -> Finding:
    key, number = "vouchers.no_vat_type_id", assumptions.vouchers.no_vat_type_id
    rates = [each.percentage for each in seen.vat_types if each.id == number]
    if not rates:
        return fails(key, f"none of {len(seen.vat_types)} VAT types has the id {number}")
    told = f"VAT type {number} has {rates[0]} %"
    return (fails if rates[0] else holds)(key, told)


def _countries(seen: Look, assumptions: Assumptions) -> Finding:
    key = "customers.absent_country"
    customers = [each.customer for each in seen.invoices if each.customer is not None]
    addresses = [each.postalAddress for each in customers if each.postalAddress is not None]
    absent = [address for address in addresses if not address.country]
    if assumptions.customers.absent_country is None or not absent:
        return unclear(key, f"{of(len(absent), len(addresses), 'customer')} without a country")
    fits = sum(_NORWEGIAN_POSTCODE.fullmatch(a.postalCode or "") is not None for a in absent)
    told = f"{fits} of {len(absent)} without a country have a postcode of four digits"
    return holds(key, told) if fits == len(absent) else unclear(key, told)


def _events(seen: Look, assumptions: Assumptions) -> Finding:
    key = "webhooks.events"
    events = [(each.event or "no event").lower() for each in seen.subscriptions]
    if not events:
        return unclear(key, "nothing is subscribed to: payments are found by sweeps alone")
    ours = [each for each in events if each in assumptions.webhooks.events]
    told = f"{of(len(ours), len(events), 'subscription')} of events that are hints"
    return holds(key, told) if ours else unclear(key, told)
