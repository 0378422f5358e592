"""What the simulated Kravia accepts: exactly the documented shapes, so that deviations show.

The real one may bind more loosely; nothing may rely on that. Pure functions from a JSON body to
values; ``Refused`` says what is wrong, as Kravia would with a 400.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from clients.answers import read_json
from clients.errors import ProtocolError
from clients.kravia.assumptions import Assumptions

CLAIM_TYPES = frozenset({"CollectionCase", "Invoice", "CreditNote"})
"""The literals the portal shows."""

_REGISTER_KEYS = [
    "claimType",
    "creditorId",
    "accountingInvoiceId",
    "debtorName",
    "debtorNumber",
    "email",
    "ssn",
    "organizationNumber",
    "isPrivateIndividual",
    "postalAddress",
    "invoiceNo",
    "invoiceDate",
    "dueDate",
    "originalAmount",
    "currencyCode",
    "description",
]
_ADDRESS_KEYS = [
    "addressAddressLine1",
    "addressPostalCode",
    "addressCity",
    "addressCountryCode",
]  # sic
_OPTIONAL_TEXTS = [
    "accountingInvoiceId",
    "debtorNumber",
    "email",
    "ssn",
    "organizationNumber",
    "description",
]
_CURRENCY_CHARS = 3
_AMOUNT_MAX_DIGITS = 13


class Refused(Exception):  # noqa: N818  an answer, not an error of the simulator
    """The call is answered with this status and text."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.text = text


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """A payment or credit note as it came, amounts positive."""

    on: date
    accounting_payment_id: str
    shares: tuple[tuple[str, Decimal], ...]


def read_body(body: bytes) -> Mapping[str, object]:
    """Return the JSON object of a body."""
    try:
        document = read_json(body)
    except ProtocolError as error:
        raise Refused(400, "the body is not JSON") from error
    if not isinstance(document, Mapping):
        raise Refused(400, "the body must be an object")
    return document


def check_register(body: Mapping[str, object], assumptions: Assumptions) -> None:
    """Refuse what differs from the documented sample."""
    allowed = {*_REGISTER_KEYS, *assumptions.register.extra_fields}
    _only_keys(body, allowed, required=_REGISTER_KEYS)
    if body["claimType"] not in CLAIM_TYPES:
        raise Refused(400, "claimType: not one of the known literals")
    _whole(body, "creditorId")
    for name in _OPTIONAL_TEXTS:
        if not isinstance(body[name], str | None):
            raise Refused(400, f"{name}: must be a text or null")
    for name in ("debtorName", "invoiceNo", "currencyCode"):
        text_of(body, name)
    if len(text_of(body, "currencyCode")) != _CURRENCY_CHARS:
        raise Refused(400, "currencyCode: must have three letters")
    _check_debtor(body, assumptions)
    day_of(body, "invoiceDate")
    day_of(body, "dueDate")
    if amount_of(body, "originalAmount") <= 0:
        raise Refused(400, "originalAmount: must be positive")


def _check_debtor(body: Mapping[str, object], assumptions: Assumptions) -> None:
    private = body["isPrivateIndividual"]
    written = {"true": True, "false": False}
    if assumptions.register.is_private_individual_as_text:
        private = written.get(private) if isinstance(private, str) else None
    if not isinstance(private, bool):
        raise Refused(400, "isPrivateIndividual: wrong type")
    if not private and not body["organizationNumber"]:
        raise Refused(400, "organizationNumber: required for a business")
    address = body["postalAddress"]
    if not isinstance(address, Mapping):
        raise Refused(400, "postalAddress: required")
    _only_keys(address, set(_ADDRESS_KEYS), required=_ADDRESS_KEYS)


def read_payment(body: Mapping[str, object]) -> Money:
    """Read the body of ``/invoice/payment``."""
    keys = ["date", "description", "AccountingPaymentId", "amount", "invoices"]
    _only_keys(body, set(keys), required=keys)
    shares = _shares(body["invoices"], "invoiceId", "amount")
    return _money(body, day_of(body, "date"), amount_of(body, "amount"), shares)


def read_credit_note(body: Mapping[str, object]) -> Money:
    """Read the body of ``/invoice/creditnote``: amounts negative, a time of day."""
    keys = ["Date", "Amount", "AccountingPaymentId", "Description", "Invoices"]
    _only_keys(body, set(keys), required=keys)
    try:
        on = datetime.strptime(text_of(body, "Date"), "%Y-%m-%dT%H:%M:%S").date()  # noqa: DTZ007 - Kravia's form has no offset
    except ValueError as error:
        raise Refused(400, "Date: must be written YYYY-MM-DDTHH:mm:ss") from error
    shares = _shares(body["Invoices"], "InvoiceId", "Amount")
    negated = tuple((invoice_id, -amount) for invoice_id, amount in shares)
    return _money(body, on, -amount_of(body, "Amount"), negated)


def text_of(body: Mapping[str, object], name: str) -> str:
    """Return a text that is not empty."""
    value = body.get(name)
    if not isinstance(value, str) or not value:
        raise Refused(400, f"{name}: required")
    return value


def optional_text_of(body: Mapping[str, object], name: str) -> str | None:
    """Return a text, None where there is none."""
    value = body.get(name)
    return value if isinstance(value, str) and value else None


def amount_of(body: Mapping[str, object], name: str) -> Decimal:
    """Return a JSON number with at most two decimals."""
    value = body.get(name)
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise Refused(400, f"{name}: must be a number")
    amount = Decimal(value)
    if amount.adjusted() >= _AMOUNT_MAX_DIGITS or amount != round(amount, 2):
        raise Refused(400, f"{name}: is too large or has more than two decimals")
    return amount


def day_of(body: Mapping[str, object], name: str) -> date:
    """Return a date written YYYY-MM-DD."""
    try:
        return datetime.strptime(text_of(body, name), "%Y-%m-%d").date()  # noqa: DTZ007 - Kravia's form has no offset
    except ValueError as error:
        raise Refused(400, f"{name}: must be written YYYY-MM-DD") from error


def _whole(body: Mapping[str, object], name: str) -> int:
    value = body.get(name)
    if isinstance(value, bool) or not isinstance(value, int):
        raise Refused(400, f"{name}: must be a whole number")
    return value


def _only_keys(body: Mapping[str, object], allowed: set[str], *, required: list[str]) -> None:
    for name in required:
        if name not in body:
            raise Refused(400, f"{name}: missing")
    for name in body:
        if name not in allowed:
            raise Refused(400, f"{name}: unknown")


def _shares(rows: object, id_name: str, amount_name: str) -> tuple[tuple[str, Decimal], ...]:
    if not isinstance(rows, list) or not rows:
        raise Refused(400, "invoices: must be a list of at least one")
    shares = []
    for row in rows:
        if not isinstance(row, Mapping):
            raise Refused(400, "invoices: must hold objects")
        _only_keys(row, {id_name, amount_name}, required=[id_name, amount_name])
        shares.append((str(_whole(row, id_name)), amount_of(row, amount_name)))
    return tuple(shares)


def _money(
    body: Mapping[str, object], on: date, amount: Decimal, shares: tuple[tuple[str, Decimal], ...]
) -> Money:
    if any(share <= 0 for _, share in shares):
        raise Refused(400, "the amounts have the wrong sign")
    if sum(share for _, share in shares) != amount:
        raise Refused(400, "the parts do not add up to the amount")
    accounting_payment_id = text_of(body, "AccountingPaymentId")
    return Money(on=on, accounting_payment_id=accounting_payment_id, shares=shares)
