"""Which remotes answer, as far as this process has tried.

A refusal is an answer: it says that somebody is there. What is known is kept in memory only; after
a start nothing is known until the first call.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Literal

System = Literal["kravia", "ledger", "notify"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Remote:
    """Whom we call: ``creditor_id`` is None for Kravia, which all creditors share."""

    system: System
    creditor_id: str | None = None


KRAVIA: Final = Remote(system="kravia")


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """Calls in a row without an answer: when the first and the last of them failed."""

    since: datetime
    last: datetime

    @property
    def length(self) -> timedelta:
        """How long it has been tried in vain; one failed call alone is no length of time."""
        return self.last - self.since


@dataclass(slots=True)
class Streak:
    """Since when something has failed every time, by whose it is."""

    patience: timedelta
    _since: dict[str, datetime] = field(default_factory=dict)

    def failed(self, whose: str, now: datetime) -> bool:
        """Note one more failure; True once they have lasted longer than patience."""
        return now - self._since.setdefault(whose, now) >= self.patience

    def succeeded(self, whose: str) -> None:
        """It goes again."""
        self._since.pop(whose, None)


@dataclass(slots=True)
class Reach:
    """What the last calls to each remote met; None is an answer."""

    _met: dict[Remote, Silence | None] = field(default_factory=dict)

    def answered(self, remote: Remote) -> None:
        """The remote is there."""
        self._met[remote] = None

    def failed(self, remote: Remote, now: datetime) -> None:
        """A call got no answer, or one that says that nothing works there."""
        silence = self._met.get(remote)
        self._met[remote] = Silence(since=silence.since if silence else now, last=now)

    def is_silent(self, remote: Remote, patience: timedelta) -> bool:
        """Whether it was called for as long without any answer."""
        silence = self._met.get(remote)
        return silence is not None and silence.length >= patience

    def met(self) -> Mapping[Remote, Silence | None]:
        """Every remote that was called since the start."""
        return dict(self._met)
