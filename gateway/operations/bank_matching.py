"""Whose money a line of the bank is: by KID and amount, and only where that is sure.

================================================ ==============================================
its KID is one claim's                           matched
its KID is several claims'                       matched where the amount fits one, or all open
the ledger told the same money that day          matched, and nothing is added
another file has the same KID, amount and day    waiting: one payment, or two?
it has no KID, and its words name an invoice     waiting
nothing of it leads to a claim                   unmatched
================================================ ==============================================
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Final

import sqlalchemy as sa

from gateway.domain.bank_line import BankLine
from gateway.domain.bank_shares import Owed, shares
from gateway.domain.claim import ClaimState
from gateway.operations.agency_money import is_from_agency
from gateway.operations.gateway import Gateway
from gateway.operations.known_debtors import kid_token
from gateway.operations.told_twice import DAYS_APART_MAX, told_by_ledger
from gateway.storage import bank_lines, claims
from gateway.storage.bank_lines import LineState, NewLine, StoredLine
from gateway.storage.claims import Claim

WORDS_MAX: Final = 20
"""Words of a text that are looked up: a payer's note is a line or two."""

_NAME: Final = re.compile(r"(?=[^\s]*[0-9])[0-9A-Za-z][0-9A-Za-z/-]{2,63}")
"""A word that may be an invoice's number or KID: three characters at least, a digit among them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What of a line is a claim's; ``told_as`` is the ledger's payment that is the same money."""

    claim: Claim
    amount: Decimal
    told_as: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    """It is sure whose it is."""

    shares: tuple[Share, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned:
    """The bank took back what this line of before had brought."""

    line: StoredLine


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmatched:
    """It is no claim's."""

    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A person must say; ``claims`` are those that it may be for."""

    why: str
    claims: tuple[Claim, ...]


Match = Matched | Returned | Unmatched | Waiting


def match_line(connection: sa.Connection, gateway: Gateway, new: NewLine) -> Match:
    """Say whose a line is, from what is known now. Changes nothing."""
    line = new.line
    if not line.kids:
        return _without_kid(connection, gateway, new)
    found = _of_kids(connection, gateway, new)
    if not found:
        return Unmatched(why=f"no claim has its {'KID' if len(line.kids) == 1 else 'KIDs'}")
    if len(line.kids) > 1:
        return Waiting(why="one sum for several KIDs: which gets how much?", claims=found)
    if any(claim.currency != line.currency for claim in found):
        return Waiting(why=f"it is in {line.currency}, and the claim is not", claims=found)
    same_kid = bank_lines.of_kid(connection, new.creditor_id, new.kid_token or "")
    if twin := _twin(same_kid, new):
        return Waiting(
            why=f"{twin.line_id} of another file has the same KID and amount on {twin.on}: match"
            " it if this is another payment, dismiss it if it is the same",
            claims=found,
        )
    if line.is_return:
        return _return(connection, same_kid, line, found)
    return shared(connection, line, found)


def _of_kids(connection: sa.Connection, gateway: Gateway, new: NewLine) -> tuple[Claim, ...]:
    tokens = [kid_token(gateway.seal, kid) for kid in new.line.kids]
    return tuple(
        claim for token in tokens for claim in claims.of_kid(connection, new.creditor_id, token)
    )


def _without_kid(connection: sa.Connection, gateway: Gateway, new: NewLine) -> Match:
    line = new.line
    creditor = gateway.creditors[new.creditor_id]
    if is_from_agency(creditor, line.payer_account, line.text):
        return Unmatched(why="Kravia's pay-out, by its account or text: its settlement books it")
    named: dict[str, Claim] = {}
    for word in _names_in(line.text or ""):
        by_kid = claims.of_kid(connection, new.creditor_id, kid_token(gateway.seal, word))
        for claim in (*claims.of_number(connection, new.creditor_id, word), *by_kid):
            if claim.state is not ClaimState.CLOSED:
                named[claim.claim_id] = claim
    if named:
        numbers = ", ".join(claim.invoice_number for claim in named.values())
        why = f"it has no KID, and its text names invoice {numbers}"
        return Waiting(why=why, claims=tuple(named.values()))
    return Unmatched(why="it has no KID, and its text names no invoice of a claim")


def _names_in(text: str) -> Iterator[str]:
    found = dict.fromkeys(word.strip("/-") for word in _NAME.findall(text))
    yield from list(found)[:WORDS_MAX]


def _twin(same_kid: Sequence[StoredLine], new: NewLine) -> StoredLine | None:
    """A line of another file that may be the same money: the day may differ between formats."""
    line = new.line
    for other in bank_lines.near(same_kid, line.on, line.amount, DAYS_APART_MAX):
        is_elsewhere = other.file is None or other.file != new.file
        is_alike = other.source is not new.source or other.on == line.on
        if (
            is_elsewhere
            and is_alike
            and other.is_return == line.is_return
            and other.identity != line.identity
            and (other.state is not LineState.UNMATCHED or other.decided_by is None)
        ):
            return other
    return None


def _return(
    connection: sa.Connection,
    same_kid: Sequence[StoredLine],
    line: BankLine,
    found: tuple[Claim, ...],
) -> Match:
    """The payment that is taken back: one of the same KID and amount, not taken back yet."""
    before = [
        each
        for each in same_kid
        if not each.is_return
        and each.amount == line.amount
        and each.on <= line.on
        and any(not part.is_returned for part in bank_lines.parts_of_line(connection, each.seq))
    ]
    if len(before) == 1:
        return Returned(line=before[0])
    which = "of several payments, it does not say which" if before else "that no file had told"
    return Waiting(why=f"the bank took money back {which}", claims=found)


def shared(connection: sa.Connection, line: BankLine, found: tuple[Claim, ...]) -> Match:
    """Share a line among the claims that carry its KID, less what the ledger told before."""
    zero = Decimal(0)
    owed = [
        Owed(
            claim_id=claim.claim_id,
            outstanding=zero if claim.state is ClaimState.CLOSED else claim.outstanding,
        )
        for claim in found
    ]
    parts = shares(line.amount, owed)
    if parts is None:
        why = f"{len(found)} claims have its KID, and the amount fits neither one nor all of them"
        return Waiting(why=why, claims=found)
    by_id = {claim.claim_id: claim for claim in found}
    reach = timedelta(days=DAYS_APART_MAX)
    settled = []
    for claim_id, amount in parts:
        told = told_by_ledger(connection, claim_id, amount)
        same_day = next((each for each in told if each.on == line.on), None)
        near = next((each for each in told if abs(each.on - line.on) <= reach), None)
        if same_day is None and near is not None:
            why = (
                f"the ledger told a payment of the same amount on {near.on}, {near.receipt_id}:"
                " dismiss this if it is the same, match it if it is another"
            )
            return Waiting(why=why, claims=(by_id[claim_id],))
        told_as = None if same_day is None else same_day.receipt_id
        settled.append(Share(claim=by_id[claim_id], amount=amount, told_as=told_as))
    return Matched(shares=tuple(settled))
