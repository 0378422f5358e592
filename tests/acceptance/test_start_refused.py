"""What keeps the server from starting is said in one sentence that tells what to do; exit 2."""

from __future__ import annotations

import re
import socket
import sqlite3
from contextlib import closing

from tests.acceptance.conftest import House
from tests.acceptance.programs import Ended


async def refused(house: House) -> Ended:
    ended = await house.type("serve")
    assert "Traceback" not in ended.said
    return ended


async def test_a_second_server_on_one_database_is_refused_and_the_first_goes_on(
    house: House,
) -> None:
    async with house.serve() as server:
        ended = await refused(house)
        assert ended.code == 2
        assert f"process {server.pid} has the database open" in ended.said
        assert "stop that one" in ended.said
        assert (await house.overdue()).status == 202
        await house.claim_is(server, "active")


async def test_a_port_in_use_is_named_with_the_setting_to_change(house: House) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        house.port = other.getsockname()[1]
        house.settings()
        ended = await refused(house)
    assert ended.code == 2
    assert f"port {house.port} on 127.0.0.1 is in use" in ended.said
    assert "server.port" in ended.said


async def test_a_database_of_a_newer_release_is_left_alone(house: House) -> None:
    async with house.serve() as server:
        await house.overdue()
        server.terminate()
        await server.ended()
    file = house.folder / "gateway.db"
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999_from_the_future'")
    before = file.read_bytes()

    ended = await refused(house)

    assert ended.code == 2
    assert re.search(r"later release|newer", ended.said), ended.said
    assert file.read_bytes() == before


async def test_a_folder_nobody_can_write_is_named(house: House) -> None:
    settings = (house.folder / "gateway.toml").read_text()
    # /proc takes no files from anybody, root included.
    text = settings.replace("sqlite:///gateway.db", "sqlite:////proc/gateway.db")
    (house.folder / "gateway.toml").write_text(text)
    ended = await refused(house)
    assert ended.code == 2
    assert "/proc/gateway.db" in ended.said
    assert "writable" in ended.said


async def test_without_settings_it_says_what_to_write_where(house: House) -> None:
    (house.folder / "gateway.toml").unlink()
    ended = await refused(house)
    assert ended.code == 2
    assert "gateway.toml" in ended.said


async def test_every_fault_of_the_settings_is_one_line_with_file_and_key(house: House) -> None:
    settings = (house.folder / "gateway.toml").read_text()
    text = settings.replace('"env:KRAVIA_TOKEN"', '"a-literal"').replace(
        "[log]", "colour = 1\n[log]"
    )
    (house.folder / "gateway.toml").write_text(text)
    ended = await refused(house)
    assert ended.code == 2
    token, colour = sorted(ended.said.splitlines(), key=lambda line: "colour" in line)
    assert "gateway.toml" in token
    assert "kravia.token" in token
    assert "a-literal" not in ended.said
    assert "outbox.colour" in colour
