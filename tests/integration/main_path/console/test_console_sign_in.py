"""Signing in: passwords, sessions that end, patience, and a proxy that vouches."""

from __future__ import annotations

import ipaddress
from dataclasses import replace
from typing import Any

import pytest
from aiohttp.test_utils import TestServer

from gateway.operations.errors import OperationError
from gateway.web.console.door import TrustedProxy
from gateway.web.server import build_app

PASSWORD = "four words are quite enough"

pytestmark = pytest.mark.parametrize("world_url", ["sqlite"], indirect=True)


async def sign_in(browser: Any, name: str, password: str, to: str = "") -> Any:
    """Fill in the form of the sign-in page."""
    return await browser.post(f"/sign-in{to}", {"name": name, "password": password})


@pytest.fixture
async def kari(desk: Any) -> None:
    """A user with a password."""
    await desk.do("users.add", name="Kari", role="operator", password=PASSWORD)


async def test_with_the_password_one_is_signed_in_and_where_one_wanted_to_be(
    desk: Any, kari: None
) -> None:
    browser = await desk.browser()

    answer = await sign_in(browser, "KARI ", PASSWORD, "?to=/console/review%3Fstate%3Dheld")

    assert answer.status == 303
    assert answer.headers["Location"] == "/console/review?state=held"
    assert "kari (operator)" in (await browser.get("/review")).text
    audit = (await desk.do("audit.list"))["items"]
    assert (audit[0]["actor"], audit[0]["action"]) == ("user:kari", "console.sign_in")


async def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(desk: Any, kari: None) -> None:
    answer = await sign_in(await desk.browser(), "kari", PASSWORD)

    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("gateway_session=")
    for part in ("HttpOnly", "SameSite=Lax", "Path=/console", "Max-Age=43200"):
        assert part in cookie
    token = cookie.partition("=")[2].partition(".")[0]
    rows = desk.world.seen_outside("SELECT hex(token_hash) FROM session")
    assert rows
    assert token.upper() not in str(rows)


@pytest.mark.parametrize(
    ("name", "password"),
    [("kari", "wrong"), ("nobody", PASSWORD), ("", ""), ("kari", PASSWORD + "x" * 5000)],
)
async def test_what_is_wrong_is_not_told_apart_and_the_name_stays(
    desk: Any, kari: None, name: str, password: str
) -> None:
    answer = await sign_in(await desk.browser(), name, password)

    assert answer.status == 401
    assert "The name or the password is not right." in answer.text
    assert f'name="name" value="{name}"' in answer.text
    assert password == "" or password not in answer.text


async def test_a_place_elsewhere_is_not_gone_to(desk: Any, kari: None) -> None:
    for to in ("https://evil.example/console", "//evil.example", "/\\evil", "/consolex", "/admin"):
        answer = await sign_in(await desk.browser(), "kari", PASSWORD, f"?to={to}")
        assert answer.headers["Location"] == "/console"


async def test_after_some_tries_the_next_must_wait(desk: Any, kari: None) -> None:
    browser = await desk.browser()
    for _ in range(5):
        assert (await sign_in(browser, "kari", "wrong")).status == 401

    refused = await sign_in(browser, "kari", PASSWORD)
    desk.world.pass_time(seconds=61)
    let_in = await sign_in(browser, "kari", PASSWORD)

    assert refused.status == 429
    assert refused.headers["Retry-After"] == "60"
    assert let_in.status == 303


async def test_a_session_ends_by_itself(desk: Any, kari: None) -> None:
    browser = await desk.signed_in("kari")
    desk.world.pass_time(hours=11, minutes=59)
    before = await browser.get("")
    desk.world.pass_time(minutes=2)

    assert before.status == 200
    assert (await browser.get("")).status == 303


