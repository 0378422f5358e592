"""A camt.054 notification (ISO 20022, any version) as lines of the bank.

Only what the bank has booked is taken: a credit is money that came in, a credit reversed or
returned is money taken back. The creditor's own outgoing payments are counted and left.

::

    Ntfctn (an account) ── Ntry (a sum on it) ── TxDtls (the payments in that sum)

Sums are checked where the bank states them: the entries of a notification, the payments of an
entry. Versions differ in where they keep an amount and a payer; both places are looked at.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Final

from gateway.domain.bank_line import BankFault, BankFile, BankFileRefusedError, BankLine
from gateway.schema.xml_tree import Element

CAMT_ELEMENTS_MAX: Final = 500_000
"""Some ten thousand payments of fifty elements; 250 MB while they are read."""

_SPACE: Final = re.compile(r"urn:iso:std:iso:20022:tech:xsd:camt\.054\.001\.[0-9]{2}")
_AMOUNT: Final = re.compile(r"[0-9]{1,12}(?:\.[0-9]{1,5})?")
_DAY: Final = re.compile(
    r"((?:19|20|21)[0-9]{2}-[0-9]{2}-[0-9]{2})(?:T.*|Z|[+-][0-9]{2}:[0-9]{2})?"
)
_ACCOUNT: Final = re.compile(r"[0-9A-Za-z]{1,34}")  # the longest IBAN
_KID_MAX: Final = 35  # Max35Text: what no bank gives as a KID is no KID of ours, and kept as it is
_TEXT_MAX: Final = 2_000  # words about one payment, not a letter
_OWN_NAMES: Final = ("AcctSvcrRef", "TxId", "UETR", "ClrSysRef")
"""References that a bank or the clearing gives, and so gives once; others are the payer's."""
_NO_REFERENCE: Final = frozenset({"", "NOTPROVIDED", "NONREF"})


class _FaultError(ValueError):
    """An entry or a payment that cannot be read: the element, and what is due there."""

    def __init__(self, at: Element, message: str) -> None:
        super().__init__(message)
        self.at = at

    def told(self) -> BankFault:
        """What a person reads."""
        return BankFault(place=f"line {self.at.line}, {self.at.name}", message=str(self))


@dataclass(slots=True)
class _Found:
    """What the entries have given so far; ``same`` counts lines that are alike in everything."""

    lines: list[BankLine] = field(default_factory=list)
    faults: list[BankFault] = field(default_factory=list)
    left: Counter[str] = field(default_factory=Counter)
    same: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    """What an entry says for all payments in it."""

    element: Element
    account: str
    on: date
    amount: Decimal
    currency: str
    is_credit: bool
    is_reversal: bool
    message: str  # ids of the message, for lines that have no reference of their own


def payment_from_camt054(root: Element) -> BankFile:
    """Map a document; raises ``BankFileRefusedError`` and nothing else."""
    if root.name != "Document" or not _SPACE.fullmatch(root.namespace):
        raise BankFileRefusedError(
            f"line {root.line}: the document is no camt.054 (a notification of debits and credits);"
            " ask the bank for that, or for an OCR giro file"
        )
    found = _Found()
    message = root.value("BkToCstmrDbtCdtNtfctn/GrpHdr/MsgId") or ""
    for notification in root.all("BkToCstmrDbtCdtNtfctn/Ntfctn"):
        _check_summary(notification)
        account = _account_of(notification)
        ids = f"{message}/{notification.value('Id') or ''}"
        for number, element in enumerate(notification.all("Ntry"), start=1):
            place = f"line {element.line}, Ntry {number}"
            try:
                _take_entry(element, place, account, ids, found)
            except _FaultError as fault:
                found.faults.append(fault.told())
    notes = tuple(f"{count} {what}" for what, count in sorted(found.left.items()))
    return BankFile(lines=tuple(found.lines), faults=tuple(found.faults), notes=notes)


def _account_of(notification: Element) -> str:
    account = notification.value("Acct/Id/IBAN") or notification.value("Acct/Id/Othr/Id") or ""
    if not _ACCOUNT.fullmatch(account):
        raise BankFileRefusedError(
            f"line {notification.line}, Ntfctn: Acct/Id/IBAN or Acct/Id/Othr/Id is due: whose"
            " account is it?"
        )
    return account


