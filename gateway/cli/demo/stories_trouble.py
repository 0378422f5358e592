"""Stories about trouble at Kravia: calls without an answer, hours without service, odd words."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from clients.simulated_faults import Fault, FaultKind
from gateway.cli.demo.cast import Cast
from gateway.cli.demo.days import ARRIVAL, START, at, day
from gateway.cli.demo.steps import (
    Appears,
    Fails,
    HasAlready,
    LosesHint,
    OthersMove,
    PaysKravia,
    Remote,
    SaysStatus,
    Starts,
    Stops,
)
from gateway.cli.demo.stories_decided import AT_KRAVIA
from gateway.cli.demo.story import Chapter, Ending, Story

_RETRY_AFTER_SECONDS: Final = 120
_UNKNOWN_WORD: Final = "Overtatt"


def times_out_after_accepting(cast: Cast) -> Story:
    """Kravia takes the register and never answers."""
    invoice = cast.invoice()
    fault = Fault(kind=FaultKind.ACCEPT_THEN_TIMEOUT, operation="register")
    return Story(
        name="Kravia silent",
        about="Took it, never answered: found in its feed, adopted.",
        invoice=invoice,
        steps=(Fails(at=at(10, 6, 13), fault=fault), Appears(at=at(10, 6, 13))),
        ending=AT_KRAVIA,
        chapter=Chapter.TROUBLE,
    )


def resets_before_accepting(cast: Cast) -> Story:
    """Kravia cuts the line and keeps nothing: only a witness proves it."""
    invoice = cast.invoice()
    fault = Fault(kind=FaultKind.RESET, operation="register")
    return Story(
        name="line cut",
        about="Proved absent by a later row of the feed, sent again.",
        invoice=invoice,
        steps=(
            Fails(at=at(10, 7, 13), fault=fault),
            Appears(at=at(10, 7, 13)),
            OthersMove(at=at(10, 7, 14)),
        ),
        ending=AT_KRAVIA,
        chapter=Chapter.TROUBLE,
    )


def kravia_down(cast: Cast) -> Story:
    """Nothing listens for half an hour."""
    invoice = cast.invoice()
    return Story(
        name="Kravia down",
        about="It waited, and went when Kravia listened again.",
        invoice=invoice,
        steps=(
            Stops(at=at(10, 8, 12), remote=Remote.KRAVIA),
            Appears(at=at(10, 8, 12, 5)),
            Starts(at=at(10, 8, 12, 30), remote=Remote.KRAVIA),
        ),
        ending=AT_KRAVIA,
        chapter=Chapter.TROUBLE,
    )


def slows_us_down(cast: Cast) -> Story:
    """429 with a time to wait."""
    invoice = cast.invoice()
    fault = Fault(
        kind=FaultKind.STATUS,
        operation="register",
        status=429,
        retry_after_seconds=_RETRY_AFTER_SECONDS,
    )
    return Story(
        name="Kravia says slow down",
        about="429 with Retry-After: sent again when it said so.",
        invoice=invoice,
        steps=(Fails(at=at(10, 9, 13), fault=fault), Appears(at=at(10, 9, 13))),
        ending=AT_KRAVIA,
        chapter=Chapter.TROUBLE,
    )


def hint_lost(cast: Cast) -> Story:
    """Kravia's webhook is lost; the poll sees the payment."""
    invoice = cast.invoice()
    return Story(
        name="Kravia's hint lost",
        about="The poll found the payment that it was about.",
        invoice=invoice,
        steps=(
            Appears(at=ARRIVAL),
            LosesHint(at=at(10, 13, 13)),
            PaysKravia(at=at(10, 13, 13), amount=invoice.share(5)),
        ),
        ending=replace(AT_KRAVIA, collected=1),
        chapter=Chapter.TROUBLE,
    )


def already_at_kravia(cast: Cast) -> Story:
    """Somebody entered it in the portal before the gateway went live."""
    invoice = cast.invoice()
    return Story(
        name="already at Kravia",
        about="Entered there before day one: adopted, not registered.",
        invoice=invoice,
        steps=(Appears(at=START), HasAlready(at=START, invoice_date=day(7, 15))),
        ending=Ending(state="active", decision="reject", rules=("INK-38",)),
        chapter=Chapter.TROUBLE,
    )


def same_number_another_year(cast: Cast) -> Story:
    """Invoice numbers begin again every year."""
    invoice = cast.invoice()
    year_before = day(7, 15).replace(year=day(7, 15).year - 1)
    return Story(
        name="same number, last year",
        about="Kravia's case is another invoice: registered.",
        invoice=invoice,
        steps=(
            Appears(at=START),
            HasAlready(at=START, invoice_date=year_before, meaning="paid"),
        ),
        ending=AT_KRAVIA,
        chapter=Chapter.TROUBLE,
    )


def unknown_status(cast: Cast) -> Story:
    """A word that no assumption explains."""
    invoice = cast.invoice()
    return Story(
        name="unknown status word",
        about=f"Kravia says {_UNKNOWN_WORD}: kept as it is, and alerted.",
        invoice=invoice,
        steps=(Appears(at=ARRIVAL), SaysStatus(at=at(10, 14, 13), word=_UNKNOWN_WORD)),
        ending=replace(AT_KRAVIA, kravia_status=_UNKNOWN_WORD),
        chapter=Chapter.TROUBLE,
    )


def siblings(cast: Cast) -> tuple[Story, Story, Story]:
    """Three invoices of one debtor; the last comes weeks later and joins the case."""
    debtor = cast.organization()
    first, second, third = (cast.invoice(debtor) for _ in range(3))
    together = "Three claims on one debtor, one case: two went together, one joined later."
    arrivals = ((first, ARRIVAL), (second, ARRIVAL), (third, at(10, 28, 9)))
    one, two, three = (
        Story(
            name="several claims on one debtor",
            about=together,
            invoice=invoice,
            steps=(Appears(at=arrival),),
            ending=AT_KRAVIA,
        )
        for invoice, arrival in arrivals
    )
    return one, two, three
