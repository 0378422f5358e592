"""SIGKILL between Conta's yes and our note of it: what Kravia paid out is booked once."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import orjson
import pytest

from tests.acceptance.conftest import House, simulator
from tests.acceptance.programs import Document, Program, simulated_now

LEDGER = """
[creditors.acme.ledger]
kind = "conta"
base_url = "{conta}"
organization_id = 4242
api_key = "env:KRAVIA_TOKEN"
bank_account_id = {account}
poll_seconds = 0.5
assumptions = "conta.toml"
"""


@dataclass(slots=True, kw_only=True)
class Conta:
    """The simulated Conta's switches, and a claim in it."""

    house: House
    url: str
    account: int = 0
    invoice: int = 0

    async def throw(self, switch: str, method: str = "POST", **document: object) -> Document:
        async with self.house.http.request(
            method, f"{self.url}/_sim/{switch}", json=document
        ) as answer:
            assert answer.status == 200, await answer.text()
            found: Document = orjson.loads(await answer.read())
            return found

    async def payments(self) -> list[Document]:
        """What was booked on our invoice through the API and stands."""
        books = await self.throw("state", "GET")
        return [
            row
            for row in books["payments"]
            if row["by_api"]
            and not row["deleted"]
            and row["parts"][0]["invoice_id"] == self.invoice
        ]

    async def calls(self) -> int:
        """How often anybody asked for a payment to be booked."""
        found: int = (await self.throw("state", "GET"))["calls"].get("create_payment", 0)
        return found

    async def fails(self, kind: str) -> None:
        fault = {"operation": "create_payment", "kind": kind}
        await self.throw("faults", faults=[fault])

    async def set_up(self) -> None:
        """Enter the account, a customer and an overdue invoice with its notice."""
        await self.throw("clock", "PUT", now=simulated_now().isoformat())
        self.account = (await self.throw("bank-accounts", account_no="12345678903"))[
            "bank_account_id"
        ]
        customer = (await self.throw("customers", name="Kari Nordmann"))["customer_id"]
        self.invoice = (
            await self.throw(
                "invoices",
                customer_id=customer,
                total="2250.00",
                invoice_date="2026-08-03",
                due_date="2026-08-17",
            )
        )["invoice_id"]
        await self.throw("letters", invoice_id=self.invoice, on="2026-09-06", due_date="2026-09-22")

    def settings(self) -> None:
        """Put Conta in the place of the ledger that is told by webhooks."""
        (self.house.folder / "conta.toml").write_text("[payments]\nsettle_window_seconds = 1\n")
        file = self.house.folder / "gateway.toml"
        creditor = file.read_text().partition("[creditors.acme.ledger]")[0]
        # A lease outlives a look into Conta and a call.
        creditor = creditor.replace("lease_seconds = 20", "lease_seconds = 60")
        ledger = LEDGER.format(conta=self.url, account=self.account)
        file.write_text(f'{creditor}payout_model = "batch"\n{ledger}')

    async def claim(self) -> Document | None:
        """Our claim on the invoice: one Conta serves all tests."""
        rows = (await self.house.claims()).values()
        return next((row for row in rows if row["invoice_id"] == str(self.invoice)), None)

    async def kravia_pays_out(self, server: Program) -> None:
        """Bring the claim to Kravia, let the debtor pay there, and Kravia pay out."""

        async def look() -> Document | None:
            claim = await self.claim()
            if claim is None or claim["state"] != "active":
                return None
            cases: list[Document] = (await self.house.books())["invoices"]
            return next(row for row in cases if row["invoice_id"] == claim["kravia_invoice_id"])

        case = await server.until(look, "an active claim")
        today = simulated_now().date().isoformat()
        await self.house.at_kravia(
            "payments", invoice_id=case["invoice_id"], amount="1000.00", on=today
        )
        await self.house.at_kravia("payout", creditor_id=str(self.house.creditor), on=today)


@pytest.fixture(scope="session")
def conta_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The simulated Conta, as anybody may start it."""
    folder: Path = tmp_path_factory.mktemp("conta")
    (folder / "gateway.toml").write_text("[server]\nport = 0\n")
    with simulator(folder, "conta") as url:
        yield url


@pytest.fixture
async def conta(house: House, conta_url: str) -> Conta:
    made = Conta(house=house, url=conta_url)
    await made.throw("faults", "DELETE")
    await made.set_up()
    made.settings()
    return made


@pytest.mark.parametrize("fault", ["accept_then_timeout", "hang"])
async def test_killed_between_contas_yes_and_our_note_of_it_it_is_booked_once(
    house: House, conta: Conta, fault: str
) -> None:
    await conta.fails(fault)
    before = await conta.calls()
    async with house.serve() as server:
        await conta.kravia_pays_out(server)

        async def called() -> bool:
            return await conta.calls() > before

        await server.until(called, "the booking at Conta")
        server.kill()
        assert await server.ended() == -signal.SIGKILL
    assert len(await conta.payments()) == (fault == "accept_then_timeout")

    async with house.serve() as server:

        async def booked() -> Document | None:
            claim = await conta.claim()
            assert claim is not None
            shown = await house.call("claims.show", claim_id=claim["claim_id"])
            seen = [row for row in shown["receipts"] if row["state"] == "payout"]
            return shown["bookings"][0] if seen else None

        booking = await server.until(booked, "the booking, read back")

    [payment] = await conta.payments()
    assert booking["payment_id"] == str(payment["id"])
    assert payment["parts"][0]["amount"] == "1000.00"
    assert (await conta.throw("state", "GET"))["doubled"] == []
