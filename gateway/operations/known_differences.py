"""What the last comparison of each creditor found, for a page; and having one begin now.

``reconcile`` compares while somebody waits, which takes minutes with a million claims. These read
what the nightly comparison left, or has it run again behind the answer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Final, cast

import sqlalchemy as sa

from gateway.domain.oslo import oslo_date
from gateway.domain.reconciliation.difference import Difference, Kind, Sign
from gateway.domain.reconciliation.signs import EXPLAINED
from gateway.operations.arguments import Arguments, creditor_of, query_of, reason_of
from gateway.operations.errors import OperationError
from gateway.operations.gateway import Gateway
from gateway.operations.paging import Document
from gateway.operations.reconcile import STAGES, difference_row, setting_of
from gateway.operations.walk import creditors_of
from gateway.storage import differences
from gateway.storage.desk import ALL_CREDITORS, record_action
from gateway.storage.differences import Age, Known, Place, Run
from outbox.instants import from_ms

AGES: Final = (timedelta(days=1), timedelta(days=7))
"""What is new since last night, and what has waited for longer than a week."""

MS_DIGITS_MAX: Final = 15
"""An instant in milliseconds has 13; more is no cursor of ours, and no number of a database's."""


def known(connection: sa.Connection, gateway: Gateway, arguments: Arguments) -> Document:
    """Differences as each creditor's last comparison saw them, by when they were first seen.

    ``next`` is the cursor to the page after. A row is as ``reconcile`` gives it, and has
    ``last_seen``; what only an earlier release saw says nothing of the sides.
    """
    cursor = arguments.get("after")
    query = query_of(gateway, {**arguments, "after": None})
    after = None if cursor is None else _place(str(cursor))
    only = query.text("creditor")
    found = [
        each
        for creditor_id in (sorted(gateway.creditors) if only is None else (only,))
        for each in differences.listing(
            connection,
            creditor_id,
            _signs(query.choice("kind", Kind), query.choice("sign", Sign)),
            after=after,
            limit=query.limit,
            newest_first=query.is_newest_first,
        )
    ]
    found.sort(key=_order, reverse=query.is_newest_first)
    taken = found[: query.limit]
    following = _cursor(taken[-1].place) if len(taken) == query.limit else None
    return {"items": [_row(each) for each in taken], "next": following}


def _signs(kind: str | None, sign: str | None) -> Iterable[str] | None:
    """The signs that both filters leave; None is every sign."""
    if kind is None and sign is None:
        return None
    return [
        each.value
        for each, explained in EXPLAINED.items()
        if kind in (None, explained.kind.value) and sign in (None, each.value)
    ]


_order = attrgetter("place.first_seen", "place.creditor_id", "place.sign", "place.about")


def _cursor(place: Place) -> str:
    return f"{place.first_seen}|{place.creditor_id}|{place.sign}|{place.about}"


def _place(cursor: str) -> Place:
    first_seen, _, rest = cursor.partition("|")
    creditor_id, _, rest = rest.partition("|")
    sign, bar, about = rest.partition("|")
    if not bar or not (
        first_seen.isascii() and first_seen.isdigit() and len(first_seen) <= MS_DIGITS_MAX
    ):
        raise OperationError("after must be the cursor of the last page", kind="invalid")
    return Place(first_seen=int(first_seen), creditor_id=creditor_id, sign=sign, about=about)


def _row(each: Known) -> Document:
    place = each.place
    said = each.said or Difference(sign=Sign(place.sign), part=place.about)
    row = difference_row(said, place.creditor_id, place.first_seen)
    if each.said is None:
        row["command"] = f"kravia-gateway reconcile --creditor {place.creditor_id}"
    return {**row, "last_seen": from_ms(each.last_seen).isoformat()}


