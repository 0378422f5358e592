"""Finds who a debtor is among a creditor's known claims, without opening any of them.

By number, else by organisation number, else by name and postal code: the last two through keyed
hashes that stand beside every claim. Who is found by none of them is new.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import sqlalchemy as sa

from gateway.domain.invoice import Debtor, Invoice
from gateway.domain.organization_number import organization_number_in
from gateway.operations.arguments import Arguments, creditor_of
from gateway.operations.errors import OperationError
from gateway.operations.gateway import Gateway
from gateway.operations.paging import Document
from gateway.storage import claims
from gateway.storage.seal import Seal

FILL_MAX = 500
"""Claims of an older release given tokens in one commit."""

MADE_LENGTH = 12
"""Hex digits of a number that is made: 48 bits, so that a million debtors do not meet."""

FoundBy = Literal["number", "organization_number", "name_and_postal_code", "new"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundDebtor:
    """The number a debtor has, or is given; ``fault`` says why it cannot be told."""

    number: str = ""
    by: FoundBy = "new"
    fault: str | None = None


def tokens_of(seal: Seal, invoice: Invoice) -> dict[str, str]:
    """The columns that a claim is found by; empty where nothing can be hashed."""
    return {**_debtor_tokens(seal, invoice.debtor), "kid_token": kid_token(seal, invoice.kid)}


def kid_token(seal: Seal, kid: str | None) -> str:
    """The keyed hash of a KID, whatever spaces people write into it; leading zeros count."""
    plain = "".join((kid or "").split())
    return seal.token(f"kid|{plain}") if plain else ""


def _debtor_tokens(seal: Seal, debtor: Debtor) -> dict[str, str]:
    postal_code = debtor.address.postal_code if debtor.address else None
    return {
        "organization_token": organization_token(seal, debtor.organization_number),
        "name_token": _name_token(seal, debtor.name, postal_code),
    }


async def fill_tokens(gateway: Gateway, creditor_id: str) -> None:
    """Give tokens to claims that an older release kept; returns when none is left."""
    while await gateway.database.write(
        lambda connection: _fill_some(connection, gateway, creditor_id)
    ):
        pass


async def look_up(gateway: Gateway, arguments: Arguments, _actor: str) -> Document:
    """Who a debtor that is stated by ``debtor`` is here; ``claims`` counts those that are known.

    ``number`` is the known one, or the one it would be given where ``found_by`` is *new*.
    """
    creditor_id, stated = creditor_of(gateway, arguments), arguments.get("debtor")
    if not isinstance(stated, Mapping):
        raise OperationError("debtor must be an object", kind="invalid")
    await fill_tokens(gateway, creditor_id)

    def look(connection: sa.Connection) -> Document:
        found = find_debtor(connection, gateway, creditor_id, stated)
        if found.fault is not None:
            raise OperationError(f"debtor number {found.fault}", kind="invalid")
        known = claims.of_debtor(connection, creditor_id, found.number)
        return {"number": found.number, "found_by": found.by, "claims": len(known)}

    return await gateway.database.read(look)


def find_debtor(
    connection: sa.Connection, gateway: Gateway, creditor_id: str, stated: Mapping[str, object]
) -> FoundDebtor:
    """Find the debtor whom an invoice states by the contract's fields, or give it a number.

    A number that is made is the organisation number, or a keyed hash of name, postal code and birth
    date: the same person gets the same number again.
    """
    number = _text(stated.get("number"))
    if number:
        known = claims.of_debtor(connection, creditor_id, number)
        return FoundDebtor(number=number, by="number" if known else "new")
    organization = _text(stated.get("organization_number"))
    if organization:
        token = organization_token(gateway.seal, organization)
        found = claims.debtors_by_token(connection, creditor_id, "organization_token", token)
        made = organization_number_in(organization) or organization
        return _one(found, "organization_number", made)
    address = stated.get("address")
    postal_code = _text(address.get("postal_code")) if isinstance(address, Mapping) else ""
    name = _text(stated.get("name"))
    if not name or not postal_code:
        fault = "is required where neither an organisation number nor name and postal code are told"
        return FoundDebtor(fault=fault)
    birth_date = _text(stated.get("birth_date"))
    token = _name_token(gateway.seal, name, postal_code)
    named = claims.debtors_by_token(connection, creditor_id, "name_token", token)
    same = tuple(
        each
        for each in named
        if _may_be_born_on(connection, gateway, creditor_id, each, birth_date)
    )
    made = f"R-{gateway.seal.token(f'{token}|{birth_date}')[:MADE_LENGTH]}"
    return _one(same, "name_and_postal_code", made)


def _one(found: tuple[str, ...], by: FoundBy, made: str) -> FoundDebtor:
    if not found:
        return FoundDebtor(number=made)
    if len(found) > 1:
        fault = f"is required: several known debtors fit ({', '.join(found)})"
        return FoundDebtor(fault=fault)
    return FoundDebtor(number=found[0], by=by)


def _may_be_born_on(
    connection: sa.Connection, gateway: Gateway, creditor_id: str, number: str, birth_date: str
) -> bool:
    """Whether nothing says that they are two: father and son may share name and house."""
    dates = {
        claim.invoice(gateway.seal).debtor.birth_date
        for claim in claims.of_debtor(connection, creditor_id, number)
    }
    known = {each.isoformat() for each in dates if each is not None}
    return not birth_date or not known or birth_date in known


def _fill_some(connection: sa.Connection, gateway: Gateway, creditor_id: str) -> int:
    some = claims.without_tokens(connection, creditor_id, FILL_MAX)
    for claim in some:
        tokens = tokens_of(gateway.seal, claim.invoice(gateway.seal))
        claims.set_tokens(connection, claim.seq, tokens)
    return len(some)


def organization_token(seal: Seal, number: str | None) -> str:
    """The keyed hash of an organisation number, however it is written."""
    if not number or not number.strip():
        return ""
    return seal.token(f"organization|{organization_number_in(number) or number}")


def _name_token(seal: Seal, name: str, postal_code: str | None) -> str:
    """The same whether people write the family name first, with a comma, or last."""
    words = sorted(name.casefold().replace(",", " ").split())
    if not words or not postal_code or not postal_code.strip():
        return ""
    return seal.token(f"name|{' '.join(words)}|{postal_code}")


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""
