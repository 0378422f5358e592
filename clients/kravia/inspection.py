"""What a look at a live Kravia says of each assumption, key by key; pure.

Answers hold personal data: evidence names fields, counts and codes, never another value.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from clients.answers import server_date
from clients.finding import Finding, counted, fails, holds, of, unclear
from clients.kravia.assumptions import ACTIONS, Assumptions
from clients.kravia.feed_time import instant_from_feed
from clients.kravia.inspection_rows import (
    envelope_of,
    fields_of,
    judge_lines,
    judge_payments,
    judge_settlements,
    judge_words,
)
from clients.kravia.shapes import Content, Look, content_of, text_at

CLOCK_OFF = timedelta(minutes=2)
"""Beyond this a clock is wrong, or a time is read in a wrong zone."""

WRITES_TELL = "only a write would tell, and none is made"


def inspect(seen: Look, assumptions: Assumptions, creditor_id: int, now: datetime) -> list[Finding]:
    """Judge every assumption; ``now`` is our clock."""
    known = assumptions.envelopes
    pages = [content_of(page, list, known) for page in seen.pages]
    rows = [row for page in pages for row in page.rows]
    details = [content_of(answer, dict, known) for answer in seen.details]
    settled = None if seen.settlements is None else content_of(seen.settlements, list, known)
    paid = assumptions.settlements
    settlements = [] if settled is None else settled.rows
    whole = [each.value for each in details]
    return [
        *_clock(seen, rows, assumptions, now),
        _creditor(rows, assumptions, creditor_id),
        _envelopes([*pages, *details, *([settled] if settled else [])], assumptions),
        unclear("error_paths", WRITES_TELL),
        holds("auth.header", "Kravia took the token from it"),
        holds("auth.prefix", "Kravia took the token after it"),
        *_register(),
        *_feed(seen, pages, rows, assumptions, creditor_id),
        *fields_of("search.fields", assumptions.search.fields, rows, "row", assumptions),
        envelope_of("details.envelope", details, assumptions.details.envelope),
        *fields_of("details.fields", assumptions.details.fields, whole, "case", assumptions),
        *judge_payments(whole, assumptions),
        *judge_settlements(settlements, settled, assumptions),
        *fields_of("settlements.fields", paid.fields, settlements, "settlement", assumptions),
        *judge_lines(settlements, assumptions),
        *judge_words(rows, whole, assumptions),
        unclear("webhook.recipe", "only a webhook of Kravia's would tell"),
        unclear("actions.objection_words", "only a case with an objection would tell"),
        *(
            unclear(f"actions.{name}.{what}", "a call that changes a case is not tried")
            for name in ACTIONS
            for what in ("call", "body")
        ),
    ]


def _clock(
    seen: Look, rows: Sequence[object], assumptions: Assumptions, now: datetime
) -> Iterator[Finding]:
    date = server_date(seen.pages[-1])
    if date is None:
        yield fails("Date header", "no answer carries one: a wrong clock would go unnoticed")
    else:
        skew = f"Kravia's clock is {(date - now).total_seconds():+.0f} s from ours"
        yield (holds if abs(date - now) <= CLOCK_OFF else fails)("Date header", skew)
    stamps = _stamps(rows, assumptions)
    newest = max(stamps, default=None)
    server = date or now
    if newest is None:
        yield unclear("time_zone", "no row with a readable time came")
    elif newest > server + CLOCK_OFF:
        yield fails("time_zone", "the newest row is stamped later than Kravia's own clock")
    elif newest >= server - CLOCK_OFF:
        yield holds("time_zone", "the newest row is stamped as Kravia's own clock")
    else:
        yield unclear("time_zone", "no row was changed just now, to compare with Kravia's clock")


def _stamps(rows: Iterable[object], assumptions: Assumptions) -> list[datetime]:
    found = []
    for row in rows:
        text = text_at(row, assumptions.search.fields["lastUpdatedTime"])
        try:
            found.append(instant_from_feed(text or "", assumptions.time_zone))
        except ValueError:
            continue
    return found


def _creditor(rows: Sequence[object], assumptions: Assumptions, creditor_id: int) -> Finding:
    key, path = "kravia_creditor_id", assumptions.search.fields["creditorId"]
    owners = [owner for row in rows if (owner := text_at(row, path)) is not None]
    ours = owners.count(str(creditor_id))
    if ours:
        return holds(key, f"{of(ours, len(rows), 'row')} of creditor {creditor_id}")
    if owners:
        others = len(set(owners))
        return unclear(key, f"none of {len(rows)} rows is its own; {others} other creditors' came")
    return unclear(key, "no row came that tells a creditor")


def _envelopes(answers: Sequence[Content], assumptions: Assumptions) -> Finding:
    names = {each.envelope for each in answers if each.envelope is not None}
    unknown = names - set(assumptions.envelopes)
    if unknown or not all(each.is_readable for each in answers):
        odd = counted(unknown) if unknown else "an answer was neither list nor object"
        return fails("envelopes", f"answers came in {odd}")
    return holds("envelopes", counted(names) if names else "all answers were bare")


def _register() -> Iterator[Finding]:
    for name in ("is_private_individual", "id", "envelope", "extra_fields"):
        yield unclear(f"register.{name}", WRITES_TELL)


def _feed(
    seen: Look,
    pages: Sequence[Content],
    rows: Sequence[object],
    assumptions: Assumptions,
    creditor_id: int,
) -> Iterator[Finding]:
    search = assumptions.search
    stamps = [text_at(row, search.fields["lastUpdatedTime"]) or "" for row in pages[0].rows]
    for name in ("order_by", "by_ascending"):
        key = f"search.{name}"
        if len({*stamps}) < 2:  # noqa: PLR2004 - an order needs two
            yield unclear(key, f"{len(stamps)} rows: too few different times to see an order")
        else:
            is_sorted = stamps == sorted(stamps)
            told = f"{len(stamps)} rows {'oldest' if is_sorted else 'not oldest'} change first"
            yield (holds if is_sorted else fails)(key, told)
    yield _filter(rows, assumptions, creditor_id)
    yield holds("search.beginning", "the first search was answered")
    yield _boundary(seen, rows, assumptions)
    yield _page_size(seen, pages, assumptions)
    yield envelope_of("search.envelope", pages, search.envelope)


def _filter(rows: Sequence[object], assumptions: Assumptions, creditor_id: int) -> Finding:
    key, path = "search.creditor_parameter", assumptions.search.fields["creditorId"]
    owners = {owner for row in rows if (owner := text_at(row, path)) is not None}
    if not owners:
        return unclear(key, "no row tells whose it is")
    if assumptions.search.creditor_parameter is None:
        told = sum(text_at(row, path) is not None for row in rows)
        return holds(key, f"{of(told, len(rows), 'row')} tell whose they are: no filter is needed")
    if owners == {str(creditor_id)}:
        return holds(key, "all rows are the creditor's own")
    return fails(key, f"rows of {len(owners)} creditors came: the parameter filters nothing")


def _boundary(seen: Look, rows: Sequence[object], assumptions: Assumptions) -> Finding:
    key, path = "search.boundary_is_inclusive", assumptions.search.fields["lastUpdatedTime"]
    last = max((text for row in rows if (text := text_at(row, path))), default=None)
    if seen.again is None or last is None:
        return unclear(key, "no row came to ask again for")
    again = content_of(seen.again, list, assumptions.envelopes).rows
    came = any(text_at(row, path) == last for row in again)
    told = f"a row {'came' if came else 'did not come'} again when asked for by its own time"
    return (holds if came == assumptions.search.boundary_is_inclusive else fails)(key, told)


def _page_size(seen: Look, pages: Sequence[Content], assumptions: Assumptions) -> Finding:
    key, size = "search.page_size_rows", assumptions.search.page_size_rows
    largest = max(len(page.rows) for page in pages)
    if seen.beyond is not None and content_of(seen.beyond, list, assumptions.envelopes).rows:
        return fails(key, f"asked for {size}, {largest} came and more follow: set it to {largest}")
    if largest >= size:
        return holds(key, f"asked for {size}, {largest} came")
    return unclear(key, f"asked for {size}, and there are only {largest}")