async def overview(gateway: Gateway, arguments: Arguments, _actor: str) -> Document:
    """When each creditor was compared last, and the differences known, by sign and age.

    ``runs`` has a row a creditor; ``signs`` one a sign: ``differences`` in all, of them ``day``
    first seen within a day, ``week`` within seven (those of the day too), ``oldest``.
    """
    creditors = creditors_of(gateway, arguments)
    now = gateway.clock()
    ages = await gateway.recount.of(
        ("differences", creditors),
        lambda: gateway.database.read(
            lambda connection: differences.ages(
                connection, creditors, [now - each for each in AGES]
            )
        ),
    )
    found = cast("tuple[Age, ...]", ages)
    counts = Counter[str]()
    for each in found:
        counts[each.creditor_id] += each.differences
    runs = await gateway.database.read(
        lambda connection: [_run(connection, gateway, name, counts[name]) for name in creditors]
    )
    return {"differences": counts.total(), "runs": runs, "signs": _by_sign(found)}


def _run(connection: sa.Connection, gateway: Gateway, creditor_id: str, count: int) -> Document:
    run = differences.last_run(connection, creditor_id)
    is_whole = setting_of(connection, gateway, creditor_id).polled_at is not None
    told: Document = {"state": "never" if is_whole else "list_not_read"}
    if run is not None:
        told = {
            "state": "under_way" if run.ended_at is None else "compared",
            "began_at": run.began_at.isoformat(),
            "ended_at": None if run.ended_at is None else run.ended_at.isoformat(),
        }
    compared = {} if run is None else run.compared
    return {
        "creditor_id": creditor_id,
        "began_at": None,
        "ended_at": None,
        **told,
        "differences": count,
        "compared": {stage: compared.get(stage, 0) for stage in STAGES[:-1]},
    }


def _by_sign(ages: Sequence[Age]) -> list[Document]:
    """A row a sign, those that most differ in first."""
    of_sign: dict[str, list[Age]] = {}
    for each in ages:
        of_sign.setdefault(each.sign, []).append(each)
    rows: list[Document] = [
        {
            "sign": sign,
            "kind": EXPLAINED[Sign(sign)].kind.value,
            "cause": EXPLAINED[Sign(sign)].cause,
            "differences": sum(each.differences for each in many),
            "day": sum(each.younger[0] for each in many),
            "week": sum(each.younger[1] for each in many),
            "oldest": from_ms(min(each.oldest for each in many)).isoformat(),
        }
        for sign, many in of_sign.items()
    ]
    return sorted(rows, key=lambda row: (-int(str(row["differences"])), str(row["sign"])))


def start(
    connection: sa.Connection, gateway: Gateway, arguments: Arguments, actor: str, now: datetime
) -> Document:
    """Have a creditor compared now, or all; one that is being compared goes on.

    ``begun`` are those that begin now; ``under_way`` those that had; ``list_not_read`` those of
    which nothing can be said yet. A comparison by day does not replace that of the night.
    """
    only = arguments.get("creditor")
    names = sorted(gateway.creditors) if only is None else [creditor_of(gateway, arguments)]
    told: dict[str, list[str]] = {"begun": [], "under_way": [], "list_not_read": []}
    for name in names:
        told[_begin(connection, gateway, name, now)].append(name)
    record_action(
        connection,
        actor=actor,
        action="reconcile.start",
        subject=names[0] if only is not None else ALL_CREDITORS,
        reason=reason_of(arguments),
        now=now,
    )
    gateway.wake.compare()
    return {**told}


def _begin(connection: sa.Connection, gateway: Gateway, creditor_id: str, now: datetime) -> str:
    last = differences.last_run(connection, creditor_id)
    if last is not None and last.ended_at is None:
        return "under_way"
    if setting_of(connection, gateway, creditor_id).polled_at is None:
        return "list_not_read"
    day = oslo_date(now) if last is None else last.day
    differences.keep_run(connection, Run(creditor_id=creditor_id, day=day, began_at=now))
    return "begun"
