"""``/admin/operations``: over TCP with the token, over the Unix socket with the file's mode."""

from __future__ import annotations

import getpass
import socket
import stat
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from gateway.operations.errors import OperationError
from gateway.web.server import ListenError, PortInUseError, serving

AUTHORIZED = {"Authorization": "Bearer token-for-operators"}
PATH = "/admin/operations/claims.list"


async def test_with_the_token_an_operation_runs(sender: Any, surroundings: Any) -> None:
    answer = await sender.request("POST", PATH, data=b'{"limit": 5}', headers=AUTHORIZED)

    assert answer.status == 200
    assert answer.json == {"items": [], "next": None}
    assert surroundings.calls == [("claims.list", {"limit": 5}, "token")]


async def test_an_empty_body_means_no_arguments(sender: Any, surroundings: Any) -> None:
    await sender.request("POST", "/admin/operations/status", headers=AUTHORIZED)

    assert surroundings.calls == [("status", {}, "token")]


@pytest.mark.parametrize(
    "authorization",
    ["", "Bearer", "Bearer ", "Bearer wrong", "Basic token-for-operators", "Bearer \udcff", "x"],
)
async def test_without_the_token_nothing_runs(
    sender: Any, surroundings: Any, authorization: str
) -> None:
    answer = await sender.request("POST", PATH, headers={"Authorization": authorization})

    assert answer.status == 401
    assert surroundings.calls == []


@pytest.mark.parametrize("token", [None, ""])
async def test_without_a_configured_token_nobody_comes_in(start: Any, token: str | None) -> None:
    sender = await start(admin_token=token)

    for authorization in ("Bearer ", "Bearer None", *AUTHORIZED.values()):
        answer = await sender.request("POST", PATH, headers={"Authorization": authorization})
        assert answer.status == 401


@pytest.mark.parametrize(
    ("kind", "status"),
    [("not_found", 404), ("refused", 409), ("invalid", 422), ("unreachable", 502)],
)
async def test_an_operation_that_does_nothing_says_why(
    sender: Any, surroundings: Any, kind: Any, status: int
) -> None:
    surroundings.failure = OperationError("claim clm_1 is closed: nothing to hold", kind=kind)

    answer = await sender.request("POST", PATH, headers=AUTHORIZED)

    assert answer.status == status
    assert answer.json["detail"] == "claim clm_1 is closed: nothing to hold"
    assert answer.json["kind"] == kind


async def test_a_fault_of_ours_is_told_without_its_message(sender: Any, surroundings: Any) -> None:
    surroundings.failure = RuntimeError("Kari Nordmann")

    answer = await sender.request("POST", PATH, headers=AUTHORIZED)

    assert answer.status == 500
    assert b"Kari" not in answer.body


@pytest.mark.parametrize("body", [b"[]", b"3", b"{", b"\xff", b"[" * 10_000])
async def test_arguments_that_are_no_object_are_refused(sender: Any, body: bytes) -> None:
    assert (await sender.request("POST", PATH, data=body, headers=AUTHORIZED)).status == 400


async def test_arguments_are_bounded_in_size(sender: Any) -> None:
    answer = await sender.request("POST", PATH, data=b" " * (513 * 1024), headers=AUTHORIZED)

    assert answer.status == 413


@pytest.mark.parametrize("name", ["A", "a.b.c", "../x", "a%00", "a-b"])
async def test_a_name_that_is_none_is_not_found(sender: Any, surroundings: Any, name: str) -> None:
    answer = await sender.request("POST", f"/admin/operations/{name}", headers=AUTHORIZED)

    assert answer.status == 404
    assert surroundings.calls == []


async def test_over_the_socket_the_user_is_the_actor_and_no_token_is_asked(
    start: Any, surroundings: Any, tmp_path: Path
) -> None:
    path = tmp_path / "gateway.db.sock"
    await start(admin_socket=path)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    connector = aiohttp.UnixConnector(str(path))
    async with (
        aiohttp.ClientSession(connector=connector) as session,
        session.post(f"http://gateway{PATH}", json={"limit": 1}) as response,
    ):
        assert response.status == 200
    assert surroundings.calls == [("claims.list", {"limit": 1}, getpass.getuser())]


async def test_webhooks_do_not_come_in_through_the_socket(start: Any, tmp_path: Path) -> None:
    path = tmp_path / "gateway.db.sock"
    await start(admin_socket=path)

    connector = aiohttp.UnixConnector(str(path))
    async with (
        aiohttp.ClientSession(connector=connector) as session,
        session.post("http://gateway/webhooks/acme", data=b"{}") as response,
    ):
        assert response.status == 404


async def test_the_socket_is_gone_after_the_server(surroundings: Any, tmp_path: Path) -> None:
    path = tmp_path / "gateway.db.sock"

    async with serving(surroundings.edge(), host="127.0.0.1", port=0, admin_socket=path):
        assert path.exists()

    assert not path.exists()


async def test_a_socket_left_by_a_killed_server_is_replaced(start: Any, tmp_path: Path) -> None:
    path = tmp_path / "gateway.db.sock"
    with socket.socket(socket.AF_UNIX) as left_behind:
        left_behind.bind(str(path))

    await start(admin_socket=path)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600


async def test_the_socket_of_a_living_server_is_left_alone(start: Any, tmp_path: Path) -> None:
    path = tmp_path / "gateway.db.sock"
    await start(admin_socket=path)

    with pytest.raises(PortInUseError, match="another gateway"):
        await start(admin_socket=path)

    assert path.exists()


async def test_a_file_in_the_sockets_place_is_not_deleted(start: Any, tmp_path: Path) -> None:
    path = tmp_path / "gateway.db.sock"
    path.write_text("precious")

    with pytest.raises(ListenError, match="in the way"):
        await start(admin_socket=path)

    assert path.read_text() == "precious"


@pytest.mark.parametrize("name", ["missing/gateway.sock", "x" * 120])
async def test_a_socket_that_cannot_be_made_says_what_it_needs(
    start: Any, tmp_path: Path, name: str
) -> None:
    with pytest.raises(ListenError, match="must be writable"):
        await start(admin_socket=tmp_path / name)


async def test_a_long_path_is_spelled_from_where_the_server_stands(
    start: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / ("x" * 110)
    folder.mkdir()
    monkeypatch.chdir(folder)

    await start(admin_socket=folder / "gateway.db.sock")

    assert (folder / "gateway.db.sock").is_socket()
