"""Which claims on one debtor go together, which stay apart, and why: shown before anything is sent.

Claims of one creditor on one debtor that may go on the same Oslo day, in one currency and none of
them disputed, are one case (inkassoloven § 17; INK-35). Those at the agency already are its live
case, to which the others are attached (INK-36). The agency decides about its own fee.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from gateway.domain.claim import ClaimState
from gateway.domain.decision import Outcome
from gateway.domain.wording import Said, Words

DISPUTED = Words("apart.disputed", "disputed", "bestridt")
HELD_BY_PERSON = Words("apart.person", "held by a person", "holdt tilbake av et menneske")
HELD_UNTIL = Words("apart.until", "held until {until}", "venter til {until}")
HELD = Words("apart.held", "held, no day is known", "venter, ingen dag er kjent")
REVIEW = Words("apart.review", "waits for a person's word", "venter på et menneskes ord")
REJECTED = Words("apart.rejected", "may not be collected", "kan ikke kreves inn")
OTHER_CURRENCY = Words(
    "apart.currency", "another currency, {currency}", "en annen valuta, {currency}"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One claim on the debtor, as it is decided on the day; no ``outcome`` once it is sent."""

    invoice_id: str
    invoice_number: str
    outstanding: Decimal  # open principal, major units of ``currency``
    currency: str
    state: ClaimState
    outcome: Outcome | None = None
    hold_until: date | None = None
    rules: tuple[str, ...] = ()  # that decided
    frozen: bool = False
    held_by_person: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Apart:
    """A claim that does not go with the others, and why."""

    member: Member
    why: Said


@dataclass(frozen=True, slots=True, kw_only=True)
class Consolidation:
    """What becomes of all outstanding claims on a debtor on a day, as one picture.

    ``together`` go, or are on their way, as one case; ``live`` are at the agency already.
    """

    merge_key: str
    on: date
    together: tuple[Member, ...]
    live: tuple[Member, ...]
    apart: tuple[Apart, ...]

    @property
    def principal(self) -> Decimal:
        """What goes together, in the currency of its claims."""
        return sum((member.outstanding for member in self.together), Decimal(0))


def consolidate(members: Sequence[Member], *, merge_key: str, on: date) -> Consolidation:
    """Sort the claims; closed ones are left out."""
    live = tuple(member for member in members if member.state is ClaimState.ACTIVE)
    apart: list[Apart] = []
    ready: list[Member] = []
    for member in members:
        if member.state in (ClaimState.ACTIVE, ClaimState.CLOSED):
            continue
        why = None if member.state is ClaimState.SENDING else _why_apart(member)
        if why is None:
            ready.append(member)
        else:
            apart.append(Apart(member=member, why=why))
    currencies = Counter(member.currency for member in ready)
    main = currencies.most_common(1)[0][0] if currencies else ""
    apart += [
        Apart(member=member, why=OTHER_CURRENCY(currency=member.currency))
        for member in ready
        if member.currency != main
    ]
    together = tuple(member for member in ready if member.currency == main)
    return Consolidation(
        merge_key=merge_key, on=on, together=together, live=live, apart=tuple(apart)
    )


def _why_apart(member: Member) -> Said | None:
    if member.frozen:
        return DISPUTED()
    if member.held_by_person:
        return HELD_BY_PERSON()
    match member.outcome:
        case Outcome.FORWARD:
            return None
        case Outcome.HOLD if member.hold_until is not None:
            return HELD_UNTIL(until=member.hold_until)
        case Outcome.HOLD:
            return HELD()
        case Outcome.REJECT:
            return REJECTED()
    return REVIEW()
