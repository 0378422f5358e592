"""Stories that only a ledger that pushes can tell: its webhooks go wrong, and it knows more."""

from __future__ import annotations

from dataclasses import replace
from typing import cast as cast_to

from gateway.cli.demo.cast import Cast
from gateway.cli.demo.days import ARRIVAL, at, day
from gateway.cli.demo.ledger_pushing import OVERDUE
from gateway.cli.demo.steps import (
    Answer,
    Appears,
    Credits,
    Remote,
    Repairs,
    Sends,
    Starts,
    Stops,
)
from gateway.cli.demo.stories_decided import AT_KRAVIA, refused
from gateway.cli.demo.story import Chapter, Ending, Story
from mappers.invoice_to_webhook import invoice_to_webhook


def deceased(cast: Cast) -> Story:
    """The claim goes to the estate."""
    debtor = cast.person(deceased=True)
    about = "The debtor has died: the claim goes to the estate."
    return refused(cast, "deceased", about, "INK-19", debtor=debtor)


def bankrupt(cast: Cast) -> Story:
    """The claim is filed with the estate."""
    debtor = cast.organization(bankrupt=True)
    about = "The company is bankrupt: the claim is filed with the estate."
    return refused(cast, "bankrupt", about, "INK-20", debtor=debtor)


def credited_in_part(cast: Cast) -> Story:
    """A credit note for a fifth."""
    invoice = cast.invoice()
    return Story(
        name="credited in part",
        about="A fifth was credited after hand-over: Kravia collects the rest.",
        invoice=invoice,
        steps=(
            Appears(at=ARRIVAL),
            Credits(at=at(10, 19, 9), amount=invoice.share(5), on=day(10, 19)),
        ),
        ending=Ending(state="active", decision="forward", registers=1, credit_notes=1),
    )


def ledger_down(cast: Cast) -> Story:
    """The ledger cannot be told for two hours."""
    invoice = cast.invoice()
    return Story(
        name="ledger down",
        about="Handed over all the same; the ledger was told later.",
        invoice=invoice,
        steps=(
            Appears(at=at(10, 12, 12)),
            Stops(at=at(10, 12, 12), remote=Remote.LEDGER),
            Starts(at=at(10, 12, 14), remote=Remote.LEDGER),
        ),
        ending=AT_KRAVIA,
        chapter=Chapter.TROUBLE,
    )


def event_twice(cast: Cast) -> Story:
    """The ledger repeats itself."""
    invoice = cast.invoice()
    once = Sends(
        at=ARRIVAL,
        type=OVERDUE,
        data=invoice_to_webhook(invoice.facts),
        webhook_id=f"twice-{invoice.invoice_id}",
        happened_at=ARRIVAL,
    )
    return Story(
        name="event sent twice",
        about="Recognised by its webhook-id: nothing doubled.",
        invoice=invoice,
        steps=(once, replace(once, at=at(10, 5, 10), answer=Answer.DUPLICATE)),
        ending=AT_KRAVIA,
        chapter=Chapter.TROUBLE,
    )


def event_malformed(cast: Cast) -> Story:
    """Signed, but not valid: kept, and repaired by a person."""
    invoice = cast.invoice()
    amount = f"{invoice.amount:,.2f}".replace(",", " ").replace(".", ",")
    right = invoice_to_webhook(invoice.facts)
    stated = cast_to("dict[str, object]", right["invoice"])
    broken = right | {"invoice": stated | {"total": amount}}
    return Story(
        name="event malformed",
        about="422 and kept; a person repaired it the next day.",
        invoice=invoice,
        steps=(
            Sends(at=ARRIVAL, type=OVERDUE, data=broken, answer=Answer.NOT_VALID),
            Repairs(at=at(10, 6, 11), type=OVERDUE, data=right),
        ),
        ending=AT_KRAVIA,
        chapter=Chapter.TROUBLE,
    )


def event_unsigned(cast: Cast) -> Story:
    """Nothing a stranger sends is kept."""
    invoice = cast.invoice()
    unsigned = Sends(
        at=ARRIVAL,
        type=OVERDUE,
        data=invoice_to_webhook(invoice.facts),
        is_signed=False,
        answer=Answer.UNAUTHORIZED,
    )
    return Story(
        name="event unsigned",
        about="401, nothing kept; it came again with its signature.",
        invoice=invoice,
        steps=(unsigned, Appears(at=at(10, 5, 15))),
        ending=AT_KRAVIA,
        chapter=Chapter.TROUBLE,
    )
