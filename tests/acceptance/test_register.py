"""``register`` in real processes: before the server runs, beside it, and the same file again."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.acceptance.conftest import House
from tests.acceptance.programs import Document

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "invoices.csv"
HEADER, FIRST, SECOND, _THIRD = EXAMPLE.read_text(encoding="utf-8").splitlines()


async def register(house: House, *arguments: str) -> Document:
    ended = await house.type("register", *arguments, "--json")
    assert ended.code in {0, 1}, ended.said
    assert ended.code == bool(ended.document["faulty"])
    return ended.document


def outcomes(report: Document) -> list[str]:
    return [item["outcome"] for item in report["items"]]


async def test_the_example_is_decided_as_its_page_says(house: House) -> None:
    shutil.copy(EXAMPLE, house.folder)

    report = await register(house, EXAMPLE.name, "--dry-run")

    assert outcomes(report) == ["new"] * 3
    decisions = [item["decision"]["decision"] for item in report["items"]]
    assert decisions == ["forward", "forward", "reject"]
    assert [item["debtor_number"] for item in report["items"][:2]] == ["5512", "974760673"]
    assert (await house.type("events", "list", "--json")).document["items"] == []


async def test_a_file_is_registered_once_with_the_server_stopped_or_running(house: House) -> None:
    (house.folder / "one.csv").write_text(f"{HEADER}\n{FIRST}\n")
    (house.folder / "two.csv").write_text(f"{HEADER}\n{FIRST}\n{SECOND}\nbroken\n")

    assert outcomes(await register(house, "one.csv", "--yes")) == ["new"]
    async with house.serve() as server:
        await house.claim_is(server, "active", "40021")
        report = await register(house, "two.csv", "--yes")
        await house.claim_is(server, "active", "40022")
        server.terminate()
        assert await server.ended() == 0

    assert outcomes(report) == ["registered_before", "new", "refused"]
    assert outcomes(await register(house, "two.csv", "--yes")) == [
        *("registered_before", "registered_before", "refused")
    ]
    books = await house.books()
    assert sorted(case["invoice_no"] for case in books["invoices"]) == ["40021", "40022"]
    assert books["duplicates"] == []
