"""A replay of a million messages on a database of a million claims: plan, freeze, work, cancel.

.venv/bin/python -m tests.benchmarks.long_replay 1000000 /mnt/data
"""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path
from typing import Final

from gateway.workers.replaying import Replayer
from tests.benchmarks.console_pages import lived
from tests.integration.main_path.console.conftest import Desk

SET: Final = {"what": "messages", "state": "delivered", "type": "ledger.claim.status_changed"}
ITEMS: Final = 5_000


async def main(claims: int, disk: Path) -> None:
    """Print a line a phase."""
    async with lived(disk, claims) as (desk, _built, _copied):
        began = time.perf_counter()
        plan = await desk.do("replays.plan", **SET)
        _say("plan", f"{plan['count']:,} messages", began)
        order = await desk.do("replays.start", reason="bench", **SET)
        replayer = Replayer(desk.world.gateway, outbox_room=None)
        await _frozen(desk, replayer, str(order["replay_id"]))
        began, done = time.perf_counter(), 0
        while done < ITEMS:
            done += await replayer.run_once(desk.world.gateway.clock())
        _say("items", f"{done:,}", began)
        began = time.perf_counter()
        await desk.do("replays.cancel", replay_id=order["replay_id"], reason="bench")
        _say("cancel", "", began)


async def _frozen(desk: Desk, replayer: Replayer, replay_id: str) -> None:
    """Freeze the set; how long the median, the slowest of a hundred and the slowest step took."""
    began = time.perf_counter()
    steps: list[float] = []
    while (await desk.do("replays.show", replay_id=replay_id))["state"] == "freezing":
        one = time.perf_counter()
        await replayer.run_once(desk.world.gateway.clock())
        steps.append(1000 * (time.perf_counter() - one))
    steps.sort()
    middle, late, last = (steps[int(len(steps) * part)] for part in (0.5, 0.99, 1 - 1e-9))
    _say("freeze", f"{len(steps):,} steps: {middle:.1f} / {late:.1f} / {last:.0f} ms", began)


def _say(phase: str, told: str, began: float) -> None:
    resident = Path("/proc/self/status").read_text().partition("VmRSS:")[2].split()[0]
    seconds = time.perf_counter() - began
    print(f"{phase:8} {seconds:8.2f} s  {int(resident) // 1024} MB  {told}")  # noqa: T201 - a bench


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), Path(sys.argv[2])))
