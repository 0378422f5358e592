"""What each sign of a difference is of, its likely cause, and the command that mends it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from gateway.domain.reconciliation.difference import Difference, Kind, Sign


@dataclass(frozen=True, slots=True)
class Explanation:
    """``command`` is what to type after the program's name; ids stand in braces."""

    kind: Kind
    cause: str
    command: str


_OURS, _THEIRS, _AMOUNT, _STATUS = (
    Kind.OURS_NOT_THEIRS,
    Kind.THEIRS_NOT_OURS,
    Kind.AMOUNT,
    Kind.STATUS,
)
_MISSING, _DOUBLED = Kind.MISSING_BOOKING, Kind.DOUBLED_BOOKING
_UNPAID, _UNSETTLED = Kind.SETTLEMENT_WITHOUT_PAYOUT, Kind.PAYOUT_WITHOUT_SETTLEMENT
_CLAIM = "claims show {claim}"
_CASES = "creditors compare {creditor}"
_MESSAGE, _RESEND, _DOUBT = "outbox show {about}", "outbox resend {about}", "doubts show {about}"
_TASKS = "tasks list --creditor {creditor}"
_SETTLEMENT = "settlements show {about} --creditor {creditor}"
_BOOKED = "settlements booked {about} --creditor {creditor} --voucher NUMBER"
_CHECK = "creditors check {creditor}"

