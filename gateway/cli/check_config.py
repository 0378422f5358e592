"""``check-config``: what ``serve`` would find, without starting anything."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from gateway.cli import options
from gateway.cli.call import Invocation, invocation
from gateway.cli.failure import NOT_CLEAN, UNREACHABLE, USAGE
from gateway.cli.live_view import document_of, show_live
from gateway.cli.render import clean, screen
from gateway.cli.show import print_json
from gateway.domain.oslo import oslo_date
from gateway.domain.rates_reach import days_left, first_gaps, told

if TYPE_CHECKING:
    from gateway.cli.live import Looked
    from gateway.domain.retention import RetentionRow
    from gateway.domain.rules import Rules
    from gateway.settings import Settings
    from gateway.settings_creditor import (
        ContaLedgerSettings,
        FikenLedgerSettings,
        TripletexLedgerSettings,
    )


CLOSED_CLAIM = ("claim", "closed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing looked at; without ``faults`` it is in order. ``detail`` says what was found."""

    name: str
    detail: str = ""
    faults: tuple[str, ...] = ()


def check_config(
    context: typer.Context,
    live: Annotated[
        bool,
        typer.Option(
            "--live",
            help="Also ask Kravia and ledgers, reading only, whether what we assume of them holds.",
        ),
    ] = False,
    as_json: options.Json = False,
) -> None:
    """Read the settings as "serve" would and name every fault with its file and key.

    Exits 1 if something is not clean, 2 if the settings cannot be used at all, 3 if with --live
    a system cannot be reached.
    """
    from gateway.app import system_clock

    now = system_clock()
    checks, usable = run_checks(invocation(context), oslo_date(now))
    looked = _look(context, now) if live and usable else []
    clean_ = all(each.is_clean for each in looked) and not any(each.faults for each in checks)
    if as_json:
        more = {"live": document_of(looked)} if live else {}
        print_json({"clean": clean_, "checks": [*map(_row, checks)], **more})
    else:
        _show(checks)
        show_live(looked)
    if not usable:
        raise typer.Exit(USAGE)
    if any(each.problem for each in looked):
        raise typer.Exit(UNREACHABLE)
    if not clean_:
        raise typer.Exit(NOT_CLEAN)


def _look(context: typer.Context, now: datetime) -> list[Looked]:
    from gateway.cli.live import look_at_all

    return look_at_all(invocation(context).settings(need_secrets=True), now)


def _row(check: Check) -> dict[str, object]:
    return {
        "check": check.name,
        "ok": not check.faults,
        "detail": check.detail,
        "faults": [*check.faults],
    }


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
    from gateway.settings_creditor import (
        ContaLedgerSettings,
        FikenLedgerSettings,
        TripletexLedgerSettings,
    )
    from gateway.settings_documents import load_assumptions, load_retention, load_rules

    checks = [Check(name="settings", detail=f"{settings.source}, mode {settings.mode}")]
    usable = True
    for name, look in (
        ("assumptions", lambda: _loaded(load_assumptions(settings), "read")),
        ("rules", lambda: _rates(load_rules(settings), today)),
        ("retention", lambda: _kept(load_retention(settings))),
    ):
        found = _guarded(name, look)
        usable = usable and not (found.faults and not found.detail)
        checks.append(found)
    for name, creditor in settings.creditors.items():
        if isinstance(creditor.ledger, ContaLedgerSettings):
            checks.append(_conta(name, creditor.ledger))
            usable = usable and not checks[-1].faults
        if isinstance(creditor.ledger, FikenLedgerSettings):
            checks.append(_fiken(name, creditor.ledger))
            usable = usable and not checks[-1].faults
        if isinstance(creditor.ledger, TripletexLedgerSettings):
            checks.append(_tripletex(name, creditor.ledger))
            usable = usable and not checks[-1].faults
    checks += [_creditors(settings), _seal(settings), _database(settings)]
    path = settings.database_path
    if not checks[-1].faults and path is not None and path.is_file():
        checks.append(_orphans(settings, path))
        usable = usable and not checks[-1].faults
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


def _fiken(name: str, ledger: FikenLedgerSettings) -> Check:
    """Read what is assumed of one creditor's Fiken."""
    from gateway.settings_documents import load_fiken_assumptions

    def look() -> Check:
        load_fiken_assumptions(ledger)
        detail = f"{name}: Fiken company {ledger.company} at {ledger.base_url}"
        return Check(name="ledger", detail=detail)

    return _guarded("ledger", look)


