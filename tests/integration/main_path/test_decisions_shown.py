"""What people see before and after a decision: language, what goes together, the forecast."""

from __future__ import annotations

from datetime import date, time
from typing import Any

import pytest

from gateway.domain.oslo import start_of_day
from gateway.operations import forecast, forecast_parts, walk
from gateway.operations.errors import OperationError

OLD = [{"kind": "collection_notice", "sent_on": "2026-05-20", "deadline": "2026-06-10"}]
RUNNING = [{"kind": "collection_notice", "sent_on": "2026-11-16", "deadline": "2026-11-30"}]
LANGUAGE = pytest.mark.parametrize("more_settings", [{"language": "nb"}])


def numbers(rows: Any) -> list[str]:
    return [row["invoice_number"] for row in rows]


async def test_all_claims_on_a_debtor_are_shown_before_anything_is_sent(world: Any) -> None:
    await world.call("pause", reason="look first")
    await world.overdue("30001")
    await world.overdue("30002")
    await world.overdue("30003", notices=RUNNING)
    await world.overdue("30004")
    await world.overdue("30005", debtor={"number": "2"})
    await world.disputed("30004")
    await world.settle()

    case = (await world.claim("30001"))["case_id"]
    shown = (await world.call("cases.show", case_id=case))["consolidation"]
    in_claim = (await world.claim("30003"))["decision"]["consolidation"]
    explained = await world.call("explain", creditor="acme", invoice_id="inv-30003")

    assert numbers(shown["together"]) == ["30001", "30002"]
    assert (shown["principal"], shown["agency_fee"]["light"]) == ("9600.00", "600.00")
    assert {row["invoice_number"]: (row["why"], row["rules"]) for row in shown["apart"]} == {
        "30003": ("held until 2026-12-04", ["INK-06"]),
        "30004": ("disputed", ["INK-12"]),
    }
    assert in_claim == explained["consolidation"] == shown
    assert world.books.registers == []


async def test_what_becomes_ready_that_oslo_day_joins_the_others(world: Any) -> None:
    await world.call("pause", reason="look first")
    await world.overdue("30001")
    await world.overdue("30002", notices=RUNNING)
    await world.settle()

    async def together(on: str) -> list[str]:
        found = await world.call("explain", creditor="acme", invoice_id="inv-30001", on=on)
        return numbers(found["consolidation"]["together"])

    assert await together("2026-12-03") == ["30001"]
    assert await together("2026-12-04") == ["30001", "30002"]


async def test_a_claim_at_the_agency_is_the_case_that_others_are_attached_to(world: Any) -> None:
    await world.active("30001")
    await world.overdue("30002", notices=RUNNING)
    await world.settle()

    shown = (await world.claim("30002"))["decision"]["consolidation"]

    assert numbers(shown["attached_to"]) == ["30001"]
    assert numbers(shown["apart"]) == ["30002"]


async def test_a_decision_is_explained_in_the_language_asked_for(world: Any) -> None:
    await world.overdue(notices=RUNNING)
    await world.settle()

    for language, words in (("nb", "gir skyldneren frist"), ("en", "gives the debtor until")):
        found = await world.call(
            "explain", creditor="acme", invoice_id="inv-30001", language=language
        )
        assert words in found["reasons"][0]["message"]
        assert found["language"] == language
    with pytest.raises(OperationError, match='must be "en" or "nb"'):
        await world.call("explain", creditor="acme", invoice_id="inv-30001", language="no")


@LANGUAGE
async def test_the_settings_say_in_which_language_people_and_the_ledger_are_told(
    world: Any,
) -> None:
    await world.overdue(notices=RUNNING)
    await world.settle()

    claim = await world.claim()
    assert "gir skyldneren frist til og med 30.11.2026" in claim["problem"]
    assert claim["decision"]["reasons"][0]["message"] == claim["problem"]
    [held] = world.told("claim.held")
    assert held.data["reasons"][0]["message"] == claim["problem"]


@LANGUAGE
async def test_a_refused_approval_says_why_in_that_language(world: Any) -> None:
    await world.overdue(notices=RUNNING)
    await world.settle()

    with pytest.raises(OperationError, match="Inkassovarselet sendt 16"):
        await world.act("approve")


async def test_a_person_may_let_go_what_only_policy_holds(world: Any) -> None:
    await world.overdue(notices=OLD, due_date="2026-05-04", issue_date="2026-04-20")
    await world.updated(
        notices=OLD, due_date="2026-05-04", issue_date="2026-04-20", supplied_on="2026-04-19"
    )
    await world.settle()
    held = await world.claim()
    assert (held["state"], held["hold_until"]) == ("held", None)
    assert [reason["rule"] for reason in held["decision"]["reasons"]] == ["INK-08"]

    await world.act("approve")
    await world.settle()

    assert (await world.claim())["state"] == "active"
    assert [row["action"] for row in await world.items("audit.list")] == ["claims.approve"]


async def test_a_person_may_not_let_go_what_the_law_holds_too(world: Any) -> None:
    plan = {"agreed_on": "2026-11-01", "new_due_date": None, "broken_on": None}
    await world.overdue(notices=OLD, due_date="2026-05-04", supplied_on=None, payment_plan=plan)
    await world.settle()
    rules = [reason["rule"] for reason in (await world.claim())["decision"]["reasons"]]
    assert rules == ["INK-08", "INK-37"]

    with pytest.raises(OperationError, match="may not go today"):
        await world.act("approve")


async def test_what_befalls_the_debtor_after_hand_over_is_a_task(world: Any) -> None:
    await world.active()
    await world.updated(debtor={"deceased": True})
    await world.settle()

    [task] = await world.items("tasks.list")
    assert "the debtor died, became insolvent or got a protected address" in task["text"]


