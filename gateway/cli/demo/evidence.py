"""What everybody's books say when the play is over, read once and indexed by invoice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from clients.kravia.simulator_books import Accepted, SimulatedInvoice
from clients.webhook.simulator import Told
from gateway.cli.demo import days
from gateway.cli.demo.agreement import Side
from gateway.cli.demo.stage import CREDITOR, Stage
from gateway.cli.demo.story import Ending

Document = dict[str, Any]

_PAGE_ROWS = 1_000


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
    outbox: dict[str, int]
    registers: Counter[str]
    payments: Counter[str]
    credit_notes: Counter[str]
    collected: Counter[str]
    told_registered: Counter[str]
    told_closed: dict[str, str]
    at_kravia: dict[str, SimulatedInvoice]
    kravia_meanings: dict[str, str]
    ledger_open: dict[str, Decimal]

    def seen(self, invoice_id: str) -> Ending | None:
        """How an invoice ended, in the words of a story's ending; ``None``: there is no claim."""
        claim = self.claims.get(invoice_id)
        if claim is None:
            return None
        decision = claim["decision"]
        return Ending(
            state=claim["state"],
            close_reason=claim["close_reason"],
            decision=decision["decision"],
            rules=tuple(reason["rule"] for reason in decision["reasons"]),
            registers=self.registers[invoice_id],
            payments=self.payments[invoice_id],
            credit_notes=self.credit_notes[invoice_id],
            collected=self.collected[invoice_id],
            tasks=tuple(task["kind"] for task in claim["tasks"] if task["done_at"] is None),
            kravia_status=claim["kravia_status"],
        )

    def ledger_side(self, invoice_id: str) -> Side:
        """What the ledger booked, and was told."""
        ended = self.told_closed.get(invoice_id)
        return Side(
            collecting=self.told_registered[invoice_id] == 1 and ended is None,
            ended=ended,
            open=self.ledger_open.get(invoice_id, Decimal(0)),
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


async def gather(stage: Stage) -> Evidence:
    """Read everybody's books."""
    claims = await _claims(stage)
    books, ledger = stage.kravia.books, stage.ledger
    status = await stage.call("status")
    return Evidence(
        claims=claims,
        tasks=await _items(stage, "tasks.list"),
        alerts=await _items(stage, "alerts.list"),
        outbox=dict(status["outbox"]),  # type: ignore[call-overload]  # JSON, as the contract has it
        registers=Counter(_reported(stage, books.registers)),
        payments=Counter(_reported(stage, books.payments)),
        credit_notes=Counter(_reported(stage, books.credit_notes)),
        collected=Counter(map(_invoice_id, ledger.of_type("payment.collected"))),
        told_registered=Counter(map(_invoice_id, ledger.of_type("claim.registered"))),
        told_closed={
            _invoice_id(told): str(told.data["reason"]) for told in ledger.of_type("claim.closed")
        },
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
        ledger_open=dict(stage.book.open),
    )


async def _claims(stage: Stage) -> dict[str, Document]:
    found = {}
    for row in await _items(stage, "claims.list"):
        claim: Document = await stage.call("claims.show", claim_id=row["claim_id"])
        if claim["decision"] is None:
            claim["decision"] = await stage.call(
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
        page: Document = await stage.call(operation, limit=_PAGE_ROWS, **after)
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


def _invoice_id(told: Told) -> str:
    claim: Any = told.data["claim"]
    return str(claim["invoice_id"])
