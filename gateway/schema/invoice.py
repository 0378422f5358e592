"""The contract's invoice and debtor as they stand in a webhook body.

Required are only the fields the contract requires; all others may be absent or null. Inside a list
or an object that is given, the fields that make it one (a payment's id, day and amount) are due.
"""

from __future__ import annotations

from typing import Annotated, Literal, get_args

from pydantic import Field

from gateway.schema.fields import (
    VERSION_MAX,
    Amount,
    Country,
    Currency,
    Day,
    Expected,
    Flag,
    Id,
    Line,
    Model,
    Name,
    Number,
    Short,
    Text,
    Url,
    one_of,
)

NOTICES_MAX = 100
"""Letters about one invoice: three are usual, more than a dozen would be harassment."""

MOVEMENTS_MAX = 1_000
"""Payments, and likewise credit notes, of one invoice: nearly three years of daily instalments."""

# The contract's closed lists of words; the mappers turn them into the domain's.
DebtorKindWord = Literal["person", "organization", "public"]
NoticeKindWord = Literal["reminder", "collection_notice", "payment_demand"]
ChannelWord = Literal[
    "post", "digital_mailbox", "portal", "efaktura", "email_recently_used", "email", "sms"
]
InsolvencyKindWord = Literal["debt_negotiation", "debt_settlement", "winding_up", "dissolved"]
ElsewhereStandingWord = Literal["running", "ended", "sold", "unknown"]
ObjectionOutcomeWord = Literal["answered", "withdrawn", "upheld"]

Version = Annotated[
    int,
    Field(ge=0, le=VERSION_MAX),
    Expected("must be a whole number from 0, not written as a string"),
]


class AddressModel(Model):
    """A postal address; what the agency needs and does not get is INK-25, not a fault here."""

    line1: Line | None = None
    line2: Line | None = None
    postal_code: Short | None = None
    city: Short | None = None
    country: Country | None = None


class InsolvencyModel(Model):
    """A proceeding against the debtor, open while ``ended_on`` is absent."""

    kind: Annotated[InsolvencyKindWord, one_of(*get_args(InsolvencyKindWord))]
    opened_on: Day | None = None
    ended_on: Day | None = None


class DebtorModel(Model):
    """Who owes."""

    number: Number
    name: Name
    kind: Annotated[DebtorKindWord, one_of(*get_args(DebtorKindWord))]
    organization_number: Short | None = None
    birth_date: Day | None = None
    national_id: Short | None = None
    contract_on: Day | None = None
    address: AddressModel | None = None
    email: Line | None = None
    phone: Short | None = None
    protected_address: Flag | None = None
    deceased: Flag | None = None
    bankrupt: Flag | None = None
    insolvency: InsolvencyModel | None = None


class NoticeModel(Model):
    """One letter; without ``sent_on`` it was not sent and proves nothing."""

    kind: Annotated[NoticeKindWord, one_of(*get_args(NoticeKindWord))]
    sent_on: Day | None = None
    deadline: Day | None = None
    channel: Annotated[ChannelWord, one_of(*get_args(ChannelWord))] | None = None
    fee: Amount | None = None


class InvoicePaymentModel(Model):
    """Money booked against the invoice, in the invoice's currency.

    ``from_agency``: the ledger knows that the agency paid it out; never told back to the agency.
    """

    id: Id
    paid_on: Day
    amount: Amount
    from_agency: Flag | None = None


class InvoiceCreditNoteModel(Model):
    """A credit issued against the invoice, in the invoice's currency."""

    id: Id
    issued_on: Day
    amount: Amount


class ObjectionModel(Model):
    """The debtor disputes the claim; ``amount`` given means that only part is disputed."""

    raised_on: Day
    text: Text | None = None
    amount: Amount | None = None


class InvoiceObjectionModel(ObjectionModel):
    """An objection as it stands on an invoice: perhaps resolved already."""

    resolved_on: Day | None = None
    outcome: Annotated[ObjectionOutcomeWord, one_of(*get_args(ObjectionOutcomeWord))] | None = None


class PaymentPlanModel(Model):
    """An agreed plan or later due date, in force while ``broken_on`` is absent."""

    agreed_on: Day
    new_due_date: Day | None = None
    broken_on: Day | None = None


class ElsewhereModel(Model):
    """The claim is, or was, in other hands through the ledger; ``word`` is the ledger's own."""

    standing: Annotated[ElsewhereStandingWord, one_of(*get_args(ElsewhereStandingWord))]
    word: Short


class InvoiceModel(Model):
    """One invoice. ``outstanding`` is already net of ``payments`` and ``credit_notes``.

    ``postponed_until`` is the last day on which the creditor wants nothing done.
    """

    id: Id
    number: Number
    issue_date: Day
    currency: Currency
    total: Amount
    outstanding: Amount
    version: Version | None = None
    due_date: Day | None = None
    kid: Short | None = None
    description: Text | None = None
    supplied_on: Day | None = None
    demand_sent_on: Day | None = None
    department: Short | None = None
    project: Short | None = None
    pdf_url: Url | None = None
    invoice_url: Url | None = None
    delivery_evidence: Short | None = None
    notices: Annotated[tuple[NoticeModel, ...], Field(max_length=NOTICES_MAX)] | None = None
    payments: Annotated[tuple[InvoicePaymentModel, ...], Field(max_length=MOVEMENTS_MAX)] | None = (
        None
    )
    credit_notes: (
        Annotated[tuple[InvoiceCreditNoteModel, ...], Field(max_length=MOVEMENTS_MAX)] | None
    ) = None
    objection: InvoiceObjectionModel | None = None
    payment_plan: PaymentPlanModel | None = None
    compensation_claimed: Amount | None = None
    interest_claimed: Amount | None = None
    postponed_until: Day | None = None
    elsewhere: ElsewhereModel | None = None
