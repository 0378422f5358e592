"""What a look at a live Conta says of each assumption, key by key; pure.

Evidence names fields, counts and codes, never a value that may be personal.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from clients.conta.assumptions import Assumptions
from clients.conta.look import Look
from clients.conta.wire import InvoiceEvent
from clients.finding import Finding, counted, fails, holds, of, unclear

CLOCK_OFF = timedelta(minutes=2)
"""Beyond this a clock is wrong, or a time is read in a wrong zone."""

_OFFSET = re.compile(r"(Z|[+-]\d\d:?\d\d)$")
_NORWEGIAN_POSTCODE = re.compile(r"\d{4}", re.ASCII)
_SENT_WORDS = frozenset({"delivered", "sent", "open", "opened", "click", "processed", "accepted"})
"""Words of delivery that say a letter has left; Conta's help pages name them among others."""


def inspect(seen: Look, assumptions: Assumptions, now: datetime) -> list[Finding]:
    """Judge every assumption; ``now`` is our clock."""
    return [
        *_clock(seen, assumptions, now),
        *_lists(seen, assumptions),
        _list_id(seen, assumptions),
        unclear("payments.remaining_includes_late_fees", "needs a person: an invoice with a fee"),
        unclear(
            "payments.settle_window_seconds", "only a payment of ours would tell: none is made"
        ),
        unclear("letters.created_counts_as_sent", "needs a person: a letter printed and posted"),
        _delivery_words(seen, assumptions),
        _countries(seen, assumptions),
        unclear("customers.sole_proprietor_words", "Conta tells no form of company to compare"),
        unclear("refusals.no_effect_names", "only a refused write would tell, and none is made"),
        unclear("files.enabled", "no file is fetched: the link would open to anyone who holds it"),
    ]


def _clock(seen: Look, assumptions: Assumptions, now: datetime) -> Iterator[Finding]:
    server = seen.server_date or now
    if seen.server_date is None:
        yield fails("Date header", "no answer carries one: a wrong clock would go unnoticed")
    else:
        skew = f"Conta's clock is {(server - now).total_seconds():+.0f} s from ours"
        yield (holds if abs(server - now) <= CLOCK_OFF else fails)("Date header", skew)
    with_offset = sum(_OFFSET.search(text) is not None for text in seen.created_at)
    total = len(seen.created_at)
    newest = max((row.createdAt for row in seen.invoices.hits if row.createdAt), default=None)
    if newest is None:
        yield unclear("time_zone", "no invoice tells when it was made")
    elif with_offset == total:
        yield unclear("time_zone", "every time carries its offset: the zone is not needed")
    elif newest.astimezone(UTC) > server + CLOCK_OFF:
        yield fails("time_zone", "the newest invoice is stamped later than Conta's own clock")
    elif newest.astimezone(UTC) >= server - CLOCK_OFF:
        yield holds("time_zone", "the newest invoice is stamped as Conta's own clock")
    else:
        yield unclear("time_zone", "no invoice was made just now, to compare with Conta's clock")
    if not total:
        yield unclear("writes_offsets", "no invoice tells when it was made")
    else:
        told = f"{of(with_offset, total, 'time')} carry an offset"
        as_assumed = with_offset == (total if assumptions.writes_offsets else 0)
        yield (holds if as_assumed else fails)("writes_offsets", told)


def _lists(seen: Look, assumptions: Assumptions) -> Iterator[Finding]:
    lists, page = assumptions.lists, seen.invoices
    count, came = page.hitCount, len(page.hits)
    told = f"asked for {lists.page_size_rows}, {came} came"
    if came >= lists.page_size_rows:
        yield holds("lists.page_size_rows", told)
    elif count is not None and count > came:
        yield fails("lists.page_size_rows", f"{told} of {count}: set it to {came}")
    else:
        yield unclear("lists.page_size_rows", f"asked for {lists.page_size_rows}; all {came} came")
    fits = (count or 0) <= lists.pages_max * max(came, 1)
    told = f"{count} invoices in pages of {came}"
    yield (holds if fits else fails)("lists.pages_max", told)
    ids = [row.id for row in page.hits]
    if lists.sort != "+id" or len(ids) < 2:  # noqa: PLR2004 - an order needs two
        yield unclear("lists.sort", f"{len(ids)} rows: no order to see")
    else:
        is_sorted = ids == sorted(ids)
        told = f"{len(ids)} rows came {'by' if is_sorted else 'not by'} id"
        yield (holds if is_sorted else fails)("lists.sort", told)


def _list_id(seen: Look, assumptions: Assumptions) -> Finding:
    key, listed = "payments.list_id", {row.id for row in seen.payment_rows.hits}
    whole = {payment.id for payment in seen.payments}
    parts = {part.id for payment in seen.payments for part in payment.partialPayments if part.id}
    as_part, as_whole = len(listed & (parts - whole)), len(listed & (whole - parts))
    if as_part == as_whole:
        return unclear(key, f"{len(seen.payments)} payments seen: none that tells")
    named = "partial" if as_part > as_whole else "payment"
    told = f"{max(as_part, as_whole)} ids of the list are those of {named}s"
    return (holds if named == assumptions.payments.list_id else fails)(key, told)


def _delivery_words(seen: Look, assumptions: Assumptions) -> Finding:
    key = "letters.unsent_words"
    words = [word.strip().lower() for event in seen.events for word in _told(event)]
    if not words:
        return unclear(key, f"none of {len(seen.events)} events tells how a letter fared")
    known = assumptions.letters.unsent_words | _SENT_WORDS
    unknown = [word for word in words if word not in known]
    if unknown:
        return unclear(key, f"taken for sent, see that it is so: {counted(unknown)}")
    return holds(key, f"{len(words)} statuses of delivery, all known")


def _told(event: InvoiceEvent) -> Iterator[str]:
    fields = (
        event.lastEmailEventType,
        event.ehfStatus,
        event.efakturaStatus,
        event.snailMailStatus,
    )
    yield from (word for word in fields if word)


def _countries(seen: Look, assumptions: Assumptions) -> Finding:
    key = "customers.absent_country"
    addresses = [customer.customerAddress for customer in seen.customers]
    absent = [address for address in addresses if not address.country]
    if assumptions.customers.absent_country is None or not absent:
        return unclear(key, f"{of(len(absent), len(addresses), 'customer')} without a country")
    fits = sum(_NORWEGIAN_POSTCODE.fullmatch(a.postcode or "") is not None for a in absent)
    told = f"{fits} of {len(absent)} without a country have a postcode of four digits"
    return holds(key, told) if fits == len(absent) else unclear(key, told)
