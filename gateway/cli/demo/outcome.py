"""How the play ended: every story beside what was seen, and the figures of ``demo --json``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

from gateway.cli.demo.agreement import disagreements
from gateway.cli.demo.evidence import Evidence, gather
from gateway.cli.demo.kind import LedgerKind
from gateway.cli.demo.loops import Loops
from gateway.cli.demo.stage import Stage
from gateway.cli.demo.story import Ending, Story

_MUST_BE_ZERO = ("duplicates_at_kravia", "payouts_echoed", "in_doubt", "parked", "unreconciled")
_KEYS = (
    *("invoices", "events_recorded", "decisions", "cases", "claims_registered"),
    *("kravia_register_calls", "duplicates_at_kravia", "payments_reported", "payments_booked"),
    *("payouts_echoed", "in_doubt", "resolved_doubts", "parked", "unreconciled", "seconds"),
)
"""The contract's, in its order. ``cases`` are debtors whose claims Kravia took from us;
``payments_booked`` payments of Kravia's that the ledger was told of, or booked where it is not."""

_IF_GIVEN = frozenset({"kravia_status", "is_private", "filed_under"})
_DECISIONS = ("forward", "hold", "review", "reject")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """``faults`` are sentences, none when all ended as told; ``figures`` the contract's keys.

    ``seen`` has every story's ending as it was, None where there is no claim.
    """

    kind: LedgerKind
    stories: Sequence[Story]
    seen: Sequence[Ending | None]
    evidence: Evidence
    figures: Mapping[str, object]
    faults: tuple[str, ...]

    @property
    def as_told(self) -> bool:
        """Whether every invoice ended as its story says, and nothing else is amiss."""
        return not self.faults


async def outcome_of(
    told: Sequence[Story], stage: Stage, kind: LedgerKind, loops: Loops, *, seconds: float
) -> Outcome:
    """Read the books and compare."""
    ids = [stage.ledger.id_of(story.invoice) for story in told]
    filed = [id_ for id_, story in zip(ids, told, strict=True) if story.ending.filed_under]
    evidence = await gather(stage, filed=filed)
    seen = [evidence.seen(id_) for id_ in ids]
    disagreed = [
        sentence
        for invoice_id in evidence.claims
        for sentence in disagreements(
            invoice_id,
            ledger=evidence.ledger_sides[invoice_id],
            gateway=evidence.gateway_side(invoice_id),
            kravia=evidence.kravia_side(invoice_id),
        )
    ]
    faults = [
        *stage.door.surprises,
        *(fault for each in zip(told, ids, seen, strict=True) for fault in mismatches(*each)),
        *_split_cases(evidence),
        *disagreed,
    ]
    figures = _figures(evidence, stage) | {
        "invoices": len(told),
        "events_recorded": evidence.recorded,
        "resolved_doubts": loops.doubts_ended["adopted"] + loops.doubts_ended["absent"],
        "unreconciled": len(disagreed),
        "seconds": round(seconds, 1),
    }
    faults += [f"{key}: expected 0, found {figures[key]}" for key in _MUST_BE_ZERO if figures[key]]
    return Outcome(
        kind=kind,
        stories=told,
        seen=seen,
        evidence=evidence,
        figures={key: figures[key] for key in _KEYS},
        faults=tuple(faults),
    )


def _figures(evidence: Evidence, stage: Stage) -> dict[str, object]:
    """What is counted in books; where a remote is concerned, in its own."""
    books = stage.kravia.books
    decided = Counter(claim["decision"]["decision"] for claim in evidence.claims.values())
    registered = [books.invoices[call.invoice_ids[0]] for call in books.registers]
    echoed = [
        payment
        for invoice in books.invoices.values()
        for payment in invoice.payments
        if payment.accounting_payment_id in stage.ledger.pay_out_ids
    ]
    return {
        "decisions": {name: decided[name] for name in _DECISIONS},
        "cases": len({invoice.debtor_number for invoice in registered}),
        "claims_registered": len(evidence.registers),
        "kravia_register_calls": stage.kravia.calls.get("register", 0),
        "duplicates_at_kravia": len(books.duplicates),
        "payments_reported": len(books.payments),
        "payments_booked": sum(evidence.collected.values()),
        "payouts_echoed": len(echoed),
        "in_doubt": evidence.outbox["in_doubt"],
        "parked": evidence.outbox["parked"],
    }


def mismatches(story: Story, invoice_id: str, seen: Ending | None) -> list[str]:
    """Sentences: what the story says and what was seen instead."""
    wanted = story.ending
    about = f"{story.name} ({invoice_id})"
    if seen is None:
        return [f"{about}: there is no claim, expected {wanted.state}"]
    return [
        f"{about}: {field.name}: expected {getattr(wanted, field.name)!r},"
        f" found {getattr(seen, field.name)!r}"
        for field in fields(Ending)
        if getattr(wanted, field.name) != getattr(seen, field.name)
        and not (field.name in _IF_GIVEN and getattr(wanted, field.name) is None)
    ]


def _split_cases(evidence: Evidence) -> list[str]:
    """Claims on one debtor must be one case."""
    cases: dict[str, set[str]] = {}
    for claim in evidence.claims.values():
        cases.setdefault(claim["debtor_number"], set()).add(claim["case_id"])
    return [
        f"debtor {number}: expected one case, found {len(found)}"
        for number, found in cases.items()
        if len(found) > 1
    ]
