"""EHF and Peppol BIS 3.0: what a document says, and which element is at fault where it does not."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from gateway.schema.xml_tree import read_xml
from mappers.invoice_from_ubl import UblFaultError, UblReading, invoice_from_ubl

SAMPLE = (Path(__file__).parents[2] / "samples" / "ehf-invoice.xml").read_text(encoding="utf-8")
PAYABLE = '<cbc:PayableAmount currencyID="NOK">12500.00</cbc:PayableAmount>'
LEGAL = '<cbc:CompanyID schemeID="0192">974760673</cbc:CompanyID>'
VAT = "<cbc:CompanyID>NO974760673MVA</cbc:CompanyID>"
MEANS = "</cac:PaymentMeans>"


def read(changes: Mapping[str, str] | None = None) -> UblReading:
    text = SAMPLE
    for before, after in (changes or {}).items():
        assert before in text
        text = text.replace(before, after)
    return invoice_from_ubl(read_xml(text.encode()))


def invoice(changes: Mapping[str, str] | None = None) -> Any:
    return read(changes).data["invoice"]


def debtor(changes: Mapping[str, str] | None = None) -> Any:
    return read(changes).data["debtor"]


def test_an_invoice_as_it_stands() -> None:
    assert invoice() == {
        "number": "40051",
        "issue_date": "2026-08-31",
        "due_date": "2026-09-14",
        "currency": "NOK",
        "total": "12500.00",
        "outstanding": "12500.00",
        "kid": "602243",
        "description": "Rent, September",
        "supplied_on": None,
        "project": None,
    }
    assert debtor() == {
        "number": None,
        "name": "Eksempel Bygg AS",
        "kind": "organization",
        "organization_number": "974760673",
        "address": {
            "line1": "Havnegata 3",
            "line2": None,
            "postal_code": "7010",
            "city": "Trondheim",
            "country": "NO",
        },
        "email": None,
        "phone": None,
    }
    assert "issued by Eksempel Regnskap AS 923609016" in read().notes


def test_a_prepaid_part_is_not_outstanding() -> None:
    found = invoice(
        {
            PAYABLE: '<cbc:PrepaidAmount currencyID="NOK">2500</cbc:PrepaidAmount>'
            + PAYABLE.replace("12500.00", "10000.00")
        }
    )

    assert (found["total"], found["outstanding"]) == ("12500.00", "10000.00")


def test_allowances_and_charges_are_inside_the_totals() -> None:
    charge = "<cac:AllowanceCharge><cbc:ChargeIndicator>true</cbc:ChargeIndicator>"
    changed = {MEANS: f"{MEANS}{charge}<cbc:Amount>9</cbc:Amount></cac:AllowanceCharge>"}

    assert invoice(changed) == invoice()


def test_of_several_means_of_payment_the_first_kid_is_taken() -> None:
    again = "<cac:PaymentMeans><cbc:PaymentID>{}</cbc:PaymentID></cac:PaymentMeans>"

    same, other = (read({MEANS: MEANS + again.format(kid)}) for kid in ("602243", "602248"))
    bare = read({MEANS: f"{MEANS}<cac:PaymentMeans/>"})
    assert {each.data["invoice"]["kid"] for each in (same, other, bare)} == {"602243"}  # type: ignore[index]  # a document
    assert [any("PaymentID" in note for note in each.notes) for each in (same, other, bare)] == [
        *(False, True, False)
    ]


@pytest.mark.parametrize(
    ("changes", "kind", "number"),
    [
        ({LEGAL: ""}, "organization", "974760673"),
        ({LEGAL: "", VAT: ""}, "person", None),
        ({LEGAL: LEGAL.replace("974760673", "974 760 673")}, "organization", "974760673"),
        ({LEGAL: "<cbc:CompanyID>SE5560360793</cbc:CompanyID>"}, "organization", "SE5560360793"),
        ({LEGAL: "<cbc:CompanyID>02013299997</cbc:CompanyID>", VAT: ""}, "person", None),
        ({"Eksempel Bygg AS": "Ola Eksempel ENK"}, "person", "974760673"),
    ],
)
def test_who_owes(changes: dict[str, str], kind: str, number: str | None) -> None:
    found = debtor(changes)

    assert (found["kind"], found["organization_number"]) == (kind, number)


@pytest.mark.parametrize(
    ("identification", "number"),
    [
        ("<cbc:ID>K-77</cbc:ID>", "K-77"),
        ('<cbc:ID schemeID="0088">1234567890123</cbc:ID>', None),
        ("<cbc:ID>02013299997</cbc:ID>", None),
    ],
)
def test_the_customer_number_is_the_sellers_own(identification: str, number: str | None) -> None:
    name = "<cac:PartyName>"
    whole = f"<cac:PartyIdentification>{identification}</cac:PartyIdentification>{name}"

    assert debtor({name: whole})["number"] == number


def test_a_day_may_carry_a_zone() -> None:
    assert invoice({"2026-08-31": "2026-08-31+02:00", "2026-09-14": "2026-09-14Z"}) == invoice()


@pytest.mark.parametrize(
    ("before", "after", "element"),
    [
        ("<cbc:ID>40051</cbc:ID>", "", "cbc:ID"),
        ("<cbc:IssueDate>2026-08-31</cbc:IssueDate>", "", "cbc:IssueDate"),
        ("2026-09-14", "14/09/26", "cbc:DueDate"),
        (">NOK<", "> <", "cbc:DocumentCurrencyCode"),
        (PAYABLE, "", "cac:LegalMonetaryTotal/cbc:PayableAmount"),
        ("12500.00", "-1.00", "cac:LegalMonetaryTotal/cbc:PayableAmount"),
        ("12500.00", "12.505,00", "cac:LegalMonetaryTotal/cbc:PayableAmount"),
        ("12500.00", "0.001", "cac:LegalMonetaryTotal/cbc:PayableAmount"),
        ('"NOK">12500.00', '"EUR">12500.00', "cac:LegalMonetaryTotal/cbc:PayableAmount"),
        ("12500.25", "NaN", "cac:LegalMonetaryTotal/cbc:TaxInclusiveAmount"),
        ("AccountingCustomerParty", "Nobody", "cac:AccountingCustomerParty/cac:Party"),
        (">380<", ">381<", "cbc:InvoiceTypeCode"),
    ],
)
def test_a_fault_names_its_element(before: str, after: str, element: str) -> None:
    with pytest.raises(UblFaultError) as raised:
        read({before: after})

    assert raised.value.element == element
    assert raised.value.sentence


def test_a_buyer_without_a_name_is_a_fault() -> None:
    nameless = {
        "<cbc:RegistrationName>Eksempel Bygg AS</cbc:RegistrationName>": "",
        "<cbc:Name>Bygget</cbc:Name>": "",
    }
    with pytest.raises(UblFaultError, match="RegistrationName"):
        read(nameless)


@pytest.mark.parametrize(
    "document", [b"<Invoice/>", b"<html/>", SAMPLE.replace("Invoice-2", "Order-2").encode()]
)
def test_another_document_is_none(document: bytes) -> None:
    with pytest.raises(UblFaultError, match="no UBL invoice"):
        invoice_from_ubl(read_xml(document))


def test_a_credit_note_is_refused_with_the_invoice_it_is_about() -> None:
    about = "<cac:BillingReference><cac:InvoiceDocumentReference><cbc:ID>39999</cbc:ID>"
    text = SAMPLE.replace("Invoice-2", "CreditNote-2").replace(
        "<cac:PaymentMeans>",
        f"{about}</cac:InvoiceDocumentReference></cac:BillingReference><cac:PaymentMeans>",
    )

    with pytest.raises(UblFaultError, match="credit note on invoice 39999"):
        invoice_from_ubl(read_xml(text.encode()))


def test_a_reminder_is_a_letter_about_an_invoice_and_no_claim() -> None:
    kind = {"billing:3.0": "billing:3.0#conformant#urn:fdc:anskaffelser.no:2019:ehf:reminder:3.0"}
    about = "<cac:BillingReference><cac:InvoiceDocumentReference><cbc:ID>39999</cbc:ID>"

    found = read(
        kind
        | {
            "<cac:PaymentMeans>": f"{about}</cac:InvoiceDocumentReference></cac:BillingReference>"
            "<cac:PaymentMeans>"
        }
    )

    assert found.data == {}
    assert found.reminder_of == "39999"
    assert found.notice == {
        "kind": "reminder",
        "sent_on": "2026-08-31",
        "deadline": "2026-09-14",
        "channel": None,
    }
    with pytest.raises(UblFaultError, match="which invoice"):
        read(kind)
