"""A debtor's data is exported, erased to the last byte of the files, and purged in its time."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from gateway.operations.errors import OperationError
from gateway.storage.desk import NewTask, add_task

from .conftest import SQLITE_ONLY, Document, World

PERSON = {
    "number": "77001",
    "name": "Qvigstadine Zumbelberg",
    "birth_date": "1990-01-01",
    "address": {
        "line1": "Xylofonveien 7713",
        "line2": "c/o Pfefferkorn",
        "postal_code": "0154",
        "city": "Trollhulebyen",
        "country": "NO",
    },
    "email": "zq.berg@planted.example",
    "phone": "+47 98765409",
}
MARKERS = (
    *("Qvigstadine", "Zumbelberg", "1990-01-01", "Xylofonveien", "Pfefferkorn", "Trollhulebyen"),
    *("zq.berg", "planted.example", "98765409", "300018", "planted words", "77001"),
)
NOW = "2026-11-24T10:00:00+00:00"


async def lived(world: World) -> None:
    """The person's whole case, to its end, beside another's; and an invoice never overdue."""
    kravia_id = await world.active(
        "30001", debtor=PERSON, kid="300018", description="planted words"
    )
    await world.active("30002", debtor={"number": "50002"})
    await world.overdue("30003", type_="invoice.updated", debtor=PERSON)
    await world.receive("invoice.overdue", {"invoice": {"id": "x"}, "debtor": PERSON})
    await world.paid("1000.00")
    line = {"invoice": "inv-30001", "on": "2026-11-24", "amount": "2.00", "text": "Zumbelberg"}
    await world.call("payments.register", creditor="acme", reason="a test", **line)
    await world.settle()
    claim = await world.claim()
    world.debtor_pays(kravia_id, claim["outstanding"])
    world.pass_time(minutes=5)
    await world.settle()
    assert (await world.claim())["state"] == "closed"
    task = NewTask(
        creditor_id="acme",
        claim_id=(await world.claim())["claim_id"],
        kind="portal",
        about="a test",
        text="ring Zumbelberg",
    )
    await world.gateway.database.write(lambda c: add_task(c, task, "tsk_1", world.now[0]))
    for each in await world.items("tasks.list"):
        await world.call("tasks.done", task_id=each["task_id"], note="rang")


def found_in(text: str) -> list[str]:
    return [marker for marker in MARKERS if marker in text]


def found_in_files(folder: Path) -> list[tuple[str, str]]:
    """Markers in any file of the database, as text of any width."""

    def hits() -> Iterator[tuple[str, str]]:
        for file in folder.iterdir():
            if file.is_file():
                content = file.read_bytes()
                for marker in MARKERS:
                    if marker.encode() in content:
                        yield file.name, marker

    return sorted(hits())


async def ask(world: World, what: str, number: str = "77001") -> Document:
    return await world.call(f"privacy.{what}", creditor="acme", debtor=number, reason="asked")


async def test_everything_on_a_person_is_exported_and_that_is_audited(world: World) -> None:
    await lived(world)

    document = await ask(world, "export")

    held = document["held"]
    (claim,) = held["claim"]
    assert claim["facts"]["debtor"]["email"] == PERSON["email"]
    assert {row["outcome"] for row in held["event"]} >= {"handled", "waiting", "rejected"}
    assert any(row["body"]["data"]["debtor"] == PERSON for row in held["event"] if row["body"])
    register = next(row for row in held["message"] if row["kind"] == "kravia.register")
    assert register["payload"]["invoice"]["debtor"]["name"] == PERSON["name"]
    assert held["bank_line"][0]["details"]["text"] == "Zumbelberg"
    assert held["receipt"]
    assert held["mirror"]
    assert "50002" not in json.dumps(document)
    (audit, *_) = await world.items("audit.list")
    assert (audit["action"], audit["reason"]) == ("privacy.export", "asked")
    assert found_in(json.dumps(audit)) == []


async def test_an_erased_person_is_nowhere_and_the_books_are_whole(world: World) -> None:
    await lived(world)
    before = await world.claim()
    assert set(found_in(world.contents())) == set(MARKERS)

    erased = await ask(world, "erase")

    assert found_in(world.contents()) == []
    after = await world.claim()
    changed = {name for name in after if after[name] != before[name]}
    assert changed <= {"debtor_number", "decision", "problem", "messages", "tasks", "consolidation"}
    assert after["debtor_number"] == erased["pseudonym"]
    assert {row["what"] for row in erased["kept"]} >= {"claim", "receipt"}
    assert all(row["until"] == "2031-12-31" for row in erased["kept"])
    with pytest.raises(OperationError, match="nothing is held"):
        await ask(world, "erase")
    with pytest.raises(OperationError, match="nothing is held"):
        await ask(world, "export")
    again = await ask(world, "export", erased["pseudonym"])
    assert found_in(json.dumps(again)) == []
    assert (await world.call("audit.verify"))["clean"]


async def test_what_was_erased_can_be_lived_with(world: World) -> None:
    """Lists, replays, the clock and a repeated webhook meet it, and nobody is harmed."""
    await lived(world)
    await ask(world, "erase")

    await world.replay("events", creditor="acme")
    await world.replay("messages", creditor="acme")
    await world.settle()
    await world.remind()
    for name in ("claims", "events", "outbox", "payments", "tasks", "alerts"):
        for row in await world.items(f"{name}.list"):
            key = {"claims": "claim_id", "events": "event_id", "outbox": "message_id"}.get(name)
            if key is not None:
                await world.call(f"{name}.show", **{key: row[key]})
    assert found_in(world.contents()) == []
    assert len(world.registers()) == 1


async def test_a_live_case_is_refused_and_says_why(world: World) -> None:
    await world.active(debtor=PERSON)
    before = world.contents()

    with pytest.raises(OperationError, match=r"clm_\w+ \(active\).*claims withdraw"):
        await ask(world, "erase")
    assert world.contents() == before


async def test_what_waits_for_a_person_is_refused_too(world: World) -> None:
    await lived(world)
    claim_id = (await world.claim())["claim_id"]
    task = NewTask(creditor_id="acme", claim_id=claim_id, kind="portal", about="two", text="x")
    await world.gateway.database.write(lambda c: add_task(c, task, "tsk_2", world.now[0]))

    with pytest.raises(OperationError, match="tasks done tsk_2"):
        await ask(world, "erase")
    await world.call("tasks.done", task_id="tsk_2", note="")
    await world.paid("1.00", payment_id="pay-9")
    with pytest.raises(OperationError, match="not handled yet"):
        await ask(world, "erase")
    await world.settle()
    for each in await world.items("tasks.list"):
        await world.call("tasks.done", task_id=each["task_id"], answer="direct")
    await world.settle()
    assert (await ask(world, "erase"))["erased"]["claims"] == 1


async def test_what_the_ledger_tells_anew_is_kept_anew_and_can_be_erased_again(
    world: World,
) -> None:
    await lived(world)
    await ask(world, "erase")
    await world.updated("30001", debtor=PERSON, version=99)
    await world.settle()
    assert found_in(world.contents())

    assert (await ask(world, "erase"))["erased"]["events"] == 1
    assert found_in(world.contents()) == []


@SQLITE_ONLY
async def test_no_byte_of_it_is_left_in_the_files_after_a_vacuum(world: World, place: Path) -> None:
    await lived(world)
    assert found_in_files(place)

    await ask(world, "erase")
    await world.call("privacy.vacuum", reason="after an erasure")

    assert found_in_files(place) == []
    assert (await world.claim("30002"))["state"] == "active"
    await world.overdue("30009")  # it is written to as before
    await world.settle()


@pytest.mark.parametrize("world_url", ["postgresql"], indirect=True)
async def test_none_is_left_in_the_servers_tables_either(world: World, postgres: Any) -> None:
    await lived(world)
    number = world.seen_outside("SELECT oid FROM pg_database WHERE datname = current_database()")
    folder = Path(postgres.execute("SHOW data_directory")[0][0]) / "base" / str(number[0][0])
    postgres.execute("CHECKPOINT")  # what is in memory goes to the files
    assert found_in_files(folder)

    await ask(world, "erase")
    answer = await world.call("privacy.vacuum", reason="after an erasure")

    postgres.execute("CHECKPOINT")
    assert found_in_files(folder) == []
    assert "standbys" in answer["remains"]


async def purge(world: World, **whose: str) -> dict[str, int]:
    """Order a purge and go on to its end."""
    removed: dict[str, int] = {}
    after = None
    while True:
        step = await world.call("privacy.purge", reason="a test", after=after, **whose)
        removed |= step["removed"]
        after = step["next"]
        if after is None:
            return removed


@pytest.mark.parametrize(
    ("now", "gone"),
    [
        (datetime(2027, 5, 24, 10, tzinfo=UTC), set()),
        (datetime(2027, 5, 25, 10, tzinfo=UTC), {"event handled forget", "event rejected forget"}),
        (datetime(2030, 6, 30, 10, tzinfo=UTC), {"message delivered delete"}),
        (datetime(2030, 7, 1, 10, tzinfo=UTC), {"claim closed forget", "task done delete"}),
        (datetime(2031, 12, 31, 10, tzinfo=UTC), {"claim closed forget"}),
        (datetime(2032, 1, 1, 10, tzinfo=UTC), {"claim closed delete", "bank_line over delete"}),
    ],
)
async def test_every_row_of_retention_goes_on_its_day_and_no_sooner(
    world: World, now: datetime, gone: set[str]
) -> None:
    await lived(world)
    world.now[0] = now
    planned = {
        f"{row['what']} {row['state']} {row['then']}": row["count"]
        for row in (await world.call("privacy.plan"))["items"]
    }

    removed = await purge(world)

    assert set(removed) >= gone
    assert gone or not removed
    if now.year < 2030 or (now.year == 2030 and now.month == 6):
        assert "claim closed forget" not in removed
    if now.year < 2032:
        assert "claim closed delete" not in removed
    first_purge = {name: count for name, count in planned.items() if count}
    assert set(removed) <= set(first_purge)
    live = await world.claim("30002")
    assert live["state"] == "active"
    assert (await world.call("audit.verify"))["clean"]


async def test_a_purge_runs_by_itself_once_a_night(world: World) -> None:
    await lived(world)
    world.now[0] = datetime(2032, 1, 2, 1, 59, tzinfo=UTC)  # 02:59 in Oslo
    purger = world.workers.purger
    assert not await purger.run_once(world.now[0])
    assert found_in(world.contents())

    world.now[0] = datetime(2032, 1, 2, 2, 0, tzinfo=UTC)
    while await purger.run_once(world.now[0]):
        pass

    audit = [row for row in await world.items("audit.list") if row["action"] == "privacy.purge"]
    assert len(audit) == 1
    assert "1 claim closed delete" in audit[0]["reason"]
    assert [row["invoice_id"] for row in await world.items("claims.list")] == ["inv-30002"]
    while await purger.run_once(world.now[0]):
        raise AssertionError("once a night")


async def test_one_debtors_past_is_purged_alone(world: World) -> None:
    await lived(world)
    world.now[0] = datetime(2032, 1, 2, 10, tzinfo=UTC)

    others = await purge(world, creditor="acme", debtor="50002")
    assert set(others) == {"event handled delete"}  # its case is live
    assert set(found_in(world.contents())) == set(MARKERS)
    assert (await purge(world, creditor="acme", debtor="77001"))["claim closed delete"] == 1
    with pytest.raises(OperationError, match="creditor is missing"):
        await purge(world, debtor="77001")
