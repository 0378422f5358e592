"""One request of somebody signed in, and what a page is: the whole vocabulary of a page's module.

::

    async def show(visit: Visit) -> web.StreamResponse:
        found = await visit.ask("claims.show", claim_id=visit.part("claim_id"))
        return visit.page("claim.html", claim=found)

    ROUTES = (Route("GET", "/claims/{claim_id}", show, name="claim"),)
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, NoReturn
from urllib.parse import quote, urlencode

from aiohttp import web
from multidict import MultiDict

from gateway.operations.errors import ErrorKind, OperationError
from gateway.operations.rights import Scope
from gateway.operations.sessions import Signed
from gateway.web.console.door import PREFIX, Door
from gateway.web.console.mending import place_of
from gateway.web.console.reader import Reader
from gateway.web.console.screens import Screens

STATUS_OF_KIND: Final[Mapping[ErrorKind, int]] = {
    "not_found": 404,
    "refused": 409,
    "invalid": 422,
    "unreachable": 502,
    "forbidden": 403,
}

Form = MultiDict[str]
Document = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """Who asks for what, in which language. ``form`` is what was sent, its token checked."""

    request: web.Request
    door: Door
    screens: Screens
    reader: Reader
    signed: Signed
    form_token: str
    places: Mapping[str, str]
    form: Form = field(default_factory=MultiDict)

    async def ask(self, operation: str, **arguments: object) -> Document:
        """Run an operation as this person; arguments that are ``None`` are left out."""
        given = {name: value for name, value in arguments.items() if value is not None}
        found = await self.door.call(operation, given, self.signed.caller, self.reader.language)
        return dict(found)

    def may(self, scope: str) -> bool:
        """Whether this person may do what takes this scope."""
        return Scope(scope) in self.signed.caller.scopes

    def part(self, name: str) -> str:
        """A part of the path."""
        return self.request.match_info[name]

    def query(self, name: str) -> str:
        """A value of the query; empty if it is not there."""
        return self.request.query.get(name, "").strip()

    def place(self, name: str, /, **parts: object) -> str | None:
        """The path of the page of that name; ``None`` where none or a part of it is missing."""
        path = self.places.get(name)
        if path is None:
            return None
        for part, value in parts.items():
            if value is None and f"{{{part}}}" in path:
                return None
            path = path.replace(f"{{{part}}}", quote(str(value), safe=""))
        return PREFIX + path

    def mends(self, command: str, creditor_id: str | None) -> str | None:
        """The address of the page that does what a command line does; ``None`` without one."""
        found = place_of(command, creditor_id)
        path = None if found is None else self.place(found.name, **found.parts)
        if found is None or path is None or not found.filters:
            return path
        return f"{path}?{urlencode(found.filters)}"

    def page(self, template: str, *, status: int = 200, **values: object) -> web.Response:
        """Render a page with the console's frame around it."""
        return self.screens.response(
            template,
            self.reader,
            status=status,
            visit=self,
            here=self.request.rel_url,
            **values,
        )

    def refused(self, template: str, error: OperationError, **values: object) -> web.Response:
        """The page again, with what went wrong; hand it what was typed."""
        return self.page(template, status=STATUS_OF_KIND[error.kind], error=error, **values)

    def refuse(self, text: str) -> NoReturn:
        """Refuse what was sent, in a sentence marked by ``phrase``."""
        raise OperationError(self.reader.say(text), kind="invalid")

    def go(self, place: str, **query: object) -> web.Response:
        """After a form was done: show another page, so that a reload does not do it again."""
        told = {name: str(value) for name, value in query.items() if value is not None}
        raise web.HTTPSeeOther(f"{place}?{urlencode(told)}" if told else place)


Show = Callable[[Visit], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Route:
    """One address below ``/console``; ``name`` makes it a place that links lead to.

    ``scope`` is what it takes to come here. Whose claims are seen is the operations' to judge.
    """

    method: Literal["GET", "POST"]
    path: str
    show: Show
    scope: Scope = Scope.READ
    name: str | None = None


@dataclass(frozen=True, slots=True)
class MenuItem:
    """One entry of the navigation: the name of a route, and its title marked by ``phrase``.

    ``scope`` is what it takes to be shown the way there.
    """

    place: str
    title: str
    scope: Scope = Scope.READ
