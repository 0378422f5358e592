"""An EHF or Peppol BIS Billing 3.0 document (UBL) as the contract's ``data``, without guessing.

Amounts are the document's own: ``TaxInclusiveAmount`` with its rounding is the total,
``PayableAmount`` what is outstanding. What a document does not say stays absent; letters, payments
after it was issued and the debtor's birth date are never in it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from gateway.domain.national_number import is_national_number
from gateway.domain.organization_number import organization_number_in
from gateway.schema.xml_tree import Element
from mappers.day_from_text import day_from_text

Document = dict[str, object]

_UBL: Final = "urn:oasis:names:specification:ubl:schema:xsd:"
_REMINDER: Final = "ehf:reminder"  # in CustomizationID: EHF Reminder 3.0
_CREDIT_TYPES: Final = frozenset(
    ("81", "83", "261", "262", "296", "308", "381", "396", "420", "458", "532")
)
"""UNCL1001 codes of credit notes."""

_ZONE: Final = re.compile(r"(?<=[0-9]{2})(?:Z|[+-][0-9]{2}:[0-9]{2})$")  # xsd:date may carry one
_MONEY: Final = re.compile(r"[+-]?[0-9]{1,15}(?:\.[0-9]{1,10})?")
_ORGANIZATION_SCHEME: Final = "0192"
_DESCRIPTION_LENGTH_MAX: Final = 500  # a line on a payment demand, not the whole letter


class UblFaultError(ValueError):
    """The document makes no invoice: ``element`` is the path, the sentence says what is due."""

    def __init__(self, element: str, sentence: str) -> None:
        super().__init__(f"{element}: {sentence}" if element else sentence)
        self.element = element
        self.sentence = sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class UblReading:
    """What a document says: ``data`` of its invoice, or a reminder of one; notes for the reader.

    ``reminder_of`` is the number of the invoice that a reminder is about; ``notice`` the letter.
    """

    data: Document
    notes: tuple[str, ...]
    reminder_of: str | None = None
    notice: Document | None = None


def invoice_from_ubl(root: Element) -> UblReading:
    """Map a document; raises ``UblFaultError`` naming the element."""
    _check_type(root)
    if _REMINDER in (root.value("CustomizationID") or ""):
        return _reminder(root)
    notes: list[str] = []
    invoice = _invoice(root, notes)
    party = root.first("AccountingCustomerParty/Party")
    if party is None:
        raise UblFaultError("cac:AccountingCustomerParty/cac:Party", "is missing: who owes?")
    debtor = _debtor(party, notes)
    notes.append(f"issued by {_seller(root)}")
    return UblReading(data={"invoice": invoice, "debtor": debtor}, notes=tuple(notes))


def _check_type(root: Element) -> None:
    if root.namespace == f"{_UBL}CreditNote-2" or (
        root.value("InvoiceTypeCode") in _CREDIT_TYPES or root.value("CreditNoteTypeCode")
    ):
        about = root.value("BillingReference/InvoiceDocumentReference/ID")
        raise UblFaultError(
            f"cbc:{root.name}TypeCode",
            f"this is a credit note{f' on invoice {about}' if about else ''}, which nobody owes:"
            " state it on that invoice, under credit_notes, and register the invoice",
        )
    if root.namespace != f"{_UBL}Invoice-2" or root.name != "Invoice":
        raise UblFaultError("", "the document is no UBL invoice (EHF or Peppol BIS Billing 3.0)")


def _invoice(root: Element, notes: list[str]) -> Document:
    currency = _needed(root, "DocumentCurrencyCode")
    total = _money(root, "TaxInclusiveAmount", currency, required=True)
    payable = _money(root, "PayableAmount", currency, required=True)
    prepaid = _money(root, "PrepaidAmount", currency)
    rounding = _money(root, "PayableRoundingAmount", currency)
    if payable < 0:
        raise UblFaultError(
            "cac:LegalMonetaryTotal/cbc:PayableAmount", "is below zero: nothing is owed"
        )
    if total + rounding - prepaid != payable:
        notes.append(
            "PayableAmount is not TaxInclusiveAmount less PrepaidAmount: PayableAmount is used"
        )
    if prepaid:
        notes.append(f"{prepaid:.2f} was prepaid, on a day that the document does not tell")
    due_on = _day(root, "DueDate") or _day(root, "PaymentMeans/PaymentDueDate")
    if any(True for _ in root.all("AdditionalDocumentReference/Attachment")):
        notes.append("attachments are not kept: give pdf_url, or add them at the agency")
    return {
        "number": _needed(root, "ID"),
        "issue_date": _needed_day(root, "IssueDate"),
        "due_date": due_on,
        "currency": currency,
        "total": f"{max(total + rounding, Decimal(0)):.2f}",
        "outstanding": f"{payable:.2f}",
        "kid": _payment_id(root, notes),
        "description": _description(root),
        "supplied_on": _day(root, "Delivery/ActualDeliveryDate")
        or _day(root, "InvoicePeriod/EndDate"),
        "project": root.value("ProjectReference/ID"),
    }


def _description(root: Element) -> str | None:
    text = root.value("Note") or root.value("InvoiceLine/Item/Name")
    return text[:_DESCRIPTION_LENGTH_MAX] if text else None


def _payment_id(root: Element, notes: list[str]) -> str | None:
    """The KID; UBL-SR-44 asks for one even where the means of payment are several."""
    found = list(dict.fromkeys(e.text.strip() for e in root.all("PaymentMeans/PaymentID")))
    found = [each for each in found if each]
    if len(found) > 1:
        notes.append("cac:PaymentMeans/cbc:PaymentID differs between the means: the first is used")
    return found[0] if found else None


def _debtor(party: Element, notes: list[str]) -> Document:
    name = party.value("PartyLegalEntity/RegistrationName") or party.value("PartyName/Name")
    if name is None:
        raise UblFaultError(
            "cac:AccountingCustomerParty/cac:Party/cac:PartyLegalEntity/cbc:RegistrationName",
            "is missing: who owes?",
        )
    number = _organization_number(party)
    is_sole = name.upper().endswith(" ENK")
    kind = "person" if number is None or is_sole else "organization"
    if kind == "organization":
        notes.append(
            "taken for an organisation, since the buyer has a number of one; for a sole"
            " proprietorship (ENK): --debtor-kind person"
        )
    contact = party.first("Contact")
    return {
        "number": _customer_number(party),
        "name": name,
        "kind": kind,
        "organization_number": number,
        "address": _address(party.first("PostalAddress")),
        "email": contact.value("ElectronicMail") if contact else None,
        "phone": contact.value("Telephone") if contact else None,
    }


def _organization_number(party: Element) -> str | None:
    """The legal entity's number, else the one inside the VAT number; abroad as it stands."""
    stated = party.value("PartyLegalEntity/CompanyID")
    if stated is not None and not is_national_number(stated):
        return organization_number_in(stated) or stated
    taxed = party.value("PartyTaxScheme/CompanyID")
    return organization_number_in(taxed) if taxed else None


