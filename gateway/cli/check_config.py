"""``check-config``: what ``serve`` would find, without starting anything."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import typer
from rich.text import Text

from gateway.cli import options
from gateway.cli.call import Invocation, invocation
from gateway.cli.failure import NOT_CLEAN, USAGE
from gateway.cli.render import clean, screen
from gateway.cli.show import print_json
from gateway.domain.oslo import OSLO, oslo_date

if TYPE_CHECKING:
    from gateway.domain.rules import Row
    from gateway.settings import Settings
    from gateway.settings_creditor import ContaLedgerSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing looked at; without ``faults`` it is in order. ``detail`` says what was found."""

    name: str
    detail: str = ""
    faults: tuple[str, ...] = ()


def check_config(context: typer.Context, as_json: options.Json = False) -> None:
    """Read the settings as "serve" would and name every fault with its file and key.

    Exits 1 if something is not clean, 2 if the settings cannot be used at all.
    """
    checks, usable = run_checks(invocation(context), oslo_date(datetime.now(OSLO)))
    clean_ = not any(check.faults for check in checks)
    if as_json:
        rows = [
            {
                "check": each.name,
                "ok": not each.faults,
                "detail": each.detail,
                "faults": [*each.faults],
            }
            for each in checks
        ]
        print_json({"clean": clean_, "checks": rows})
    else:
        _show(checks)
    if not clean_:
        raise typer.Exit(NOT_CLEAN if usable else USAGE)


def run_checks(invoked: Invocation, today: date) -> tuple[list[Check], bool]:
    """Look at everything that can be looked at offline.

    Tells also whether ``serve`` could load it at all.
    """
    from gateway.settings_faults import SettingsError

    try:
        settings = invoked.settings(need_secrets=True)
    except SettingsError as error:
        faults = tuple(str(fault) for fault in error.faults)
        return [Check(name="settings", faults=faults)], False
    from gateway.settings_creditor import ContaLedgerSettings
    from gateway.settings_documents import load_assumptions, load_rules

    checks = [Check(name="settings", detail=f"{settings.source}, mode {settings.mode}")]
    usable = True
    for name, look in (
        ("assumptions", lambda: _loaded(load_assumptions(settings), "read")),
        ("rules", lambda: _rates(load_rules(settings).late_interest, today)),
    ):
        found = _guarded(name, look)
        usable = usable and not (found.faults and not found.detail)
        checks.append(found)
    for name, creditor in settings.creditors.items():
        if isinstance(creditor.ledger, ContaLedgerSettings):
            checks.append(_conta(name, creditor.ledger))
            usable = usable and not checks[-1].faults
    checks += [_creditors(settings), _database(settings.database_path)]
    return checks, usable


def _loaded(_: object, detail: str) -> Check:
    return Check(name="assumptions", detail=detail)


def _conta(name: str, ledger: ContaLedgerSettings) -> Check:
    """Read what is assumed of one creditor's Conta."""
    from gateway.settings_documents import load_conta_assumptions

    def look() -> Check:
        load_conta_assumptions(ledger)
        detail = f"{name}: Conta organisation {ledger.organization_id} at {ledger.base_url}"
        return Check(name="ledger", detail=detail)

    return _guarded("ledger", look)


def _guarded(name: str, look: Callable[[], Check]) -> Check:
    from gateway.settings_faults import SettingsError

    try:
        return look()
    except SettingsError as error:
        return Check(name=name, faults=tuple(str(fault) for fault in error.faults))


def _rates(rows: Sequence[Row], today: date) -> Check:
    """Tell until when the rates reach: without one every claim is held (INK-34)."""
    covered = [
        row for row in rows if row.since <= today and (row.until is None or today <= row.until)
    ]
    if not covered:
        last = max((row.until or row.since for row in rows), default=None)
        fault = (
            f"rules.extra: no late interest rate covers {today}; the last one ends {last}. Every "
            "claim is held until a file with newer rates is named"
        )
        return Check(name="rules", detail="outdated", faults=(fault,))
    until = covered[-1].until
    return Check(
        name="rules", detail=f"rates reach until {until}" if until else "rates are open-ended"
    )


def _creditors(settings: Settings) -> Check:
    if not settings.creditors:
        fault = f"{settings.source}: creditors: missing; add a section [creditors.NAME]"
        return Check(name="creditors", faults=(fault,))
    return Check(name="creditors", detail=", ".join(settings.creditors))


def _database(path: Path) -> Check:
    """Tell whether the file, or the nearest folder that exists, can be written."""
    place = path if path.exists() else _nearest(path.parent)
    if path.is_dir() or not os.access(place, os.W_OK):
        fault = f"database.url: {path} cannot be written; give this user the right, or another file"
        return Check(name="database", detail=str(path), faults=(fault,))
    return Check(name="database", detail=f"{path}" if path.exists() else f"{path} will be made")


def _nearest(folder: Path) -> Path:
    return next(each for each in (folder, *folder.parents) if each.exists())


def _show(checks: list[Check]) -> None:
    console = screen()
    for line in _lines(checks):
        console.print(line, soft_wrap=True)


def _lines(checks: list[Check]) -> Iterator[Text]:
    for check in checks:
        mark = Text("not ok  ", style="red") if check.faults else Text("ok      ", style="green")
        yield Text.assemble(mark, f"{check.name:<12}", clean(check.detail))
        for fault in check.faults:
            yield Text(f"        {clean(fault)}")
