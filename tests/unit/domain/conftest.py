"""The shipped rules, and an invoice that may be forwarded on 2026-11-24 unless a test bends it."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import holidays
import pytest

from gateway.domain.decision import Decision
from gateway.domain.eligibility.decide import decide
from gateway.domain.invoice import Address, Channel, Debtor, DebtorKind, Invoice, Notice, NoticeKind
from gateway.domain.rules import Policy, Rules
from gateway.domain.standing import Standing
from mappers.rules_from_toml import rules_from_toml

NORWAY = Path(__file__).parents[3] / "config" / "rules" / "norway.toml"
TODAY = date(2026, 11, 24)


@pytest.fixture(scope="session")
def rules() -> Rules:
    days_off = frozenset(holidays.country_holidays("NO", years=range(2018, 2036)))
    return rules_from_toml([tomllib.loads(NORWAY.read_text(encoding="utf-8"))], days_off)


@pytest.fixture(scope="session")
def a_letter() -> Callable[..., Notice]:
    """A collection notice by post; ``sent_on`` and ``deadline`` as ISO text."""

    def make(
        sent_on: str,
        deadline: str | None = None,
        *,
        kind: str = "collection_notice",
        fee: str = "0",
        channel: Channel | None = Channel.POST,
    ) -> Notice:
        return Notice(
            kind=NoticeKind(kind),
            sent_on=date.fromisoformat(sent_on),
            deadline=date.fromisoformat(deadline) if deadline else None,
            channel=channel,
            fee=Decimal(fee),
        )

    return make


@pytest.fixture(scope="session")
def a_debtor() -> Callable[..., Debtor]:
    def make(**changes: Any) -> Debtor:
        facts: dict[str, Any] = {
            "number": "10001",
            "name": "Kari Nordmann",
            "kind": DebtorKind.PERSON,
            "address": Address(
                line1="Karl Johans gate 1", postal_code="0154", city="Oslo", country="NO"
            ),
        }
        return Debtor(**(facts | changes))

    return make


@pytest.fixture(scope="session")
def an_invoice(
    a_debtor: Callable[..., Debtor], a_letter: Callable[..., Notice]
) -> Callable[..., Invoice]:
    """10,000.00 NOK due Tue 2026-09-01; the notice ran out on Fri 2026-10-16."""

    def make(**changes: Any) -> Invoice:
        facts: dict[str, Any] = {
            "id": "inv-1001",
            "number": "20003",
            "issue_date": date(2026, 8, 14),
            "due_date": date(2026, 9, 1),
            "supplied_on": date(2026, 8, 10),
            "delivery_evidence": "ehf",
            "currency": "NOK",
            "total": Decimal("10000.00"),
            "debtor": a_debtor(),
            "notices": (a_letter("2026-10-02", "2026-10-16"),),
        }
        facts |= changes
        facts.setdefault("outstanding", facts["total"])
        return Invoice(**facts)

    return make


@pytest.fixture(scope="session")
def decided(rules: Rules) -> Callable[..., Decision]:
    """``decide`` with the shipped rules, default policy and an untroubled standing."""

    def run(
        invoice: Invoice,
        today: date | str = TODAY,
        *,
        policy: Policy | None = None,
        standing: Standing | None = None,
    ) -> Decision:
        return decide(
            invoice,
            standing=standing or Standing(creditor_id="acme"),
            rules=rules,
            policy=policy or Policy(),
            today=date.fromisoformat(today) if isinstance(today, str) else today,
        )

    return run
