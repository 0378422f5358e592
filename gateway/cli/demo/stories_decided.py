"""Stories about the decision: may it be collected now, and if not, why and until when."""

from __future__ import annotations

from datetime import date
from typing import Final

from gateway.cli.demo.cast import Cast, letters, notice
from gateway.cli.demo.days import ARRIVAL, at, day
from gateway.cli.demo.steps import AnswersObjection, Appears, Approves, Objects, SendsLetter
from gateway.cli.demo.story import Chapter, Ending, Story
from gateway.domain.invoice import Address, Debtor, Objection

AT_KRAVIA: Final = Ending(state="active", decision="forward", registers=1)
"""Handed over once, and being collected."""

RUNNING_NOTICE: Final = letters(sent=day(10, 1), deadline=day(10, 16))
"""Lets the claim go on 20 October: the deadline is a Friday, and three days of grace follow."""


def eligible(cast: Cast) -> Story:
    """Everything is in order."""
    invoice = cast.invoice()
    return Story(
        name="eligible",
        about="Due, noticed, deadline passed, address known: handed over at once.",
        invoice=invoice,
        steps=(Appears(at=ARRIVAL),),
        ending=AT_KRAVIA,
    )


def eligible_company(cast: Cast) -> Story:
    """The same for an organisation."""
    invoice = cast.invoice(cast.organization())
    return Story(
        name="eligible, a company",
        about="An organisation needs a valid number besides; it has one.",
        invoice=invoice,
        steps=(Appears(at=ARRIVAL),),
        ending=AT_KRAVIA,
    )


def too_early(cast: Cast) -> Story:
    """Held to the end of the play."""
    invoice = cast.invoice()
    running = letters(sent=day(11, 12), deadline=day(11, 30))
    return Story(
        name="too early",
        about="The collection notice still runs when the demo ends.",
        invoice=invoice,
        steps=(Appears(at=at(11, 16, 9), facts=invoice.but(notices=running)),),
        ending=Ending(state="held", decision="hold", rules=("INK-06",)),
    )


def held_until_its_day(cast: Cast) -> Story:
    """Held, then decided again by the clock."""
    invoice = cast.invoice()
    return Story(
        name="held until its day",
        about="The notice ran out on 16 October; three days of grace later it went.",
        invoice=invoice,
        steps=(Appears(at=ARRIVAL, facts=invoice.but(notices=RUNNING_NOTICE)),),
        ending=AT_KRAVIA,
    )


def notice_missing(cast: Cast) -> Story:
    """Nothing was sent."""
    return refused(cast, "notice missing", "No collection notice was sent.", "INK-03", notices=())


def notice_too_short(cast: Cast) -> Story:
    """Ten days instead of fourteen."""
    short = letters(sent=day(9, 8), deadline=day(9, 18))
    about = "The notice gives 10 days, the law asks for 14."
    return refused(cast, "notice too short", about, "INK-05", notices=short)


def notice_too_early(cast: Cast) -> Story:
    """Sent before the invoice fell due."""
    early = letters(sent=day(8, 10), deadline=day(8, 28))
    about = "The notice was sent before the invoice fell due."
    return refused(cast, "notice sent too early", about, "INK-04", notices=early)


def disputed(cast: Cast) -> Story:
    """An open objection comes with the invoice."""
    objection = Objection(raised_on=day(10, 1), text="The work was never done.")
    about = "The debtor objects; a disputed claim is answered, not collected."
    return refused(cast, "disputed", about, "INK-12", frozen=True, objection=objection)


def objection_answered(cast: Cast) -> Story:
    """Frozen, answered, held, reviewed, approved."""
    invoice = cast.invoice()
    return Story(
        name="objection answered",
        about="Answered on 15 October; 14 days to object again, then a person let it go.",
        invoice=invoice,
        steps=(
            Appears(at=ARRIVAL, facts=invoice.but(notices=RUNNING_NOTICE)),
            Objects(at=at(10, 8, 9), on=day(10, 8)),
            AnswersObjection(at=at(10, 15, 9), on=day(10, 15)),
            Approves(at=at(11, 3, 11)),
        ),
        ending=Ending(state="active", decision="review", rules=("INK-13",), registers=1),
    )


