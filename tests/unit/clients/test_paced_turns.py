"""A remote that takes one call at a time gets one, in order, and no more a second than it takes."""

from __future__ import annotations

import asyncio
import itertools

import pytest

from clients.errors import InDoubtError
from clients.exchange import Request, Response
from clients.fiken.rate import CALLS_AT_ONCE, CALLS_BURST, CALLS_PER_SECOND
from clients.paced_transport import Hosts, PacedTransport
from clients.pacing import Limits
from clients.transport import Timeouts

LIMITS = Limits(
    calls_per_second=CALLS_PER_SECOND,
    calls_burst=CALLS_BURST,
    calls_at_once=CALLS_AT_ONCE,
    failures_max=3,
    open_seconds=30,
    rest_max_seconds=600,
    retry_share=0.2,
)


class OneAtATime:
    """A remote that notes when each call began, and how many were under way."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.began: list[tuple[float, str]] = []
        self.under_way = self.most = 0
        self.seconds = 0.01
        hosts = Hosts(LIMITS, lambda: self.now)
        # Two creditors' transports, on one host.
        self.transports = [PacedTransport(self, hosts, sleep=self.sleep) for _ in range(2)]

    async def sleep(self, seconds: float) -> None:
        self.now += seconds
        await asyncio.sleep(0)

    async def send(self, request: Request, *, timeouts: Timeouts) -> Response:
        del timeouts
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        self.began.append((self.now, request.path))
        self.now += self.seconds
        await asyncio.sleep(0)
        self.under_way -= 1
        if request.path.endswith("/fails"):
            raise InDoubtError("sent, but not answered")
        return Response(status=200)

    async def call(self, number: int, path: str = "") -> Response:
        url = f"https://fiken.example/{number}{path}"
        transport = self.transports[number % 2]
        return await transport.send(Request(method="GET", path=url), timeouts=Timeouts())


async def test_many_callers_stand_in_line_and_four_a_second_pass() -> None:
    remote = OneAtATime()
    await asyncio.gather(*(remote.call(number) for number in range(20)))

    assert remote.most == 1
    began = [at for at, _ in remote.began]
    assert all(later - earlier >= 0.25 for earlier, later in itertools.pairwise(began))
    assert began[-1] - began[0] == pytest.approx(19 / 4)
    assert [path.rpartition("/")[2] for _, path in remote.began] == [str(n) for n in range(20)]


async def test_a_slow_call_keeps_the_others_waiting_and_one_that_fails_lets_them_on() -> None:
    remote = OneAtATime()
    remote.seconds = 5.0
    results = await asyncio.gather(
        remote.call(0), remote.call(1, "/fails"), remote.call(2), return_exceptions=True
    )
    assert remote.most == 1
    assert isinstance(results[1], InDoubtError)
    assert [at for at, _ in remote.began] == [1000.0, 1005.0, 1010.0]


async def test_a_caller_that_gave_up_waiting_leaves_the_line() -> None:
    remote = OneAtATime()
    waiting = [asyncio.ensure_future(remote.call(number)) for number in range(3)]
    await asyncio.sleep(0)
    waiting[1].cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    assert [path.rpartition("/")[2] for _, path in remote.began] == ["0", "2"]
