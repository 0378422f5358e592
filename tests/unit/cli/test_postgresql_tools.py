"""A PostgreSQL database is copied by its own tools: what to run, if they are new enough."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.cli.failure import UNREACHABLE, Failure
from gateway.cli.postgresql_tools import is_postgresql, what_to_run

URL = "postgresql://gateway@db.example/gateway"


def tools(client: str, server: str) -> Callable[[list[str]], str]:
    """Programs that tell these versions."""

    def run(command: list[str]) -> str:
        return server if command[0] == "psql" else f"{command[0]} (PostgreSQL) {client}\n"

    return run


@pytest.mark.parametrize(
    ("url", "is_one"),
    [(URL, True), ("postgresql+asyncpg://x/y", True), ("sqlite:///gateway.db", False)],
)
def test_the_kind_of_database_is_told_from_its_url(url: str, is_one: bool) -> None:
    assert is_postgresql(url) is is_one


def test_a_backup_says_the_command_that_copies_it() -> None:
    said = what_to_run(URL, Path("b u.dump"), to_restore=False, run=tools("18.1", "17.4\n"))

    assert "pg_dump --format=custom --file='b u.dump' postgresql://gateway@db.example" in said


def test_a_restore_says_that_it_is_a_copy_too() -> None:
    said = what_to_run(URL, Path("b.dump"), to_restore=True, run=tools("18.1", "18.0"))

    assert "pg_restore --clean" in said
    assert "INSERT INTO copy_mark (copied_at)" in said


def test_tools_older_than_the_server_are_refused_with_what_to_install() -> None:
    with pytest.raises(Failure, match="install the PostgreSQL 18 client tools"):
        what_to_run(URL, Path("b.dump"), to_restore=False, run=tools("16.2", "18.0"))


@pytest.mark.parametrize(
    "error", [FileNotFoundError("pg_dump"), subprocess.CalledProcessError(2, "psql")]
)
def test_tools_that_are_missing_or_do_not_reach_the_server_are_told(error: Exception) -> None:
    def run(_command: list[str]) -> str:
        raise error

    with pytest.raises(Failure, match="install the PostgreSQL client tools") as caught:
        what_to_run(URL, Path("b.dump"), to_restore=False, run=run)
    assert caught.value.code == UNREACHABLE
