"""Somebody at the console with a real browser: presses what a person sees, by its name.

What a page is held to is asked at every look: nothing scrolls sideways, axe-core finds nothing, and
the browser had nothing to complain of.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import ConsoleMessage, Locator, Page, expect

from gateway.operations.rights import Role
from gateway.web.console import cookies
from gateway.web.console.reader import Reader
from tests.integration.main_path.console.conftest import Desk

PICTURES = Path(os.environ.get("SCREENSHOTS") or Path(__file__).parents[2] / "build/screenshots")
"""Where every look leaves a picture."""

PASSWORD = "four words are quite enough"

RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
"""WCAG 2.2 AA, and what axe-core advises beyond it."""

WIDE, PHONE = 1280, 360  # what is tried, in CSS pixels
NARROWEST = 320  # WCAG 2.2, 1.4.10: a page still reads without scrolling two ways

TABS_MAX = 120  # more stops than any page here has

Part = Literal["button", "checkbox", "link", "textbox", "combobox"]

_SIDEWAYS = """() => [document.scrollingElement, ...document.querySelectorAll("main *")]
  .filter(each => each.scrollWidth > each.clientWidth + 1
    && (each === document.scrollingElement || getComputedStyle(each).overflowX === "auto"))
  .map(each => {
    const edge = each.getBoundingClientRect().left + each.clientWidth + 1;
    const outside = [...each.querySelectorAll("*")]
      .find(inner => !inner.matches(".unseen, .skip, thead, thead *")
        && inner.getBoundingClientRect().right > edge);
    return "scrolls sideways (cells of a table need a data-title): "
      + each.outerHTML.slice(0, 80) + " by " + (outside ?? each).outerHTML.slice(0, 80);
  })"""

_FOCUS = """() => {
  const at = document.activeElement, style = getComputedStyle(at), box = at.getBoundingClientRect();
  return {
    what: at.outerHTML.slice(0, 120),
    outlined: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
    inside: box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
  };
}"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How somebody looks at the console; ``width`` in CSS pixels."""

    language: Literal["en", "nb"] = "en"
    width: int = WIDE
    scheme: Literal["light", "dark"] = "light"
    scripts: bool = True
    keyboard: bool = False

    @property
    def height(self) -> int:
        """The height that goes with the width, in CSS pixels."""
        return 800 if self.width == WIDE else 640

    @property
    def is_plain(self) -> bool:
        """With a pointer and scripts: there axe-core looks too, once for each page it can reach.

        It waits by timers, which do not run where scripts are off.
        """
        return self.scripts and not self.keyboard

    def __str__(self) -> str:
        own = ("keyboard" if self.keyboard else "", "" if self.scripts else "no-scripts")
        return "-".join(filter(None, (self.language, str(self.width), self.scheme, *own)))


