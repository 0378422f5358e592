"""The page "the first day", walked against the simulators with the real programs."""

from __future__ import annotations

from tests.acceptance.conftest import SETTINGS, House
from tests.acceptance.programs import Document


def steps_of(document: Document) -> dict[str, str]:
    return {row["step"]: row["verdict"] for row in document["steps"]}


def write_settings(house: House, *, observe: bool) -> None:
    """The page's settings: observe at first, guards throughout."""
    mode = 'mode = "observe"\n' if observe else ""
    guards = f"{mode}first_cases_need_approval = 1\nregister_max_per_day = 5\n"
    text = SETTINGS.format(
        port=house.port,
        database=house.database,
        kravia=house.kravia_url,
        ledger=house.ledger_url,
        creditor=house.creditor,
    )
    text = text.replace("webhook_secrets", f"{guards}webhook_secrets", 1)
    (house.folder / "gateway.toml").write_text(text)


async def people_register(house: House, number: str) -> str:
    """Somebody enters a case like the example invoice in Kravia's portal."""
    made = await house.at_kravia(
        "preload",
        creditor_id=str(house.creditor),
        invoice_no=number,
        invoice_date="2026-07-15",
        original_amount="4800.00",
        debtor_number=f"d-{number}",
    )
    return str(made["invoice_id"])


async def test_the_first_day_from_observe_to_live(house: House) -> None:
    write_settings(house, observe=True)
    await people_register(house, "30001")

    offline = await house.type("check-config")
    assert offline.code == 0, offline.out
    live = await house.type("check-config", "--live", "--json")
    assert live.code == 0, live.out + live.said
    [looked] = live.document["live"]
    assert {row["verdict"] for row in looked["assumptions"]} == {"holds", "cannot tell"}

    async with house.serve() as server:
        await server.says("feed.polled")  # the mirror knows the case from before us
        for number in ("30001", "30002", "30003"):
            await house.overdue(number)
        await house.claim_is(server, "active", "30001")  # adopted: it was there before us
        await house.claim_is(server, "review", "30002")
        checked = await house.type("creditors", "check", "acme", "--json")
        assert steps_of(checked.document)["mirror"] == "ok", checked.out
        found = (await house.type("creditors", "mirror", "acme", "--json")).document
        assert (found["cases"], found["matched"], found["adopted"]) == (1, 1, 1)

        compared = (await house.type("creditors", "compare", "acme", "--json")).document
        assert compared["counts"]["agree"] == 1
        assert compared["counts"]["gateway_only"] == 2
        shown = await house.type("creditors", "compare", "acme")
        assert "gateway would, people did not" in shown.out
        assert max(len(line) for line in shown.out.splitlines()) <= 80
        assert (await house.books())["registers"] == []

    write_settings(house, observe=False)
    async with house.serve() as server:
        claim = await house.claim_is(server, "review", "30002")
        approved = await house.type(
            "claims", "approve", claim["claim_id"], "--reason", "looked at by hand", "--yes"
        )
        assert approved.code == 0, approved.said
        await house.claim_is(server, "active", "30002")
        await house.claim_is(server, "active", "30003")  # the first was let through: others follow
        copied = await house.type("backup", "first-day.db")
        assert copied.code == 0, copied.said
        checked = await house.type("creditors", "check", "acme", "--json")
        guards = next(row for row in checked.document["steps"] if row["step"] == "guards")
        assert "2 of 5 registers today" in guards["found"]

    books = await house.books()
    assert len(books["registers"]) == 2
    assert books["duplicates"] == []


async def test_a_kravia_that_is_otherwise_or_silent_ends_the_look_with_its_exit_code(
    house: House,
) -> None:
    await people_register(house, "30001")
    text = (house.folder / "gateway.toml").read_text()
    (house.folder / "other.toml").write_text('[search.fields]\nstatus = "caseState"\n')
    (house.folder / "gateway.toml").write_text(
        text.replace("[kravia]", '[kravia]\nassumptions = "other.toml"', 1)
    )
    otherwise = await house.type("check-config", "--live")
    assert otherwise.code == 1, otherwise.out
    assert "does not hold" in otherwise.out
    assert max(len(line.rstrip()) for line in otherwise.out.splitlines()[7:]) <= 80

    (house.folder / "gateway.toml").write_text(text)
    house.settings(kravia="http://127.0.0.1:9")
    silent = await house.type("check-config", "--live")
    assert silent.code == 3
    assert "not reached" in silent.out


async def test_a_creditor_with_live_claims_cannot_leave_the_settings(house: House) -> None:
    async with house.serve() as server:
        await house.overdue("30001")
        await house.claim_is(server, "active", "30001")
        server.terminate()
        assert await server.ended() == 0
    text = (house.folder / "gateway.toml").read_text()
    (house.folder / "gateway.toml").write_text(text.replace("creditors.acme", "creditors.other"))

    async with house.starting() as server:
        line = await server.says("creditors.acme: missing")
        assert await server.ended() == 2
    assert "creditors retire acme" in line
    checked = await house.type("check-config")
    assert checked.code == 2
    assert "creditors.acme: missing" in checked.out

    retired = await house.type("creditors", "retire", "acme", "--reason", "moved", "--yes")
    assert retired.code == 0, retired.said
    async with house.serve():
        tasks = (await house.call("tasks.list"))["items"]
    assert [task["kind"] for task in tasks] == ["retired"]


async def test_another_creditor_number_under_live_claims_is_refused(house: House) -> None:
    async with house.serve() as server:
        await house.overdue("30001")
        await house.claim_is(server, "active", "30001")
    house.creditor += 500_000
    house.settings()

    async with house.starting() as server:
        line = await server.says("kravia_creditor_id: is ")
        assert await server.ended() == 2
    assert "set it back" in line
