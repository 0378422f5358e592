"""Who comes where: every route and every operation, as every role and as somebody else's."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.domain.reconciliation.difference import Difference, Sign
from gateway.operations import access, registry
from gateway.operations.access import ACCESS, About
from gateway.operations.errors import OperationError
from gateway.operations.rights import SCOPES, Caller, Role, Scope
from gateway.storage import differences
from gateway.web.console.pages import ROUTES
from gateway.web.console.visit import Route

IDS = ("claim_id", "case_id", "message_id", "event_id", "task_id", "line_id")


async def busy(world: Any) -> dict[str, str]:
    """A life of acme's that every list shows; gives one id of each kind, and its invoice."""
    event_id = await world.overdue("30001")
    await world.overdue("30002", debtor={"number": "50002"}, outstanding="9999.00")
    await world.settle()
    kravia_id = (await world.claim("30001"))["kravia_invoice_id"]
    world.debtor_pays(kravia_id, "1000.00")
    world.kravia.pay_out(10759, world.now[0].date())
    await world.settle()
    line = await world.call(
        "payments.register", creditor="acme", invoice="30001", amount="20.00", reason="a test"
    )
    (settlement,) = await world.items("settlements.list")
    await world.disputed("30001")
    await world.settle()
    await world.watch()
    difference = Difference(sign=Sign.CASE_MISSING, invoice_id="inv-30001", claim_id="clm_30001")
    await world.gateway.database.write(
        lambda connection: differences.saw(connection, "acme", [difference], world.now[0])
    )
    claim = await world.claim("30001")
    message = (await world.items("outbox.list"))[0]
    tasks = await world.items("tasks.list")
    replay = await world.call("replays.start", what="messages", state="delivered", reason="a test")
    return {
        "claim_id": claim["claim_id"],
        "case_id": claim["case_id"],
        "message_id": message["message_id"],
        "event_id": event_id,
        "task_id": tasks[0]["task_id"] if tasks else "tsk_none",
        "line_id": line["line_id"],
        "creditor_id": "acme",
        "settlement_id": settlement["settlement_id"],
        "replay_id": replay["replay_id"],
        "creditor": "acme",
        "invoice_id": "inv-30001",
    }


def marks(ids: dict[str, str]) -> list[str]:
    """What must not be seen by who may not see acme."""
    return [*(ids[name] for name in IDS), "acme", "30001", "30002", "50001", "50002"]


def address(route: Route, ids: dict[str, str]) -> str:
    """A route's address with acme's ids in it."""
    path = route.path
    for name, value in ids.items():
        path = path.replace(f"{{{name}}}", value)
    assert "{" not in path, f"name the parts of {route.path} after what they are ids of"
    return path


def form(ids: dict[str, str]) -> dict[str, str]:
    """A form that names acme's things in every field it could."""
    return {**ids, "action": "withdraw", "confirmed": "yes", "reason": "not mine", "note": "x"}


async def answer_to(
    world: Any, name: str, arguments: dict[str, str], caller: Caller
) -> tuple[str | None, str]:
    """What a caller is told: nothing and the result, or the kind of refusal and its sentence."""
    try:
        return None, str(await access.call_as(world.gateway, name, arguments, caller))
    except OperationError as error:
        told = error.message  # it repeats what was asked for, which is no news
        for given in arguments.values():
            told = told.replace(given, "")
        return error.kind, told


async def test_every_route_as_every_role(desk: Any, world: Any) -> None:
    ids = await busy(world)
    for role in Role:
        browser = await desk.person(role.value)
        for route in ROUTES:
            path = address(route, ids)
            if route.method == "POST":
                answer = await browser.post(path, {"action": "nothing"})
            else:
                answer = await browser.get(path)

            assert answer.status < 500, f"{route.method} {path} as {role}"
            may = route.scope in SCOPES[role]
            assert (answer.status != 403) == may, f"{route.method} {path} as {role}"


