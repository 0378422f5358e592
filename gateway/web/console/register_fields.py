"""What is asked of an invoice from elsewhere: the columns of ``docs/register.md``, by step.

What is typed is read as the cells of a table are, so that both take the same dates and amounts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from gateway.operations.typed_invoices import typed_field, typed_invoice
from gateway.web.console.reader import phrase

Document = dict[str, Any]

CLAIMS_MAX: Final = 10
"""Claims on one debtor that are typed together; more is work for a file."""

CHANNELS: Final = (
    "post",
    "digital_mailbox",
    "portal",
    "efaktura",
    "email_recently_used",
    "email",
    "sms",
)

KINDS: Final = ("person", "organization", "public")


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field: its column, its title, what helps to fill it in, its choices where it has any."""

    name: str
    title: str
    hint: str = ""
    choices: Sequence[str] = ()
    mode: Literal["text", "numeric", "decimal", "email", "tel", "url"] = "text"
    is_needed: bool = False


DAY: Final = phrase("Such as 17.08.2026.")
AMOUNT: Final = phrase("Such as 2250,00.")

DEBTOR: Final = (
    Field(name="debtor_kind", title=phrase("Person or business"), choices=KINDS, is_needed=True),
    Field(
        name="debtor_number",
        title=phrase("Debtor number"),
        hint=phrase("Empty, the debtor is looked for by what follows, or gets a new number."),
    ),
    Field(name="organization_number", title=phrase("Organisation number"), mode="numeric"),
    Field(name="debtor_name", title=phrase("Name"), is_needed=True),
    Field(name="birth_date", title=phrase("Date of birth"), hint=DAY),
    Field(name="address_line1", title=phrase("Address")),
    Field(name="address_line2", title=phrase("Address, second line")),
    Field(name="postal_code", title=phrase("Postal code"), mode="numeric"),
    Field(name="city", title=phrase("City")),
    Field(name="country", title=phrase("Country"), hint=phrase("Two letters, such as NO.")),
    Field(name="email", title=phrase("E-mail"), mode="email"),
    Field(name="phone", title=phrase("Phone"), mode="tel"),
)
"""Who owes."""

INVOICE: Final = (
    Field(name="invoice_number", title=phrase("Invoice number"), is_needed=True),
    Field(name="issue_date", title=phrase("Invoice date"), hint=DAY, is_needed=True),
    Field(name="due_date", title=phrase("Original due date"), hint=DAY),
    Field(name="total", title=phrase("Amount"), hint=AMOUNT, mode="decimal", is_needed=True),
    Field(
        name="outstanding",
        title=phrase("Left of it"),
        hint=phrase("Empty, it is the amount less the part payments."),
        mode="decimal",
    ),
    Field(name="kid", title=phrase("KID")),
    Field(name="description", title=phrase("What was sold")),
    Field(name="pdf_url", title=phrase("Link to the invoice as PDF"), mode="url"),
)

LETTERS: Final = (
    Field(name="reminder_sent_on", title=phrase("Reminder sent"), hint=DAY),
    Field(name="reminder_deadline", title=phrase("To be paid by, said the reminder"), hint=DAY),
    Field(name="reminder_channel", title=phrase("How the reminder was sent"), choices=CHANNELS),
    Field(name="reminder_fee", title=phrase("Reminder fee"), hint=AMOUNT, mode="decimal"),
    Field(name="collection_notice_sent_on", title=phrase("Collection notice sent"), hint=DAY),
    Field(
        name="collection_notice_deadline",
        title=phrase("To be paid by, said the collection notice"),
        hint=DAY,
    ),
    Field(
        name="collection_notice_channel",
        title=phrase("How the collection notice was sent"),
        choices=CHANNELS,
    ),
    Field(
        name="collection_notice_fee",
        title=phrase("Fee of the collection notice"),
        hint=AMOUNT,
        mode="decimal",
    ),
)

PAYMENTS: Final = (
    Field(name="payment_date", title=phrase("Part payment: day"), hint=DAY),
    Field(name="payment_amount", title=phrase("Part payment: amount"), mode="decimal"),
    Field(name="payment_date_2", title=phrase("Second part payment: day"), hint=DAY),
    Field(name="payment_amount_2", title=phrase("Second part payment: amount"), mode="decimal"),
)

GROUPS: Final = (
    (phrase("Invoice"), INVOICE),
    (phrase("Letters that were sent"), LETTERS),
    (phrase("Part payments"), PAYMENTS),
)
"""What is asked of each claim."""

OF_CLAIM: Final = (*INVOICE, *LETTERS, *PAYMENTS)

TITLES: Final[Mapping[str, str]] = {each.name: each.title for each in (*DEBTOR, *OF_CLAIM)}

FAULTS: Final = (
    phrase("is required"),
    phrase("is required beside the other of the two"),
    phrase("is required where the letter has anything else"),
    phrase("must be a date such as 2026-08-17 or 17.08.2026, with all four digits"),
    phrase("is no day of the calendar"),
    phrase("can be read as thousands or as decimals: write it without a thousands separator"),
    phrase("must be an amount such as 2250.00 or 2 250,00: not negative, at most two decimals"),
)
"""The commonest of what is told of a field, so that it is told in the reader's language."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What is wrong with a field of the form, which is empty where no field is to blame."""

    field: str
    title: str
    message: str
    claim: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """One claim as it was typed: its place in the form, and what its cells come to."""

    place: int
    data: Document
    faults: tuple[Fault, ...]

    def fault(self, path: str, message: str) -> Fault:
        """What an operation says of a field of the event, said of the field of the form."""
        column = typed_field(path, self.data) if path else ""
        is_debtors = column in {each.name for each in DEBTOR}
        return _fault(column, message, None if is_debtors else self.place)


def cell(name: str, place: int) -> str:
    """The name of a claim's field in the form."""
    return f"{name}-{place}"


def claims_typed(form: Mapping[str, str], count: int) -> list[Typed]:
    """The claims of the form that have anything in them."""
    debtor = {each.name: form.get(each.name, "") for each in DEBTOR}
    found = []
    for place in range(1, count + 1):
        row = {each.name: form.get(cell(each.name, place), "") for each in OF_CLAIM}
        if not any(value.strip() for value in row.values()):
            continue
        data, faults = typed_invoice({**debtor, **row})
        told = tuple(
            _fault(name, message, None if name in debtor else place) for name, message in faults
        )
        found.append(Typed(place=place, data=data, faults=told))
    return found


def debtor_faults(form: Mapping[str, str]) -> list[Fault]:
    """What is wrong with the debtor, whatever the claims are."""
    row = {each.name: form.get(each.name, "") for each in DEBTOR}
    _, faults = typed_invoice(row)
    return [_fault(name, message, None) for name, message in faults if name in row]


def _fault(name: str, message: str, claim: int | None) -> Fault:
    field = name if claim is None else cell(name, claim)
    return Fault(field=field, title=TITLES.get(name, name), message=message, claim=claim)
