"""Alerts about how things stand: raised while a condition holds, gone when it does not.

What stands is compared with what should, so a restart changes nothing: an alert of the last run is
cleared by the first look that finds its condition gone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

import sqlalchemy as sa

from gateway.domain.rates_reach import days_covered
from gateway.domain.rules import Rules
from gateway.operations.alert_kinds import BANK_LINES, INBOX_OLD, OUTBOX_OLD, RATES, REMOTE_DOWN
from gateway.operations.gateway import Gateway
from gateway.operations.reach import Reach, Remote
from gateway.operations.tell import alert
from gateway.storage.desk import ALL_CREDITORS, NewAlert, alerts_of, clear_alert

WATCHED: Final = frozenset({INBOX_OLD, OUTBOX_OLD, RATES, REMOTE_DOWN, BANK_LINES})
"""The kinds that are compared."""

AlertKey = tuple[str, str, str]
"""Creditor, kind and about: what makes an alert the same one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long what may last before a person should know; reasons in ``config/gateway.toml``."""

    in_doubt: timedelta
    remote_down: timedelta
    inbox_old: timedelta
    outbox_old: timedelta
    rates_ahead_days: int
    bank_lines: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What to raise and what to clear so that the alerts are as things are."""

    to_raise: tuple[NewAlert, ...]
    to_clear: tuple[AlertKey, ...]

    def __bool__(self) -> bool:
        return bool(self.to_raise or self.to_clear)


def key_of(new: NewAlert) -> AlertKey:
    """What makes it the same alert."""
    return new.creditor_id, new.kind, new.about


def compare(
    connection: sa.Connection,
    kinds: frozenset[str],
    wanted: Iterable[NewAlert],
    *,
    is_unknown: Callable[[AlertKey], bool] = lambda _key: False,
) -> Change:
    """Compare the alerts of some kinds with those that should stand; ``is_unknown`` ones stay."""
    standing = alerts_of(connection, kinds)
    by_key = {key_of(new): new for new in wanted}
    return Change(
        to_raise=tuple(new for key, new in by_key.items() if key not in standing),
        to_clear=tuple(k for k in standing if k not in by_key and not is_unknown(k)),
    )


def apply(connection: sa.Connection, gateway: Gateway, change: Change, now: datetime) -> None:
    """Raise and clear."""
    for key in change.to_clear:
        clear_alert(connection, *key)
    for new in change.to_raise:
        alert(connection, gateway, new, now)


def rates_running_out(rules: Rules, today: date, ahead_days: int) -> list[NewAlert]:
    """Tables of dated figures that cover no more than ``ahead_days`` days after ``today``."""
    found = []
    for name, left in days_covered(rules, today).items():
        if left > ahead_days:
            continue
        last = today + timedelta(days=left)
        found.append(
            NewAlert(
                creditor_id=ALL_CREDITORS,
                kind=RATES,
                about=name,
                text=f"the table {name} covers no day after {last}: claims that need a later one"
                " will be held. Add the published figures to a file that [rules] extra names",
                command="kravia-gateway check-config",
            )
        )
    return found


def bank_lines_waiting(
    oldest: Mapping[str, datetime], patience: timedelta, now: datetime
) -> list[NewAlert]:
    """Creditors whose ``oldest`` waiting line has waited for a person for too long."""
    return [
        NewAlert(
            creditor_id=creditor_id,
            kind=BANK_LINES,
            about="oldest",
            text=f"payments of the bank wait since {since:%Y-%m-%d} for a person to say whose they"
            " are: until then none of the claims they may be for is handed over",
            command=f"kravia-gateway payments list --waiting --creditor {creditor_id}",
        )
        for creditor_id, since in oldest.items()
        if now - since >= patience
    ]


def silent_remotes(reach: Reach, patience: timedelta) -> list[NewAlert]:
    """Remotes that were called for as long without an answer."""
    return [
        NewAlert(
            creditor_id=remote.creditor_id or ALL_CREDITORS,
            kind=REMOTE_DOWN,
            about=remote.system,
            text=f"{remote.system} has not answered since {silence.since:%Y-%m-%d %H:%M} UTC:"
            " what is for it waits and goes by itself when it answers",
            command=_look_at(remote),
        )
        for remote, silence in reach.met().items()
        if silence is not None and silence.length >= patience
    ]


def _look_at(remote: Remote) -> str:
    match remote.system:
        case "kravia":
            return "kravia-gateway creditors list"
        case "ledger":
            return f"kravia-gateway creditors check {remote.creditor_id}"
        case "notify":
            return "kravia-gateway check-config"


def is_not_tried(reach: Reach, gateway: Gateway, key: AlertKey) -> bool:
    """Whether an alert is about a remote that was not called since the start, so still stands."""
    creditor_id, kind, about = key
    if kind != REMOTE_DOWN:
        return False
    if creditor_id not in {ALL_CREDITORS, *gateway.creditors}:
        return False  # taken out of the settings: nobody will call it
    of = None if creditor_id == ALL_CREDITORS else creditor_id
    return all((r.system, r.creditor_id) != (about, of) for r in reach.met())


def too_old(
    kind: str, what: str, command: str, since: datetime | None, patience: timedelta, now: datetime
) -> list[NewAlert]:
    """One alert if what waits has waited for longer than it should."""
    if since is None or now - since < patience:
        return []
    minutes = int(patience / timedelta(minutes=1))
    return [
        NewAlert(
            creditor_id=ALL_CREDITORS,
            kind=kind,
            about="oldest",
            text=f"{what} for more than {minutes} minutes: the gateway does not keep up, or stands",
            command=command,
        )
    ]
