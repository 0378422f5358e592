"""``register``: invoices from outside the invoicing system, shown with their decision, then sent.

::

    file -> drafts and faults -> tried out, nothing kept -> shown -> asked -> recorded
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.cli import options
from gateway.cli.ask import NO_REASON, ask
from gateway.cli.call import Document, call_all
from gateway.cli.creditors import chosen
from gateway.cli.failure import NOT_CLEAN, Failure
from gateway.cli.input import read_input
from gateway.cli.register_view import register_view
from gateway.cli.render import screen
from gateway.cli.show import print_json

if TYPE_CHECKING:
    from gateway.cli.register_files import Entry

# One order is one body on the socket (512 kB at most) and one transaction of the server's.
_ORDER_BYTES_MAX = 300_000
_ORDER_DRAFTS_MAX = 100
FIGURES = ("principal", "fees", "interest", "total")
_KINDS = ("person", "organization", "public")


def register(
    context: typer.Context,
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="A .json, .csv or .xml (EHF, Peppol BIS 3.0) file; - reads standard input.",
        ),
    ],
    creditor: Annotated[
        str | None, typer.Option("--creditor", metavar="ID", help="Who is owed.")
    ] = None,
    debtor_kind: Annotated[
        str | None,
        typer.Option(
            "--debtor-kind",
            metavar="KIND",
            help="person (also a sole proprietorship), organization or public, where the file does "
            "not say it; for an EHF file it decides.",
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="End after the summary; nothing is changed.")
    ] = False,
    reason: options.Reason = NO_REASON,
    yes: options.Yes = False,
    as_json: options.Json = False,
) -> None:
    """Take in invoices from outside the invoicing system, each once.

    Every fault is told by its row and column, and good rows are not lost to bad ones. Debtors,
    decisions and amounts are shown first; nothing starts before a yes. A file that is registered
    twice changes nothing. Columns and examples: docs/register.md
    """
    from gateway.cli.register_files import read_entries

    if debtor_kind is not None and debtor_kind not in _KINDS:
        raise Failure(f'--debtor-kind "{debtor_kind}" must be one of: {", ".join(_KINDS)}')
    entries = read_entries(str(file), read_input(file), debtor_kind=debtor_kind)
    creditor_id = chosen(context, creditor)
    orders = list(_orders(entries, creditor_id, "registrations.plan"))
    tried = _answers(context, orders)
    report = _report(entries, tried, creditor_id, dry_run=dry_run)
    ready = [at for at, told in tried.items() if told["outcome"] in {"new", "changes"}]
    if not (as_json and dry_run):
        _show(report, to_error=as_json)
    if not dry_run and ready:
        count = "1 invoice" if len(ready) == 1 else f"{len(ready)} invoices"
        ask(shown="", question=f"Register {count} for {creditor_id}", yes=yes)
        drafts = [each for each in entries if id(each) in set(ready)]
        started = _answers(
            context, list(_orders(drafts, creditor_id, "registrations.start", reason=reason))
        )
        _merge(report, entries, started)
        if not as_json:
            told = Counter(str(each["outcome"]) for each in started.values())
            screen().print(
                f"Registered: {told['new'] + told['changes']}. Follow them with: claims list"
                f" --creditor {creditor_id}"
            )
    if as_json:
        print_json(report)
    if report["faulty"]:
        raise typer.Exit(NOT_CLEAN)


_Numbered = tuple[str, Mapping[str, object], list[int]]
"""An operation, its arguments, and which entries its drafts are, by ``id``."""


def _orders(
    entries: Sequence[Entry], creditor_id: str, operation: str, *, reason: str | None = None
) -> Iterator[_Numbered]:
    """Cut the drafts into orders; those of one debtor follow each other, to be decided together."""
    import orjson

    ordered = sorted((e for e in entries if e.draft is not None and not e.faults), key=_debtor_key)
    some: list[Document] = []
    marks: list[int] = []
    size = 0
    for entry in ordered:
        if entry.draft is None:
            continue
        bytes_ = len(orjson.dumps(entry.draft))
        if some and (size + bytes_ > _ORDER_BYTES_MAX or len(some) >= _ORDER_DRAFTS_MAX):
            yield operation, {"creditor": creditor_id, "drafts": some, "reason": reason}, marks
            some, marks, size = [], [], 0
        some.append(entry.draft)
        marks.append(id(entry))
        size += bytes_
    if some:
        yield operation, {"creditor": creditor_id, "drafts": some, "reason": reason}, marks


def _debtor_key(entry: Entry) -> tuple[str, ...]:
    data: Any = (entry.draft or {}).get("data") or {}
    debtor = data.get("debtor") if isinstance(data, dict) else None
    stated: dict[str, object] = debtor if isinstance(debtor, dict) else {}
    return tuple(str(stated.get(key) or "") for key in ("number", "organization_number", "name"))


def _answers(context: typer.Context, orders: Sequence[_Numbered]) -> dict[int, Document]:
    """Run the orders; what each entry was told, by its ``id``."""
    results = call_all(context, [(name, arguments) for name, arguments, _ in orders])
    return {
        mark: item
        for (_, _, marks), result in zip(orders, results, strict=True)
        for mark, item in zip(marks, result["items"], strict=True)
    }


def _report(
    entries: Sequence[Entry], tried: Mapping[int, Document], creditor_id: str, *, dry_run: bool
) -> dict[str, Any]:
    items = [_item(entry, tried.get(id(entry))) for entry in entries]
    return {
        "creditor_id": creditor_id,
        "dry_run": dry_run,
        "items": items,
        "faulty": sum(item["outcome"] == "refused" for item in items),
        "summary": _summary(items),
        "next": None,
    }


def _item(entry: Entry, told: Document | None) -> dict[str, Any]:
    """What is told of one entry; faults in the words of the file."""
    faults = [{"field": each.field, "message": each.message} for each in entry.faults]
    if told is None:
        return {"place": entry.place, "outcome": "refused", "faults": faults} | {
            "warnings": entry.notes
        }
    faults += [
        {"field": entry.name_of(each["field"]), "message": each["message"]}
        for each in told["faults"]
    ]
    return (
        {"place": entry.place}
        | told
        | {
            "faults": faults,
            "warnings": [*told["warnings"], *entry.notes],
        }
    )


def _summary(items: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Principal, fees and interest by currency, of what would be registered."""
    decisions: dict[str, Counter[str]] = {}
    figures: dict[str, list[Mapping[str, str | None]]] = {}
    for item in items:
        decision = item.get("decision")
        if not decision or item["outcome"] not in {"new", "changes"}:
            continue
        amounts = decision["amounts"]
        decisions.setdefault(amounts["currency"], Counter())[decision["decision"]] += 1
        figures.setdefault(amounts["currency"], []).append(amounts)
    return [
        {"currency": currency, "decisions": dict(decisions[currency])}
        | {name: _sum(each[name] for each in amounts) for name in FIGURES}
        for currency, amounts in sorted(figures.items())
    ]


def _sum(amounts: Iterable[str | None]) -> str | None:
    """Add up; what is not known of one is not known of all together."""
    known = list(amounts)
    if None in known:
        return None
    return f"{sum(Decimal(each) for each in known if each is not None):.2f}"


def _merge(
    report: dict[str, Any], entries: Sequence[Entry], started: Mapping[int, Document]
) -> None:
    for entry, item in zip(entries, report["items"], strict=True):
        if told := started.get(id(entry)):
            item["event_id"] = told["event_id"]
            item["outcome"] = told["outcome"]


def _show(report: Mapping[str, Any], *, to_error: bool) -> None:
    console = screen()
    console.stderr = to_error
    console.print(register_view(report))
