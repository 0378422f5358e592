"""Stories about money, credit and withdrawal: before hand-over, after it, and through Kravia."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from gateway.cli.demo.cast import Cast
from gateway.cli.demo.days import ARRIVAL, at, day
from gateway.cli.demo.steps import (
    Appears,
    CallsOff,
    Credits,
    PaysCreditor,
    PaysKravia,
    Step,
    Withdraws,
)
from gateway.cli.demo.stories_decided import AT_KRAVIA, RUNNING_NOTICE
from gateway.cli.demo.story import Ending, Story
from gateway.domain.invoice import Payment

_SURPLUS: Final = Decimal(200)
_ARRIVES: Final[Step] = Appears(at=ARRIVAL)


def paid_before(cast: Cast) -> Story:
    """Paid while the notice ran."""
    invoice = cast.invoice()
    return Story(
        name="paid before",
        about="Paid while the notice ran: nothing is left to collect.",
        invoice=invoice,
        steps=(
            Appears(at=ARRIVAL, facts=invoice.but(notices=RUNNING_NOTICE)),
            PaysCreditor(at=at(10, 14, 9), amount=invoice.amount, on=day(10, 13)),
        ),
        ending=Ending(state="rejected", decision="reject", rules=("INK-02", "INK-06")),
    )


def paid_in_part_before(cast: Cast) -> Story:
    """A part was paid before; only the rest is handed over."""
    invoice = cast.invoice()
    paid = invoice.share(4)
    payment = Payment(id=f"pay-{invoice.facts.number}", paid_on=day(9, 20), amount=paid)
    rest = invoice.but(outstanding=invoice.amount - paid, payments=(payment,))
    return Story(
        name="part paid before",
        about="A quarter was paid before: only the open rest was handed over.",
        invoice=invoice,
        steps=(Appears(at=ARRIVAL, facts=rest),),
        ending=AT_KRAVIA,
    )


def paid_directly(cast: Cast) -> Story:
    """The debtor pays the creditor although Kravia has the claim."""
    invoice = cast.invoice()
    return Story(
        name="paid directly",
        about="Paid to the creditor after hand-over: reported to Kravia, which closed the case.",
        invoice=invoice,
        steps=(_ARRIVES, PaysCreditor(at=at(10, 15, 9), amount=invoice.amount, on=day(10, 14))),
        ending=closed("paid", payments=1),
    )


def paid_too_much(cast: Cast) -> Story:
    """More than is owed: Kravia is told what it still collects, a person of the rest."""
    invoice = cast.invoice()
    return Story(
        name="over-paid",
        about="200 kr too much: Kravia is told what it collects, a person pays back the rest.",
        invoice=invoice,
        steps=(
            _ARRIVES,
            PaysCreditor(at=at(10, 16, 9), amount=invoice.amount + _SURPLUS, on=day(10, 15)),
        ),
        ending=closed("paid", payments=1, tasks=("surplus",)),
    )


def paid_through_kravia(cast: Cast) -> Story:
    """Collected, told once, paid out, and not echoed."""
    invoice = cast.invoice()
    return Story(
        name="paid through Kravia",
        about="Collected: the ledger was told once, and the pay-out was not echoed to Kravia.",
        invoice=invoice,
        steps=(_ARRIVES, PaysKravia(at=at(10, 21, 13), amount=invoice.amount)),
        ending=closed("paid", collected=1),
    )


def paid_in_part_through_kravia(cast: Cast) -> Story:
    """A part was collected; the case goes on."""
    invoice = cast.invoice()
    return Story(
        name="part paid through Kravia",
        about="A quarter was collected and paid out; the rest is still being collected.",
        invoice=invoice,
        steps=(_ARRIVES, PaysKravia(at=at(11, 11, 13), amount=invoice.share(4))),
        ending=Ending(state="active", decision="forward", registers=1, collected=1),
    )


def credited_in_full(cast: Cast) -> Story:
    """A credit note for all of it."""
    invoice = cast.invoice()
    return Story(
        name="credited in full",
        about="Credited after hand-over: Kravia was told and closed the case.",
        invoice=invoice,
        steps=(_ARRIVES, Credits(at=at(10, 20, 9), amount=invoice.amount, on=day(10, 19))),
        ending=closed("credited", credit_notes=1),
    )


def withdrawn_before(cast: Cast) -> Story:
    """The creditor changes its mind in time."""
    invoice = cast.invoice()
    return Story(
        name="withdrawn in time",
        about="The creditor withdrew it while it was held: Kravia never heard of it.",
        invoice=invoice,
        steps=(
            Appears(at=ARRIVAL, facts=invoice.but(notices=RUNNING_NOTICE)),
            Withdraws(at=at(10, 13, 9)),
        ),
        ending=Ending(state="closed", close_reason="withdrawn", decision="hold", rules=("INK-06",)),
    )


def withdrawn_after(cast: Cast) -> Story:
    """No documented call withdraws a case: a person does it in the portal."""
    invoice = cast.invoice()
    return Story(
        name="withdrawn after",
        about="No call of Kravia's does it: a person called it off in the portal.",
        invoice=invoice,
        steps=(_ARRIVES, Withdraws(at=at(11, 2, 9)), CallsOff(at=at(11, 3, 13))),
        ending=closed("withdrawn"),
    )


def closed(
    reason: str,
    *,
    payments: int = 0,
    credit_notes: int = 0,
    collected: int = 0,
    tasks: tuple[str, ...] = (),
) -> Ending:
    """Word the end of what was handed over once, and is over."""
    return Ending(
        state="closed",
        close_reason=reason,
        decision="forward",
        registers=1,
        payments=payments,
        credit_notes=credit_notes,
        collected=collected,
        tasks=tasks,
    )