def _check_summary(notification: Element) -> None:
    """Compare what the bank says of all entries with what is there; raises on a difference."""
    entries = list(notification.all("Ntry"))
    for name, word in (("TtlNtries", None), ("TtlCdtNtries", "CRDT"), ("TtlDbtNtries", "DBIT")):
        stated = notification.first(f"TxsSummry/{name}")
        if stated is None:
            continue
        mine = [e for e in entries if word is None or e.value("CdtDbtInd") == word]
        count, total = stated.value("NbOfNtries"), stated.value("Sum")
        if count is not None and count != str(len(mine)):
            raise _contradiction(stated, f"{count} entries", f"{len(mine)}")
        sums = [e.value("Amt") or "" for e in mine]
        if total is None or not all(_AMOUNT.fullmatch(each) for each in (total, *sums)):
            continue
        found = sum((Decimal(each) for each in sums), Decimal(0))
        if Decimal(total) != found:
            raise _contradiction(stated, total, f"{found}")


def _contradiction(at: Element, says: str, has: str) -> BankFileRefusedError:
    return BankFileRefusedError(
        f"line {at.line}, {at.name}: the bank's totals say {says}, and the file has {has}: entries"
        " are missing or were changed; fetch it again. Nothing of it was taken"
    )


def _take_entry(element: Element, place: str, account: str, ids: str, found: _Found) -> None:
    """Add the payments of an entry: all that can be read, unless its own sum is not theirs."""
    status = element.value("Sts/Cd") or element.value("Sts") or ""
    if status not in {"BOOK", ""}:  # absent in some banks' files: a notification of what happened
        found.left["not booked yet: they come again when they are"] += 1
        return
    amount, currency = _money(element, "Amt")
    entry = _Entry(
        element=element,
        account=account,
        on=_booked_on(element),
        amount=amount,
        currency=currency,
        is_credit=_is_credit(element, None),
        is_reversal=element.value("RvslInd") in {"true", "1"},
        message=ids,
    )
    details = list(element.all("NtryDtls/TxDtls"))
    stated = element.value("NtryDtls/Btch/NbOfTxs")
    if details and stated is not None and stated.isdigit() and int(stated) != len(details):
        what = f"{stated} payments are in it, and {len(details)} are told"
        raise _FaultError(element, f"the bank says that {what}")
    if not details:
        found.lines += _lines(entry, element, place, amount, is_credit=entry.is_credit, found=found)
        return
    sums: list[tuple[Decimal, bool] | None] = []
    faults = []
    for each in details:
        try:
            sums.append(_sum_of(entry, each, alone=len(details) == 1))
        except _FaultError as fault:
            sums.append(None)
            faults.append(fault.told())
    _check_sum(element, amount, sums)
    found.faults += faults
    for at, (each, told) in enumerate(zip(details, sums, strict=True), start=1):
        if told is None:
            continue
        where = f"line {each.line}, {place.partition(', ')[2]}, TxDtls {at}"
        total, same = told
        is_credit = entry.is_credit if same else not entry.is_credit
        try:
            found.lines += [*_lines(entry, each, where, total, is_credit=is_credit, found=found)]
        except _FaultError as fault:
            found.faults.append(fault.told())


def _check_sum(entry: Element, amount: Decimal, sums: list[tuple[Decimal, bool] | None]) -> None:
    """The payments of an entry add up to it; one that cannot be read may be what is missing."""
    known = [each for each in sums if each is not None]
    signed = sum((total if same else -total for total, same in known), Decimal(0))
    if signed > amount or (len(known) == len(sums) and signed != amount):
        raise _FaultError(entry, f"its payments add up to {signed}, and its Amt is {amount}")


def _sum_of(entry: _Entry, details: Element, *, alone: bool) -> tuple[Decimal, bool]:
    """What a payment is on the account, and whether it goes the same way as its entry."""
    same = _is_credit(details, entry.is_credit) == entry.is_credit
    for path in ("Amt", "AmtDtls/TxAmt/Amt", "AmtDtls/InstdAmt/Amt"):
        if details.first(path) is None:
            continue
        amount, currency = _money(details, path)
        if currency == entry.currency:
            return amount, same
    if alone:
        return entry.amount, same
    raise _FaultError(details, f"Amt or AmtDtls/TxAmt/Amt in {entry.currency} is due")


