"""What rows of Kravia's answers say of the fields, lists and words that are looked for; pure.

Like ``inspection``, whose other half this is: no value is shown that may be personal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from clients.errors import ProtocolError
from clients.finding import Finding, counted, fails, holds, of, unclear
from clients.kravia.answers import Record
from clients.kravia.assumptions import Assumptions, Paths
from clients.kravia.shapes import Content, found_at, text_at

_OFTEN_EMPTY = frozenset(
    {"accountingInvoiceId", "debtorNumber", "closingReason", "capital", "AccountingPaymentId"}
)
"""Fields that cases people made, open cases and others' payments may rightly lack."""

_READERS: Mapping[str, Callable[[Record, str, Paths], object]] = {
    "invoiceId": Record.identifier,
    "paymentId": Record.identifier,
    "settlementId": Record.identifier,
    "lastUpdatedTime": Record.feed_time,
    "invoiceDate": Record.day,
    "date": Record.day,
    "originalAmount": Record.amount,
    "remainingCapital": Record.amount,
    "amount": Record.amount,
    "capital": Record.amount,
    "creditorId": Record.whole,
}


def envelope_of(key: str, answers: Sequence[Content], assumed: str | None) -> Finding:
    """What the answers came in, against what one was assumed."""
    if not answers:
        return unclear(key, "nothing came")
    names = {each.envelope for each in answers}
    shown = ", ".join(sorted("bare" if name is None else f'"{name}"' for name in names))
    return (holds if names == {assumed} else fails)(key, f"answered {shown}")


def fields_of(
    prefix: str,
    fields: Mapping[str, Paths],
    rows: Sequence[object],
    noun: str,
    assumptions: Assumptions,
) -> Iterator[Finding]:
    """Whether each field stands where it is looked for."""
    for name, paths in fields.items():
        yield _field(f"{prefix}.{name}", name, paths, rows, noun, assumptions)


def _field(
    key: str,
    name: str,
    paths: Paths,
    rows: Sequence[object],
    noun: str,
    assumptions: Assumptions,
) -> Finding:
    """Whether a field stands where it is looked for, in how many rows, and can be read."""
    if not rows:
        return unclear(key, f"no {noun} came")
    if not paths:
        return unclear(key, "not looked for")
    seen = [found_at(row, paths) for row in rows]
    told = [row for row, (_, value) in zip(rows, seen, strict=True) if value is not None]
    unreadable = sum(not _reads(row, name, paths, assumptions) for row in told)
    if unreadable:
        return fails(key, f"cannot be read in {of(unreadable, len(rows), noun)}")
    if told:
        return holds(key, f"seen in {of(len(told), len(rows), noun)}")
    if any(is_there for is_there, _ in seen):
        return unclear(key, f"there, but empty in all of {len(rows)} {noun}s")
    if name in _OFTEN_EMPTY:
        return unclear(key, f"in none of {len(rows)} {noun}s, which may rightly lack it")
    return fails(key, f"in none of {len(rows)} {noun}s")


def _reads(row: object, name: str, paths: Paths, assumptions: Assumptions) -> bool:
    reader = _READERS.get(name)
    if reader is None:
        return True
    try:
        reader(Record(row, "row", assumptions.time_zone), name, paths)
    except ProtocolError:
        return False
    return True


def judge_payments(cases: Sequence[object], assumptions: Assumptions) -> Iterator[Finding]:
    """The list of payments in a case, its flags and fields."""
    details, key = assumptions.details, "details.payments.list"
    lists = [
        value for case in cases if isinstance(value := _at(case, details.payments_paths), list)
    ]
    if not cases:
        yield unclear(key, "no case came")
    elif not details.payments_paths:
        yield unclear(key, "not looked for")
    else:
        yield (holds if lists else fails)(key, f"a list in {of(len(lists), len(cases), 'case')}")
    payments = [payment for found in lists for payment in found]
    fields = details.payment_fields
    words = {"reversed": details.reversed_words, "isCreditNote": details.credit_note_words}
    for name, key in (("reversed", "reversed_words"), ("isCreditNote", "credit_note_words")):
        yield _flag_words(f"details.payments.{key}", payments, fields[name], words[name])
    yield from fields_of("details.payments.fields", fields, payments, "payment", assumptions)


