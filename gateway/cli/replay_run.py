"""Follows a replay in the running server, or does it in this process where none runs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from types import TracebackType
from typing import TYPE_CHECKING, Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from gateway.cli.call import Document, open_here, user_name
from gateway.cli.failure import UNREACHABLE, Failure
from gateway.cli.remote import RemoteGateway, SocketSilent

if TYPE_CHECKING:
    from gateway.settings import Settings

LOOK_SECONDS = 0.5
"""Between two looks at how far the server is: smooth enough for a bar, nothing to the server."""

OVER = frozenset({"done", "cancelled"})

Watch = Callable[[Document], None]
"""Told the replay, as ``replay show`` gives it, again and again."""


class Bar:
    """A progress bar on a terminal's standard error; nothing in a pipe."""

    def __init__(self) -> None:
        console = Console(stderr=True)
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=30),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task = self._progress.add_task("replay", total=None)

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._progress.stop()

    def show(self, found: Document) -> None:
        """Move it to where the replay is; a set that is still being frozen has no end yet."""
        is_frozen = found["state"] != "freezing"
        self._progress.update(
            self._task,
            description=str(found["state"]),
            completed=found["done"],
            total=found["items"] if is_frozen else None,
        )


async def follow(settings: Settings, replay_id: str, watch: Watch) -> Document:
    """Wait for the end of the replay; gives it as it then stands.

    Without a server events are run again here; messages are left to the next server once their set
    is frozen, for only it delivers.
    """
    if settings.socket_path is None:  # on a server: any process may open it
        return await _do_here(settings, replay_id, watch)
    async with AsyncExitStack() as stack:
        try:
            remote = await stack.enter_async_context(RemoteGateway(settings.socket_path))
        except SocketSilent:
            return await _do_here(settings, replay_id, watch)
        try:
            while True:
                found = await remote.call("replays.show", {"replay_id": replay_id})
                watch(found)
                if found["state"] in OVER:
                    return found
                await asyncio.sleep(LOOK_SECONDS)
        except Failure as error:
            raise Failure(
                f"the server went away; {replay_id} goes on when it runs again. Watch it with: "
                f"kravia-gateway replay resume {replay_id}",
                code=UNREACHABLE,
            ) from error


async def _do_here(settings: Settings, replay_id: str, watch: Watch) -> Document:
    from gateway.operations import registry
    from gateway.workers.duties import REPLAYS, Duties
    from gateway.workers.replaying import Replayer

    async with open_here(settings) as gateway:
        # No live traffic to make room for: nothing else runs on this database now, unless servers
        # share it. Then whoever has the duty runs the replay, and the others watch.
        replayer = Replayer(gateway, outbox_room=None)
        duties = Duties(gateway, gateway.new_id("prc_"), names=(REPLAYS,))
        while True:
            await duties.run_once(gateway.clock())
            found = dict(
                await registry.call(gateway, "replays.show", {"replay_id": replay_id}, user_name())
            )
            watch(found)
            if found["state"] in OVER or (
                found["what"] == "messages" and found["state"] != "freezing"
            ):
                await duties.release()
                return found
            if not (duties.holds(REPLAYS) and await replayer.run_once(gateway.clock())):
                await asyncio.sleep(
                    LOOK_SECONDS if found["rate_per_second"] or gateway.database.is_shared else 0
                )
