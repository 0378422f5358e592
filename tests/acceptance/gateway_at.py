"""The command line with its clock moved on: ``python gateway_at.py SECONDS_AHEAD ARGUMENTS…``.

The published rates end with 2026, so a gateway that runs on the machine's date would decide
otherwise every year. Everything else is the program that ships: only the clock that the composition
root hands down is another one.

``--pages-max N`` before the arguments leaves room for so many pages of the database, as a disk does
that is nearly full. ``--dies-sending WORD`` is a bug that takes the process down: it is killed when
it is about to send a webhook with this word in it. ``--stops-sending WORD`` freezes it (SIGSTOP) as
it is about to write the first byte of a register with this word in it.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
from datetime import datetime, timedelta
from functools import partial

from clients.exchange import Request, Response
from clients.transport import HttpTransport, Timeouts
from gateway import app, app_serving
from gateway.cli.main import main
from gateway.storage import sqlite_file


def _move_clock(ahead: timedelta) -> None:
    machine = app.system_clock

    def clock() -> datetime:
        return machine() + ahead

    app.system_clock = clock  # what commands ask
    for module, name in ((app, "open_gateway"), (app_serving, "serve")):
        setattr(module, name, partial(getattr(module, name), clock=clock))


def _narrow_disk(pages_max: int) -> None:
    pragmas = (*sqlite_file._PRAGMAS, f"max_page_count = {pages_max}")
    vars(sqlite_file)["_PRAGMAS"] = pragmas


def _die_sending(word: bytes) -> None:
    send = HttpTransport.send

    async def deadly(self: HttpTransport, request: Request, *, timeouts: Timeouts) -> Response:
        if request.path.endswith("/collections") and word in request.body:
            os.kill(os.getpid(), signal.SIGKILL)
        return await send(self, request, timeouts=timeouts)

    HttpTransport.send = deadly  # type: ignore[method-assign]


def _stop_sending(word: bytes) -> None:
    send = HttpTransport.send
    stops = iter((signal.SIGSTOP,))

    async def frozen(self: HttpTransport, request: Request, *, timeouts: Timeouts) -> Response:
        if request.path.endswith("/invoice/register") and word in request.body:
            for each in stops:
                os.kill(os.getpid(), each)
        return await send(self, request, timeouts=timeouts)

    HttpTransport.send = frozen  # type: ignore[method-assign]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("seconds_ahead", type=float)
    parser.add_argument("--pages-max", type=int)
    parser.add_argument("--dies-sending")
    parser.add_argument("--stops-sending")
    known, sys.argv[1:] = parser.parse_known_args()
    _move_clock(timedelta(seconds=known.seconds_ahead))
    if known.pages_max is not None:
        _narrow_disk(known.pages_max)
    if known.dies_sending is not None:
        _die_sending(known.dies_sending.encode())
    if known.stops_sending is not None:
        _stop_sending(known.stops_sending.encode())
    main()