async def test_signing_out_ends_the_session_in_the_database(desk: Any, kari: None) -> None:
    browser = await desk.signed_in("kari")
    stolen = await desk.browser()
    stolen.client.session.cookie_jar.update_cookies(
        {each.key: each.value for each in browser.client.session.cookie_jar},
        desk.server.make_url("/console"),
    )
    assert (await stolen.get("")).status == 200

    await browser.post("/sign-out")

    assert (await stolen.get("")).status == 303


@pytest.mark.parametrize(
    ("operation", "more"),
    [("users.disable", {}), ("users.password", {"password": "another five words of mine"})],
)
async def test_an_administrator_ends_all_sessions_of_a_user(
    desk: Any, kari: None, operation: str, more: dict[str, str]
) -> None:
    browser = await desk.signed_in("kari")

    await desk.do(operation, name="kari", **more)

    assert (await browser.get("")).status == 303


async def test_another_role_holds_from_the_next_click(desk: Any, kari: None) -> None:
    browser = await desk.signed_in("kari")

    await desk.do("users.role", name="kari", role="viewer", creditors=["nordlys"])

    assert "kari (viewer)" in (await browser.get("")).text
    assert (await browser.post("/review", {"action": "approve"})).status == 403


async def test_a_forged_cookie_opens_nothing(desk: Any, kari: None) -> None:
    browser = await desk.signed_in("kari")
    jar = browser.client.session.cookie_jar
    real = next(each.value for each in jar if each.key == "gateway_session")
    for forged in (real[:-1] + "x", real.partition(".")[0], "x." + real.partition(".")[2], ""):
        jar.update_cookies({"gateway_session": forged}, desk.server.make_url("/console"))
        assert (await browser.get("")).status == 303


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("short", "at least 15 characters"),
        ("kari is my own name", "must not hold the user's name"),
        ("aaaaaaaaaaaaaaaaaa", "repeat a few characters"),
        ("x y" * 200, "at most 256 characters"),
        (None, "at least 15 characters"),
    ],
)
async def test_a_poor_password_is_not_taken(
    desk: Any, kari: None, password: str | None, why: str
) -> None:
    with pytest.raises(OperationError, match=why):
        await desk.do("users.password", name="kari", password=password)


# A proxy in front.


@pytest.fixture
async def behind_proxy(desk: Any) -> Any:
    """The console, trusting a proxy on this machine."""
    trusted = TrustedProxy(
        addresses=(ipaddress.ip_network("127.0.0.1/32"),), user_header="X-Forwarded-User"
    )
    edge = replace(desk.edge, console=replace(desk.door, proxy=trusted, https=True))
    server = TestServer(build_app(edge))
    await desk.stack.enter_async_context(server)
    desk.server = server
    return desk


async def test_a_trusted_proxy_signs_people_in(behind_proxy: Any, kari: None) -> None:
    browser = await behind_proxy.browser()

    answer = await browser.get("/sign-in", headers={"X-Forwarded-User": "Kari"})

    assert answer.status == 303
    assert "gateway_session=" in answer.headers["Set-Cookie"]
    assert "Secure" in answer.headers["Set-Cookie"]


async def test_whom_a_trusted_proxy_names_must_be_a_user(behind_proxy: Any) -> None:
    browser = await behind_proxy.browser()

    answer = await browser.get("/sign-in", headers={"X-Forwarded-User": "mallory"})

    assert answer.status == 403
    assert "You are known as mallory" in answer.text


async def test_the_header_of_anybody_else_is_not_believed(desk: Any, kari: None) -> None:
    browser = await desk.browser()

    answer = await browser.get("/sign-in", headers={"X-Forwarded-User": "kari"})

    assert answer.status == 200
    assert "gateway_session" not in answer.headers.get("Set-Cookie", "")


async def test_another_user_behind_the_proxy_does_not_get_the_session(
    behind_proxy: Any, kari: None
) -> None:
    browser = await behind_proxy.signed_in("kari")

    same = await browser.get("", headers={"X-Forwarded-User": "kari"})
    another = await browser.get("", headers={"X-Forwarded-User": "ola"})

    assert same.status == 200
    assert another.status == 303
