"""Personal data is encrypted, old rows too while everything runs, and keys are rotated."""

from __future__ import annotations

from base64 import b64encode
from functools import partial
from pathlib import Path

import pytest

from gateway.operations import sealing
from gateway.operations.errors import OperationError
from gateway.settings import Settings, SettingsError
from gateway.storage import sealed_values
from gateway.storage.seal import PLAIN_ID, key_id_of
from gateway.storage.sealed_values import SEALED
from gateway.storage.tables import metadata

from .conftest import World

KEYS = {name: name.encode() * 32 for name in "ab"}
A, B = (key_id_of(KEYS[name]) for name in "ab")
MARKER = "Qvigstadine"


@pytest.fixture(autouse=True)
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few rows then take several steps, and end in the middle of a page."""
    monkeypatch.setattr(sealing, "BATCH_MAX", 2)
    monkeypatch.setattr(sealing, "PAGE_ROWS", 3)


async def restart_with(world: World, place: Path, *names: str) -> None:
    """Start again with these keys, the first of which seals."""
    for name in names:
        (place / f"{name}.key").write_text(b64encode(KEYS[name]).decode() + "\n")
    document = {"seal": {"keys": [f"file:{place}/{name}.key" for name in names]}}
    seal = Settings.build(document, {}, base=place).seal
    world.settings = world.settings.model_copy(update={"seal": seal})
    await world.restart()


async def filled(world: World) -> None:
    """Rows in every place: events, claims, messages, a line of the bank."""
    for number in ("30001", "30002", "30003"):
        await world.overdue(number, debtor={"number": number, "name": f"{MARKER} {number}"})
    await world.settle()
    line = {"invoice": "inv-30001", "on": "2026-11-24", "amount": "1.00", "text": MARKER}
    await world.call("payments.register", creditor="acme", reason="a test", **line)
    await world.settle()


async def key_ids(world: World) -> set[str]:
    """The keys that any value needs."""
    found: set[str] = set()
    for of in SEALED:
        count = partial(sealed_values.count_by_key, of=of)
        found |= set(await world.gateway.database.read(count))
    return found


async def test_old_rows_are_converted_while_it_runs_and_keys_rotate(
    world: World, place: Path
) -> None:
    await filled(world)
    assert await key_ids(world) == {PLAIN_ID}
    assert MARKER in world.contents()

    await restart_with(world, place, "a")
    assert await world.workers.resealer.run_once(world.now[0])  # a first step of several
    assert await key_ids(world) == {PLAIN_ID, A}
    await world.overdue("30004", debtor={"number": "30004"})
    await world.settle()  # what is converted and what is not works alike
    assert (await world.claim("30004"))["state"] == "active"
    while await world.workers.resealer.run_once(world.now[0]):
        pass
    assert await key_ids(world) == {A}
    assert MARKER not in world.contents()

    await restart_with(world, place, "b", "a")
    after, resealed = None, 0
    while True:
        step = await world.call("seal.rotate", reason="yearly", after=after)
        resealed, after = resealed + int(step["resealed"]), step["next"]
        if after is None:
            break
    status = await world.call("seal.status")
    assert (status["key_id"], status["not_needed"]) == (B, [A])
    assert resealed == sum(row["values"] for row in status["items"])
    assert [row["action"] for row in await world.items("audit.list")].count("seal.rotate") == 1

    await restart_with(world, place, "b")
    await world.updated("30001", version=9, description="changed")
    await world.settle()
    assert await key_ids(world) == {B}


async def test_a_start_without_a_key_that_values_need_is_refused(world: World, place: Path) -> None:
    await restart_with(world, place, "a")
    await world.overdue()

    for names in ((), ("b",)):
        with pytest.raises(SettingsError, match=f"seal.keys.*sealed with key {A}"):
            await restart_with(world, place, *names)
    await restart_with(world, place, "b", "a")
    await world.settle()
    assert (await world.claim())["state"] == "active"


async def test_a_key_is_needed_until_a_whole_walk_has_not_met_it(world: World, place: Path) -> None:
    await restart_with(world, place, "a")
    await filled(world)
    await restart_with(world, place, "b", "a")
    await world.workers.resealer.run_once(world.now[0])
    with pytest.raises(SettingsError, match=A):
        await restart_with(world, place, "b")


async def test_a_newer_value_is_never_overwritten(world: World) -> None:
    await filled(world)
    of = SEALED[1]
    database = world.gateway.database
    (row, *_) = await database.read(lambda c: sealed_values.rows_after(c, of, None, 1))
    stale = [(row.row_key, b"what it was before", b"\x00{}")]

    assert await database.write(lambda c: sealed_values.put_anew(c, of, stale)) == 0


async def test_rotating_without_a_key_is_refused(world: World) -> None:
    with pytest.raises(OperationError, match="seal new-key"):
        await world.call("seal.rotate", reason="yearly")


def test_every_sealed_column_is_walked() -> None:
    sealed = {
        f"{table.name}.{column.name}"
        for table in metadata.sorted_tables
        for column in table.c
        if column.name.startswith("sealed_") or column.name == "payload"
    }

    assert {of.name for of in SEALED} == sealed
