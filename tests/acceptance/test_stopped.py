"""SIGTERM: what is in flight ends, what is new is sent away, and the exit is clean."""

from __future__ import annotations

from tests.acceptance.conftest import House


async def test_a_stop_finishes_what_is_in_flight_and_sends_new_webhooks_away(house: House) -> None:
    await house.kravia_fails("register", "slow", seconds=1.5)
    async with house.serve() as server:
        await house.overdue()

        async def is_in_flight() -> bool:
            return bool((await house.books())["invoices"])

        await server.until(is_in_flight, "the register at Kravia")
        server.terminate()
        await server.says("server.draining")

        refused = await house.overdue("30002")
        assert refused.status == 503
        assert int(refused.headers["Retry-After"]) > 0
        assert "Send the request again later" in refused.document["detail"]
        async with house.http.get(f"http://127.0.0.1:{house.port}/health/ready") as ready:
            assert (ready.status, (await ready.json())["status"]) == (503, "draining")
        assert await server.ended() == 0

    listed = (await house.type("claims", "list", "--json")).document
    assert [(row["invoice_number"], row["state"]) for row in listed["items"]] == [
        ("30001", "active")
    ]
    assert not (house.folder / "gateway.db.sock").exists()


async def test_a_stop_with_nothing_in_flight_is_quick_and_can_start_again(house: House) -> None:
    async with house.serve() as server:
        server.terminate()
        assert await server.ended() == 0
    async with house.serve():
        assert (await house.overdue()).status == 202
