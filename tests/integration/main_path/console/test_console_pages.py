"""Today, Review, a claim and a case, as people use them."""

from __future__ import annotations

import asyncio
import csv
import io
import re
from typing import Any

import pytest
import sqlalchemy as sa

from gateway.operations.reach import KRAVIA
from gateway.storage.tables import message
from gateway.web.console.pages import ROUTES

pytestmark = pytest.mark.parametrize("world_url", ["sqlite"], indirect=True)

LATE = {"supplied_on": "2026-05-01"}  # invoiced long after the supply: a person must look (INK-17)


async def in_review(world: Any, *numbers: str) -> list[dict[str, Any]]:
    """Claims that wait for a person, one debtor each; gives their rows."""
    for number in numbers:
        await world.overdue(number, debtor={"number": f"5{number}"}, **LATE)
    await world.settle()
    rows = await world.items("claims.list", state="review")
    assert len(rows) == len(numbers)
    return sorted(rows, key=lambda row: row["invoice_number"])


async def test_today_on_the_first_morning_says_what_to_do(desk: Any) -> None:
    page = (await (await desk.person()).get("")).text

    assert "Point the invoicing system's webhook at this gateway" in page
    assert "Nothing. What needs you is shown here" in page


async def test_today_counts_sums_and_says_who_answers(desk: Any, world: Any) -> None:
    kravia_id = await world.active("30001")
    world.debtor_pays(kravia_id, "1000.00")
    await world.settle()
    await in_review(world, "30002")

    page = (await (await desk.person(language="nb")).get("")).text
    plain = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.replace("\N{NO-BREAK SPACE}", " ")))

    assert "1 Krav til vurdering" in plain
    assert "1 hos Kravia" in plain
    assert "NOK 4 800,00 kr 1 000,00 kr" in plain  # claimed, collected
    assert "24. nov. 2026: 1" in plain  # registered today
    assert "Kravia svarer" in plain


async def test_a_remote_that_is_silent_shows(desk: Any, world: Any) -> None:
    world.gateway.reach.failed(KRAVIA, world.now[0])

    page = (await (await desk.person()).get("")).text

    assert "no answer since 24 Nov 2026, 11:00" in page


async def test_the_review_list_says_why_and_filters(desk: Any, world: Any) -> None:
    await in_review(world, "30001", "30002")
    browser = await desk.person()

    everything = (await browser.get("/review")).text
    one = (await browser.get("/review?debtor=530001")).text
    none = (await browser.get("/review?debtor=999")).text
    wrong = await browser.get("/review?state=gone&debtor=5<b>")

    assert "4,800.00" in everything
    assert "30001" in everything
    assert "30002" in everything
    assert "30002" not in one
    assert 'value="530001"' in one
    assert "Nothing is here that fits." in none
    assert wrong.status == 422
    assert "state must be one of review, held" in wrong.text
    assert 'value="5<b>"' in wrong.text  # what was typed is kept
    assert "5&lt;b&gt;" in wrong.raw