def _tripletex(name: str, ledger: TripletexLedgerSettings) -> Check:
    """Read what is assumed of one creditor's Tripletex."""
    from gateway.settings_documents import load_tripletex_assumptions

    def look() -> Check:
        load_tripletex_assumptions(ledger)
        detail = f"{name}: Tripletex company {ledger.company_id} at {ledger.base_url}"
        return Check(name="ledger", detail=detail)

    return _guarded("ledger", look)


def _guarded(name: str, look: Callable[[], Check]) -> Check:
    from gateway.settings_faults import SettingsError

    try:
        return look()
    except SettingsError as error:
        return Check(name=name, faults=tuple(str(fault) for fault in error.faults))


def _rates(rules: Rules, today: date) -> Check:
    """Tell until when each dated figure reaches: a day without one holds every claim (INK-34)."""
    gaps = first_gaps(rules, today)
    faults = tuple(
        f"rules.extra: no {name} covers {today}. Every claim is held until a file with newer"
        " figures is named: docs/rates.md"
        for name, gap in gaps.items()
        if gap == today
    )
    first = min((gap for gap in gaps.values() if gap is not None), default=None)
    left = "" if first is None else f"; {days_left(first, today)} days left"
    return Check(name="rules", detail=f"{told(gaps)}{left}", faults=faults)


def _kept(rows: Sequence[RetentionRow]) -> Check:
    """Tell how long a closed claim keeps its debtor, and itself: what is asked about most."""
    closed = {row.then.value: row.months for row in rows if (row.what, row.state) == CLOSED_CLAIM}
    told_ = ", ".join(f"{then} after {months} months" for then, months in closed.items())
    return Check(name="retention", detail=f"{len(rows)} rows; a closed claim: {told_ or 'kept'}")


def _creditors(settings: Settings) -> Check:
    if not settings.creditors:
        fault = f"{settings.source}: creditors: missing; add a section [creditors.NAME]"
        return Check(name="creditors", faults=(fault,))
    return Check(name="creditors", detail=", ".join(settings.creditors))


def _seal(settings: Settings) -> Check:
    """Tell with which key personal data is encrypted, if with any, and which key is missing."""
    from gateway.storage.seal import key_id_of

    ids = [key_id_of(key) for key in settings.seal.key_bytes()]
    faults = tuple(
        f"{settings.source}: seal.keys: the database has values sealed with key {key_id}, which is"
        " not among these: name it, behind the key that seals now"
        for key_id in sorted(_needed_keys(settings) - {*ids})
    )
    if not ids:
        detail = (
            "personal data is NOT encrypted in the database: seal.keys names no key; make one"
            " with: kravia-gateway seal new-key FILE"
        )
    else:
        more = f"; also opens with {', '.join(ids[1:])}" if ids[1:] else ""
        detail = f"seals with key {ids[0]}{more}"
    return Check(name="seal", detail=detail, faults=faults)


def _needed_keys(settings: Settings) -> frozenset[str]:
    """The keys that values in a SQLite file need; what is wrong with the file others say."""
    from gateway.storage.errors import StorageError
    from gateway.storage.sealed_values import noted_keys
    from gateway.storage.sqlite_file import read_once

    path = settings.database_path
    if path is None or not path.is_file():
        return frozenset()
    try:
        return read_once(path, noted_keys) or frozenset()
    except StorageError:
        return frozenset()


def _orphans(settings: Settings, path: Path) -> Check:
    """Tell whether a creditor with live claims is gone from the settings, or is another now."""
    from gateway.operations.creditor_identity import faults
    from gateway.settings_faults import Fault
    from gateway.storage.errors import StorageError
    from gateway.storage.sqlite_file import read_once

    identities = {name: each.identity() for name, each in settings.creditors.items()}
    try:
        found = read_once(path, lambda connection: faults(connection, identities))
    except StorageError as error:
        return Check(name="live claims", faults=(str(error),))
    if found is None:
        return Check(name="live claims", detail="of an older release: serve or migrate looks")
    shown = tuple(
        str(Fault(source=settings.source, key=each.key, message=each.message)) for each in found
    )
    return Check(name="live claims", detail="all of creditors as they were", faults=shown)


def _database(settings: Settings) -> Check:
    """Tell where it is kept: whether the file, or the nearest folder that exists, can be written.

    A server is not asked: this looks at nothing that is not here.
    """
    path = settings.database_path
    if path is None:
        return Check(name="database", detail=settings.database_name)
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
