"""An invoice as the ledger states it: frozen values, no behaviour beyond reading them.

Amounts are ``Decimal`` in major units of ``Invoice.currency``; dates are Oslo calendar dates.
Field names follow the contract's webhook body, so that a person who reads one can read the other.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum


class DebtorKind(StrEnum):
    """Who owes; a sole proprietorship counts as a person."""

    PERSON = "person"
    ORGANIZATION = "organization"
    PUBLIC = "public"


class NoticeKind(StrEnum):
    """The three letters: purring, inkassovarsel, betalingsoppfordring."""

    REMINDER = "reminder"
    COLLECTION_NOTICE = "collection_notice"
    PAYMENT_DEMAND = "payment_demand"


class Channel(StrEnum):
    """How a letter travelled."""

    POST = "post"
    DIGITAL_MAILBOX = "digital_mailbox"
    PORTAL = "portal"
    EFAKTURA = "efaktura"
    EMAIL_RECENTLY_USED = "email_recently_used"
    EMAIL = "email"
    SMS = "sms"


class InsolvencyKind(StrEnum):
    """Proceedings short of bankruptcy: gjeldsforhandling, gjeldsordning, avvikling, oppløst."""

    DEBT_NEGOTIATION = "debt_negotiation"
    DEBT_SETTLEMENT = "debt_settlement"
    WINDING_UP = "winding_up"
    DISSOLVED = "dissolved"


class ElsewhereStanding(StrEnum):
    """What became of a claim that the creditor gave into other hands through its own ledger."""

    RUNNING = "running"
    ENDED = "ended"
    SOLD = "sold"
    UNKNOWN = "unknown"


class ObjectionOutcome(StrEnum):
    """How an objection ended."""

    ANSWERED = "answered"
    WITHDRAWN = "withdrawn"
    UPHELD = "upheld"


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A postal address; ``country`` is ISO 3166-1 alpha-2."""

    line1: str | None = None
    line2: str | None = None
    postal_code: str | None = None
    city: str | None = None
    country: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Insolvency:
    """A proceeding against the debtor; open while ``ended_on`` is absent."""

    kind: InsolvencyKind
    opened_on: date | None = None
    ended_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Debtor:
    """Who owes. Everything here but ``number`` and ``kind`` is personal data."""

    number: str
    name: str
    kind: DebtorKind
    organization_number: str | None = None
    birth_date: date | None = None
    national_id: str | None = None
    contract_on: date | None = None
    address: Address | None = None
    email: str | None = None
    phone: str | None = None
    protected_address: bool = False
    deceased: bool = False
    bankrupt: bool = False
    insolvency: Insolvency | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One letter the creditor sent; ``fee`` is what was charged for it."""

    kind: NoticeKind
    sent_on: date
    deadline: date | None = None
    channel: Channel | None = None
    fee: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """Money the ledger has booked against the invoice; ``from_agency`` where it says whose."""

    id: str
    paid_on: date
    amount: Decimal
    from_agency: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditNote:
    """A credit the creditor has issued against the invoice."""

    id: str
    issued_on: date
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Objection:
    """The debtor disputes the claim; ``amount`` given means that only part is disputed."""

    raised_on: date
    text: str | None = None
    amount: Decimal | None = None
    resolved_on: date | None = None
    outcome: ObjectionOutcome | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentPlan:
    """An agreed plan or later due date; in force while ``broken_on`` is absent."""

    agreed_on: date
    new_due_date: date | None = None
    broken_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere:
    """The ledger's own way out of our hands: its own link to an agency, a sale.

    ``word`` is the ledger's, raw. With standing ``unknown`` nobody has given it a meaning.
    """

    standing: ElsewhereStanding
    word: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Invoice:
    """One overdue invoice with its debtor and all that the ledger told about both.

    ``outstanding`` is the open principal, already net of ``payments`` and ``credit_notes``,
    without fees or interest. ``postponed_until`` is the last day on which the creditor, by moving
    the follow-up in its ledger, wants nothing done; nobody agreed on a new due date.
    """

    id: str
    number: str
    issue_date: date
    currency: str
    total: Decimal
    outstanding: Decimal
    debtor: Debtor
    version: int | None = None
    due_date: date | None = None
    kid: str | None = None
    description: str | None = None
    supplied_on: date | None = None
    demand_sent_on: date | None = None
    department: str | None = None
    project: str | None = None
    pdf_url: str | None = None
    invoice_url: str | None = None
    delivery_evidence: str | None = None
    notices: tuple[Notice, ...] = ()
    payments: tuple[Payment, ...] = ()
    credit_notes: tuple[CreditNote, ...] = ()
    objection: Objection | None = None
    payment_plan: PaymentPlan | None = None
    compensation_claimed: Decimal | None = None
    interest_claimed: Decimal | None = None
    postponed_until: date | None = None
    elsewhere: Elsewhere | None = None
