"""Stories that only Conta can tell: what its users, its bookkeeper and its own link do in it."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from gateway.cli.demo.cast import REMINDER, Cast, DemoInvoice, notice
from gateway.cli.demo.days import ARRIVAL, at, day
from gateway.cli.demo.steps import (
    Appears,
    Breaks,
    ClicksKravia,
    Deletes,
    LinkBooksPayOut,
    PaysKravia,
    Postpones,
    Recovers,
    SendsLetter,
    Step,
    TypesPayment,
    WritesOff,
)
from gateway.cli.demo.stories_decided import AT_KRAVIA, RUNNING_NOTICE, refused
from gateway.cli.demo.stories_money import closed
from gateway.cli.demo.story import Chapter, Ending, Story
from gateway.domain.invoice import Address

_ARRIVES: Final = Appears(at=ARRIVAL)
_DEPARTMENT: Final = "Avdeling Nord"
_PROJECT: Final = "Høstkampanjen"


def sent_twice(cast: Cast) -> Story:
    """Somebody uses Conta's own link on what we have registered."""
    return _conta(
        cast.invoice(),
        "sent twice",
        'At Kravia; then "send to Kravia" clicked in Conta too.',
        steps=(_ARRIVES, ClicksKravia(at=at(10, 14, 13))),
        ending=replace(
            AT_KRAVIA, frozen=True, tasks=("doubled_by_ledger",), alerts=("sent_by_ledger",)
        ),
    )


def contas_link_first(cast: Cast) -> Story:
    """Conta's own link is used while we hold it."""
    invoice = cast.invoice()
    return _conta(
        invoice,
        "Conta was first",
        "Its own link sent it to Kravia while we held it.",
        steps=(_is_held(invoice), ClicksKravia(at=at(10, 13, 13))),
        ending=Ending(
            state="rejected",
            decision="reject",
            rules=("GW-04", "INK-06"),
            alerts=("sent_by_ledger",),
        ),
    )


def pay_out_is_marked(cast: Cast) -> Story:
    """Conta marks money as Kravia's when no settlement has told of it yet."""
    invoice = cast.invoice()
    return _conta(
        invoice,
        "pay-out marked",
        "Conta says isFromKravia: booked, and not echoed.",
        steps=(
            _ARRIVES,
            PaysKravia(at=at(11, 24, 13), amount=invoice.share(4)),
            LinkBooksPayOut(at=at(11, 25, 13)),
        ),
        ending=replace(AT_KRAVIA, collected=1),
    )


def postponed(cast: Cast) -> Story:
    """The follow-up is moved to after the play."""
    return _conta(
        cast.invoice(),
        "follow-up moved",
        "Somebody in Conta gave time until 15 December.",
        steps=(_ARRIVES, Postpones(at=ARRIVAL, until=day(12, 15))),
        ending=Ending(state="held", decision="hold", rules=("GW-03",)),
    )


def deleted(cast: Cast) -> Story:
    """The invoice was a mistake."""
    invoice = cast.invoice()
    return _conta(
        invoice,
        "deleted in Conta",
        "Gone from Conta while held: Kravia never heard of it.",
        steps=(_is_held(invoice), Deletes(at=at(10, 12, 15))),
        ending=Ending(state="closed", close_reason="withdrawn", decision="hold", rules=("INK-06",)),
    )


def written_off(cast: Cast) -> Story:
    """The bookkeeper gives it up."""
    invoice = cast.invoice()
    return _conta(
        invoice,
        "written off",
        "Booked as a loss while its notice ran.",
        steps=(_is_held(invoice), WritesOff(at=at(10, 14, 9))),
        ending=Ending(
            state="closed", close_reason="written_off", decision="hold", rules=("INK-06",)
        ),
    )


