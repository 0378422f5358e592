"""What everybody's books say when the play is over, read once and indexed by invoice."""

from __future__ import annotations

from base64 import b64decode
from collections import Counter
from collections.abc import AsyncIterator, Collection, Iterator
from dataclasses import dataclass
from decimal import Decimal

import orjson

from clients.kravia.simulator_books import Accepted, SimulatedInvoice
from gateway.cli.demo import days
from gateway.cli.demo.agreement import Side
from gateway.cli.demo.door import CREDITOR, REASON, Document
from gateway.cli.demo.ledger_pushing import OVERDUE
from gateway.cli.demo.stage import Stage
from gateway.cli.demo.story import Ending

_PAGE_ROWS = 1_000
_NOT_VALID = frozenset({"rejected", "repaired"})
"""Outcomes of events that were kept and changed nothing; what corrects one counts by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Read from the gateway by its operations, from the remotes in their own books.

    ``claims`` (by invoice id) are as ``claims show`` gives them, with a ``decision`` always:
    what was adopted undecided is explained now (it is there already, so it is not handed over).
    Counts are by invoice id.
    """

    claims: dict[str, Document]
    tasks: list[Document]
    alerts: list[Document]
    recorded: int
    outbox: dict[str, int]
    registers: Counter[str]
    payments: Counter[str]
    credit_notes: Counter[str]
    collected: Counter[str]
    ledger_sides: dict[str, Side]
    private: dict[str, bool]
    filed_under: dict[str, tuple[str, str]]
    at_kravia: dict[str, SimulatedInvoice]
    kravia_meanings: dict[str, str]

    def seen(self, invoice_id: str) -> Ending | None:
        """How an invoice ended, in the words of a story's ending; ``None``: there is no claim."""
        claim = self.claims.get(invoice_id)
        if claim is None:
            return None
        decision = claim["decision"]
        return Ending(
            state=claim["state"],
            close_reason=claim["close_reason"],
            frozen=claim["frozen_on"] is not None,
            decision=decision["decision"],
            rules=tuple(reason["rule"] for reason in decision["reasons"]),
            registers=self.registers[invoice_id],
            payments=self.payments[invoice_id],
            credit_notes=self.credit_notes[invoice_id],
            collected=self.collected[invoice_id],
            tasks=tuple(task["kind"] for task in claim["tasks"] if task["done_at"] is None),
            alerts=tuple(
                alert["kind"] for alert in self.alerts if claim["claim_id"] in alert["command"]
            ),
            kravia_status=claim["kravia_status"],
            is_private=self.private.get(invoice_id),
            filed_under=self.filed_under.get(invoice_id),
        )

    def gateway_side(self, invoice_id: str) -> Side:
        """What the gateway keeps of the claim."""
        claim = self.claims[invoice_id]
        return Side(
            collecting=claim["state"] == "active",
            ended=claim["close_reason"],
            open=Decimal(claim["outstanding"]),
        )

    def kravia_side(self, invoice_id: str) -> Side | None:
        """What Kravia has of it, if it has it."""
        case = self.at_kravia.get(invoice_id)
        if case is None:
            return None
        word = case.status.lower()
        return Side(
            collecting=not case.is_closed,
            ended=self.kravia_meanings.get(word, word) if case.is_closed else None,
            open=case.remaining,
        )


async def gather(stage: Stage, *, filed: Collection[str]) -> Evidence:
    """Read everybody's books; ``filed`` are the invoices whose department and project to look up.

    No list shows those: they are in the body of the event.
    """
    claims = await _claims(stage)
    books, ledger = stage.kravia.books, stage.ledger
    status = await stage.door.call("status")
    events = await _items(stage, "events.list")
    return Evidence(
        claims=claims,
        tasks=await _items(stage, "tasks.list"),
        alerts=await _items(stage, "alerts.list"),
        recorded=sum(event["outcome"] not in _NOT_VALID for event in events),
        outbox=dict(status["outbox"]),
        registers=Counter(_reported(stage, books.registers)),
        payments=Counter(_reported(stage, books.payments)),
        credit_notes=Counter(_reported(stage, books.credit_notes)),
        collected=ledger.collected(),
        ledger_sides=ledger.sides(claims),
        private=dict(_private(stage, books.registers)),
        filed_under=dict([item async for item in _filed(stage, events, filed)]),
        at_kravia={
            case.accounting_invoice_id: case
            for case in books.invoices.values()
            if case.accounting_invoice_id is not None
        }
        | {
            invoice_id: books.invoices[claim["kravia_invoice_id"]]
            for invoice_id, claim in claims.items()
            if claim["kravia_invoice_id"] in books.invoices
        },
        kravia_meanings=dict(stage.kravia.assumptions.status_words),
    )


async def _claims(stage: Stage) -> dict[str, Document]:
    found = {}
    for row in await _items(stage, "claims.list"):
        claim: Document = await stage.door.call("claims.show", claim_id=row["claim_id"])
        if claim["decision"] is None:
            claim["decision"] = await stage.door.call(
                "explain",
                creditor=CREDITOR,
                invoice_id=row["invoice_id"],
                on=days.LAST_DAY.isoformat(),
            )
        found[row["invoice_id"]] = claim
    return found


async def _items(stage: Stage, operation: str) -> list[Document]:
    """All rows of a list, page by page."""
    items: list[Document] = []
    after: dict[str, object] = {}
    while True:
        page: Document = await stage.door.call(operation, limit=_PAGE_ROWS, **after)
        items += page["items"]
        if page["next"] is None:
            return items
        after = {"after": page["next"]}


def _reported(stage: Stage, calls: list[Accepted]) -> Iterator[str]:
    """The ledger's invoice ids that accepted calls were about, one for each call."""
    for call in calls:
        for kravia_id in call.invoice_ids:
            invoice_id = stage.kravia.books.invoices[kravia_id].accounting_invoice_id
            if invoice_id is not None:
                yield invoice_id


def _private(stage: Stage, registers: list[Accepted]) -> Iterator[tuple[str, bool]]:
    """Whether Kravia was told of a private individual, by the ledger's invoice id."""
    for call in registers:
        said = str(call.body["isPrivateIndividual"]).lower()
        for invoice_id in _reported(stage, [call]):
            yield invoice_id, said == "true"


async def _filed(
    stage: Stage, events: list[Document], filed: Collection[str]
) -> AsyncIterator[tuple[str, tuple[str, str]]]:
    """The names of department and project in the newest word of each of these invoices."""
    missing = set(filed)
    for event in (event for event in events if event["type"] == OVERDUE):
        if not missing:
            return
        shown = await stage.door.call("events.show", event_id=event["event_id"])
        if shown["invoice_id"] not in missing:
            continue
        missing.remove(shown["invoice_id"])
        kept = await stage.door.call("events.body", event_id=event["event_id"], reason=REASON)
        stated = orjson.loads(b64decode(kept["body_base64"]))["data"]["invoice"]
        names = stage.ledger.filed_under(stated["department"], stated["project"])
        yield shown["invoice_id"], names
