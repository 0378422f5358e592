"""An OCR giro file of Mastercard Payment Services (once Nets) as lines of the bank.

Source of every position: "System specification OCR giro", sections 2.2 to 2.6; columns count from
1 as there. Sums: reversals are added to a total, never deducted (2.5, field 7).

::

    10 transmission ── 20 assignment ── 30 + 31 (+ 32) a payment ── 88 its totals ── 89 totals

What totals disprove is refused whole: a file that lost a line has lost a payment. A payment that
cannot be read is a fault of its own, as long as the totals leave room for it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Final

from gateway.domain.bank_line import BankFault, BankFile, BankFileRefusedError, BankLine
from gateway.domain.kid import has_kid_form
from gateway.domain.money import from_minor

OCR_BYTES_MAX: Final = 20 * 1024 * 1024
"""A hundred thousand payments: more than any bank delivers of a day."""

WIDTH: Final = 80
_OCR: Final = "09"
_TERMINAL_WITH_TEXT: Final = frozenset({"20", "21"})
_RETURNS: Final = frozenset({"18", "20"})  # "reversing", from terminals and the internet
_CENTURY_BEGINS: Final = 70  # two-digit years: the service began in the seventies
_ORE_END: Final = 10**14  # a thousand billion kroner: nobody pays that
_HEAD: Final = re.compile(r"NY[0-9]{6}")
_DIGITS: Final = re.compile(r"[0-9]+")


@dataclass(slots=True)
class _Payment:
    """One payment's records; ``amount`` in øre where it could be read."""

    number: int  # of its first line in the file
    first: str
    others: dict[str, str] = field(default_factory=dict)
    amount: int | None = None
    fault: BankFault | None = None


@dataclass(slots=True)
class _Assignment:
    """What an assignment has had so far; ``unread`` lines are of no known kind."""

    service: str
    number: str
    account: str
    records: int = 1
    payments: list[_Payment] = field(default_factory=list)
    others: set[str] = field(default_factory=set)  # numbers of another service's transactions
    unread: int = 0


@dataclass(slots=True)
class _Transmission:
    """What a transmission has had so far, by the totals of its assignments."""

    sender: str
    records: int = 1
    transactions: int = 0
    amount: int = 0


def payment_from_ocr(content: bytes) -> BankFile:
    """Read a file, whatever the bytes; raises ``BankFileRefusedError`` and nothing else."""
    if len(content) > OCR_BYTES_MAX:
        raise BankFileRefusedError(f"the file is larger than {OCR_BYTES_MAX} bytes")
    return _Reader().read(content.decode("latin-1"))


class _Reader:
    """Walks the records and closes what they open."""

    def __init__(self) -> None:
        self._lines: list[BankLine] = []
        self._faults: list[BankFault] = []
        self._services: set[str] = set()
        self._transmission: _Transmission | None = None
        self._assignment: _Assignment | None = None

    def read(self, text: str) -> BankFile:
        records = [line.rstrip("\r") for line in text.rstrip("\r\n \x1a").split("\n")]
        if not records[0].startswith("NY"):
            raise BankFileRefusedError("line 1 does not begin with NY: this is no OCR giro file")
        for number, record in enumerate(records, start=1):
            self._take(number, record)
        if self._transmission is not None:
            raise BankFileRefusedError(
                f"the file ends at line {len(records)} without the end record (89) that has its"
                " totals: it is cut off; fetch it again"
            )
        notes = (
            (f"assignments of other services are not read: {', '.join(sorted(self._services))}",)
            if self._services
            else ()
        )
        return BankFile(lines=tuple(self._lines), faults=tuple(self._faults), notes=notes)

    def _take(self, number: int, record: str) -> None:
        kind = record[6:8] if len(record) == WIDTH and _HEAD.match(record) else ""
        if kind == "10" and self._transmission is None:
            self._transmission = _Transmission(sender=record[8:23])
            return
        transmission = self._transmission
        if transmission is None:
            raise BankFileRefusedError(
                f"line {number}: a start record (10) of {WIDTH} characters is due here"
            )
        transmission.records += 1
        if kind == "89" and self._assignment is None:
            self._end_transmission(number, record, transmission)
        elif kind == "20" and self._assignment is None:
            self._assignment = _Assignment(
                service=record[2:4], number=record[17:24], account=record[24:35]
            )
        elif self._assignment is None:
            raise BankFileRefusedError(
                f"line {number}: a start (20) or an end record (89) of {WIDTH} characters is due"
            )
        elif kind in {"10", "20", "89"}:
            raise BankFileRefusedError(
                f"line {number}: the assignment has no end record (88): a line is missing"
            )
        else:
            self._assignment.records += 1
            self._in_assignment(number, record, kind, self._assignment, transmission)

    def _in_assignment(
        self,
        number: int,
        record: str,
        kind: str,
        assignment: _Assignment,
        transmission: _Transmission,
    ) -> None:
        if kind == "88":
            self._end_assignment(number, record, assignment, transmission)
        elif assignment.service != _OCR:
            self._services.add(assignment.service)
            assignment.others.add(record[8:15])
        elif kind == "30":
            payment = _Payment(number, record)
            payment.amount = _whole(record[32:49])
            assignment.payments.append(payment)
        elif kind in {"31", "32"} and _same(assignment.payments, record):
            assignment.payments[-1].others[kind] = record
        else:
            assignment.unread += 1
            self._unreadable(number, record, assignment)

    def _unreadable(self, number: int, record: str, assignment: _Assignment) -> None:
        """A line of no known form: the payment that it may belong to is not to be trusted."""
        what = (
            f"has {len(record)} characters, and {WIDTH} are due"
            if len(record) != WIDTH
            else "columns 1 to 8: no record of a payment (30, 31, 32) that follows on the last one"
        )
        fault = BankFault(place=f"line {number}", message=what)
        last = assignment.payments[-1] if assignment.payments else None
        if last is not None and "31" not in last.others and last.fault is None:
            last.fault = fault
        else:
            self._faults.append(fault)

    def _end_assignment(
        self, number: int, record: str, assignment: _Assignment, transmission: _Transmission
    ) -> None:
        self._assignment = None
        stated = _totals(number, record)
        transmission.transactions += stated[0]
        transmission.amount += stated[2]
        if stated[1] != assignment.records:
            raise _contradiction(number, "records", stated[1], assignment.records)
        if assignment.service != _OCR:
            return
        payments = assignment.payments
        if not len(payments) <= stated[0] <= len(payments) + assignment.unread:
            raise _contradiction(number, "payments", stated[0], len(payments))
        sure = sum(payment.amount or 0 for payment in payments)
        is_whole = not assignment.unread and all(p.amount is not None for p in payments)
        if sure > stated[2] or (is_whole and sure != stated[2]):
            raise _contradiction(number, "øre", stated[2], sure)
        for payment in payments:
            self._close(payment, assignment, transmission)

    def _close(
        self, payment: _Payment, assignment: _Assignment, transmission: _Transmission
    ) -> None:
        fault = payment.fault or next(_faults_of(payment, assignment), None)
        if fault is not None:
            self._faults.append(fault)
            return
        first, second = payment.first, payment.others["31"]
        words = payment.others["32"][15:55].strip() if "32" in payment.others else ""
        kid = "".join(first[49:74].split())
        payer = second[47:58]
        where = f"{transmission.sender}|{assignment.number}|{assignment.account}"
        identity = f"ocr|{where}|{first}|{second}"
        on = _day(first[15:21])
        if on is None or payment.amount is None:
            raise AssertionError("what _faults_of has passed was read before")
        self._lines.append(
            BankLine(
                identity=hashlib.sha256(identity.encode()).hexdigest(),
                place=f"line {payment.number}",
                account=assignment.account,
                on=on,
                amount=from_minor(payment.amount),
                currency="NOK",  # the service has no other
                is_return=first[4:6] in _RETURNS or first[31] == "-",
                kids=(kid,) if kid.strip("0") else (),
                payer_account=payer if payer.strip("0") else None,
                text=words or None,
            )
        )

    def _end_transmission(self, number: int, record: str, transmission: _Transmission) -> None:
        self._transmission = None
        transactions, records, amount = _totals(number, record)
        for what, stated, found in (
            ("records", records, transmission.records),
            ("payments", transactions, transmission.transactions),
            ("øre", amount, transmission.amount),
        ):
            if stated != found:
                raise _contradiction(number, what, stated, found)


