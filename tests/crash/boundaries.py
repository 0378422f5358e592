"""Every point at which a process may die with something half done, found by looking on.

The database is watched at each COMMIT, the transport at each request and each answer. What lies
between two such points changes nothing outside the process, so that dying there is dying at the
one before. Nothing is listed by hand: a new commit or call is a new boundary by itself.
"""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Sequence
from typing import Any

from clients.exchange import Request, Response
from clients.transport import HttpTransport
from gateway.storage import sqlite_groups
from gateway.storage.raw_connection import RawConnection

_HOST = re.compile(r"^https?://[^/]+")
_IDS = re.compile(r"(?<![a-z])\d+")


class Boundaries:
    """Counts the boundaries that a process passes, and kills it at the one it is told to."""

    def __init__(self) -> None:
        self._kill_at: int | None = None
        self.passed: list[str] = []
        self._group = "opening the database"

    def watch(self) -> None:
        """Look on at the database and the transport of this process, from now on."""
        self._watch_groups()
        self._watch_commits()
        self._watch_calls()

    def begin(self, kill_at: int | None) -> None:
        """Count from here; the ``kill_at``th boundary is the last."""
        self.passed.clear()
        self._kill_at = kill_at

    def reach(self, label: str) -> None:
        """Pass a boundary, or die at it."""
        self.passed.append(label)
        if len(self.passed) == self._kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

    def _watch_groups(self) -> None:
        run_group = sqlite_groups.run_group

        def watched(raw: Any, connection: Any, group: Sequence[Any]) -> Any:
            names = {_name(waiting.op) for waiting in group}
            self._group = " + ".join(sorted(names))
            return run_group(raw, connection, group)

        sqlite_groups.run_group = watched

    def _watch_commits(self) -> None:
        boundaries = self

        def execute(raw: RawConnection, statement: str, *parameters: Any) -> Any:
            if statement != "COMMIT":
                return super(RawConnection, raw).execute(statement, *parameters)
            boundaries.reach(f"before commit: {boundaries._group}")
            result = super(RawConnection, raw).execute(statement)
            boundaries.reach(f"after commit: {boundaries._group}")
            return result

        RawConnection.execute = execute  # type: ignore[method-assign, assignment]

    def _watch_calls(self) -> None:
        send = HttpTransport.send

        async def watched(transport: HttpTransport, request: Request, **how: Any) -> Response:
            what = f"{request.method} {_IDS.sub('…', _HOST.sub('', request.path))}"
            self.reach(f"before the request: {what}")
            response = await send(transport, request, **how)
            self.reach(f"after the answer: {what}")
            return response

        HttpTransport.send = watched  # type: ignore[method-assign, assignment]


def _name(op: Any) -> str:
    """Where an operation is written, e.g. ``dispatcher: Dispatcher._lease.take``."""
    function = getattr(op, "func", op)  # under a partial
    module = function.__module__.rpartition(".")[2]
    return f"{module}: {function.__qualname__.replace('.<locals>', '')}"
