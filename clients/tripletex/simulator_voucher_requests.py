"""How the simulated Tripletex reads a free voucher, and words vouchers and accounts.

As observed: rows start at 1 without gaps, each sums to nothing, with equal descriptions and
dimensions on its postings; an account with a ledger of its own needs a customer or the like.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from decimal import Decimal

from clients.tripletex.simulator_books import Books
from clients.tripletex.simulator_requests import (
    Refused,
    body_of,
    day_of_text,
    invalid,
    text_in,
)
from clients.tripletex.simulator_vouchers import (
    VAT_TYPES,
    SimulatedAccount,
    SimulatedVoucher,
    SimulatedVoucherPosting,
)

_VOUCHER = frozenset({"date", "description", "externalVoucherNumber", "postings"})
_POSTING = frozenset(
    {
        *("row", "date", "description", "account", "amountGross", "amountGrossCurrency"),
        *("vatType", "department", "project"),
    }
)
_EXTERNAL_MAX_CHARS = 70


def read_voucher(books: Books, body: bytes) -> SimulatedVoucher:
    """Read a new voucher, refusing what Tripletex refuses."""
    document = body_of(body, set(_VOUCHER))
    on = day_of_text(text_in(document, "date"), "date")
    if (on.year, on.month) in books.closed_months:
        raise _not_valid("date", "Perioden er avsluttet.")
    external = text_in(document, "externalVoucherNumber")
    if len(external) > _EXTERNAL_MAX_CHARS:
        raise invalid("externalVoucherNumber")
    listed = document.get("postings")
    if not isinstance(listed, list) or not listed:
        raise invalid("postings")
    postings = tuple(_posting(books, each) for each in listed)
    _check_rows(postings)
    return SimulatedVoucher(
        id=books.next_id("voucher"),
        on=on,
        description=text_in(document, "description"),
        external_number=external,
        postings=postings,
    )


def account_document(account: SimulatedAccount) -> dict[str, object]:
    """Word an account."""
    return {
        "id": account.id,
        "url": f"tripletex.no/v2/ledger/account/{account.id}",
        "number": account.number,
        "name": f"Account {account.number}",
        "ledgerType": account.ledger_type,
        "isInactive": account.is_inactive,
        "vatLocked": account.vat_locked,
        "vatType": vat_type_document(account.vat_type_id),
    }


def vat_type_document(number: int) -> dict[str, object]:
    """Word a VAT type."""
    url = f"tripletex.no/v2/ledger/vatType/{number}"
    return {"id": number, "url": url, "percentage": Decimal(VAT_TYPES[number])}


def voucher_document(voucher: SimulatedVoucher) -> dict[str, object]:
    """Word a voucher; its postings only by how many they are."""
    return {
        "id": voucher.id,
        "version": 1,
        "url": f"tripletex.no/v2/ledger/voucher/{voucher.id}",
        "date": voucher.on,
        "number": voucher.id % 10_000,
        "year": voucher.on.year,
        "description": voucher.description,
        "externalVoucherNumber": voucher.external_number,
        "voucherType": None,
    }


def _posting(books: Books, document: object) -> SimulatedVoucherPosting:
    if not isinstance(document, Mapping) or set(document) - _POSTING:
        raise invalid("postings")
    account_id = _reference(document, "account")
    known = {each.id: each for each in books.by_voucher.accounts.values()}
    account = known.get(account_id or 0)
    if account is None or account.is_inactive:
        raise _not_valid("account", "Kontoen finnes ikke.")
    vat_type_id = _reference(document, "vatType")
    vat_type_id = account.vat_type_id if vat_type_id is None else vat_type_id
    if vat_type_id not in VAT_TYPES or (account.vat_locked and vat_type_id != account.vat_type_id):
        raise _not_valid("vatType", "Mva-koden kan ikke brukes.")
    if account.ledger_type != "GENERAL":
        raise _not_valid("customer", "Kunde mangler.")
    row, amount = document.get("row"), _amount(document.get("amountGross"))
    if not isinstance(row, int) or row < 1:
        raise _not_valid("row", "Rad 0 er reservert.")
    return SimulatedVoucherPosting(
        row=row,
        account=account.number,
        amount=amount,
        description=text_in(document, "description"),
        vat_type_id=vat_type_id,
        department_id=_reference(document, "department"),
        project_id=_reference(document, "project"),
    )


def _check_rows(postings: tuple[SimulatedVoucherPosting, ...]) -> None:
    rows = sorted(postings, key=lambda each: each.row)
    numbers = []
    for number, grouped in itertools.groupby(rows, key=lambda each: each.row):
        numbers.append(number)
        row = list(grouped)
        alike = {(each.description, each.department_id, each.project_id) for each in row}
        if sum(each.amount for each in row) != 0 or len(alike) > 1:
            raise _not_valid("postings", "Raden er ikke i balanse.")
    if numbers != list(range(1, len(numbers) + 1)):
        raise _not_valid("row", "Radene er ikke fortløpende.")


def _amount(value: object) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise invalid("amountGross")
    return Decimal(value)


def _reference(document: Mapping[str, object], name: str) -> int | None:
    value = document.get(name)
    if value is None:
        return None
    number = value.get("id") if isinstance(value, Mapping) else None
    if isinstance(number, bool) or not isinstance(number, int):
        raise invalid(name)
    return number


def _not_valid(field: str, reason: str) -> Refused:
    return Refused(status=422, code=18000, message="Validering feilet.", field=field, reason=reason)