def _lines(
    entry: _Entry,
    details: Element,
    place: str,
    amount: Decimal,
    *,
    is_credit: bool,
    found: _Found,
) -> Iterator[BankLine]:
    """A payment, or one for each KID where it says what goes to which."""
    returned = details.first("RtrInf") is not None
    is_return = not is_credit and (entry.is_reversal or returned)
    if not is_credit and not is_return:
        found.left["of your own, going out: not read"] += 1
        return
    if is_credit and (entry.is_reversal or returned):
        found.left["of your own that came back: not read"] += 1
        return
    if amount == 0:
        found.left["of 0: not read"] += 1
        return
    references = _references(entry, details)
    for kids, part in _shares(details, amount):
        seed = "|".join(
            (
                *("camt", entry.account, *references, entry.on.isoformat()),
                *(f"{part}", f"{is_return}", *kids),
            )
        )
        found.same[seed] += 1
        yield BankLine(
            identity=hashlib.sha256(f"{seed}|{found.same[seed]}".encode()).hexdigest(),
            place=place,
            account=entry.account,
            on=entry.on,
            amount=part,
            currency=entry.currency,
            is_return=is_return,
            kids=kids,
            payer_account=_payer_account(details),
            text=_text(details),
        )


def _references(entry: _Entry, details: Element) -> tuple[str, ...]:
    """What the bank knows the payment by; of one it gives no name to, the message it came in."""
    own = [details.value(f"Refs/{name}") or "" for name in _OWN_NAMES]
    of_entry = entry.element.value("AcctSvcrRef") or ""
    if all(each.upper() in _NO_REFERENCE for each in (*own, of_entry)):
        return (entry.message,)
    return (*own, of_entry)


def _shares(details: Element, amount: Decimal) -> list[tuple[tuple[str, ...], Decimal]]:
    """KIDs and what each is paid; together where the parts are not told or do not add up."""
    told: list[tuple[str, Decimal | None]] = []
    credited = False
    for each in details.all("RmtInf/Strd"):
        kid = "".join((each.value("CdtrRefInf/Ref") or "").split())
        credited = credited or each.first("RfrdDocAmt/CdtNoteAmt") is not None
        if not kid or len(kid) > _KID_MAX or not kid.isprintable():
            continue
        stated = each.first("RfrdDocAmt/RmtdAmt")
        told.append((kid, _money(each, "RfrdDocAmt/RmtdAmt")[0] if stated is not None else None))
    kids = tuple(dict.fromkeys(kid for kid, _ in told))
    parts = [part for _, part in told if part]
    if len(kids) > 1 and not credited and len(parts) == len(told) and sum(parts) == amount:
        return [((kid,), part) for kid, part in told if part is not None]
    return [(kids, amount)]


def _payer_account(details: Element) -> str | None:
    where = ("DbtrAcct/Id/IBAN", "DbtrAcct/Id/Othr/Id")
    found = next((v for path in where if (v := details.value(f"RltdPties/{path}"))), None)
    return found if found and _ACCOUNT.fullmatch(found) else None


def _text(details: Element) -> str | None:
    """All words about a payment: what the payer wrote, what the bank adds, who paid."""
    paths = (
        "RmtInf/Ustrd",
        "RmtInf/Strd/AddtlRmtInf",
        "AddtlTxInf",
        "RltdPties/Dbtr/Nm",
        "RltdPties/Dbtr/Pty/Nm",
    )
    words = (each.text.split() for path in paths for each in details.all(path))
    text = " ".join(" ".join(each) for each in words if each)
    return text[:_TEXT_MAX] or None


def _is_credit(element: Element, default: bool | None) -> bool:
    word = element.value("CdtDbtInd")
    if word in {"CRDT", "DBIT"}:
        return word == "CRDT"
    if word is None and default is not None:
        return default
    raise _FaultError(element, "CdtDbtInd must be CRDT or DBIT")


def _booked_on(entry: Element) -> date:
    for name in ("BookgDt", "ValDt"):
        text = entry.value(f"{name}/Dt") or entry.value(f"{name}/DtTm")
        if text is None:
            continue
        found = _DAY.fullmatch(text)
        try:
            return date.fromisoformat(found[1] if found else "")
        except ValueError:
            at = entry.first(name) or entry
            raise _FaultError(at, "must be a day such as 2026-11-24") from None
    raise _FaultError(entry, "BookgDt is due: when was it booked?")


def _money(element: Element, path: str) -> tuple[Decimal, str]:
    at = element.first(path)
    text = at.text.strip() if at is not None else ""
    if at is None or not _AMOUNT.fullmatch(text):
        raise _FaultError(at or element, f"{path} must be an amount such as 2250.00")
    amount = Decimal(text)
    if amount != round(amount, 2):
        raise _FaultError(at, "has more than two decimals")
    currency = at.attributes.get("Ccy", "")
    if not re.fullmatch("[A-Z]{3}", currency):
        raise _FaultError(at, "Ccy must be a currency such as NOK")
    return round(amount, 2), currency
