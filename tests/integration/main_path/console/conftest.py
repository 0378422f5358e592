"""The console over real HTTP, before a whole gateway with two creditors: all claims are acme's."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from html import unescape
from typing import Any

import aiohttp
import pytest
from aiohttp.test_utils import TestClient, TestServer

from gateway.app_edge import build_edge
from gateway.operations import registry
from gateway.operations.sessions import Sessions
from gateway.web.console import cookies
from gateway.web.console.door import Door
from gateway.web.edge import Edge
from gateway.web.server import build_app

Document = dict[str, Any]
PASSWORD = "four words are quite enough"


@dataclass
class Browser:
    """Somebody's browser: keeps cookies, follows no redirect, sends forms as our pages do."""

    client: TestClient[Any, Any]
    language: str = "en"

    async def get(self, path: str, **more: Any) -> Answer:
        """Look at a page below ``/console``."""
        return await self.ask("GET", path, **more)

    async def post(self, path: str, form: Any = (), **more: Any) -> Answer:
        """Send a form with the token of our own pages."""
        sent = form.items() if isinstance(form, dict) else form
        fields = [("form_token", await self.form_token()), *sent]
        return await self.ask("POST", path, data=fields, **more)

    async def ask(self, method: str, path: str, **more: Any) -> Answer:
        """Send any request."""
        headers = {"Accept-Language": self.language, **more.pop("headers", {})}
        async with self.client.request(
            method, f"/console{path}", headers=headers, allow_redirects=False, **more
        ) as answer:
            return Answer(answer.status, dict(answer.headers), await answer.text())

    async def form_token(self) -> str:
        """The token in the forms of this browser's pages."""
        page = (await self.get("")).text or (await self.get("/sign-in")).text
        found = re.search(r'name="form_token" value="([^"]+)"', page)
        return found[1] if found else ""


@dataclass
class Answer:
    """What came back."""

    status: int
    headers: Document
    raw: str

    @property
    def text(self) -> str:
        """The page as it reads."""
        return unescape(self.raw)


@dataclass
class Desk:
    """The console of a world, and the people before it."""

    world: Any
    edge: Edge
    server: TestServer
    stack: AsyncExitStack = field(default_factory=AsyncExitStack)

    @property
    def door(self) -> Door:
        """What the console is built on."""
        assert self.edge.console is not None
        return self.edge.console

    async def do(self, operation: str, /, **arguments: object) -> Document:
        """Run an operation as the command line would."""
        return await registry.call(self.world.gateway, operation, arguments, "tester")

    async def browser(self, language: str = "en") -> Browser:
        """A browser nobody is signed in with."""
        jar = aiohttp.CookieJar(unsafe=True)  # the server has no name, only an address
        client = await self.stack.enter_async_context(TestClient(self.server, cookie_jar=jar))
        return Browser(client=client, language=language)

    async def person(
        self, role: str = "operator", creditors: list[str] | None = None, language: str = "en"
    ) -> Browser:
        """Somebody of that role, signed in."""
        name = f"{role}-{'-'.join(creditors or ['all'])}"
        users = (await self.do("users.list"))["items"]
        if name not in {each["name"] for each in users}:
            await self.do("users.add", name=name, role=role, creditors=creditors)
        return await self.signed_in(name, language)

    async def signed_in(self, name: str, language: str = "en") -> Browser:
        """A browser in which a known user is signed in."""
        browser = await self.browser(language)
        browser.client.session.cookie_jar.update_cookies(
            {cookies.SESSION: await self.session_cookie(name)}, self.server.make_url("/console")
        )
        return browser

    async def session_cookie(self, name: str) -> str:
        """What the cookie of a new session of a known user holds."""
        sessions = Sessions(gateway=self.world.gateway, lasts=timedelta(hours=12))
        token = await sessions.sign_in_vouched(name)
        answer = aiohttp.web.Response()
        cookies.write(answer, self.door, cookies.SESSION, str(token))
        return str(answer.cookies[cookies.SESSION].value)


@pytest.fixture
def more_settings() -> Document:
    """A second creditor, who has no claim."""
    return {
        "creditors": {
            "nordlys": {
                "kravia_creditor_id": 20111,
                "webhook_secrets": ["env:SECRET"],
                "ledger": {
                    "kind": "webhook",
                    "url": "http://127.0.0.1:2/in",
                    "secret": "env:SECRET",
                },
            }
        }
    }


@pytest.fixture
async def desk(world: Any) -> AsyncIterator[Desk]:
    """The console, served."""
    async with serve_desk(world) as served:
        yield served


@asynccontextmanager
async def serve_desk(world: Any) -> AsyncIterator[Desk]:
    """Serve the console of a world on a port of its own."""
    edge = build_edge(world.settings, world.gateway, world.metrics, lambda: False)
    assert edge.console is not None
    edge = replace(edge, console=replace(edge.console, live_seconds=0.01))
    async with AsyncExitStack() as stack:
        server = TestServer(build_app(edge))
        await stack.enter_async_context(server)
        yield Desk(world=world, edge=edge, server=server, stack=stack)
