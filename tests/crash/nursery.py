"""Forks the gateway's processes: ``python -m tests.crash.nursery STORE``.

Importing the gateway and compiling its statements takes longer than all that one of them does
before it is killed. This process is the gateway once itself, by its first order; from then on it
has one thread and nothing open, and forks a process for each order (a line of JSON) on its standard
input. It answers with nothing: a process speaks through a socket of its own.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import sys
import traceback
from typing import Any

import sqlalchemy as sa

from gateway.storage import sqlite_file, sqlite_reader
from gateway.storage.raw_connection import RawConnection, bind
from tests.crash import gateway_process
from tests.crash.boundaries import Boundaries

_COMPILED: dict[str, Any] = {}


def main() -> None:
    """Fork a process for each order until the orders end."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel buries them
    store = sys.argv[1]
    if store == "sqlite":
        for module in (sqlite_reader, sqlite_file):
            module.bind = _bind  # type: ignore[attr-defined]  # theirs by import
    else:
        _share_engine_parts()
    boundaries = Boundaries()
    boundaries.watch(store)
    gateway_process.run(_order(sys.stdin.readline()), boundaries)
    gc.freeze()  # what there is stays shared with every process
    for line in sys.stdin:
        if os.fork() == 0:
            try:
                gateway_process.run(_order(line), boundaries)
            except BaseException:  # noqa: BLE001 - it ends here, and must not go on as the nursery
                traceback.print_exc()
            finally:
                os._exit(0)


def _order(line: str) -> gateway_process.Order:
    return gateway_process.Order(**json.loads(line))


def _bind(raw: RawConnection) -> sa.Connection:
    """As the gateway does; but what was compiled once is compiled for all."""
    connection = bind(raw)
    connection.dialect = _COMPILED.setdefault("dialect", connection.dialect)
    cache = _COMPILED.setdefault("cache", connection.engine._compiled_cache)
    connection.engine._compiled_cache = cache
    return connection


def _share_engine_parts() -> None:
    """The same on PostgreSQL, where one engine makes every connection of a process."""
    from gateway.storage import postgres_connection, postgres_database  # noqa: PLC0415 - slow

    def engine_of(url: str) -> sa.Engine:
        engine = postgres_connection.engine_of(url)
        engine.dialect = _COMPILED.setdefault("dialect", engine.dialect)
        engine._compiled_cache = _COMPILED.setdefault("cache", engine._compiled_cache)
        return engine

    postgres_database.engine_of = engine_of  # type: ignore[attr-defined]  # its own by import


if __name__ == "__main__":
    main()