EXPLAINED: Final[Mapping[Sign, Explanation]] = {
    sign: Explanation(*words)
    for sign, words in {
        Sign.CASE_MISSING: (
            _OURS,
            (
                "Kravia's list does not have the case it answered with: deleted there, or"
                " another creditor number is set"
            ),
            _CLAIM,
        ),
        Sign.CASE_UNKNOWN: (
            _OURS,
            (
                "the claim counts as handed over without a case: the database was changed"
                " by hand, or comes from a copy"
            ),
            _CLAIM,
        ),
        Sign.CASE_NOT_LINKED: (
            _THEIRS,
            (
                "registered in the portal or by another integration, or before a copy"
                " came back; a claim that differs from it waits for a person"
            ),
            _CLAIM,
        ),
        Sign.CASE_DOUBLED: (
            _DOUBLED,
            "the invoice is registered twice: end one of the cases in Kravia's portal",
            _CLAIM,
        ),
        Sign.CASE_NOT_OURS: (
            _THEIRS,
            "registered in the portal or by another integration; the ledger never told the invoice",
            _CASES,
        ),
        Sign.REGISTER_LOST: (
            _OURS,
            (
                "the claim is being handed over and no message does it: a fault of the"
                " gateway's, or the database comes from a copy"
            ),
            _CLAIM,
        ),
        Sign.REGISTER_PARKED: (_OURS, "Kravia refused the register, or it was given up", _RESEND),
        Sign.REGISTER_IN_DOUBT: (_OURS, "the register ended without a known outcome", _DOUBT),
        Sign.STATUS_UNKNOWN: (
            _STATUS,
            "nobody has given Kravia's word a meaning: add it under [status_words]",
            _CLAIM,
        ),
        Sign.STATUS_OPEN_THERE: (
            _STATUS,
            (
                "the claim is over here and Kravia still collects: reopened there, or a"
                " withdrawal that nobody did there"
            ),
            _TASKS,
        ),
        Sign.STATUS_ENDED_THERE: (
            _STATUS,
            "Kravia is done with the case and the claim goes on: its details could not be taken in",
            _CLAIM,
        ),
        Sign.STATUS_OTHER_END: (_STATUS, "Kravia changed how the case ended", _CLAIM),
        Sign.DETAILS_UNREAD: (
            _STATUS,
            "the case's details cannot be read or understood",
            "alerts list",
        ),
        Sign.WITHDRAWAL_NOT_DONE: (
            _STATUS,
            "the creditor called the collection off and Kravia goes on: nobody withdrew it there",
            _TASKS,
        ),
        Sign.OTHER_INVOICE_ID: (
            Kind.IDENTITY,
            (
                "the case carries another invoice's id: linked by hand to the wrong one,"
                " or changed at Kravia"
            ),
            _CLAIM,
        ),
        Sign.OTHER_NUMBER: (Kind.IDENTITY, "the number was changed on one side", _CLAIM),
        Sign.OTHER_DATE: (Kind.IDENTITY, "the invoice date was changed on one side", _CLAIM),
        Sign.OTHER_DEBTOR: (Kind.IDENTITY, "the debtor was changed on one side", _CLAIM),
        Sign.AMOUNT_REGISTERED: (
            _AMOUNT,
            "the principal was changed at Kravia after the hand-over",
            _CLAIM,
        ),
        Sign.PAYMENT_LOST: (
            _MISSING,
            (
                "it is to be told to Kravia and no message does it: a fault of the"
                " gateway's, or the database comes from a copy"
            ),
            _CLAIM,
        ),
        Sign.PAYMENT_PARKED: (_MISSING, "Kravia refused it, or it was given up", _RESEND),
        Sign.PAYMENT_IN_DOUBT: (_MISSING, "telling it ended without a known outcome", _DOUBT),
        Sign.PAYMENT_LATE: (
            _MISSING,
            (
                "it has waited for longer than a day: an earlier message of the claim"
                " stands before it, or Kravia is down"
            ),
            _MESSAGE,
        ),
        Sign.PAYMENT_STATE: (
            _MISSING,
            "the payment does not follow its message: a fault of the gateway's, or changed by hand",
            _MESSAGE,
        ),
        Sign.PAYMENT_WITHHELD: (
            _MISSING,
            "a person stopped the message: enter it in Kravia's portal, or it stays as it is",
            _CLAIM,
        ),
        Sign.PAYMENT_UNCLEAR: (
            _MISSING,
            "it may be the debtor's own payment or Kravia's pay-out: a task asks",
            _TASKS,
        ),
        Sign.PAYMENT_MISSING_THERE: (
            _MISSING,
            "Kravia took it and does not show it: deleted there, or it answered too early",
            _CLAIM,
        ),
        Sign.PAYMENT_REVERSED_THERE: (
            _AMOUNT,
            "Kravia took it back and the ledger did not",
            _CLAIM,
        ),
        Sign.PAYMENT_DOUBLED_THERE: (
            _DOUBLED,
            (
                "Kravia counts it more than once: entered by hand too, or a doubt sent"
                " again wrongly; take one back in Kravia's portal"
            ),
            _CLAIM,
        ),
        Sign.PAYMENT_AMOUNT_THERE: (_AMOUNT, "the amount was changed at Kravia", _CLAIM),
        Sign.PAYMENT_ECHOED: (
            _DOUBLED,
            (
                "Kravia counts money that is none of the debtor's, or is inside what was"
                " handed over: entered there by hand; take it back in Kravia's portal"
            ),
            _CLAIM,
        ),
        Sign.REVERSAL_MISSING: (
            _AMOUNT,
            "the ledger took it back and Kravia still counts it: nobody corrected it there",
            _TASKS,
        ),
        Sign.CREDIT_NOT_OURS: (
            _AMOUNT,
            "Kravia credited the case by itself, and the ledger does not know",
            _CLAIM,
        ),
        Sign.AMOUNT_OPEN: (
            _AMOUNT,
            "something was entered at Kravia that it does not list, or lists without its principal",
            _CLAIM,
        ),
        Sign.AMOUNT_OVER: (
            _AMOUNT,
            "the debtor paid both the creditor and Kravia: pay the rest back",
            _CLAIM,
        ),
        Sign.COLLECTED_MISSING: (
            _MISSING,
            "Kravia collected it and it was not taken in: its details could not be read then",
            _CLAIM,
        ),
        Sign.COLLECTED_GONE: (
            _AMOUNT,
            "the ledger was told of it and Kravia no longer shows it: deleted there",
            _CLAIM,
        ),
        Sign.COLLECTED_AMOUNT: (
            _AMOUNT,
            "Kravia changed the amount after the ledger was told",
            _CLAIM,
        ),
        Sign.COLLECTED_REVERSED: (
            _AMOUNT,
            "it is taken back on one side only",
            _CLAIM,
        ),
        Sign.NOT_TOLD_LEDGER: (
            _MISSING,
            "the ledger refused what it was told, or it was given up",
            _RESEND,
        ),
        Sign.NOT_DONE_AT_KRAVIA: (
            _STATUS,
            "Kravia refused a withdrawal, an objection or a reversal, or its outcome is unknown",
            _MESSAGE,
        ),
        Sign.LEDGER_OUTSTANDING: (
            _AMOUNT,
            (
                "what the ledger told is not taken in (an event was refused), or it was"
                " changed without a trace"
            ),
            "events list --creditor {creditor} --outcome rejected",
        ),
        Sign.LEDGER_PAYMENT_UNKNOWN: (
            _MISSING,
            "the ledger has it and it was not taken in: its event was refused",
            "events list --creditor {creditor} --outcome rejected",
        ),
        Sign.LEDGER_PAYMENT_GONE: (
            _MISSING,
            "it was deleted in the ledger, or told here by hand and never entered there",
            _CLAIM,
        ),
        Sign.LEDGER_PAYMENT_AMOUNT: (_AMOUNT, "it was changed in the ledger", _CLAIM),
        Sign.LEDGER_IDENTITY: (
            Kind.IDENTITY,
            "number, date or debtor was changed in the ledger and not taken in",
            "events list --creditor {creditor} --outcome rejected",
        ),
        Sign.LEDGER_NOT_OURS: (
            _THEIRS,
            "the ledger told an overdue invoice that made no claim: its event was refused",
            "events list --creditor {creditor} --outcome rejected",
        ),
        Sign.PAYOUT_NOT_SETTLED: (
            _UNSETTLED,
            (
                "Kravia's money is in the ledger and no settlement tells of it: not read,"
                " or another's payment was taken for a pay-out"
            ),
            _CLAIM,
        ),
        Sign.PAYOUT_DOUBLED: (
            _DOUBLED,
            (
                "more of Kravia's money is booked on the invoice than it collected:"
                " booked by the bank's file and from the settlement"
            ),
            _CLAIM,
        ),
        Sign.SETTLED_NOT_PAID: (
            _UNPAID,
            (
                "the line was settled and its pay-out is not seen in the ledger: not"
                " booked, or booked in another amount"
            ),
            _SETTLEMENT,
        ),
        Sign.SETTLED_NOT_COLLECTED: (
            _AMOUNT,
            "Kravia paid out more principal than it tells to have collected",
            _CLAIM,
        ),
        Sign.COLLECTED_NOT_SETTLED: (
            _UNSETTLED,
            "Kravia collected and has not settled yet: ask Kravia, or its settlements are not read",
            "settlements list --creditor {creditor}",
        ),
        Sign.BOOKING_PARKED: (_MISSING, "the ledger refused the booking", _RESEND),
        Sign.BOOKING_IN_DOUBT: (_MISSING, "the booking ended without a known outcome", _DOUBT),
        Sign.BOOKING_LOST: (
            _MISSING,
            (
                "a line counts as booked by us and no message does it: a fault of the"
                " gateway's, or the database comes from a copy"
            ),
            _SETTLEMENT,
        ),
        Sign.BOOKING_UNNAMED: (
            _MISSING,
            "the booking went through and its id in the ledger is not known",
            _MESSAGE,
        ),
        Sign.BOOKING_SHARED: (
            _MISSING,
            "two lines count as booked by one payment of the ledger's",
            _SETTLEMENT,
        ),
        Sign.BOOKING_MISSING: (_MISSING, "our booking was deleted in the ledger", _CLAIM),
        Sign.BOOKING_DOUBLED: (
            _DOUBLED,
            (
                "the ledger has more of Kravia's money on the invoice than we booked:"
                " booked by hand or by the bank's file too"
            ),
            _CLAIM,
        ),
        Sign.SETTLEMENT_SUM: (
            _AMOUNT,
            "its lines, less costs and VAT, are not what was paid: ask Kravia",
            _SETTLEMENT,
        ),
        Sign.SETTLEMENT_CASE: (
            _THEIRS,
            "a line is of a case that is no claim of ours: registered elsewhere; book it by hand",
            _SETTLEMENT,
        ),
        Sign.SETTLEMENT_NOT_BOOKED: (
            _UNPAID,
            "the ledger has not said under which voucher it is booked",
            _BOOKED,
        ),
        Sign.SETTLEMENT_NOT_MARKED: (
            _STATUS,
            "it is booked in the ledger and Kravia does not know",
            _SETTLEMENT,
        ),
        Sign.SETTLEMENT_UNREAD: (
            _MISSING,
            "Kravia's settlement does not read as kravia.toml assumes",
            "settlements show {about} --raw",
        ),
    }.items()
}
"""Every sign; a test finds one that is missing, and types every command."""


def kind_of(difference: Difference) -> Kind:
    """What sort of difference it is."""
    return EXPLAINED[difference.sign].kind


def cause_of(difference: Difference) -> str:
    """What has probably happened."""
    return EXPLAINED[difference.sign].cause


def command_of(difference: Difference, creditor_id: str) -> str:
    """What to type to look at it or to mend it."""
    words = EXPLAINED[difference.sign].command.format(
        about=difference.part or "",
        claim=difference.claim_id or difference.invoice_id or "",
        creditor=creditor_id,
    )
    return f"kravia-gateway {words}"