def _flag_words(
    key: str, payments: Sequence[object], paths: Paths, words: frozenset[str]
) -> Finding:
    values = [str(value).lower() for each in payments if (value := _at(each, paths)) is not None]
    hits = sum(value in words for value in values)
    if hits:
        return holds(key, f"one of the words in {of(hits, len(payments), 'payment')}")
    others = [value for value in values if value not in {"false", "0", "no", "none"}]
    if others:
        return fails(key, f"unknown: {counted(others)}")
    return unclear(key, f"none of {len(payments)} payments has it set")


def judge_settlements(
    settlements: Sequence[object], answer: Content | None, assumptions: Assumptions
) -> Iterator[Finding]:
    """Whose settlements come, in what currency and envelope."""
    paid = assumptions.settlements
    owners = {o for row in settlements if (o := text_at(row, paid.fields["creditorId"]))}
    key = "settlements.creditor_parameter"
    if not owners:
        yield unclear(key, "no settlement tells whose it is")
    elif paid.creditor_parameter is None or len(owners) == 1:
        yield holds(key, f"settlements of {len(owners)} creditors came, told apart by creditorId")
    else:
        yield fails(key, f"settlements of {len(owners)} creditors came: it filters nothing")
    told = [t for row in settlements if (t := text_at(row, paid.fields["currencyCode"]))]
    silent = len(settlements) - len(told)
    if not settlements:
        yield unclear("settlements.currency", "no settlement came")
    elif silent:
        yield unclear("settlements.currency", f"{silent} settlements tell none")
    else:
        yield holds("settlements.currency", "every settlement tells its own")
    if answer is None:
        yield fails("settlements.envelope", "there is no such path at Kravia (404)")
    else:
        yield envelope_of("settlements.envelope", [answer], paid.envelope)


def judge_lines(settlements: Sequence[object], assumptions: Assumptions) -> Iterator[Finding]:
    """The lines of settlements and their fields."""
    paid, key = assumptions.settlements, "settlements.lines.list"
    lists = [found for row in settlements if isinstance(found := _at(row, paid.line_paths), list)]
    if not settlements:
        yield unclear(key, "no settlement came")
    else:
        told = f"a list in {of(len(lists), len(settlements), 'settlement')}"
        yield (holds if lists else fails)(key, told)
    lines = [line for found in lists for line in found]
    yield from fields_of("settlements.lines.fields", paid.line_fields, lines, "line", assumptions)


def judge_words(
    rows: Sequence[object], cases: Sequence[object], assumptions: Assumptions
) -> Iterator[Finding]:
    """Status and closing words: which are used, and which nobody has given a meaning."""
    search, details = assumptions.search.fields, assumptions.details.fields
    statuses = [t for row in rows if (t := text_at(row, search["status"]))]
    statuses += [t for case in cases if (t := text_at(case, details["status"]))]
    reasons = [t for case in cases if (t := text_at(case, details["closingReason"]))]
    for key, known, seen in (
        ("status_words", assumptions.status_words, statuses),
        ("closing_words", assumptions.closing_words, reasons),
    ):
        unknown = [word for word in seen if word.strip().lower() not in known]
        if unknown:
            yield fails(key, f"unknown: {counted(unknown)}")
        for word, meaning in known.items():
            count = sum(each.strip().lower() == word for each in seen)
            told = f"seen {count} times, taken for {meaning}" if count else "not seen"
            yield (holds if count else unclear)(f"{key}.{word}", told)


def _at(row: object, paths: Paths) -> object:
    return found_at(row, paths)[1]
