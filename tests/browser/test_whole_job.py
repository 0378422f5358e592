"""The whole job in a browser: from what waits for a person to a closed case."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.browser.person import PHONE, KeyboardPerson, Look, Person

pytestmark = pytest.mark.asyncio(loop_scope="session")

Visit = Callable[[Look], Awaitable[Person]]
LATE = {"supplied_on": "2026-05-01"}  # invoiced long after the supply: a person must look (INK-17)
BY_MAIL = {
    "kind": "collection_notice",
    "sent_on": "2026-09-21",
    "deadline": "2026-10-07",
    "channel": "email",  # which the debtor must have agreed to (INK-10)
}


TOLD = {"en": "called, they agree", "nb": "ringte, de erkjenner"}


async def three_wait(world: Any) -> None:
    """Three debtors' claims to review, beside one that went by itself and one that is too young."""
    for number, amount, why in (
        ("30001", "4800.00", LATE),
        ("30002", "12450.00", {"notices": [BY_MAIL]}),
        ("30003", "990.00", LATE),
    ):
        debtor = {"number": f"5{number}"}
        await world.overdue(number, debtor=debtor, total=amount, outstanding=amount, **why)
    await world.overdue("30004", debtor={"number": "530004"})
    await world.overdue("30005", debtor={"number": "530005"}, due_date="2026-11-20", notices=[])
    await world.settle()
    world.pass_time(hours=1)


async def approve_two(person: Person) -> None:
    """From *Today* to *Review*; both go after a look at what they come to."""
    await person.reads("Kravia", "in review")
    await person.look_at("today")
    await person.press("link", "Claims to review")
    await person.stands_at("Review")
    await person.reads("30001", "30002", "30003")
    await person.choose("30001")
    await person.choose("30002")
    await person.fill("Reason, for the audit", TOLD[person.look.language])
    await person.look_at("review")
    await person.press("button", "Approve")
    await person.stands_at("Approve")
    await person.reads("Together", person.reader.money("17250.00"))
    await person.look_at("confirm")
    await person.press("button", "Approve")
    await person.stands_at("Approved")
    await person.look_at("done")


async def reject_one(person: Person) -> None:
    """From the list to the claim, which says why it waits."""
    await person.press("link", "Back to the list")
    await person.stands_at("Review")
    await person.press("link", "30003")
    await person.stands_at("Invoice %(number)s", number="30003")
    await person.reads("INK-17", person.reader.money("990.00"))
    await person.look_at("claim")
    await person.fill("Reason, for the audit", "invoiced twice")
    await person.press("button", "Reject")
    await person.reads(
        person.say("Rejected") + ".", f"{person.say('closed')} ({person.say('withdrawn')})"
    )


async def follow_to_the_end(person: Person, world: Any) -> None:
    """The case tells what Kravia does, until it is paid."""
    world.pass_time(minutes=2)
    await world.settle()
    await person.press("link", "Cases")
    await person.stands_at("Cases")
    await person.look_at("cases")
    await person.press("link", "530001")
    await person.reads("kravia.register", "at Kravia", TOLD[person.look.language])
    kravia_id = (await world.claim("30001"))["kravia_invoice_id"]
    world.pass_time(hours=9)
    world.debtor_pays(kravia_id, "4800.00")
    await world.settle()
    await person.look_again()
    paid = person.reader.money("4800.00")
    await person.reads(person.say("Kravia collected %(amount)s", amount=paid))
    await person.reads_of("30001", "closed")
    await person.fill("Reason, for the audit", "settled")
    await person.press("button", "Note")
    await person.reads(person.say("Noted") + ".", "settled")
    await person.look_at("case")
    await person.page.locator("#timeline").evaluate("each => each.scrollIntoView()")
    await person.look_at("timeline")


async def whole_job(person: Person) -> None:
    """Do it all."""
    world: Any = person.desk.world
    await three_wait(world)
    await person.sign_in()
    await approve_two(person)
    await reject_one(person)
    await follow_to_the_end(person, world)
    await person.press("button", "Sign out")
    await person.stands_at("Sign in")

    paid, other, rejected = [await world.claim(number) for number in ("30001", "30002", "30003")]
    assert (paid["state"], paid["close_reason"]) == ("closed", "paid")
    assert other["state"] == "active"
    assert (rejected["state"], rejected["close_reason"]) == ("closed", "withdrawn")
    assert len(world.registers("30001")) == len(world.registers("30002")) == 1
    assert world.registers("30003") == []
    audit = (await world.call("audit.list"))["items"]
    done = [each["action"] for each in reversed(audit) if each["actor"] == "user:kari"]
    assert [each for each in done if each.startswith("claims.")] == [
        *("claims.approve", "claims.approve", "claims.withdraw", "claims.note"),
    ]


@pytest.mark.parametrize(
    "look",
    [
        Look(language="en"),
        Look(language="nb", scheme="dark", width=PHONE),
        Look(language="en", scripts=False, width=PHONE),
        Look(language="nb", scheme="dark", keyboard=True),
    ],
    ids=str,
)
async def test_from_review_to_a_closed_case(visit: Visit, look: Look) -> None:
    await whole_job(await visit(look))


async def test_the_keyboard_skips_the_navigation(visit: Visit) -> None:
    person = await visit(Look(keyboard=True))
    assert isinstance(person, KeyboardPerson)
    await person.is_let_in()

    await person.open("/review")
    await person.skip()
    await person.reach(person.named("combobox", "Creditor"))  # the first stop after it

    assert person.complaints == []