def _customer_number(party: Element) -> str | None:
    """The seller's own number of the buyer (BT-46): an identifier without a public scheme."""
    for each in party.all("PartyIdentification/ID"):
        text = each.text.strip()
        if text and "schemeID" not in each.attributes and not is_national_number(text):
            return text
    return None


def _address(address: Element | None) -> Document | None:
    if address is None:
        return None
    return {
        "line1": address.value("StreetName") or address.value("AddressLine/Line"),
        "line2": address.value("AdditionalStreetName"),
        "postal_code": address.value("PostalZone"),
        "city": address.value("CityName"),
        "country": address.value("Country/IdentificationCode"),
    }


def _seller(root: Element) -> str:
    party = root.first("AccountingSupplierParty/Party")
    if party is None:
        return "nobody who is named"
    name = party.value("PartyLegalEntity/RegistrationName") or party.value("PartyName/Name")
    number = party.value("PartyLegalEntity/CompanyID")
    return " ".join(part for part in (name or "nobody who is named", number) if part)


def _reminder(root: Element) -> UblReading:
    about = root.value("BillingReference/InvoiceDocumentReference/ID")
    if about is None:
        raise UblFaultError(
            "cac:BillingReference/cac:InvoiceDocumentReference/cbc:ID",
            "is missing: which invoice does this reminder remind of?",
        )
    notice: Document = {
        "kind": "reminder",
        "sent_on": _needed_day(root, "IssueDate"),
        "deadline": _day(root, "DueDate"),
        "channel": None,
    }
    notes = [f"issued by {_seller(root)}"]
    if any(each.value("ChargeIndicator") == "true" for each in root.all("AllowanceCharge")):
        notes.append(
            "the charges of a reminder are not taken for a reminder fee: nothing says which is one"
        )
    return UblReading(data={}, notes=tuple(notes), reminder_of=about, notice=notice)


def _path(name: str) -> str:
    *parents, last = name.split("/")
    return "/".join([*(f"cac:{parent}" for parent in parents), f"cbc:{last}"])


def _needed(root: Element, name: str) -> str:
    value = root.value(name)
    if value is None:
        raise UblFaultError(_path(name), "is missing")
    return value


def _needed_day(root: Element, name: str) -> str:
    day = _day(root, name)
    if day is None:
        raise UblFaultError(_path(name), "is missing")
    return day


def _day(root: Element, name: str) -> str | None:
    value = root.value(name)
    if value is None:
        return None
    try:
        return day_from_text(_ZONE.sub("", value))
    except ValueError as error:
        raise UblFaultError(_path(name), str(error)) from None


def _money(root: Element, name: str, currency: str, *, required: bool = False) -> Decimal:
    path = f"LegalMonetaryTotal/{name}"
    found = root.first(path)
    text = found.text.strip() if found else ""
    if found is None or not text:
        if required:
            raise UblFaultError(_path(path), "is missing")
        return Decimal(0)
    stated = found.attributes.get("currencyID", currency)
    if stated != currency:
        raise UblFaultError(_path(path), "is in another currency than the document")
    if not _MONEY.fullmatch(text):
        raise UblFaultError(_path(path), "must be an amount such as 2250.00")
    amount = Decimal(text)
    if amount != round(amount, 2):
        raise UblFaultError(_path(path), "has more than two decimals")
    return amount
