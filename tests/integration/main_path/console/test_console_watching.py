"""Forecast, events, alerts and the audit, as people use them."""

from __future__ import annotations

import asyncio
import csv
import io
import re
import threading
from typing import Any

import pytest

from gateway.operations import forecast, recount
from gateway.storage import figures

pytestmark = pytest.mark.parametrize("world_url", ["sqlite"], indirect=True)


async def test_the_forecast_says_when_claims_may_go(desk: Any, world: Any) -> None:
    await world.overdue("30001", supplied_on="2026-05-01")
    await world.settle()
    browser = await desk.person(language="nb")
    whole = await world.call("cases.outlook", days="365")

    page = (await browser.get("/forecast?days=365")).text
    wrong = await browser.get("/forecast?days=7")
    rows = list(csv.reader(io.StringIO((await browser.get("/forecast?days=365&format=csv")).raw)))

    assert "Per 24. nov. 2026" in page
    for row in whole["others"]:
        assert row["rule"] in page
    assert wrong.status == 422
    assert "days må være en av 30, 90, 365" in wrong.text
    assert len(rows) == 1 + len(whole["items"])


async def test_a_claim_on_its_day_is_in_the_forecast(desk: Any, world: Any) -> None:
    notice = {"kind": "collection_notice", "sent_on": "2026-11-20", "deadline": "2026-12-04"}
    await world.overdue("30001", notices=[{**notice, "channel": "post", "fee": "0.00"}])
    await world.settle()
    whole = await world.call("cases.outlook", days="90")

    page = (await (await desk.person()).get("/forecast")).text

    (row,) = whole["items"]
    assert row["sums"] == ["NOK 4800.00"]
    assert f'<time datetime="{row["day"]}">' in page
    assert "NOK 4800.00" in page


async def test_nobody_waits_for_a_forecast_that_takes_long(
    desk: Any, world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    let_go, count = asyncio.Event(), forecast.cases_forecast

    async def held(*arguments: Any) -> Any:
        await let_go.wait()
        return await count(*arguments)

    monkeypatch.setattr(forecast, "cases_forecast", held)
    monkeypatch.setattr(recount, "PATIENCE_SECONDS", 0.0)
    await world.overdue("30001")
    await world.settle()
    browser = await desk.person()

    first = (await browser.get("/forecast")).text
    let_go.set()
    monkeypatch.setattr(recount, "PATIENCE_SECONDS", 5.0)
    page = (await browser.get("/forecast")).text

    assert "It is being counted for the first time" in first
    assert "As of" in page
    assert "Those that do not" in page


async def test_today_shows_what_waits_while_the_claims_are_counted(
    desk: Any, world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    let_go, count = threading.Event(), figures.heaps

    def held(*arguments: Any) -> Any:
        let_go.wait(5.0)
        return count(*arguments)

    await world.overdue("30001", total="much")
    await world.overdue("30002")
    await world.settle()
    browser = await desk.person()
    monkeypatch.setattr(figures, "heaps", held)
    monkeypatch.setattr(recount, "PATIENCE_SECONDS", 0.0)

    first = (await browser.get("")).text
    let_go.set()
    monkeypatch.setattr(recount, "PATIENCE_SECONDS", 5.0)
    page = (await browser.get("")).text

    being_counted = "They are being counted for the first time"
    assert being_counted in first
    assert "Events to repair" in first
    assert being_counted not in page
    assert "NOK" in page


async def test_a_rejected_event_is_looked_at_corrected_and_handled(desk: Any, world: Any) -> None:
    event_id = await world.overdue("30001", total="much")
    await world.settle()
    operator, viewer = await desk.person(), await desk.person("viewer")
    path = f"/events/{event_id}"

    listed = (await operator.get("/events?outcome=rejected")).text
    masked = (await operator.get(path)).text
    shown = (await operator.post(path, {"action": "body", "reason": "to mend it"})).text
    body = re.search(r'name="body"[^>]*>([^<]*)</textarea>', shown)
    assert body is not None
    wrong = await operator.post(path, {"action": "repair", "body": body[1], "reason": "an amount"})
    done = await operator.post(
        path,
        {"action": "repair", "body": body[1].replace('"much"', '"4800.00"'), "reason": "an amount"},
    )
    page = (await operator.get(done.headers["Location"].removeprefix("/console"))).text
    await world.settle()

    assert path in listed
    assert '"debtor"' not in masked
    assert '"debtor"' in shown
    assert (await viewer.post(path, {"action": "body"})).status == 403
    assert "Show it" not in (await viewer.get(path)).text
    assert wrong.status == 422
    assert '"much"' in wrong.text
    assert ">an amount</textarea>" in wrong.text
    assert "This is the corrected event" in page
    assert (await world.claim("30001"))["outstanding"] == "4800.00"
    actions = [row["action"] for row in await world.items("audit.list")]
    assert actions[:2] == ["events.repair", "events.show --body"]
    assert "Repaired as" in (await operator.get(path)).text


async def test_alerts_and_audit_are_listed_and_saved(desk: Any, world: Any) -> None:
    await world.overdue("30001", total="much")
    await world.settle()
    await world.watch()
    await desk.do("pause", creditor="acme", reason="=cmd()")
    alerts = await world.items("alerts.list")
    browser = await desk.person()

    page = (await browser.get("/alerts")).text
    audit = (await browser.get("/audit")).text
    as_csv = (await browser.get("/audit?format=csv")).raw

    assert alerts
    for row in alerts:
        assert row["command"] in page
    assert "=cmd()" in audit
    assert "'=cmd()" in as_csv
    assert ",=cmd()" not in as_csv


async def test_the_audit_is_for_those_who_see_every_creditor(desk: Any, world: Any) -> None:
    browser = await desk.person("admin", creditors=["acme"])

    assert (await browser.get("/audit")).status == 403


async def test_empty_pages_say_what_comes_here(desk: Any) -> None:
    browser = await desk.person("viewer", language="nb")

    assert "Ingen krav kan gå til Kravia i den tiden." in (await browser.get("/forecast")).text
    assert "Ingen hendelse har kommet inn ennå." in (await browser.get("/events")).text
    assert "Ingenting er galt." in (await browser.get("/alerts")).text
