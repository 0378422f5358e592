"""``payments`` in real processes: beside the server, without it, killed midway, the same again."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing

from tests.acceptance.conftest import ENVIRON, House
from tests.acceptance.programs import Document, environ, moved, running
from tests.bank_files import Paid, as_bytes, camt, entry, ocr, transaction

KID = "300018"


async def payments(house: House, *arguments: str, code: int = 0) -> Document:
    ended = await house.type("payments", *arguments, "--json")
    assert ended.code == code, ended.said
    return ended.document


def kept(house: House) -> list[tuple[str, int]]:
    """State and count of the lines, as another process sees them."""
    with closing(sqlite3.connect(f"file:{house.folder}/gateway.db?mode=ro", uri=True)) as file:
        return file.execute("SELECT state, count(*) FROM bank_line GROUP BY state").fetchall()


async def test_a_file_is_taken_once_beside_the_server_and_kravia_is_told(house: House) -> None:
    (house.folder / "one.xml").write_bytes(
        camt(
            entry("30.00", transaction("30.00", KID)),
            entry("7.00", transaction("7.00", "18")),
            entry("5.00", day="never"),
        )
    )
    async with house.serve() as server:
        await house.overdue("30001", kid=KID)
        await house.claim_is(server, "active", "30001")
        planned = await payments(house, "import", "one.xml", "--dry-run", code=1)
        taken = await payments(house, "import", "one.xml", "--yes", code=1)
        again = await house.type("payments", "import", "one.xml", "--yes")

        async def told() -> bool | None:
            books = await house.books()
            return any(row["payments"] for row in books["invoices"]) or None

        await server.until(told, "the payment at Kravia")

    for report in (planned, taken):
        assert [item["state"] for item in report["items"]] == ["matched", "unmatched"]
        assert report["faults"] == [
            {"place": "line 7, BookgDt", "message": "must be a day such as 2026-11-24"}
        ]
    assert [item["outcome"] for item in taken["items"]] == ["new", "new"]
    assert "2 known before, 1 with faults" in " ".join(again.out.split())
    assert all(len(line) <= 80 for line in again.out.splitlines())
    assert kept(house) == [("matched", 1), ("unmatched", 1)]


async def test_an_import_killed_midway_is_ended_by_the_same_again(house: House) -> None:
    async with house.serve() as server:
        await house.overdue("30001", kid=KID)
        await house.claim_is(server, "active", "30001")
    paid = [Paid(kid=KID if at % 20 == 0 else "18", ore=100 + at) for at in range(240)]
    (house.folder / "OCR.TXT").write_bytes(as_bytes(ocr(*paid)))
    command = moved("--config", "gateway.toml", "payments", "import", "OCR.TXT", "--yes")

    async with running(command, folder=house.folder, env=environ(**ENVIRON)) as program:
        async with asyncio.timeout(60):
            while not kept(house):  # noqa: ASYNC110 - a process says nothing while it writes
                await asyncio.sleep(0)
        program.kill()
    at_the_kill = sum(count for _, count in kept(house))
    await payments(house, "import", "OCR.TXT", "--yes")
    again = await payments(house, "import", "OCR.TXT", "--yes")

    assert 0 < at_the_kill <= 240
    assert kept(house) == [("matched", 12), ("unmatched", 228)]
    assert {item["outcome"] for item in again["items"]} == {"known"}
    claim = (await house.type("claims", "list", "--json")).document["items"][0]
    receipts = (await house.type("claims", "show", claim["claim_id"], "--json")).document[
        "receipts"
    ]
    assert len(receipts) == 12


async def test_what_cannot_be_trusted_is_refused_in_a_sentence(house: House) -> None:
    lines = ocr(Paid(kid=KID), Paid(kid="18"))
    (house.folder / "cut.txt").write_bytes(as_bytes(lines[:-2]))
    (house.folder / "two.xml").write_bytes(
        camt(entry("5.00", transaction("5.00", KID))).replace(
            b"</Ntfctn>",
            b"</Ntfctn><Ntfctn><Acct><Id><IBAN>NO9386011117947</IBAN></Id></Acct>"
            + entry("5.00", transaction("5.00", KID)).encode()
            + b"</Ntfctn>",
        )
    )

    cut = await house.type("payments", "import", "cut.txt", "--yes")
    two = await house.type("payments", "import", "two.xml", "--yes")

    assert cut.code == two.code == 2
    assert "ends at line 6 without the end record (89)" in cut.said
    assert "name the creditor's with --account: 15032080119, NO9386011117947" in two.said
    chosen = await payments(house, "import", "two.xml", "--account", "8601.11.17947", "--dry-run")
    assert [item["outcome"] for item in chosen["items"]] == ["new"]
