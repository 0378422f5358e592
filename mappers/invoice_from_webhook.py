"""An invoice and its debtor as a webhook states them, as the domain's value."""

from __future__ import annotations

from decimal import Decimal

from gateway.domain.invoice import (
    Address,
    Channel,
    Debtor,
    DebtorKind,
    Elsewhere,
    ElsewhereStanding,
    Insolvency,
    InsolvencyKind,
    Invoice,
    Notice,
    NoticeKind,
    PaymentPlan,
)
from gateway.schema.invoice import (
    AddressModel,
    DebtorModel,
    ElsewhereModel,
    InsolvencyModel,
    NoticeModel,
    PaymentPlanModel,
)
from gateway.schema.webhooks import InvoiceData
from mappers.credit_note_from_webhook import credit_note_from_webhook
from mappers.objection_from_webhook import objection_from_webhook
from mappers.payment_from_webhook import payment_from_webhook


def invoice_from_webhook(data: InvoiceData) -> Invoice:
    """Map the ``data`` of ``invoice.overdue`` or ``invoice.updated``.

    An absent list is an empty one and an absent flag is false. A notice without ``sent_on`` was not
    sent, so it is left out: it can neither start a deadline nor carry a fee.
    """
    invoice = data.invoice
    return Invoice(
        id=invoice.id,
        number=invoice.number,
        issue_date=invoice.issue_date,
        currency=invoice.currency,
        total=Decimal(invoice.total),
        outstanding=Decimal(invoice.outstanding),
        debtor=_debtor(data.debtor),
        version=invoice.version,
        due_date=invoice.due_date,
        kid=invoice.kid,
        description=invoice.description,
        supplied_on=invoice.supplied_on,
        demand_sent_on=invoice.demand_sent_on,
        department=invoice.department,
        project=invoice.project,
        pdf_url=invoice.pdf_url,
        invoice_url=invoice.invoice_url,
        delivery_evidence=invoice.delivery_evidence,
        notices=_notices(invoice.notices),
        payments=tuple(payment_from_webhook(model) for model in invoice.payments or ()),
        credit_notes=tuple(credit_note_from_webhook(model) for model in invoice.credit_notes or ()),
        objection=None if invoice.objection is None else objection_from_webhook(invoice.objection),
        payment_plan=None if invoice.payment_plan is None else _payment_plan(invoice.payment_plan),
        compensation_claimed=_decimal(invoice.compensation_claimed),
        interest_claimed=_decimal(invoice.interest_claimed),
        postponed_until=invoice.postponed_until,
        elsewhere=None if invoice.elsewhere is None else _elsewhere(invoice.elsewhere),
    )


def _decimal(amount: str | None) -> Decimal | None:
    return None if amount is None else Decimal(amount)


def _debtor(model: DebtorModel) -> Debtor:
    return Debtor(
        number=model.number,
        name=model.name,
        kind=DebtorKind(model.kind),
        organization_number=model.organization_number,
        birth_date=model.birth_date,
        national_id=model.national_id,
        contract_on=model.contract_on,
        address=None if model.address is None else _address(model.address),
        email=model.email,
        phone=model.phone,
        protected_address=bool(model.protected_address),
        deceased=bool(model.deceased),
        bankrupt=bool(model.bankrupt),
        insolvency=None if model.insolvency is None else _insolvency(model.insolvency),
    )


def _address(model: AddressModel) -> Address:
    return Address(
        line1=model.line1,
        line2=model.line2,
        postal_code=model.postal_code,
        city=model.city,
        country=None if model.country is None else model.country.upper(),
    )


def _insolvency(model: InsolvencyModel) -> Insolvency:
    return Insolvency(
        kind=InsolvencyKind(model.kind), opened_on=model.opened_on, ended_on=model.ended_on
    )


def _notices(models: tuple[NoticeModel, ...] | None) -> tuple[Notice, ...]:
    return tuple(
        Notice(
            kind=NoticeKind(model.kind),
            sent_on=model.sent_on,
            deadline=model.deadline,
            channel=None if model.channel is None else Channel(model.channel),
            fee=Decimal(model.fee or 0),
        )
        for model in models or ()
        if model.sent_on is not None
    )


def _payment_plan(model: PaymentPlanModel) -> PaymentPlan:
    return PaymentPlan(
        agreed_on=model.agreed_on, new_due_date=model.new_due_date, broken_on=model.broken_on
    )


def _elsewhere(model: ElsewhereModel) -> Elsewhere:
    return Elsewhere(standing=ElsewhereStanding(model.standing), word=model.word)
