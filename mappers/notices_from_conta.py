"""The letters about an invoice, from where Conta really has them.

Conta keeps the kind, deadline and fee of the newest letter only (``invoicePaymentReminder``); when
and how a letter went, and that there were earlier ones, stands in the timeline. So the newest
letter is joined with its lines there, and an earlier one counts as a reminder: that it was a
collection notice is not proven.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from clients.conta.assumptions import Assumptions
from clients.conta.wire import Invoice, InvoiceEvent, PaymentReminder
from gateway.domain.invoice import Channel, Notice, NoticeKind
from mappers.event_day_from_conta import event_day_from_conta
from mappers.sending_from_conta import Way, sending_from_conta

_MADE = frozenset({"PAYMENT_REMINDER_CREATED", "PAYMENT_REMINDER_CREATED_AND_SENT_BY_POSTAL_MAIL"})
_NOTICE_SENT = "SENT_DEBT_COLLECTION_REMINDER"
_SENT = frozenset(
    {
        "PAYMENT_REMINDER_SENT_BY_EMAIL",
        "INVOICE_AND_PAYMENT_REMINDER_RESENT_BY_EMAIL",
        "INVOICE_AND_PAYMENT_REMINDER_RESENT_BY_POSTAL_MAIL",
        "INVOICE_AND_PAYMENT_REMINDER_RESENT_BY_EHF",
        _NOTICE_SENT,
    }
)
_CHANNELS = {Way.POST: Channel.POST, Way.EMAIL: Channel.EMAIL, Way.EFAKTURA: Channel.EFAKTURA}


@dataclass(slots=True, kw_only=True)
class _Letter:
    """A letter while the timeline is read; ``sent`` are its sendings that left, oldest first."""

    made_on: date | None
    deadline: date | None
    is_notice: bool = False
    has_failed: bool = False
    is_waived: bool = False
    sent: list[tuple[date | None, Channel | None]] = field(default_factory=list)


def notices_from_conta(
    invoice: Invoice, events: Sequence[InvoiceEvent], assumptions: Assumptions
) -> tuple[Notice, ...]:
    """Return the letters that were sent, oldest first; ``events`` as the client orders them.

    A letter went on the day of the first sending that left. One that was only made counts as sent
    on its date, by a way not told, if ``letters.created_counts_as_sent``; one whose every sending
    failed does not count at all.
    """
    letters = _letters(events, assumptions)
    reminder = invoice.invoicePaymentReminder
    newest: _Letter | None = None
    if reminder is not None:
        newest = _newest(letters, reminder)
        if newest not in letters:
            letters.append(newest)
    notices = []
    for letter in letters:
        facts = reminder if letter is newest else None
        notice = _notice(letter, facts, assumptions)
        if notice is not None:
            notices.append(notice)
    return tuple(notices)


def _letters(events: Sequence[InvoiceEvent], assumptions: Assumptions) -> list[_Letter]:
    letters: list[_Letter] = []
    for event in events:
        kind = event.eventType
        if kind in _MADE or (kind in _SENT and _starts_one(event, letters)):
            letters.append(
                _Letter(
                    made_on=event_day_from_conta(event, assumptions),
                    deadline=event.followUpDate,
                    is_notice=kind == _NOTICE_SENT,
                )
            )
        if kind in _MADE | _SENT:
            _note_sending(letters[-1], event, assumptions)
        elif kind in {"DELETED_LATE_PAYMENT_FEES", "REVERSED_DELETE_LATE_PAYMENT_FEES"}:
            for letter in letters:
                letter.is_waived = kind == "DELETED_LATE_PAYMENT_FEES"
    return letters


def _starts_one(event: InvoiceEvent, letters: Sequence[_Letter]) -> bool:
    """Tell whether a sending belongs to a letter the timeline has not told of."""
    return not letters or (event.eventType == _NOTICE_SENT and bool(letters[-1].sent))


def _note_sending(letter: _Letter, event: InvoiceEvent, assumptions: Assumptions) -> None:
    sending = sending_from_conta(event, assumptions)
    if sending is not None and not sending.left:
        letter.has_failed = True
    elif sending is not None:
        day = event_day_from_conta(event, assumptions)
        letter.sent.append((day, _CHANNELS.get(sending.way)))
    elif event.eventType in _SENT:
        letter.sent.append((event_day_from_conta(event, assumptions), None))


def _newest(letters: Sequence[_Letter], reminder: PaymentReminder) -> _Letter:
    """Return the letter the reminder is: that of its date, else the last, else one of its own."""
    of_its_date = [letter for letter in letters if letter.made_on == reminder.date]
    for found in (of_its_date, letters):
        if found:
            return found[-1]
    return _Letter(made_on=reminder.date, deadline=reminder.dueDate)


def _notice(
    letter: _Letter, reminder: PaymentReminder | None, assumptions: Assumptions
) -> Notice | None:
    """Return the letter as the domain knows it, None if it was not sent or nobody knows when."""
    sent_on, channel = letter.made_on, None
    if letter.sent:
        sent_on, channel = letter.sent[0]
    elif letter.has_failed or not assumptions.letters.created_counts_as_sent:
        return None
    elif reminder is not None:
        sent_on = reminder.date or letter.made_on
    if sent_on is None:
        return None
    is_notice = letter.is_notice
    deadline, fee = letter.deadline, None
    if reminder is not None:
        is_notice = reminder.paymentReminderType == "DEBT_COLLECTION_NOTICE"
        deadline = reminder.dueDate or letter.deadline
        fee = None if letter.is_waived else reminder.fee
    return Notice(
        kind=NoticeKind.COLLECTION_NOTICE if is_notice else NoticeKind.REMINDER,
        sent_on=sent_on,
        deadline=deadline,
        channel=channel,
        fee=max(fee or Decimal(0), Decimal(0)),
    )