async def _some_claims(world: Any) -> None:
    await world.call("pause", reason="look first")
    for number, debtor, more in (
        ("30001", "1", {"notices": RUNNING}),
        ("30002", "1", {"notices": RUNNING}),
        ("30003", "2", {"notices": RUNNING, "outstanding": "100.00", "total": "100.00"}),
        ("30004", "3", {"notices": []}),
        ("30005", "4", {"notices": OLD, "due_date": "2024-01-10", "supplied_on": None}),
        ("30006", "5", {"notices": [{**RUNNING[0], "deadline": "2027-01-05"}]}),
    ):
        await world.overdue(number, debtor={"number": debtor}, **more)
    await world.settle()


@pytest.mark.parametrize("page_debtors", [1, 200])
async def test_the_forecast_says_what_may_go_on_which_day(
    page_debtors: int, world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(walk, "PAGE_DEBTORS", page_debtors)
    await _some_claims(world)

    found = await world.call("cases.forecast", days=30)

    assert (found["on"], found["until"]) == ("2026-11-24", "2026-12-24")
    assert found["items"] == [
        {"day": "2026-12-04", "cases": 2, "claims": 3, "outstanding": {"NOK": "9700.00"}}
    ]
    assert [(o["outcome"], o["rule"], o["claims"]) for o in found["others"]] == [
        ("hold", "INK-08", 1),
        ("hold", "INK-34", 1),  # no rates for 2027 yet
        ("reject", "INK-03", 1),
    ]
    near = found["near_limitation"]
    assert (near["within_days"], near["claims"]) == (90, 1)
    assert [(n["invoice_number"], n["days_left"]) for n in near["nearest"]] == [("30005", 48)]


async def test_the_forecast_can_be_reckoned_from_another_day_and_for_one_creditor(
    world: Any,
) -> None:
    await _some_claims(world)

    later = await world.call("cases.forecast", on="2026-12-05", creditor="acme", days=5)

    assert [(item["day"], item["claims"]) for item in later["items"]] == [("2026-12-05", 3)]
    with pytest.raises(OperationError, match="there is no creditor"):
        await world.call("cases.forecast", creditor="nobody")
    with pytest.raises(OperationError, match="days must be"):
        await world.call("cases.forecast", days=0)


async def test_the_nearest_to_limitation_are_named_and_the_rest_counted(
    world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forecast, "NEAREST_MAX", 2)
    for day in (12, 10, 14, 11):
        await world.overdue(
            f"3{day}", due_date=f"2024-01-{day}", notices=[], debtor={"number": str(day)}
        )
    await world.settle()

    near = (await world.call("cases.forecast"))["near_limitation"]

    assert near["claims"] == 4
    assert numbers(near["nearest"]) == ["310", "311"]


async def test_parts_of_a_forecast_add_up_to_the_whole(
    world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    await _some_claims(world)
    for day in (12, 10):
        await world.overdue(
            f"3{day}", due_date=f"2024-01-{day}", notices=[], debtor={"number": str(day)}
        )
    await world.settle()
    whole = await world.call("cases.forecast")
    monkeypatch.setattr(forecast, "PART_DEBTORS", 1)
    monkeypatch.setattr(walk, "PAGE_DEBTORS", 1)

    sum_of_parts: dict[str, Any] = {}
    after, parts = None, 0
    while parts == 0 or after is not None:
        part = await world.call("cases.forecast", after=after)
        sum_of_parts = forecast_parts.added(sum_of_parts, part)
        after, parts = part["next"], parts + 1

    assert parts > 5
    assert sum_of_parts == whole


async def test_every_claim_is_explained_page_by_page(
    world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(walk, "PAGE_DEBTORS", 2)
    await _some_claims(world)

    rows, after, pages = [], None, 0
    while True:
        page = await world.call("explain.all", on="2026-12-01", after=after)
        rows += page["items"]
        pages, after = pages + 1, page["next"]
        if after is None:
            break

    assert pages == 4  # the last one is empty: only it knows that it is the last
    assert [(r["invoice_number"], r["decision"], r["eligible_on"], r["then"]) for r in rows] == [
        ("30001", "hold", "2026-12-04", "forward"),
        ("30002", "hold", "2026-12-04", "forward"),
        ("30003", "hold", "2026-12-04", "forward"),
        ("30004", "reject", None, "reject"),
        ("30005", "hold", None, "hold"),
        ("30006", "hold", None, "hold"),
    ]
    assert {row["on"] for row in rows} == {"2026-12-01"}
    for cursor in ("x", "acme/4", "acme/x/1"):
        with pytest.raises(OperationError, match="cursor"):
            await world.call("explain.all", after=cursor)


@pytest.mark.parametrize("limit", [1, 2, 4])
async def test_a_page_holds_no_more_claims_than_asked_for(limit: int, world: Any) -> None:
    await _some_claims(world)
    every = (await world.call("explain.all"))["items"]

    rows: list[Any] = []
    after = None
    while not rows or after is not None:
        page = await world.call("explain.all", limit=limit, after=after)
        assert len(page["items"]) <= limit
        rows += page["items"]
        after = page["next"]

    assert rows == every
    with pytest.raises(OperationError, match="limit"):
        await world.call("explain.all", limit=0)


async def test_the_forecast_comes_true(world: Any) -> None:
    await world.overdue("30001", notices=RUNNING)
    await world.settle()
    [item] = (await world.call("cases.forecast"))["items"]

    world.set_time(start_of_day(date.fromisoformat(item["day"]), at=time(10)))
    await world.settle()

    assert (await world.claim())["state"] == "active"