def time_barred(cast: Cast) -> Story:
    """Due more than three years ago."""
    about = "Due in August 2023: the right to the money is lost."
    return refused(
        cast,
        "time-barred",
        about,
        "INK-15",
        issue_date=date(2023, 7, 15),
        due_date=date(2023, 8, 14),
    )


def nearly_time_barred(cast: Cast) -> Story:
    """Days are left: a person decides about going to court."""
    invoice = cast.invoice()
    old = invoice.but(
        issue_date=date(2023, 11, 13),
        due_date=date(2023, 12, 11),
        notices=letters(sent=day(10, 20), deadline=day(11, 5)),
    )
    return Story(
        name="nearly time-barred",
        about="Two weeks are left to go to court.",
        invoice=invoice,
        steps=(Appears(at=at(11, 16, 9, 10), facts=old),),
        ending=Ending(state="review", decision="review", rules=("INK-16",)),
    )


def minor(cast: Cast) -> Story:
    """Born in 2010."""
    invoice = cast.invoice(cast.person(birth_date=date(2010, 3, 1)))
    return Story(
        name="minor",
        about="Under 18: a person judges, and no fees are counted.",
        invoice=invoice,
        steps=(Appears(at=ARRIVAL),),
        ending=Ending(state="review", decision="review", rules=("INK-18",)),
    )


def foreign(cast: Cast) -> Story:
    """An address abroad."""
    address = Address(line1="Påhittgatan 4", postal_code="411 06", city="Göteborg", country="SE")
    invoice = cast.invoice(cast.person(address=address))
    return Story(
        name="debtor abroad",
        about="In Sweden: the agency must agree first.",
        invoice=invoice,
        steps=(Appears(at=ARRIVAL),),
        ending=Ending(state="review", decision="review", rules=("INK-24",)),
    )


def address_missing(cast: Cast) -> Story:
    """No postal address; the ledger is asked for it."""
    debtor = cast.person(address=None)
    about = "Without a postal address there is no demand; the ledger was asked for it."
    return refused(cast, "address missing", about, "INK-25", debtor=debtor)


def notice_sent_later(cast: Cast) -> Story:
    """Rejected at first, and not for ever."""
    invoice = cast.invoice()
    letter = notice(sent=day(10, 12), deadline=day(10, 28))
    return Story(
        name="notice sent later",
        about="Rejected without a notice; one was sent, ran out, and the claim went.",
        invoice=invoice,
        steps=(
            Appears(at=ARRIVAL, facts=invoice.but(notices=())),
            SendsLetter(at=at(10, 12, 9), letter=letter),
        ),
        ending=AT_KRAVIA,
    )


def notice_too_old(cast: Cast) -> Story:
    """A notice is good for six months."""
    invoice = cast.invoice()
    old = invoice.but(
        issue_date=date(2026, 1, 15),
        due_date=date(2026, 2, 16),
        notices=letters(sent=day(3, 10), deadline=day(3, 26)),
    )
    return Story(
        name="notice too old",
        about="The notice is from March: it is held until a new one is sent.",
        invoice=invoice,
        steps=(Appears(at=ARRIVAL, facts=old),),
        ending=Ending(state="held", decision="hold", rules=("INK-08",)),
    )


def refused(
    cast: Cast,
    name: str,
    about: str,
    rule: str,
    *,
    debtor: Debtor | None = None,
    frozen: bool = False,
    chapter: Chapter = Chapter.BUSINESS,
    **fields: object,
) -> Story:
    """Tell a story that one rule ends as it begins."""
    invoice = cast.invoice(debtor)
    return Story(
        name=name,
        about=about,
        invoice=invoice,
        steps=(Appears(at=ARRIVAL, facts=invoice.but(**fields)),),
        ending=Ending(state="rejected", decision="reject", rules=(rule,), frozen=frozen),
        chapter=chapter,
    )