async def test_every_route_of_a_foreign_creditor(desk: Any, world: Any) -> None:
    ids = await busy(world)
    before = await world.items("claims.list")
    for role in Role:
        browser = await desk.person(role.value, creditors=["nordlys"])
        for route in ROUTES:
            path = address(route, ids)
            if route.method == "POST":
                answer = await browser.post(path, form(ids))
            else:
                answer = await browser.get(path)
            where = f"{route.method} {path} as {role}"

            if "{" in route.path:
                assert answer.status in {403, 404}, where
            seen = answer.text  # an error repeats what was asked for, and nothing else
            for part in path.split("/")[1:]:
                seen = seen.replace(part, "")
            if route.method == "GET":
                found = [mark for mark in marks(ids) if mark in seen]
                assert not found, f"{where} shows {found}"
            if route.method == "GET" and "{" not in route.path:
                as_csv = await browser.get(f"{path}?format=csv&creditor=acme&debtor=50001")
                assert not [mark for mark in ("30001", ids["claim_id"]) if mark in as_csv.text]

    assert await world.items("claims.list") == before


@pytest.mark.parametrize("creditors", [frozenset({"nordlys"}), frozenset()])
async def test_every_operation_of_a_foreign_creditor(
    desk: Any, world: Any, creditors: frozenset[str]
) -> None:
    ids = await busy(world)
    caller = Caller(name="user:eve", scopes=frozenset(Scope), creditors=creditors)
    for name, how in ACCESS.items():
        for arguments in ({}, {"creditor": "acme"}, ids, {**ids, "reason": "x", "body": "{}"}):
            kind, told = await answer_to(world, name, arguments, caller)
            if kind is None:
                assert how.about is About.VISIBLE, f"{name} answered {arguments}"
            else:
                assert kind in {"not_found", "forbidden", "invalid"}, f"{name}: {told}"
            assert not [mark for mark in marks(ids) if mark in told], f"{name}: {told}"

    assert caller.name not in {row["actor"] for row in await world.items("audit.list")}


async def test_an_operation_takes_its_scope(desk: Any, world: Any) -> None:
    for name, how in ACCESS.items():
        others = frozenset(Scope) - {how.scope}
        caller = Caller(name="user:eve", scopes=others, creditors=None)

        with pytest.raises(OperationError) as refused:
            await access.call_as(world.gateway, name, {}, caller)

        assert refused.value.kind == "forbidden", name


def test_every_operation_says_what_it_takes() -> None:
    assert set(ACCESS) == set(registry.OPERATIONS)


async def test_lists_of_several_creditors_are_merged_page_by_page(desk: Any, world: Any) -> None:
    for number in ("30001", "30002", "30003"):
        await world.overdue(number, debtor={"number": f"5{number}"})
    await world.settle()
    caller = Caller(
        name="user:kari", scopes=frozenset({Scope.READ}), creditors=frozenset({"acme", "nordlys"})
    )
    seen: list[str] = []
    after = None
    while True:
        arguments = {"limit": 2, **({} if after is None else {"after": after})}
        found: Any = await access.call_as(world.gateway, "claims.list", arguments, caller)
        seen += [row["invoice_number"] for row in found["items"]]
        after = found["next"]
        if after is None:
            break

    assert seen == ["30003", "30002", "30001"]


async def test_without_a_session_every_page_leads_to_the_sign_in(desk: Any, world: Any) -> None:
    ids = await busy(world)
    browser = await desk.browser()
    for route in ROUTES:
        path = address(route, ids)
        if route.method == "GET":
            answer = await browser.get(path)
            assert answer.status == 303
            assert answer.headers["Location"].startswith("/console/sign-in?to=/console")
        else:
            answer = await browser.ask("POST", path, data=form(ids))
            assert answer.status == 401
            assert "Nothing was done" in answer.text
    assert (await browser.get("/live")).status == 303


async def test_every_form_needs_our_own_token(desk: Any, world: Any) -> None:
    ids = await busy(world)
    browser = await desk.person("admin")
    before = await world.items("claims.list")
    for route in ROUTES:
        if route.method == "POST":
            path = address(route, ids)
            for token in ("", "0" * 32, "æ"):
                answer = await browser.ask("POST", path, data={**form(ids), "form_token": token})
                assert answer.status == 403
                assert "not mine" in answer.text  # what was typed is not lost
            elsewhere = await browser.post(
                path, form(ids), headers={"Sec-Fetch-Site": "cross-site"}
            )
            assert elsewhere.status == 403

    assert await world.items("claims.list") == before


async def test_every_answer_forbids_what_pages_need_not(desk: Any, world: Any) -> None:
    browser = await desk.person()
    for path in ("", "/sign-in", "/nothing", "/assets/console.css", "/assets/none", "/live/x"):
        headers = (await browser.get(path)).headers
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"
