"""Every page of the console, whatever the route table holds, in a browser.

A further page is looked at without being told, as the tests of access walk it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from playwright.async_api import expect

from gateway.domain.wording import Language
from gateway.web.console.pages import ROUTES
from gateway.web.console.reader import Reader
from tests.browser.person import NARROWEST, PHONE, Look, Person
from tests.integration.main_path.console.test_console_access import address, busy

pytestmark = pytest.mark.asyncio(loop_scope="session")

Visit = Callable[[Look], Awaitable[Person]]
LATE = {"supplied_on": "2026-05-01"}  # a person must look (INK-17)
LONG = "2026-" + "F" * 40
"""A number that nobody can break into lines."""


async def all_there_is(world: Any) -> list[str]:
    """A life that every list shows, with claims in review; gives the address of every page."""
    ids = await busy(world)
    await world.overdue(LONG, id="inv-long", debtor={"number": "D" * 60}, **LATE)
    await world.settle()
    (waits,) = await world.items("claims.list", state="review")
    world.pass_time(hours=1)
    world.debtor_pays(await world.active("30008", debtor={"number": "530008"}), "1000.00")
    await world.settle()
    more = [f"/claims/{waits['claim_id']}", f"/cases/{waits['case_id']}"]
    pages = [address(route, ids) for route in ROUTES if route.method == "GET"]
    return [*pages, *more]


async def shown(person: Person, path: str) -> bool:
    """Whether that address is a page, which is then open; a file to be saved is none."""
    found = await person.page.context.request.get(f"/console{path}")
    assert found.status < 500, path
    if not found.headers["content-type"].startswith("text/html"):
        return False
    await person.open(path)
    return True


@pytest.mark.parametrize(
    "look", [Look(language="en"), Look(language="nb", scheme="dark", width=PHONE)], ids=str
)
async def test_axe_finds_nothing_on_any_page_and_none_scrolls_sideways(
    visit: Visit, look: Look
) -> None:
    person = await visit(look)
    await person.is_let_in()
    faults = []
    for path in await all_there_is(person.desk.world):
        if await shown(person, path):
            faults += [f"{path}: {each}" for each in await person.everything_wrong()]
            for width in (NARROWEST, PHONE, look.width):
                await person.page.set_viewport_size({"width": width, "height": look.height})
                faults += [f"{path} at {width} px {each}" for each in await person.sideways()]
    assert not faults, "\n".join(faults)


async def test_the_first_morning_is_as_good(visit: Visit) -> None:
    person = await visit(Look(language="nb", width=PHONE))
    await person.is_let_in()
    for route in ROUTES:
        if route.method == "GET" and "{" not in route.path and await shown(person, route.path):
            assert await person.everything_wrong() == [], route.path


async def test_what_goes_wrong_is_told_as_well(visit: Visit) -> None:
    person = await visit(Look(scheme="dark", width=PHONE))
    world: Any = person.desk.world
    await world.active("30001")
    claim = await world.claim("30001")
    await person.open("/sign-in")
    await person.fill("Name", "nobody")
    await person.fill("Password", "a wrong one")
    await person.press("button", "Sign in")
    await person.reads("The name or the password is not right.")
    await person.look_at("wrong-password")

    await person.is_let_in()
    assert await person.open("/nothing-here") == 404
    await person.look_at("no-such-page")
    assert await person.open("/review?state=gone") == 422
    await person.look_at("wrong-filter")
    await person.open(f"/claims/{claim['claim_id']}")
    await person.page.evaluate(
        "document.querySelectorAll('main [name=form_token]').forEach((e) => { e.value = 'x'; })"
    )
    await person.fill("Reason, for the audit", "they called")
    await person.press("button", "Note")
    await person.stands_at("This page was open for too long, or another site sent the form.")
    await person.look_at("stale-form")
    await person.open(f"/cases/{claim['case_id']}")
    await person.press("button", "Note")
    await person.reads("That was not done.")
    await person.look_at("refused")


async def test_no_page_breaks_its_own_policy(visit: Visit) -> None:
    person = await visit(Look())
    await person.is_let_in()
    for path in await all_there_is(person.desk.world):
        if await shown(person, path):
            await person.page.wait_for_load_state("load")
            assert person.complaints == [], path

    await person.page.evaluate(
        "document.body.append(Object.assign(document.createElement('script'), {text: '1'}))"
    )
    await person.page.evaluate("document.body.setAttribute('style', 'color: red')")

    assert [each for each in person.complaints if "Content Security Policy" in each] != []
    assert len(person.complaints) == 2  # so a breach would have been heard


async def test_another_language_shows_the_same_page(visit: Visit) -> None:
    person = await visit(Look(language="nb"))
    await person.is_let_in()
    world: Any = person.desk.world
    await world.overdue("30001", **LATE)
    await world.settle()
    await person.open("/review?creditor=acme&invoice=30001&order=oldest")
    here, english = person.page.url, Reader(Language.ENGLISH)
    assert here.endswith("?creditor=acme&invoice=30001&order=oldest")

    for reader, other, word in ((english, "English", "en"), (person.reader, "Norsk", "nb")):
        await person.page.get_by_role("link", name=other, exact=True).click()
        await expect(person.page.locator("html")).to_have_attribute("lang", word)
        await expect(person.page).to_have_url(here)
        await expect(person.page.get_by_role("heading", level=1)).to_have_text(reader.say("Review"))
        await expect(person.page.get_by_label(reader.say("Creditor"))).to_have_value("acme")
        await expect(person.page.get_by_role("link", name="30001", exact=True)).to_be_visible()
    await person.open("/cases")
    await person.stands_at("Cases")  # and stays chosen
    assert person.complaints == []
