"""Runs operations by name: through a running server's socket, else in this process.

::

    the database is on a server ──────> the operation runs here
    <database>.sock answers ──────────> the server runs the operation
    else: the database's lock is free -> the operation runs here
    else: somebody holds the lock and does not answer -> exit 3
"""

from __future__ import annotations

import asyncio
import logging
import os
import pwd
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from gateway.cli.failure import UNREACHABLE, Failure

if TYPE_CHECKING:
    from gateway.operations.gateway import Gateway
    from gateway.settings import Settings

Document = dict[str, Any]
"""A JSON object, as an operation takes and gives it."""

_ASK_KRAVIA = frozenset(
    {"creditors.check", "creditors.configure_webhook", "creditors.invite", "doubts.ask"}
)
"""Operations that need the token when they run in this process."""

Order = tuple[str, Mapping[str, object]]
"""An operation's name and its arguments."""

Ask = Callable[[str, Mapping[str, object]], Awaitable[Document]]
"""Runs one operation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Invocation:
    """What the global options said; stands in ``typer.Context.obj``."""

    config: Path | None = None

    def settings(self, *, need_secrets: bool = False) -> Settings:
        """Load the settings; by default without secrets, which most shells do not have."""
        from gateway.settings import Settings

        return Settings.load(self.config, need_secrets=need_secrets)


def invocation(context: typer.Context) -> Invocation:
    """Return what the global options said."""
    found = context.find_object(Invocation)
    return found if found is not None else Invocation()


def call(context: typer.Context, name: str, arguments: Mapping[str, object]) -> Document:
    """Run one operation; arguments that are ``None`` are left out."""
    (result,) = call_all(context, [(name, arguments)])
    return result


def call_pages(
    context: typer.Context,
    name: str,
    arguments: Mapping[str, object],
    take: Callable[[Document], int | None],
) -> None:
    """Give ``take`` page after page of a list, each as soon as it is there, to the last one.

    Where ``take`` gives a number, the next page is asked for with that limit; 0 asks for no more.
    """
    settings = invocation(context).settings()

    async def walk() -> None:
        async with _door(settings, [name]) as ask:
            following = dict(arguments)
            while True:
                page = await ask(name, _given(following))
                limit = take(page)
                if page["next"] is None or limit == 0:
                    return
                following |= {"after": page["next"], "limit": limit}

    asyncio.run(walk())


def call_all(context: typer.Context, orders: Iterable[Order]) -> list[Document]:
    """Run operations one after another against the same gateway; the first error ends it."""
    settings = invocation(context).settings()
    return asyncio.run(_run(settings, [*orders]))


async def _run(settings: Settings, orders: list[Order]) -> list[Document]:
    async with _door(settings, [name for name, _ in orders]) as ask:
        return [await ask(name, _given(arguments)) for name, arguments in orders]


@asynccontextmanager
async def _door(settings: Settings, names: Sequence[str]) -> AsyncIterator[Ask]:
    """Open the way by which the operations ``names`` are run: the server's, or one of our own."""
    from gateway.cli.remote import RemoteGateway, SocketSilent

    if settings.socket_path is None:  # on a server: any process may open it
        async with _own_door(settings, names) as ask:
            yield ask
        return
    async with AsyncExitStack() as stack:
        try:
            remote = await stack.enter_async_context(RemoteGateway(settings.socket_path))
        except SocketSilent:
            yield await stack.enter_async_context(_own_door(settings, names))
        else:
            yield remote.call


@asynccontextmanager
async def _own_door(settings: Settings, names: Sequence[str]) -> AsyncIterator[Ask]:
    from gateway.operations import registry

    if settings.kravia.token is None and any(name in _ASK_KRAVIA for name in names):
        raise Failure(
            f"{settings.source}: kravia.token: cannot be read here; set the environment variable "
            "or file that it names, as for the server"
        )
    async with open_here(settings) as gateway:
        actor = user_name()

        async def ask(name: str, arguments: Mapping[str, object]) -> Document:
            return await registry.call(gateway, name, arguments, actor)

        yield ask


def _given(arguments: Mapping[str, object]) -> Mapping[str, object]:
    return {key: value for key, value in arguments.items() if value is not None}


@asynccontextmanager
async def open_here(settings: Settings) -> AsyncIterator[Gateway]:
    """Open the gateway in this process; raises ``Failure`` where another has the database."""
    from gateway.app import open_gateway
    from gateway.storage.errors import DatabaseLocked
    from gateway.telemetry import configure_logging
    from gateway.workers import relay

    path = settings.database_path
    if not settings.has_file and path is not None and not path.exists():
        raise Failure("no settings file and no database here; name a settings file with --config")
    configure_logging(as_json=False, level=logging.WARNING)  # standard output is the result's
    async with AsyncExitStack() as stack:
        try:
            gateway = await stack.enter_async_context(open_gateway(settings))
        except DatabaseLocked as error:
            holder = f"process {error.pid}" if error.pid else "another process"
            raise Failure(
                f"{holder} has {settings.database_name} open but does not answer on "
                f"{settings.socket_path}. If it is a server that is just starting or stopping, or "
                "another command, type the same again in a moment.",
                code=UNREACHABLE,
            ) from error
        yield gateway
        if gateway.database.is_shared:  # servers that run need not wait for their next look
            await relay.tell(gateway, gateway.new_id("prc_"), gateway.clock())


def user_name() -> str:
    """Name who is at the keyboard, for the audit."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # containers run under users that have no name
        return f"uid {os.getuid()}"