def _same(payments: list[_Payment], record: str) -> bool:
    """Whether the record goes on with the last payment: type and number are the same."""
    return bool(payments) and (
        payments[-1].first[4:6] == record[4:6] and payments[-1].first[8:15] == record[8:15]
    )


def _faults_of(payment: _Payment, assignment: _Assignment) -> Iterator[BankFault]:
    """What is wrong with a payment, the first in its first line."""
    first, place = payment.first, f"line {payment.number}"
    if _DIGITS.fullmatch(assignment.account) is None:
        yield BankFault(place=place, message="its assignment has no account in columns 25 to 35")
    if _day(first[15:21]) is None:
        yield BankFault(place=place, message="columns 16 to 21: must be a day as DDMMYY")
    if first[31] not in "0-":
        yield BankFault(place=place, message="column 32: must be 0 or a minus")
    if not payment.amount or payment.amount >= _ORE_END:
        yield BankFault(place=place, message="columns 33 to 49: must be an amount in øre, not 0")
    kid = "".join(first[49:74].split())
    if kid.strip("0") and not has_kid_form(kid):
        yield BankFault(place=place, message="columns 50 to 74: must be a KID or blank")
    if "31" not in payment.others:
        yield BankFault(place=place, message="amount item 2 (record 31) is due on the next line")
    elif _DIGITS.fullmatch(payment.others["31"][47:58]) is None:
        where = f"line {payment.number + 1}"
        yield BankFault(place=where, message="columns 48 to 58: must be an account or zeros")


def _totals(number: int, record: str) -> tuple[int, int, int]:
    """Transactions, records and øre of an end record."""
    found = _whole(record[8:16]), _whole(record[16:24]), _whole(record[24:41])
    transactions, records, amount = found
    if transactions is None or records is None or amount is None:
        raise BankFileRefusedError(
            f"line {number}, columns 9 to 41: the totals are no numbers, so nothing can be trusted"
        )
    return transactions, records, amount


def _contradiction(number: int, what: str, stated: int, found: int) -> BankFileRefusedError:
    shown = (f"{Decimal(each).scaleb(-2):.2f} NOK" for each in (stated, found))
    says, has = shown if what == "øre" else (f"{stated} {what}", f"{found}")
    return BankFileRefusedError(
        f"line {number}: the bank's totals say {says}, and the file has {has}: lines are missing or"
        " were changed; fetch it again. Nothing of it was taken"
    )


def _whole(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() else None


def _day(text: str) -> date | None:
    if _whole(text) is None:
        return None
    day, month, year = int(text[:2]), int(text[2:4]), int(text[4:6])
    try:
        return date(year + (1900 if year >= _CENTURY_BEGINS else 2000), month, day)
    except ValueError:
        return None
