"""Speaking to a running server over its socket: what it answers, and what its silence means."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web

from gateway.cli.failure import Failure
from gateway.cli.remote import RemoteGateway, SocketSilent, short_path
from gateway.operations.errors import OperationError


@asynccontextmanager
async def _server(path: Path, answer: web.Response) -> AsyncIterator[list[object]]:
    asked: list[object] = []

    async def handle(request: web.Request) -> web.Response:
        asked.append((request.match_info["name"], await request.json()))
        return answer

    app = web.Application()
    app.router.add_post("/admin/operations/{name}", handle)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.UnixSite(runner, str(path)).start()
    try:
        yield asked
    finally:
        await runner.cleanup()


async def test_an_operation_runs_at_the_server_and_its_result_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "g.sock"

    async with (
        _server(path, web.json_response({"items": [], "next": None})) as asked,
        RemoteGateway(path) as remote,
    ):
        result = await remote.call("claims.list", {"limit": 5})

    assert result == {"items": [], "next": None}
    assert asked == [("claims.list", {"limit": 5})]


async def test_a_refusal_there_is_the_same_refusal_here(tmp_path: Path) -> None:
    path = tmp_path / "g.sock"
    problem = web.json_response({"detail": "there is no claim", "kind": "not_found"}, status=404)

    async with _server(path, problem), RemoteGateway(path) as remote:
        with pytest.raises(OperationError, match="there is no claim") as caught:
            await remote.call("claims.show", {})

    assert caught.value.kind == "not_found"


@pytest.mark.parametrize(
    "answer",
    [web.Response(status=500, text="oops"), web.json_response({"title": "Failed"}, status=500)],
)
async def test_a_server_that_fails_is_a_system_not_reached(
    tmp_path: Path, answer: web.Response
) -> None:
    path = tmp_path / "g.sock"

    async with _server(path, answer), RemoteGateway(path) as remote:
        with pytest.raises(Failure) as caught:
            await remote.call("pause", {})

    assert caught.value.code == 3


async def test_no_socket_and_one_a_killed_server_left_behind_are_silent(tmp_path: Path) -> None:
    left = tmp_path / "left.sock"
    with socket.socket(socket.AF_UNIX) as killed:
        killed.bind(str(left))

    for path in (tmp_path / "none.sock", left):
        with pytest.raises(SocketSilent):
            async with RemoteGateway(path):
                pass


def test_a_long_path_is_spelled_from_here_or_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deep = tmp_path / ("d" * 100)
    deep.mkdir()
    monkeypatch.chdir(deep)

    assert short_path(deep / "g.sock") == "g.sock"
    with pytest.raises(Failure, match="too long for a socket"):
        short_path(deep / ("e" * 110) / "g.sock")
