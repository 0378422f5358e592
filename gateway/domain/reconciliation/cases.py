"""A claim beside its case at Kravia: is it there, once, the same and as far."""

from __future__ import annotations

from collections.abc import Iterator

from gateway.domain.claim import ClaimState, CloseReason
from gateway.domain.reconciliation.books import LAG, UNDER_WAY, Case, ClaimBooks, Order, Setting
from gateway.domain.reconciliation.difference import Difference, Sign, kroner

_REGISTER = "kravia.register"
_ENDS = {
    "paid": CloseReason.PAID,
    "credited": CloseReason.CREDITED,
    "withdrawn": CloseReason.WITHDRAWN,
    "rejected": CloseReason.REJECTED_BY_AGENCY,
}
"""How a meaning ends a claim; *closed* may be any end: details say why, the list does not."""


def case_differences(books: ClaimBooks, setting: Setting) -> Iterator[Difference]:
    """Compare the claim with its case; nothing is said while Kravia's list is not complete."""
    if setting.polled_at is None:
        return
    if books.kravia_invoice_id is None:
        yield from _without_case(books, setting)
        return
    for other in books.namesakes:
        if not other.has_ended:
            yield differs(books, Sign.CASE_DOUBLED, other.kravia_invoice_id, kravia=_said(other))
    if books.case is None:
        since = books.registered_at
        if since is None or setting.polled_at - since > LAG:
            yield differs(books, Sign.CASE_MISSING)
        return
    yield from _identity(books, books.case)
    yield from _status(books, books.case, setting)


def differs(
    books: ClaimBooks,
    sign: Sign,
    part: str | None = None,
    *,
    ledger: str | None = None,
    gateway: str | None = None,
    kravia: str | None = None,
) -> Difference:
    """A difference on this claim; ``part`` says which of its parts."""
    return Difference(
        sign=sign,
        part=part,
        invoice_id=books.invoice_id,
        claim_id=books.claim_id,
        kravia_invoice_id=books.kravia_invoice_id,
        ledger=ledger,
        gateway=gateway if gateway is not None else books.state.value,
        kravia=kravia,
    )


def _without_case(books: ClaimBooks, setting: Setting) -> Iterator[Difference]:
    register = next((each for each in books.orders if each.kind == _REGISTER), None)
    if books.state is ClaimState.ACTIVE:
        yield differs(books, Sign.CASE_UNKNOWN)
    elif books.state is ClaimState.SENDING:
        yield from _register(books, register)
    for case in books.namesakes:
        is_being_linked = register is not None and setting.now - case.seen_at < LAG
        is_over = books.state is ClaimState.CLOSED and case.has_ended
        if not is_being_linked and not is_over:
            yield differs(books, Sign.CASE_NOT_LINKED, case.kravia_invoice_id, kravia=_said(case))


def _register(books: ClaimBooks, register: Order | None) -> Iterator[Difference]:
    if register is None:
        yield differs(books, Sign.REGISTER_LOST)
    elif register.is_in_doubt:
        yield differs(books, Sign.REGISTER_IN_DOUBT, register.message_id)
    elif register.state == "parked":
        yield differs(books, Sign.REGISTER_PARKED, register.message_id)


def _identity(books: ClaimBooks, case: Case) -> Iterator[Difference]:
    for sign, ours, theirs in (
        (Sign.OTHER_INVOICE_ID, books.invoice_id, case.invoice_id),
        (Sign.OTHER_NUMBER, books.invoice_number, case.invoice_number),
        (Sign.OTHER_DATE, books.issued_on, case.issued_on),
        (Sign.OTHER_DEBTOR, books.debtor_number, case.debtor_number),
    ):
        if theirs is not None and theirs != ours:
            yield differs(books, sign, gateway=ours, kravia=theirs)
    if case.amount is not None and case.amount != books.registered:
        ours = kroner(books.registered) or "not known"
        yield differs(books, Sign.AMOUNT_REGISTERED, gateway=ours, kravia=kroner(case.amount))


def _status(books: ClaimBooks, case: Case, setting: Setting) -> Iterator[Difference]:
    said = _said(case)
    if case.status is not None and case.meaning is None:
        yield differs(books, Sign.STATUS_UNKNOWN, kravia=said)
        return
    if books.state is not ClaimState.CLOSED:
        if books.details_at is None:
            if setting.now - case.seen_at > LAG:
                yield differs(books, Sign.DETAILS_UNREAD, kravia=said)
        elif case.has_ended:
            yield differs(books, Sign.STATUS_ENDED_THERE, kravia=said)
        elif books.withdrawn_at is not None and setting.now - books.withdrawn_at > UNDER_WAY:
            yield differs(books, Sign.WITHDRAWAL_NOT_DONE, gateway="withdrawn", kravia=said)
        return
    ended = "closed" if books.close_reason is None else f"closed: {books.close_reason.value}"
    if not case.has_ended:
        yield differs(books, Sign.STATUS_OPEN_THERE, gateway=ended, kravia=said)
        return
    theirs = _ENDS.get(case.meaning or "")
    if books.close_reason is CloseReason.WRITTEN_OFF and theirs is CloseReason.WITHDRAWN:
        return  # that is how a write-off ends there
    if theirs is not None and theirs is not books.close_reason:
        yield differs(books, Sign.STATUS_OTHER_END, gateway=ended, kravia=said)


def _said(case: Case) -> str:
    return case.status or "no status"
