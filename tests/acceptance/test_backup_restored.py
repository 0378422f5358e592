"""Backed up while it runs, killed, restored, started: nothing doubled, all adopted."""

from __future__ import annotations

from tests.acceptance.conftest import House
from tests.acceptance.programs import Document, Program

LATER = ("30002", "30003")
"""Claims that are registered after the backup."""


async def all_active(house: House, server: Program, *numbers: str) -> dict[str, str]:
    """Wait until these claims are at Kravia; gives Kravia's ids."""
    return {
        number: str((await house.claim_is(server, "active", number))["kravia_invoice_id"])
        for number in numbers
    }


async def test_what_happened_after_the_backup_is_found_at_kravia_and_never_doubled(
    house: House,
) -> None:
    async with house.serve() as server:
        await house.overdue("30001")
        before = await all_active(house, server, "30001")
        await house.call("pause", reason="so that a register waits in the copy")
        await house.overdue("30002")
        await house.claim_is(server, "sending", "30002")
        copied = await house.type("backup", "copy.db", "--json")
        assert copied.code == 0, copied.said
        assert copied.document["compared"] is True
        assert copied.document["rows"]["claim"] == 2

        await house.call("resume")
        await house.overdue("30003")
        before |= await all_active(house, server, *LATER)
        refused = await house.type("restore", "copy.db", "--yes")
        assert refused.code == 2
        assert "has the database open" in refused.said
        server.kill()
        await server.ended()

    unasked = await house.type("restore", "copy.db")
    assert (unasked.code, "--yes" in unasked.said) == (2, True)
    restored = await house.type("restore", "copy.db", "--yes", "--json")
    assert restored.code == 0, restored.said
    assert restored.document["to_look_up"] == 1
    aside = house.folder / str(restored.document["aside"])
    assert aside.exists()

    await house.set_clocks()
    async with house.serve() as server:
        for number in ("30001", *LATER):  # the ledger sends again what it has sent since
            await house.overdue(number)
        after = await all_active(house, server, "30001", "30002")
        await house.call("resume")
        after |= await all_active(house, server, "30003")
        alerts = [row["kind"] for row in (await house.call("alerts.list"))["items"]]

    books: Document = await house.books()
    assert after == before
    assert len(books["registers"]) == len(books["invoices"]) == 3
    assert books["duplicates"] == []
    assert "restored" not in alerts
