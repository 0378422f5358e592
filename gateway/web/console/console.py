"""Builds ``/console``: every page behind the same guard.

::

    request ── whose session? ── may they come here? ── is the form ours? ── page
               sign-in without   403                    403, typed text kept
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import nullcontext
from typing import Final

import structlog
from aiohttp import web
from multidict import MultiDict
from yarl import URL

from gateway.operations.errors import OperationError
from gateway.operations.sessions import Signed
from gateway.web.console import cookies
from gateway.web.console.door import PREFIX, Door
from gateway.web.console.headers import add_headers
from gateway.web.console.live import Live
from gateway.web.console.pages import MENU, ROUTES
from gateway.web.console.reader import phrase, reader_of
from gateway.web.console.screens import ASSET_SECONDS, ASSET_TYPES, Screens, asset
from gateway.web.console.signing_in import SigningIn
from gateway.web.console.visit import STATUS_OF_KIND, Form, Route, Visit

_log: Final = structlog.get_logger()

FORM_BYTES_MAX: Final = 256 * 1024
"""A thousand chosen claims and a long reason are below 100 kB."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

STALE_FORM: Final = phrase("This page was open for too long, or another site sent the form.")
SIGNED_OUT: Final = phrase("You were signed out before the form was sent. Nothing was done.")


def build_console(door: Door, is_draining: Callable[[], bool]) -> web.Application:
    """Build the application that is mounted at ``/console``."""
    screens = Screens(menu=MENU)
    guard = _Guard(door, screens)
    signing_in = SigningIn(door, screens)
    live = Live(door, is_draining)
    app = web.Application(client_max_size=FORM_BYTES_MAX)
    app.on_response_prepare.append(add_headers)
    app.router.add_get("/sign-in", signing_in.show)
    app.router.add_post("/sign-in", signing_in.sign_in)
    app.router.add_post("/sign-out", signing_in.sign_out)
    app.router.add_get("/language/{language}", signing_in.language)
    app.router.add_get("/assets/{name}", _asset)
    for route in ROUTES:
        app.router.add_route(route.method, route.path, guard.around(route))
    following = guard.around(Route("GET", "/live", live.show), is_stream=True)
    app.router.add_get("/live", following)
    app.router.add_route("*", "/{tail:.*}", guard.around(Route("GET", "/", _nothing_here)))
    return app


async def _nothing_here(visit: Visit) -> web.StreamResponse:
    return visit.page("trouble.html", status=404, title=phrase("There is no such page"))


async def _asset(request: web.Request) -> web.StreamResponse:
    name = request.match_info["name"]
    try:
        body, mark = asset(name)
    except KeyError:
        raise web.HTTPNotFound from None
    is_current = request.query.get("v") == mark
    return web.Response(
        body=body,
        content_type=ASSET_TYPES[name],
        charset="utf-8",
        headers={
            "Cache-Control": f"public, max-age={ASSET_SECONDS}, immutable"
            if is_current
            else "no-cache"
        },
    )


class _Guard:
    """Lets in who is signed in and may come."""

    def __init__(self, door: Door, screens: Screens) -> None:
        self._door = door
        self._screens = screens
        self._places = {route.name: route.path for route in ROUTES if route.name is not None}

    def around(self, route: Route, *, is_stream: bool = False) -> Handler:
        """The handler of a route; nobody waits for the end of a stream."""

        async def handle(request: web.Request) -> web.StreamResponse:
            token = cookies.read(request, self._door, cookies.SESSION)
            signed = None if token is None else await self._door.sessions.find(token)
            if token is None or signed is None or self._is_another(request, signed):
                return self._to_sign_in(request)
            visit = self._visit(request, token, signed)
            if route.scope not in signed.caller.scopes:
                return visit.page("trouble.html", status=403, title=phrase("Not allowed"))
            if request.method == "POST":
                visit = self._visit(request, token, signed, await _form(request))
                if cookies.is_from_elsewhere(request) or not cookies.is_form_token(
                    self._door, token, visit.form.get("form_token")
                ):
                    return visit.page("trouble.html", status=403, title=STALE_FORM)
            with nullcontext() if is_stream else self._door.answering():
                return await _shown(route, visit)

        return handle

    def _is_another(self, request: web.Request, signed: Signed) -> bool:
        """Whether the proxy in front has let somebody else in meanwhile."""
        vouched = self._door.proxy.user(request)
        return vouched is not None and vouched.casefold() != signed.user

    def _visit(
        self, request: web.Request, token: str, signed: Signed, form: Form | None = None
    ) -> Visit:
        return Visit(
            request=request,
            door=self._door,
            screens=self._screens,
            reader=reader_of(request),
            signed=signed,
            form_token=cookies.form_token(self._door, token),
            places=self._places,
            form=form or MultiDict(),
        )

    def _to_sign_in(self, request: web.Request) -> web.StreamResponse:
        if request.method == "POST":
            return self._screens.response(
                "trouble.html",
                reader_of(request),
                status=401,
                title=SIGNED_OUT,
                here=request.rel_url,
            )
        place = URL(f"{PREFIX}/sign-in").with_query(to=str(request.rel_url))
        return web.Response(status=303, headers={"Location": str(place)})


async def _form(request: web.Request) -> Form:
    """What was sent, texts only."""
    sent = await request.post()
    return MultiDict((name, value) for name, value in sent.items() if isinstance(value, str))


async def _shown(route: Route, visit: Visit) -> web.StreamResponse:
    """The page, or what went wrong with it."""
    try:
        return await route.show(visit)
    except OperationError as error:
        status = STATUS_OF_KIND[error.kind]
        title = phrase("Nothing was found") if status == 404 else phrase("That was not done")  # noqa: PLR2004 - HTTP's own
        return visit.page("trouble.html", status=status, title=title, error=error)
    except (web.HTTPException, ConnectionResetError):  # the second: whoever asked has left
        raise
    except Exception:  # noqa: BLE001  the reader gets an answer, the log the place
        _log.exception("console.failed", operation=route.path, actor=visit.signed.caller.name)
        return visit.page("trouble.html", status=500, title=phrase("Something failed here"))
