"""How far the play is: a bar on a terminal, a line a week in a pipe, nothing for ``--json``."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
from rich.progress import Progress as Bar

from gateway.domain.oslo import OSLO

_NAME_CHARACTERS = 30


class Progress(Protocol):
    """Is told what happens."""

    def begin(self, total: int) -> None:
        """So many things will happen."""

    def show(self, at: datetime, name: str) -> None:
        """This one happens now."""

    def advance(self) -> None:
        """It has happened."""

    def end(self) -> None:
        """All have."""


class Silent:
    """Says nothing."""

    def begin(self, total: int) -> None:
        """Nothing."""

    def show(self, at: datetime, name: str) -> None:
        """Nothing."""

    def advance(self) -> None:
        """Nothing."""

    def end(self) -> None:
        """Nothing."""


class Lines:
    """A line for each simulated week."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._week = 0
        self._total = self._done = 0

    def begin(self, total: int) -> None:
        """Keep the total."""
        self._total = total

    def show(self, at: datetime, name: str) -> None:  # noqa: ARG002 - a week has many
        """Say that a week has begun."""
        today = at.astimezone(OSLO)
        week = today.isocalendar().week
        if week != self._week:
            self._week = week
            self._console.print(
                f"week of {today:%-d %B}: {self._done} of {self._total} happenings so far"
            )

    def advance(self) -> None:
        """Count."""
        self._done += 1

    def end(self) -> None:
        """Leave a line between progress and result."""
        self._console.print()


class LiveBar:
    """A bar with the simulated day and the story that is being told."""

    def __init__(self, console: Console) -> None:
        self._bar = Bar(
            TextColumn("{task.fields[day]}"),
            BarColumn(bar_width=20),
            MofNCompleteColumn(),
            TextColumn("{task.description}"),
            console=console,
            transient=True,
        )
        self._task = self._bar.add_task("", day="", total=None)

    def begin(self, total: int) -> None:
        """Draw it."""
        self._bar.update(self._task, total=total)
        self._bar.start()

    def show(self, at: datetime, name: str) -> None:
        """Write the day and the story."""
        today = f"{at.astimezone(OSLO):%a %d %b %H:%M}"
        self._bar.update(self._task, day=today, description=name[:_NAME_CHARACTERS])

    def advance(self) -> None:
        """Move it on."""
        self._bar.advance(self._task)

    def end(self) -> None:
        """Wipe it."""
        self._bar.stop()


def progress_on(console: Console, *, quiet: bool) -> Progress:
    """What suits the console."""
    if quiet:
        return Silent()
    return LiveBar(console) if console.is_terminal else Lines(console)