async def test_a_list_goes_on_by_key_in_both_orders(
    desk: Any, world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.web.console.lists.ROWS", 2)
    await in_review(world, "30001", "30002", "30003")
    browser = await desk.person()

    first = (await browser.get("/review")).text
    following = re.search(r'href="/console([^"]+)" rel="next"', first)
    assert following is not None
    second = (await browser.get(following[1])).text
    oldest = (await browser.get("/review?order=oldest")).text

    assert [n for n in ("30001", "30002", "30003") if f">{n}<" in first] == ["30002", "30003"]
    assert [n for n in ("30001", "30002", "30003") if f">{n}<" in second] == ["30001"]
    assert [n for n in ("30001", "30002", "30003") if f">{n}<" in oldest] == ["30001", "30002"]
    assert "First page" in second


async def test_a_list_is_saved_whole_as_csv_that_no_spreadsheet_runs(
    desk: Any, world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.web.console.lists.CSV_ROWS", 1)
    await world.overdue("=1+1", debtor={"number": "@SUM"}, **LATE)
    await in_review_more(world, "30002")

    answer = await (await desk.person(language="nb")).get("/review?format=csv")

    rows = list(csv.reader(io.StringIO(answer.raw.removeprefix("\ufeff"))))
    assert answer.headers["Content-Disposition"] == 'attachment; filename="review.csv"'
    assert rows[0][:2] == ["Faktura", "Skyldner"]
    assert [row[:2] for row in rows[1:]] == [["30002", "530002"], ["'=1+1", "'@SUM"]]
    assert rows[1][3] == "4800.00"


async def in_review_more(world: Any, number: str) -> None:
    """One more claim that waits."""
    await world.overdue(number, debtor={"number": f"5{number}"}, **LATE)
    await world.settle()


async def test_many_are_shown_asked_about_and_then_done(desk: Any, world: Any) -> None:
    rows = await in_review(world, "30001", "30002")
    browser = await desk.person()
    chosen = [("claim_id", row["claim_id"]) for row in rows]

    asked = await browser.post("/review", [("action", "hold"), ("reason", "on leave"), *chosen])
    before = {row["state"] for row in await world.items("claims.list")}
    done = await browser.post(
        "/review", [("action", "hold"), ("reason", "on leave"), ("confirmed", "yes"), *chosen]
    )

    assert "Hold: 2 claims" in asked.text
    assert "9,600.00" in asked.text
    assert "on leave" in asked.text
    assert before == {"review"}
    assert "Put on hold: 2 claims" in done.text
    assert {row["state"] for row in await world.items("claims.list")} == {"held"}
    audit = (await world.items("audit.list"))[0]
    assert (audit["actor"], audit["action"], audit["reason"]) == (
        "user:operator-all",
        "claims.hold",
        "on leave",
    )


async def test_what_is_refused_among_many_is_told_and_keeps_what_was_typed(
    desk: Any, world: Any
) -> None:
    rows = await in_review(world, "30001")
    await world.active("30002")
    others = [r for r in await world.items("claims.list") if r["invoice_number"] == "30002"]
    chosen = [("claim_id", row["claim_id"]) for row in (*rows, *others)]

    answer = await (await desk.person()).post(
        "/review", [("action", "hold"), ("reason", "on leave"), ("confirmed", "yes"), *chosen]
    )

    assert answer.status == 409
    assert "Put on hold: 1 claim" in answer.text
    assert "it can no longer be held" in answer.text
    assert ">on leave</textarea>" in answer.text


async def test_nothing_chosen_is_said_and_what_was_typed_is_kept(desk: Any, world: Any) -> None:
    await in_review(world, "30001")

    answer = await (await desk.person()).post("/review", {"action": "hold", "reason": "on leave"})

    assert answer.status == 422
    assert "Choose at least one claim" in answer.text
    assert ">on leave</textarea>" in answer.text


async def test_a_claim_says_why_with_sources_amounts_and_siblings(desk: Any, world: Any) -> None:
    await world.overdue("30001", **LATE)
    await world.overdue("30002")
    await world.settle()
    claim = await world.claim("30001")

    page = (await (await desk.person(language="nb")).get(f"/claims/{claim['claim_id']}")).text

    for reason in claim["decision"]["reasons"]:
        assert reason["rule"] in page
        assert reason["source"] in page
        assert reason["message"] not in page  # it is told in the reader's own language
    assert "Hovedstol" in page
    assert "Skyldnerens andre krav" in page
    assert "30002" in page


async def test_a_viewer_sees_and_is_offered_nothing(desk: Any, world: Any) -> None:
    (row,) = await in_review(world, "30001")
    viewer = await desk.person("viewer")

    for path in ("/review", f"/claims/{row['claim_id']}", f"/cases/{row['case_id']}"):
        page = (await viewer.get(path)).text
        assert "30001" in page
        assert '<textarea id="reason"' not in page


async def test_an_approved_claim_goes_and_shows_who_let_it(desk: Any, world: Any) -> None:
    (claim,) = await in_review(world, "30001")
    browser = await desk.person()

    answer = await browser.post(
        f"/claims/{claim['claim_id']}", {"action": "approve", "reason": "called them"}
    )
    after = await world.claim("30001")
    page = (await browser.get(answer.headers["Location"].removeprefix("/console"))).text

    assert answer.status == 303
    assert after["approved_at"] is not None
    assert "Approved." in page


async def test_what_is_refused_keeps_the_reason(desk: Any, world: Any) -> None:
    await world.active("30001")
    claim = await world.claim("30001")

    answer = await (await desk.person()).post(
        f"/claims/{claim['claim_id']}", {"action": "hold", "reason": "on leave"}
    )

    assert answer.status == 409
    assert "it can no longer be held" in answer.text
    assert ">on leave</textarea>" in answer.text


async def test_a_case_tells_its_whole_life_in_order(desk: Any, world: Any) -> None:
    kravia_id = await world.active("30001")
    world.pass_time(days=1)
    world.debtor_pays(kravia_id, "1000.00")
    await world.settle()
    world.pass_time(days=1)
    await world.paid("500.00")
    await world.settle()
    claim = await world.claim("30001")
    browser = await desk.person()
    path = f"/cases/{claim['case_id']}"

    noted = await browser.post(
        path, {"claim_id": claim["claim_id"], "action": "note", "reason": "they called"}
    )
    page = (await browser.get(path)).text

    assert noted.status == 303
    timeline = page.partition('<ol class="timeline"')[2]
    told = [
        "user:operator-all: noted. they called",
        "kravia.payment",
        "payment.received",
        "Kravia collected NOK",
        "kravia.register",
        "invoice.overdue",
    ]
    places = [timeline.index(text) for text in told]
    assert places == sorted(places)
    assert f"Kravia says of {kravia_id}" in timeline
    assert "Answer: " + kravia_id in timeline
    assert "Decided:" in timeline


async def test_a_case_is_withdrawn_from_its_timeline(desk: Any, world: Any) -> None:
    (row,) = await in_review(world, "30001")
    browser = await desk.person()

    await browser.post(
        f"/cases/{row['case_id']}",
        {"claim_id": row["claim_id"], "action": "withdraw", "reason": "we forgive it"},
    )

    assert (await world.claim("30001"))["state"] == "closed"


async def test_a_claim_of_another_case_is_not_touched_from_here(desk: Any, world: Any) -> None:
    first, second = await in_review(world, "30001", "30002")

    answer = await (await desk.person()).post(
        f"/cases/{first['case_id']}",
        {"claim_id": second["claim_id"], "action": "withdraw", "reason": "x"},
    )

    assert answer.status == 422
    assert (await world.claim("30002"))["state"] == "review"


async def test_the_language_is_switched_and_stays(desk: Any) -> None:
    browser = await desk.person()

    answer = await browser.get("/language/nb?back=/console/review")
    page = (await browser.get("/review")).text

    assert answer.headers["Location"] == "/console/review"
    assert '<html lang="nb">' in page
    assert "Vurdering" in page


async def test_no_page_leads_to_one_that_is_not_there(desk: Any, world: Any) -> None:
    await in_review(world, "30001")
    await world.active("30002")
    browser = await desk.person()
    seen: set[str] = set()
    waiting = [""]
    while waiting:
        path = waiting.pop()
        answer = await browser.get(path)
        assert answer.status in {200, 303}, path
        found = set(re.findall(r'(?:href|src)="/console([^"#]*)"', answer.text))
        waiting += [each for each in found - seen if "csv" not in each and "language" not in each]
        seen |= found

    assert any(path.startswith("/cases/") for path in seen)


async def test_no_page_has_style_or_script_of_its_own(desk: Any, world: Any) -> None:
    (row,) = await in_review(world, "30001")
    browser = await desk.person()
    lists = [each.path for each in ROUTES if each.method == "GET" and "{" not in each.path]
    for path in (*lists, f"/claims/{row['claim_id']}", f"/cases/{row['case_id']}"):
        page = (await browser.get(path)).raw
        assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:|<script(?! src=)", page), path
        assert not re.search(r'(href|src|action)="(https?:)?//', page), path
        assert page.count("<h1>") == 1


async def test_an_open_page_is_told_when_something_was_written(desk: Any, world: Any) -> None:
    browser = await desk.person()

    async with browser.client.get("/console/live") as stream:
        assert stream.headers["Content-Type"] == "text/event-stream"
        await stream.content.readuntil(b"\n\n")
        await world.overdue("30001")
        async with asyncio.timeout(5):
            told = await stream.content.readuntil(b"\n\n")

    assert told == b"event: change\ndata:\n\n"


async def test_an_open_page_is_let_go_when_its_reader_is_signed_out(desk: Any) -> None:
    browser = await desk.person()

    async with browser.client.get("/console/live") as stream:
        await desk.do("users.disable", name="operator-all")
        async with asyncio.timeout(5):
            rest = await stream.content.read()

    assert b"30001" not in rest


async def test_an_open_page_does_not_hold_up_the_end(desk: Any) -> None:
    browser = await desk.person()

    async with browser.client.get("/console/live") as stream:
        desk.edge.drain.begin()
        async with asyncio.timeout(5):
            await stream.content.read()

    assert stream.status == 200


async def test_a_closed_claim_is_owed_nothing_and_offers_a_note_alone(
    desk: Any, world: Any
) -> None:
    await world.overdue("30001")
    await world.withdrawn()
    await world.settle()
    claim = await world.claim()
    assert claim["state"] == "closed"
    browser = await desk.person()

    case = (await browser.get(f"/cases/{claim['case_id']}")).text
    page = (await browser.get(f"/claims/{claim['claim_id']}")).text

    for text in (case, page):
        assert "nothing is collected any more" in text
        assert re.findall(r'name="action" value="(\w+)"', text) == ["note"]
    (listed,) = await world.items("cases.list")
    assert listed["outstanding"] == "0.00"


async def test_a_case_offers_of_each_claim_what_can_be_done_with_it(desk: Any, world: Any) -> None:
    await world.active("30001")
    await world.overdue("30002", **LATE)
    await world.overdue("30003")
    await world.withdrawn("30003")
    await world.settle()
    ids = {row["invoice_number"]: row for row in await world.items("claims.list")}
    assert [ids[each]["state"] for each in sorted(ids)] == ["active", "review", "closed"]
    browser = await desk.person()
    path = f"/cases/{ids['30001']['case_id']}"

    page = (await browser.get(path)).text
    refused = await browser.post(
        path, {"claim_id": ids["30003"]["claim_id"], "action": "hold", "reason": "they pay soon"}
    )

    forms = re.findall(r'<form class="narrow" method="post">.*?</form>', page, re.DOTALL)
    offered = [
        (re.findall(r">(\d{5}) \(", form), re.findall(r'name="action" value="(\w+)"', form))
        for form in forms[:3]
    ]
    assert offered == [
        (["30002"], ["withdraw", "hold", "note"]),
        (["30001"], ["withdraw", "note"]),
        (["30003"], ["note"]),
    ]
    assert refused.status == 409
    assert refused.text.count("they pay soon") == 1  # kept in the form that it was typed into
    ids_given = re.findall(r' id="([^"]+)"', page)
    assert len(ids_given) == len(set(ids_given))


async def test_what_is_tried_again_is_listed_by_itself(desk: Any, world: Any) -> None:
    await world.overdue("30001")
    await world.overdue("30002", debtor={"number": "50002"})
    await world.intake()
    await world.gateway.database.write(
        lambda connection: connection.execute(
            sa.update(message).where(message.c.seq == 1).values(last_error="answered 503")
        )
    )
    assert len(await world.items("outbox.list", state="pending")) == 2

    (row,) = await world.items("outbox.list", state="retrying")
    page = (await (await desk.person()).get("/delivery?state=retrying")).text

    assert (row["standing"], row["last_error"]) == ("retrying", "answered 503")
    assert page.count("answered 503") == 1
    assert "waits to be tried again</td>" in page
