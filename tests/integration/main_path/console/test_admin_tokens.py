"""Programs at the admin API: a token opens what its scopes and creditors say, until it ends."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.operations.errors import OperationError

pytestmark = pytest.mark.parametrize("world_url", ["sqlite"], indirect=True)


async def token(desk: Any, *scopes: str, **more: object) -> str:
    """A fresh token."""
    made = await desk.do("tokens.create", name="nightly", scopes=list(scopes), **more)
    return str(made["token"])


async def ask(desk: Any, operation: str, bearer: str, **arguments: object) -> tuple[int, Any]:
    """Run an operation as a program does; gives the status and the document."""
    browser = await desk.browser()
    async with browser.client.post(
        f"/admin/operations/{operation}",
        json=arguments,
        headers={"Authorization": f"Bearer {bearer}"},
    ) as answer:
        return answer.status, await answer.json(content_type=None)


async def test_a_token_does_what_its_scopes_say_and_is_named_in_the_audit(
    desk: Any, world: Any
) -> None:
    await world.overdue("30001")
    await world.intake()
    claim_id = (await world.claim())["claim_id"]
    bearer = await token(desk, "operate")

    held = await ask(desk, "claims.hold", bearer, claim_id=claim_id, reason="a test")
    looked = await ask(desk, "claims.list", bearer)
    set_up = await ask(desk, "users.list", bearer)

    assert held[0] == 200
    assert looked[0] == set_up[0] == 403
    assert looked[1]["kind"] == "forbidden"
    assert "the right to read" in looked[1]["detail"]
    actions = [(row["actor"], row["action"]) for row in await world.items("audit.list")]
    assert actions[0] == ("token:nightly", "claims.hold")


async def test_a_token_sees_its_creditors_only(desk: Any, world: Any) -> None:
    await world.overdue("30001")
    await world.intake()
    claim_id = (await world.claim())["claim_id"]
    bearer = await token(desk, "read", creditors=["nordlys"])

    assert await ask(desk, "claims.list", bearer) == (200, {"items": [], "next": None})
    assert (await ask(desk, "claims.list", bearer, creditor="acme"))[0] == 422
    assert (await ask(desk, "claims.show", bearer, claim_id=claim_id))[0] == 404
    assert (await ask(desk, "status", bearer))[1]["claims"] == {}


async def test_a_token_ends_when_it_is_revoked_or_its_days_are_over(desk: Any, world: Any) -> None:
    bearer = await token(desk, "read", days=30)
    assert (await ask(desk, "status", bearer))[0] == 200
    world.pass_time(days=30)
    assert (await ask(desk, "status", bearer))[0] == 401

    made = await desk.do("tokens.create", name="other", scopes=["read"])
    await desk.do("tokens.revoke", name="other")

    assert (await ask(desk, "status", made["token"]))[0] == 401
    rows = {row["name"]: row for row in (await desk.do("tokens.list"))["items"]}
    assert rows["other"]["revoked_at"] is not None


async def test_the_database_and_the_lists_do_not_hold_the_token(desk: Any, world: Any) -> None:
    bearer = await token(desk, "read")

    assert bearer.startswith("kgt_")
    assert bearer not in str(await desk.do("tokens.list"))
    assert bearer not in str(world.seen_outside("SELECT * FROM api_token"))
    assert bearer not in str(await desk.do("audit.list"))


@pytest.mark.parametrize("bearer", ["kgt_", "kgt_wrong", "", "x" * 5000, "\udcff"])
async def test_another_text_opens_nothing(desk: Any, bearer: str) -> None:
    await token(desk, "read")

    assert (await ask(desk, "status", bearer))[0] == 401


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"scopes": []}, "scopes must be some of read, operate, administer"),
        ({"scopes": ["all"]}, "scopes must be some of"),
        ({"scopes": "read"}, "scopes must be some of"),
        ({"scopes": ["read"], "creditors": ["gone"]}, "there is no creditor gone"),
        ({"scopes": ["read"], "creditors": []}, "creditors must be a list"),
        ({"scopes": ["read"], "days": 0}, "days must be a whole number"),
        ({"scopes": ["read"], "name": "a b"}, "name must be letters"),
    ],
)
async def test_a_faulty_order_says_what_is_allowed(
    desk: Any, wrong: dict[str, object], why: str
) -> None:
    with pytest.raises(OperationError, match=why):
        await desk.do("tokens.create", **{"name": "nightly", **wrong})
