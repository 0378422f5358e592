"""A remote is called no faster than it may be, rests when it asks to, and is probed when down."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from clients.errors import InDoubtError, NotSentError, RestingError
from clients.exchange import Request, Response
from clients.paced_transport import Hosts, PacedTransport
from clients.pacing import BreakerState, Limits
from clients.transport import Timeouts

LIMITS = Limits(
    calls_per_second=10,
    calls_burst=4,
    failures_max=3,
    open_seconds=30,
    rest_max_seconds=600,
    retry_share=0.2,
)
URL = "https://ledger.example/hooks"
DATE = {"date": "Tue, 24 Nov 2026 09:00:00 GMT"}


class Remote:
    """Answers what it is told to, on a clock that only sleeping and the test move."""

    def __init__(self, limits: Limits = LIMITS) -> None:
        self.now = 1000.0
        self.answers: list[Response | Exception] = []
        self.calls: list[float] = []
        self.hosts = Hosts(limits, lambda: self.now)
        self.transport = PacedTransport(self, self.hosts, sleep=self.sleep)
        self.back = 0
        self.hosts.on_back = self.count_back

    def count_back(self) -> None:
        self.back += 1

    async def sleep(self, seconds: float) -> None:
        self.now += seconds

    async def send(self, _request: Request, *, timeouts: Timeouts) -> Response:
        del timeouts
        self.calls.append(self.now)
        answer = self.answers.pop(0) if self.answers else Response(status=200)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def call(self, url: str = URL) -> Response:
        return await self.transport.send(Request(method="POST", path=url), timeouts=Timeouts())

    async def fail(self, *answers: Response | Exception) -> None:
        for answer in answers:
            self.answers = [answer]
            try:
                await self.call()
            except RestingError:
                raise
            except (NotSentError, InDoubtError):
                pass

    def state(self) -> BreakerState:
        return self.hosts.of(URL).state


async def test_a_burst_passes_and_then_so_many_a_second() -> None:
    remote = Remote()
    for _ in range(14):
        await remote.call()
    assert remote.calls[:4] == [1000.0] * 4
    assert remote.calls[-1] == pytest.approx(1001.0)


async def test_what_would_wait_too_long_is_sent_back_with_its_wait() -> None:
    remote = Remote(replace(LIMITS, calls_per_second=0.1, calls_burst=1))
    await remote.call()
    with pytest.raises(RestingError) as caught:
        await remote.call()
    assert caught.value.retry_after_seconds == pytest.approx(10.0)
    assert remote.hosts.of(URL).rest_seconds() == pytest.approx(10.0)
    remote.now += 10
    await remote.call()
    assert len(remote.calls) == 2


async def test_callers_queue_in_the_order_they_come_whatever_they_ask_for() -> None:
    remote = Remote(replace(LIMITS, calls_burst=1))
    order: list[str] = []
    started = remote.now
    slept: dict[str, float] = {}

    async def one(name: str) -> None:
        async def sleep(seconds: float) -> None:
            slept[name] = seconds

        transport = PacedTransport(remote, remote.hosts, sleep=sleep)
        await transport.send(Request(method="POST", path=URL), timeouts=Timeouts())
        order.append(name)

    await asyncio.gather(*(one(name) for name in ("write 1", "write 2", "read", "write 3")))
    assert remote.now == started
    assert [round(slept.get(name, 0.0), 3) for name in ("write 2", "read", "write 3")] == [
        0.1,
        0.2,
        0.3,
    ]


@pytest.mark.parametrize(
    ("status", "headers", "rest_seconds"),
    [
        (429, {"retry-after": "120"}, 120),
        (429, {"retry-after": "Tue, 24 Nov 2026 09:02:00 GMT", **DATE}, 120),
        (503, {"retry-after": "120"}, 120),
        (429, {"retry-after": "999999999"}, 600),
        (429, {"retry-after": "Tue, 24 Nov 2036 09:02:00 GMT", **DATE}, 600),
        (429, {}, 1),
        (429, {"retry-after": "soon"}, 1),
        (503, {}, 0),
        (200, {"retry-after": "120"}, 0),
    ],
)
async def test_retry_after_rests_the_whole_host_and_no_other(
    status: int, headers: dict[str, str], rest_seconds: float
) -> None:
    remote = Remote()
    remote.answers = [Response(status=status, headers=headers)]
    assert (await remote.call()).status == status
    assert remote.hosts.of(URL).rest_seconds() == rest_seconds
    await remote.call("https://other.example/hooks")
    if rest_seconds:
        with pytest.raises(RestingError, match="asked for rest") as caught:
            await remote.call("https://ledger.example/another")
        assert caught.value.retry_after_seconds == rest_seconds
    remote.now += rest_seconds
    assert (await remote.call()).status == 200


@pytest.mark.parametrize(
    "answer", [NotSentError("refused"), InDoubtError("reset"), Response(status=502)]
)
async def test_so_many_failures_in_a_row_open_the_breaker_and_one_call_probes(answer: Any) -> None:
    remote = Remote()
    await remote.fail(answer, answer)
    await remote.call()  # good: counted anew
    await remote.fail(answer, answer)
    assert remote.state() is BreakerState.CLOSED
    await remote.fail(answer)
    assert remote.state() is BreakerState.OPEN

    remote.now += 29
    sent = len(remote.calls)
    with pytest.raises(RestingError, match="is down") as caught:
        await remote.call()
    assert caught.value.retry_after_seconds == pytest.approx(1)
    remote.now += 1
    assert remote.state() is BreakerState.HALF_OPEN
    await remote.fail(answer)  # the probe
    assert len(remote.calls) == sent + 1
    assert remote.state() is BreakerState.OPEN

    remote.now += 30
    await remote.call()
    assert remote.state() is BreakerState.CLOSED
    assert remote.back == 1
    remote.now += 5
    assert remote.hosts.of(URL).up_seconds() == 5


async def test_a_second_call_does_not_pass_while_the_probe_is_out() -> None:
    remote = Remote()
    await remote.fail(*[InDoubtError("reset")] * 3)
    remote.now += 30
    entered, release = asyncio.Event(), asyncio.Event()

    class Slow:
        async def send(self, _request: Request, *, timeouts: Timeouts) -> Response:
            del timeouts
            entered.set()
            await release.wait()
            return Response(status=200)

    slow = PacedTransport(Slow(), remote.hosts)
    probe = asyncio.create_task(slow.send(Request(method="GET", path=URL), timeouts=Timeouts()))
    await entered.wait()
    with pytest.raises(RestingError):
        await remote.call()
    release.set()
    await probe
    assert (await remote.call()).status == 200


async def test_a_probe_that_we_cut_off_leaves_room_for_the_next() -> None:
    remote = Remote()
    await remote.fail(*[InDoubtError("reset")] * 3)
    remote.now += 30
    remote.answers = [NotSentError("no such header", shows_down=False)]
    with pytest.raises(NotSentError):
        await remote.call()
    assert remote.state() is BreakerState.HALF_OPEN
    assert (await remote.call()).status == 200


async def test_refusals_show_a_remote_that_is_up() -> None:
    remote = Remote()
    for status in (400, 401, 404, 429):
        await remote.fail(*[InDoubtError("reset")] * 2)
        remote.answers = [Response(status=status)]
        await remote.call()
        remote.now += 60
    assert remote.state() is BreakerState.CLOSED


async def test_failing_retries_are_held_to_a_share_of_good_answers() -> None:
    limits = replace(LIMITS, calls_burst=1_000, retry_share=0.25, retries_per_second=0.125)
    remote = Remote(limits)
    host = remote.hosts.of(URL)
    while host.may_retry():
        pass
    for _ in range(32):
        await remote.call()
    assert sum(host.may_retry() for _ in range(100)) == 8  # a fourth of 32
    remote.now += 16
    assert sum(host.may_retry() for _ in range(100)) == 2  # the trickle
    for _ in range(5):
        await remote.call()
    for _ in range(100):  # one that succeeds costs nothing
        assert host.may_retry()
        host.retried_well()
