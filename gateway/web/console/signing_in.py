"""The sign-in page, the way out, and the switch of language: what one reaches unsigned."""

from __future__ import annotations

import math
from urllib.parse import urlsplit

from aiohttp import web

from gateway.domain.wording import Language
from gateway.web.console import cookies
from gateway.web.console.door import PREFIX, Door
from gateway.web.console.patience import Patience
from gateway.web.console.reader import LANGUAGE_COOKIE, phrase, reader_of
from gateway.web.console.screens import Screens

LANGUAGE_SECONDS = 31_536_000  # a year: nobody wants to choose it again
WRONG = phrase("The name or the password is not right.")
TOO_OFTEN = phrase("Too many tries. Wait %(seconds)s seconds, then try again.")
STALE = phrase("This page was open for too long. Try again now.")
NO_USER = phrase("You are known as %(user)s, but there is no such user here. Ask an administrator.")


class SigningIn:
    """The handlers."""

    def __init__(self, door: Door, screens: Screens) -> None:
        self._door = door
        self._screens = screens
        self._patience = Patience()

    async def show(self, request: web.Request) -> web.StreamResponse:
        """The form; who is vouched for by a trusted proxy need not fill it in."""
        vouched = self._door.proxy.user(request)
        if vouched is None:
            return self._form(request)
        token = await self._door.sessions.sign_in_vouched(vouched)
        if token is None:
            return self._form(request, status=403, message=NO_USER, user=vouched)
        return self._signed_in(request, token)

    async def sign_in(self, request: web.Request) -> web.StreamResponse:
        """Begin a session for who knows the password; else the form again, without it."""
        form = await request.post()
        name, password = str(form.get("name", "")), str(form.get("password", ""))
        visitor = cookies.read(request, self._door, cookies.VISITOR)
        given = form.get("form_token")
        if (
            visitor is None
            or cookies.is_from_elsewhere(request)
            or not cookies.is_form_token(self._door, visitor, given)
        ):
            return self._form(request, status=403, message=STALE, name=name)
        address = self._door.proxy.client_address(request)
        wait = self._patience.take(name, address, self._door.now().timestamp())
        if wait:
            seconds = math.ceil(wait)
            answer = self._form(request, status=429, message=TOO_OFTEN, name=name, seconds=seconds)
            answer.headers["Retry-After"] = str(seconds)
            return answer
        token = await self._door.sessions.sign_in(name, password)
        if token is None:
            return self._form(request, status=401, message=WRONG, name=name)
        self._patience.forgive(name)
        return self._signed_in(request, token)

    async def sign_out(self, request: web.Request) -> web.StreamResponse:
        """End the session here and in the database."""
        form = await request.post()
        token = cookies.read(request, self._door, cookies.SESSION)
        if token is not None and cookies.is_form_token(self._door, token, form.get("form_token")):
            await self._door.sessions.end(token)
        answer = _see(f"{PREFIX}/sign-in")
        cookies.drop(answer, cookies.SESSION)
        return answer

    async def language(self, request: web.Request) -> web.StreamResponse:
        """Remember which language somebody reads, and go back to where they were."""
        answer = _see(local(request.query.get("back")))
        try:
            chosen = Language(request.match_info["language"])
        except ValueError:
            return answer
        answer.set_cookie(
            LANGUAGE_COOKIE,
            chosen.value,
            path=PREFIX,
            max_age=LANGUAGE_SECONDS,
            secure=self._door.https,
            httponly=True,
            samesite="Lax",
        )
        return answer

    def _form(
        self,
        request: web.Request,
        *,
        status: int = 200,
        message: str = "",
        name: str = "",
        **values: object,
    ) -> web.Response:
        visitor = cookies.read(request, self._door, cookies.VISITOR)
        token = visitor or cookies.new_token()
        answer = self._screens.response(
            "sign_in.html",
            reader_of(request),
            status=status,
            message=message,
            values=values,
            name=name,
            to=local(request.query.get("to")),
            here=request.rel_url,
            form_token=cookies.form_token(self._door, token),
        )
        if visitor is None:
            cookies.write(answer, self._door, cookies.VISITOR, token)
        return answer

    def _signed_in(self, request: web.Request, token: str) -> web.StreamResponse:
        answer = _see(local(request.query.get("to")))
        cookies.write(answer, self._door, cookies.SESSION, token, self._door.session_lasts)
        return answer


def local(place: str | None) -> str:
    """A place of the console's own; anything else is its first page."""
    if place is None or "\\" in place or not place.isprintable():
        return PREFIX
    parts = urlsplit(place)
    is_ours = parts.path == PREFIX or parts.path.startswith(f"{PREFIX}/")
    return place if is_ours and not parts.scheme and not parts.netloc else PREFIX


def _see(place: str) -> web.Response:
    return web.Response(status=303, headers={"Location": place})