def one_payment_for_two(cast: Cast) -> tuple[Story, Story]:
    """One payment, typed in by hand, over two invoices of one debtor."""
    debtor = cast.organization()
    both = [cast.invoice(debtor) for _ in range(2)]
    shares = tuple((each, each.amount) for each in both)
    paid = TypesPayment(at=at(10, 19, 9), shares=shares, on=day(10, 16))
    one, two = (
        _conta(
            invoice,
            "one payment for two",
            "Typed in by hand: Kravia was told each part, once.",
            steps=steps,
            ending=closed("paid", payments=1),
        )
        for invoice, steps in zip(both, ((_ARRIVES, paid), (_ARRIVES,)), strict=True)
    )
    return one, two


def sole_proprietor(cast: Cast) -> Story:
    """An ENK is an organisation in Conta, and its owner owes in person."""
    invoice = cast.invoice(cast.sole_proprietor())
    return _conta(
        invoice,
        "sole proprietor",
        "An ENK: its owner owes; department and project kept.",
        steps=(Appears(at=ARRIVAL, facts=invoice.but(department=_DEPARTMENT, project=_PROJECT)),),
        ending=replace(AT_KRAVIA, is_private=True, filed_under=(_DEPARTMENT, _PROJECT)),
    )


def reminder_only(cast: Cast) -> Story:
    """A reminder is not a collection notice."""
    return refused(
        cast,
        "reminder only",
        "A reminder, but no collection notice was sent.",
        "INK-03",
        chapter=Chapter.CONTA,
        notices=(REMINDER,),
    )


def notice_left_late(cast: Cast) -> Story:
    """The notice says one day, Conta's timeline another: it went when it went."""
    invoice = cast.invoice()
    late = notice(sent=day(9, 17), deadline=day(9, 24))
    return _conta(
        invoice,
        "notice left late",
        "Dated 8 September, posted the 17th: only 7 days.",
        steps=(
            Appears(at=ARRIVAL, facts=invoice.but(notices=(REMINDER,))),
            SendsLetter(at=ARRIVAL, letter=late, made_on=day(9, 8)),
        ),
        ending=Ending(state="rejected", decision="reject", rules=("INK-05",)),
    )


def notice_came_back(cast: Cast) -> Story:
    """A notice that nobody received is none."""
    invoice = cast.invoice()
    sent = notice(sent=day(9, 8), deadline=day(9, 24))
    return _conta(
        invoice,
        "notice came back",
        "Conta says that the post could not deliver it.",
        steps=(
            Appears(at=ARRIVAL, facts=invoice.but(notices=())),
            SendsLetter(at=ARRIVAL, letter=sent, came_back=True),
        ),
        ending=Ending(state="rejected", decision="reject", rules=("INK-03",)),
    )


def country_unreadable(cast: Cast) -> Story:
    """Conta's country is what somebody typed."""
    address = Address(
        line1="Prøvegata 3", postal_code="0154", city="Oslo", country="Langtvekkistan"
    )
    invoice = cast.invoice(cast.person(address=address))
    return _conta(
        invoice,
        "country unreadable",
        "'Langtvekkistan' is none; 'noreg' or 'Nor.' would do.",
        steps=(_ARRIVES,),
        ending=Ending(state="rejected", decision="reject", rules=("INK-25",)),
    )


def maintenance(cast: Cast) -> Story:
    """Conta closes in the middle of a sweep, for two hours."""
    return replace(
        _conta(
            cast.invoice(),
            "Conta in maintenance",
            "It closed half-way through a sweep; the next found all.",
            steps=(
                Breaks(at=at(10, 12, 12)),
                Appears(at=at(10, 12, 12)),
                Recovers(at=at(10, 12, 14)),
            ),
            ending=AT_KRAVIA,
        ),
        chapter=Chapter.TROUBLE,
    )


def _is_held(invoice: DemoInvoice) -> Step:
    """Let it appear with a notice that still runs: it is held until 20 October."""
    return Appears(at=ARRIVAL, facts=invoice.but(notices=RUNNING_NOTICE))


def _conta(
    invoice: DemoInvoice, name: str, about: str, *, steps: tuple[Step, ...], ending: Ending
) -> Story:
    return Story(
        name=name,
        about=about,
        invoice=invoice,
        steps=steps,
        ending=ending,
        chapter=Chapter.CONTA,
    )
