"""*Reconciliation* as people use it: compare now, read what differs, go where it is mended."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from gateway.domain.reconciliation.difference import Difference, Sign
from gateway.domain.reconciliation.signs import EXPLAINED, command_of
from gateway.storage import differences
from gateway.storage.tables import mirror
from gateway.web.console.mending import place_of
from gateway.web.console.pages import ROUTES
from gateway.workers import comparison

NIGHT_HOUR = 3


async def compared(world: Any) -> None:
    """Turn the loop of comparisons until it has nothing to do."""
    while await comparison.run_once(world.gateway, NIGHT_HOUR, world.now[0]):
        pass


async def drifted(world: Any) -> str:
    """A claim whose amount somebody changed at Kravia; gives the claim's id."""
    await world.active()
    changed = sa.update(mirror).values(amount_minor=1)
    await world.gateway.database.write(lambda connection: connection.execute(changed))
    return str((await world.claim())["claim_id"])


async def test_compare_now_shows_what_differs_and_where_it_is_mended(desk: Any, world: Any) -> None:
    claim_id = await drifted(world)
    browser = await desk.person("operator", ["acme"])
    before = (await browser.get("/reconciliation")).text
    assert "Nothing was compared yet." in before
    assert "Or have it compared now." in before

    answer = await browser.post("/reconciliation", {"creditor": "acme"})
    started = (await browser.get(answer.headers["Location"].removeprefix("/console"))).text
    assert "It is being compared; what is found is shown here as it comes." in started
    assert "being compared</td>" in started
    again = await browser.post("/reconciliation", {"creditor": "acme"})
    assert "under_way" in again.headers["Location"]
    assert world.gateway.wake.comparing.is_set()

    await compared(world)
    page = (await browser.get("/reconciliation")).text
    assert EXPLAINED[Sign.AMOUNT_REGISTERED].cause in page
    assert "kravia-gateway claims show clm_" in page
    assert f'href="/console/claims/{claim_id}">Open the page' in page
    assert "4800.00" in page
    assert "0.01" in page
    assert (await browser.get(f"/claims/{claim_id}")).status == 200

    norwegian = await desk.person("viewer", ["acme"], language="nb")
    page = (await norwegian.get("/reconciliation")).text
    assert "hovedstolen ble endret hos Kravia etter overleveringen" in page
    assert "Sammenlign nå" not in page  # a viewer looks
    assert (await norwegian.post("/reconciliation", {"creditor": "acme"})).status == 403


async def test_filters_and_csv(desk: Any, world: Any) -> None:
    await drifted(world)
    await world.call("reconcile.start", creditor="acme", reason="a test")
    await compared(world)
    browser = await desk.person("viewer")

    async def rows(query: str) -> list[dict[str, str]]:
        answer = await browser.get(f"/reconciliation?format=csv&{query}")
        assert answer.status == 200
        return list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))

    (row,) = await rows("sign=amount_registered&creditor=acme")
    assert (row["Gateway"], row["Kravia"]) == ("4800.00", "0.01")
    assert await rows("kind=amount") == [row]
    for query in ("sign=case_missing", "kind=status", "creditor=nordlys", "kind=status&sign="):
        assert await rows(query) == []
    assert (await browser.get("/reconciliation?sign=gone")).status == 422


async def test_mended_it_is_gone_with_the_next_comparison(desk: Any, world: Any) -> None:
    await drifted(world)
    await world.call("reconcile.start", creditor="acme")
    await compared(world)
    back = sa.update(mirror).values(amount_minor=480_000)
    await world.gateway.database.write(lambda connection: connection.execute(back))
    world.pass_time(minutes=1)
    await world.call("reconcile.start", creditor="acme")
    await compared(world)

    page = (await (await desk.person()).get("/reconciliation?creditor=acme")).text

    assert "All that was compared agrees, to the øre." in page
    assert await world.items("reconcile.known") == []
    said = [row["action"] for row in await world.items("audit.list")]
    assert said.count("reconcile.start") == 2


async def test_before_kravias_list_is_read_there_is_nothing_to_compare(
    desk: Any, world: Any
) -> None:
    browser = await desk.person("admin")
    answer = await browser.post("/reconciliation", {"creditor": ""})

    page = (await browser.get(answer.headers["Location"].removeprefix("/console"))).text
    assert "Kravia's list of cases is not read whole yet, so there is nothing" in page
    assert not await comparison.run_once(world.gateway, NIGHT_HOUR, world.now[0])


async def test_a_comparison_by_day_leaves_the_night_its_own(world: Any) -> None:
    await world.active()
    world.set_time(datetime(2026, 11, 25, 2, 5, tzinfo=UTC))
    await world.settle()
    await compared(world)
    world.pass_time(hours=22)  # the next night, before its hour
    await world.call("reconcile.start", creditor="acme")
    await compared(world)
    world.pass_time(hours=2)
    await world.settle()
    await compared(world)

    (run,) = (await world.call("reconcile.overview", creditor="acme"))["runs"]
    assert run["began_at"] == world.now[0].isoformat()


async def test_erasing_a_debtor_forgets_what_differed(world: Any) -> None:
    await drifted(world)
    await world.call("reconcile.start", creditor="acme")
    await compared(world)
    assert "inv-30001" in str(world.seen_outside("SELECT * FROM difference"))

    await world.withdrawn()
    world.kravia.withdraw((await world.claim())["kravia_invoice_id"])
    await world.settle()
    await world.call("privacy.erase", creditor="acme", debtor="50001", reason="they asked")

    assert world.seen_outside("SELECT * FROM difference") == []


@pytest.mark.parametrize("order", ["newest", "oldest"])
async def test_pages_give_every_difference_once_and_in_order(
    desk: Any, world: Any, order: str
) -> None:
    """Several creditors' begin at the same instants, as nights do."""

    def plant(connection: sa.Connection) -> None:
        for night in range(3):
            at = world.now[0] + timedelta(days=night)
            for creditor_id in ("acme", "nordlys"):
                seen = [
                    Difference(sign=sign, invoice_id=f"inv-{night}", part=f"p{part}")
                    for sign in (Sign.AMOUNT_OPEN, Sign.CASE_MISSING)
                    for part in range(2)
                ]
                differences.saw(connection, creditor_id, seen, at)

    await world.gateway.database.write(plant)
    whole = await world.items("reconcile.known", order=order)
    assert len(whole) == 24
    found: list[Any] = []
    after: dict[str, object] | None = {}
    while after is not None:
        page = await world.call("reconcile.known", order=order, limit=5, **after)
        found += page["items"]
        after = None if page["next"] is None else {"after": page["next"]}

    assert found == whole
    stamps = [row["first_seen"] for row in whole]
    assert stamps == sorted(stamps, reverse=order == "newest")


def test_every_difference_leads_to_a_page_or_is_done_elsewhere() -> None:
    places = {route.name: route.path for route in ROUTES if route.name is not None}
    without = set()
    for sign in Sign:
        found = Difference(sign=sign, part="prt_1", invoice_id="inv", claim_id="clm_1")
        place = place_of(command_of(found, "acme"), "acme")
        if place is None:
            without.add(sign)
        else:
            assert all(f"{{{part}}}" in places[place.name] for part in place.parts), sign
    assert without == {Sign.CASE_NOT_OURS, Sign.SETTLEMENT_UNREAD}
    assert place_of("kravia-gateway claims show inv-1", "acme") is None
    assert place_of("timedatectl status", None) is None
    assert place_of("kravia-gateway reconcile --creditor acme", None) is not None