@dataclass
class Person:
    """Presses with a pointer."""

    page: Page
    desk: Desk
    look: Look
    reader: Reader
    complaints: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _heard(self, told: ConsoleMessage) -> None:
        if told.type in {"error", "warning"} and not _is_our_answer(told.text):
            self.complaints.append(told.text)

    def say(self, text: str, **values: object) -> str:
        """A text of the console in this person's language."""
        return self.reader.say(text, **values)

    # Coming and going.

    async def open(self, path: str = "") -> int:
        """Type an address below ``/console``; gives the status of its answer."""
        answer = await self.page.goto(f"/console{path}")
        assert answer is not None
        return answer.status

    async def sign_in(self, name: str = "kari", role: Role = Role.OPERATOR) -> None:
        """Add the user, and fill in the form."""
        await self.desk.do("users.add", name=name, role=role, password=PASSWORD)
        await self.open()
        await self.fill("Name", name)
        await self.fill("Password", PASSWORD)
        await self.look_at("sign-in")
        await self.press("button", "Sign in")
        await self.stands_at("Today")

    async def is_let_in(self, role: Role = Role.ADMIN) -> None:
        """Come with the cookie of a session, without the form."""
        if role not in {each["name"] for each in (await self.desk.do("users.list"))["items"]}:
            await self.desk.do("users.add", name=role, role=role)
        session, where = await self.desk.session_cookie(role), self.page.context
        url = str(self.desk.server.make_url("/console"))
        await where.add_cookies([{"name": cookies.SESSION, "value": session, "url": url}])

    # What a hand does.

    async def press(self, role: Part, name: str) -> None:
        """Press a link or button; ``name`` is English, or text that is no word."""
        await self.reach(self.named(role, name))
        await self.act_on(self.named(role, name), "Enter")

    async def choose(self, name: str) -> None:
        """Tick a box."""
        box = self.named("checkbox", name)
        await self.reach(box)
        await self.act_on(box, "Space")
        await expect(box).to_be_checked()

    async def fill(self, label: str, text: str) -> None:
        """Type into a field."""
        box = self.page.get_by_label(self.say(label), exact=True)
        await self.reach(box)
        await box.press_sequentially(text)

    def named(self, role: Part, name: str) -> Locator:
        """What is called so for those who hear the page; the name may go on, as in “Approve …”."""
        begins = re.compile(rf"(^|\s){re.escape(self.say(name))}($|\s)")
        return self.page.get_by_role(role, name=begins).first

    async def reach(self, there: Locator) -> None:
        """Bring it under the pointer."""
        await there.scroll_into_view_if_needed()

    async def act_on(self, there: Locator, _key: str) -> None:
        """Press it."""
        await there.click()

    # What an eye sees.

    async def stands_at(self, title: str, **values: object) -> None:
        """The page with that title is open."""
        await expect(self.page.get_by_role("heading", level=1)).to_contain_text(
            self.say(title, **values)
        )

    async def look_again(self) -> None:
        """Something has happened: without scripts, reload; with them the page follows by itself."""
        if not self.look.scripts:
            await self.page.reload()

    async def reads(self, *texts: str) -> None:
        """The main part says so."""
        main = self.page.get_by_role("main")
        for text in texts:
            await expect(main).to_contain_text(self.say(text))

    async def reads_of(self, of: str, text: str) -> None:
        """The row of a table that begins so says so."""
        row = self.page.get_by_role("row").filter(has=self.page.get_by_text(of, exact=True))
        await expect(row).to_contain_text(self.say(text))

    async def look_at(self, name: str) -> None:
        """Keep a picture of the page, and hold it to everything."""
        await self.page.screenshot(path=PICTURES / f"{self.look}-{name}.png")
        wrong = await self.everything_wrong()
        assert not wrong, f"{name}: {wrong}"

    async def everything_wrong(self) -> list[str]:
        """What the open page does not hold to; nothing, as it should be."""
        heard, self.complaints = self.complaints, []
        faults = await self.faults() if self.look.is_plain else ""
        return [*heard, *await self.sideways(), *filter(None, [faults])]

    async def sideways(self) -> list[str]:
        """What scrolls sideways, where it is as narrow as on a phone."""
        if self.page.viewport_size is None or self.page.viewport_size["width"] > PHONE:
            return []
        found: list[str] = await self.page.evaluate(_SIDEWAYS)
        return found

    async def faults(self) -> str:
        """What axe-core finds; empty if that is nothing. It comes as a debugger, past the CSP."""
        asked: dict[str, Any] = {
            "runOnly": {"type": "tag", "values": RULES},
            "rules": {"target-size": {"enabled": True}},  # WCAG 2.2's own, off by default
            "resultTypes": ["violations"],
        }
        found = await Axe().run(self.page, options=asked)
        return found.generate_report() if found.violations_count else ""


@dataclass
class KeyboardPerson(Person):
    """Has no pointer: goes from stop to stop, and must see where they are at each."""

    async def reach(self, there: Locator) -> None:
        """Press Tab until it has the focus."""
        for _ in range(TABS_MAX):
            await self.page.keyboard.press("Tab")
            at = await self.page.evaluate(_FOCUS)
            if at["what"].startswith("<body"):
                continue  # past the last stop lies the browser's own bar
            assert at["outlined"], f"no focus is seen on {at['what']}"
            assert at["inside"], f"the focus is out of sight on {at['what']}"
            if await there.evaluate("each => each === document.activeElement"):
                return
        raise AssertionError(f"no Tab leads to {there}")

    async def act_on(self, _there: Locator, key: str) -> None:
        """Press the key that does it."""
        await self.page.keyboard.press(key)

    async def skip(self) -> None:
        """The first stop of every page leads past the navigation."""
        await self.press("link", "Skip to the content")
        await expect(self.page.get_by_role("main")).to_be_focused()


def _is_our_answer(text: str) -> bool:
    """Chromium writes down every answer that is no 2xx; those we ask for ourselves."""
    return text.startswith("Failed to load resource: the server responded with a status of 4")
