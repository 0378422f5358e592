"""Decisions per second on one core, on a mixed set: every outcome, letters, payments, siblings.

Run from the project's folder as ``python -m tests.benchmarks.decisions [seconds]``. Counted is the
processor time of ``decide`` alone: the invoices are made before, and nothing is stored.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from gateway.domain.claim import ClaimState
from gateway.domain.eligibility.decide import decide
from gateway.domain.invoice import (
    Address,
    Channel,
    Debtor,
    DebtorKind,
    Invoice,
    Notice,
    NoticeKind,
    Objection,
    Payment,
    PaymentPlan,
)
from gateway.domain.rules import Policy
from gateway.domain.standing import Sibling, Standing
from gateway.settings import Settings
from gateway.settings_documents import load_rules

TODAY = date(2026, 11, 24)
SET_SIZE = 2_000
SECONDS = 3.0


def _letter(kind: NoticeKind, days_ago: int) -> Notice:
    sent_on = TODAY - timedelta(days=days_ago)
    return Notice(
        kind=kind,
        sent_on=sent_on,
        deadline=sent_on + timedelta(days=14),
        channel=Channel.POST,
        fee=Decimal("38.00"),
    )


def mixed() -> list[Invoice]:
    """Invoices of which about two fifths may go, as many are held, and the rest is refused."""
    address = Address(line1="Nygata 3", postal_code="0154", city="Oslo", country="NO")
    person = Debtor(number="10001", name="Kari Nordmann", kind=DebtorKind.PERSON, address=address)
    business = replace(person, kind=DebtorKind.ORGANIZATION, organization_number="974760673")
    invoices = []
    for number in range(SET_SIZE):
        due_on = TODAY - timedelta(days=60 + number % 400)
        invoice = Invoice(
            id=f"inv-{number}",
            number=str(number),
            issue_date=due_on - timedelta(days=14),
            due_date=due_on,
            supplied_on=due_on - timedelta(days=15),
            delivery_evidence="ehf",
            currency="NOK",
            total=Decimal("4800.00"),
            outstanding=Decimal("4800.00"),
            debtor=business if number % 4 == 0 else person,
            notices=(
                _letter(NoticeKind.REMINDER, 44),
                _letter(NoticeKind.COLLECTION_NOTICE, 26 if number % 5 < 3 else 10),
            ),
        )
        match number % 10:
            case 1:
                paid = Payment(id="p", paid_on=TODAY - timedelta(days=20), amount=Decimal("800.00"))
                invoice = replace(invoice, payments=(paid,), outstanding=Decimal("4000.00"))
            case 2:
                invoice = replace(invoice, objection=Objection(raised_on=TODAY))
            case 3:
                plan = PaymentPlan(agreed_on=due_on, new_due_date=TODAY + timedelta(days=9))
                invoice = replace(invoice, payment_plan=plan)
            case 5:
                invoice = replace(invoice, compensation_claimed=Decimal("430.00"))
            case 7:
                invoice = replace(invoice, notices=())
        invoices.append(invoice)
    return invoices


def measure(seconds: float) -> tuple[float, Counter[str]]:
    """Decide the set again and again; decisions per second of processor time, and outcomes."""
    rules, policy = load_rules(Settings.load(environ={})), Policy()
    sibling = Sibling(
        invoice_id="inv-x", invoice_number="x", currency="NOK", state=ClaimState.READY, frozen=False
    )
    standings = (Standing(creditor_id="acme"), Standing(creditor_id="acme", siblings=(sibling,)))
    work = [(invoice, standings[at % 2]) for at, invoice in enumerate(mixed())]
    outcomes: Counter[str] = Counter()
    decided, started = 0, time.process_time()
    while time.process_time() - started < seconds:
        for invoice, standing in work:
            found = decide(invoice, standing=standing, rules=rules, policy=policy, today=TODAY)
            outcomes[found.outcome] += 1
        decided += len(work)
    return decided / (time.process_time() - started), outcomes


def main() -> None:
    """Print the figure as one line of ``name=value`` pairs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("seconds", type=float, nargs="?", default=SECONDS)
    rate, outcomes = measure(parser.parse_args().seconds)
    shares = " ".join(
        f"{name}={count / outcomes.total():.2f}" for name, count in sorted(outcomes.items())
    )
    sys.stdout.write(f"decisions decisions_per_second={rate:,.0f} {shares}\n")


if __name__ == "__main__":
    main()
