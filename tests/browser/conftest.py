"""A real browser, Debian's Chromium, before the console of a whole gateway on a real port.

One Chromium for each process that runs tests: so they share that process's loop.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser as Chromium
from playwright.async_api import async_playwright, expect

from gateway.domain.wording import Language
from gateway.web.console.reader import LOCALES, Reader
from tests.browser.person import KeyboardPerson, Look, Person
from tests.integration.main_path.conftest import MEMORY, make_world
from tests.integration.main_path.console.conftest import Desk, serve_desk

NONE_HERE = (
    "this machine has no Chromium, so no page was looked at in a browser: apt-get install chromium"
    " (Debian, Ubuntu), or name one in $CHROMIUM"
)
QUIET = (
    *("--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),  # asks nobody outside
)
PATIENCE_MILLISECONDS = 15_000  # what a test that fails may hang; nothing waits for it to pass

Visit = Callable[[Look], Awaitable[Person]]


def chromium_path() -> str | None:
    """The browser of this machine, if there is one."""
    return (
        os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    )


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium() -> AsyncIterator[Chromium]:
    """The browser."""
    path = chromium_path()
    if path is None:
        pytest.skip(NONE_HERE)
    expect.set_options(timeout=PATIENCE_MILLISECONDS)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=QUIET)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="session")
async def desk(chromium: Chromium) -> AsyncIterator[Desk]:
    """A gateway between both simulators, its console served; nothing has come in yet."""
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        world = make_world(Path(folder))
        await world.start()
        async with serve_desk(world) as served:
            yield served
        await world.stack.aclose()


@pytest_asyncio.fixture(loop_scope="session")
async def visit(chromium: Chromium, desk: Desk) -> AsyncIterator[Visit]:
    """Open a window as somebody has it: their language, width, colours, with or without scripts."""
    async with AsyncExitStack() as windows:

        async def begin(look: Look) -> Person:
            window = await chromium.new_context(
                base_url=str(desk.server.make_url("/")),
                locale=str(LOCALES[Language(look.language)]).replace("_", "-"),
                viewport={"width": look.width, "height": look.height},
                color_scheme=look.scheme,
                java_script_enabled=look.scripts,
                reduced_motion="reduce",
            )
            windows.push_async_callback(window.close)
            window.set_default_timeout(PATIENCE_MILLISECONDS)
            made = KeyboardPerson if look.keyboard else Person
            page = await window.new_page()
            return made(page=page, desk=desk, look=look, reader=Reader(Language(look.language)))

        yield begin
