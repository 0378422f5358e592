"""What a difference is: its kind, its sign, what each side says, the cause and what mends it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from gateway.domain.money import from_minor


class Kind(StrEnum):
    """What sort of difference; each sign is of one."""

    OURS_NOT_THEIRS = "ours_not_theirs"
    THEIRS_NOT_OURS = "theirs_not_ours"
    AMOUNT = "amount"
    STATUS = "status"
    IDENTITY = "identity"
    MISSING_BOOKING = "missing_booking"
    DOUBLED_BOOKING = "doubled_booking"
    PAYOUT_WITHOUT_SETTLEMENT = "payout_without_settlement"
    SETTLEMENT_WITHOUT_PAYOUT = "settlement_without_payout"


class Sign(StrEnum):
    """By what a difference is seen; ``gateway.domain.reconciliation.signs`` explains each."""

    # A claim and its case.
    CASE_MISSING = "case_missing"
    CASE_UNKNOWN = "case_unknown"
    CASE_NOT_LINKED = "case_not_linked"
    CASE_DOUBLED = "case_doubled"
    CASE_NOT_OURS = "case_not_ours"
    REGISTER_LOST = "register_lost"
    REGISTER_PARKED = "register_parked"
    REGISTER_IN_DOUBT = "register_in_doubt"
    STATUS_UNKNOWN = "status_unknown"
    STATUS_OPEN_THERE = "status_open_there"
    STATUS_ENDED_THERE = "status_ended_there"
    STATUS_OTHER_END = "status_other_end"
    DETAILS_UNREAD = "details_unread"
    WITHDRAWAL_NOT_DONE = "withdrawal_not_done"
    OTHER_INVOICE_ID = "other_invoice_id"
    OTHER_NUMBER = "other_number"
    OTHER_DATE = "other_date"
    OTHER_DEBTOR = "other_debtor"
    AMOUNT_REGISTERED = "amount_registered"
    # Money of the ledger's at Kravia.
    PAYMENT_LOST = "payment_lost"
    PAYMENT_PARKED = "payment_parked"
    PAYMENT_IN_DOUBT = "payment_in_doubt"
    PAYMENT_LATE = "payment_late"
    PAYMENT_STATE = "payment_state"
    PAYMENT_WITHHELD = "payment_withheld"
    PAYMENT_UNCLEAR = "payment_unclear"
    PAYMENT_MISSING_THERE = "payment_missing_there"
    PAYMENT_REVERSED_THERE = "payment_reversed_there"
    PAYMENT_DOUBLED_THERE = "payment_doubled_there"
    PAYMENT_AMOUNT_THERE = "payment_amount_there"
    PAYMENT_ECHOED = "payment_echoed"
    REVERSAL_MISSING = "reversal_missing"
    CREDIT_NOT_OURS = "credit_not_ours"
    AMOUNT_OPEN = "amount_open"
    AMOUNT_OVER = "amount_over"
    # Kravia's money at the ledger.
    COLLECTED_MISSING = "collected_missing"
    COLLECTED_GONE = "collected_gone"
    COLLECTED_AMOUNT = "collected_amount"
    COLLECTED_REVERSED = "collected_reversed"
    NOT_TOLD_LEDGER = "not_told_ledger"
    NOT_DONE_AT_KRAVIA = "not_done_at_kravia"
    # The ledger, where it is asked.
    LEDGER_OUTSTANDING = "ledger_outstanding"
    LEDGER_PAYMENT_UNKNOWN = "ledger_payment_unknown"
    LEDGER_PAYMENT_GONE = "ledger_payment_gone"
    LEDGER_PAYMENT_AMOUNT = "ledger_payment_amount"
    LEDGER_IDENTITY = "ledger_identity"
    LEDGER_NOT_OURS = "ledger_not_ours"
    # Pay-outs and settlements.
    PAYOUT_NOT_SETTLED = "payout_not_settled"
    PAYOUT_DOUBLED = "payout_doubled"
    SETTLED_NOT_PAID = "settled_not_paid"
    SETTLED_NOT_COLLECTED = "settled_not_collected"
    COLLECTED_NOT_SETTLED = "collected_not_settled"
    BOOKING_PARKED = "booking_parked"
    BOOKING_IN_DOUBT = "booking_in_doubt"
    BOOKING_LOST = "booking_lost"
    BOOKING_UNNAMED = "booking_unnamed"
    BOOKING_SHARED = "booking_shared"
    BOOKING_MISSING = "booking_missing"
    BOOKING_DOUBLED = "booking_doubled"
    SETTLEMENT_SUM = "settlement_sum"
    SETTLEMENT_CASE = "settlement_case"
    SETTLEMENT_NOT_BOOKED = "settlement_not_booked"
    SETTLEMENT_NOT_MARKED = "settlement_not_marked"
    SETTLEMENT_UNREAD = "settlement_unread"


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One place where the sides differ; what a side says is None where it says nothing.

    ``sign`` and ``about`` together are one difference, however often it is seen. ``part`` is the
    id of what of the invoice (or beside any) it is about: a payment, a message, a settlement.
    """

    sign: Sign
    part: str | None = None
    invoice_id: str | None = None
    claim_id: str | None = None
    kravia_invoice_id: str | None = None
    ledger: str | None = None
    gateway: str | None = None
    kravia: str | None = None

    @property
    def about(self) -> str:
        """What the difference is about."""
        return "/".join(each for each in (self.invoice_id, self.part) if each is not None)


def kroner(minor: int | None) -> str | None:
    """Write an amount as a side says it."""
    return None if minor is None else str(from_minor(minor))
