"""``privacy``: what is held on a debtor, its erasure, and what is past its time."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path
from typing import Annotated, Any

import typer

from gateway.cli import options
from gateway.cli.ask import ask, demanded
from gateway.cli.call import Document, call, call_pages
from gateway.cli.completion import creditor_ids
from gateway.cli.failure import Failure
from gateway.cli.render import Column, Row, Rows, json_text, listing, record, screen
from gateway.cli.show import print_json

app = typer.Typer(
    help="What is held on a debtor, its erasure, and what is past its time.", no_args_is_help=True
)

Debtor = Annotated[str, typer.Argument(metavar="DEBTOR_NUMBER", help="As claims list shows it.")]
OfCreditor = Annotated[
    str,
    typer.Option(
        "--creditor",
        metavar="ID",
        help="Whose debtor, as named in the settings.",
        autocompletion=creditor_ids,
    ),
]
COLUMNS = (
    Column(header="what", value="what"),
    Column(header="state", value="state"),
    Column(header="then", value="then"),
    Column(header="from before", value="before"),
    Column(header="count", value="count"),
)


@app.command(
    epilog="Example: kravia-gateway privacy export 10001 --creditor acme --out kari.json"
    ' --reason "asked for it by letter"'
)
def export(
    context: typer.Context,
    debtor: Debtor,
    creditor: OfCreditor,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help="Write it there, for you alone; must be new."),
    ] = None,
    reason: options.NeededReason = None,
    as_json: options.Json = False,
) -> None:
    """Give everything held on a debtor, as JSON: to a new file, or with --json printed.

    Claims, events as they came, what was told of them, money, tasks, and who looked.
    It is personal data: looking is audited. "other_numbers" are debtor numbers under
    which the creditor may know the same person.
    """
    if (out is None) != as_json:
        raise Failure("say where to: --out FILE for a file, or --json to print it")
    if out is not None and out.exists():
        raise Failure(f"{out} is there already; give the name of a new file")
    reason, _ = demanded(reason, f"  {creditor}: everything held on debtor {debtor}")
    found = call(
        context, "privacy.export", {"creditor": creditor, "debtor": debtor, "reason": reason}
    )
    if out is None:
        print_json(found)
        return
    try:
        descriptor = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(json_text(found) + "\n")
    except OSError as error:
        raise Failure(f"cannot write {out}: {error.strerror}") from error
    counts = ", ".join(f"{len(rows)} {name}" for name, rows in found["held"].items() if rows)
    typer.echo(f"{out}: {counts}")
    if found["other_numbers"]:
        others = ", ".join(found["other_numbers"])
        typer.echo(f"The same person may also be: {others}", err=True)


@app.command(
    epilog="Example: kravia-gateway privacy erase 10001 --creditor acme"
    ' --reason "asked for it by letter"'
)
def erase(
    context: typer.Context,
    debtor: Debtor,
    creditor: OfCreditor,
    reason: options.NeededReason = None,
    yes: options.Yes = False,
    as_json: options.Json = False,
) -> None:
    """Take a debtor out of everything, for good; what the books need stays, without the person.

    Refused while a case of theirs is live, and says which. There is no way back but a
    backup. Then run "privacy vacuum": until then the old bytes may lie in the files.
    """
    shown = (
        f"  {creditor}: debtor {debtor} is erased from claims, events, messages, bank lines and"
        " tasks.\n  Amounts, dates and invoice numbers stay, under a pseudonym. There is no way"
        " back."
    )
    reason, shown = demanded(reason, shown)
    ask(shown=shown, question="Erase this debtor", yes=yes)
    found = call(
        context, "privacy.erase", {"creditor": creditor, "debtor": debtor, "reason": reason}
    )
    if as_json:
        print_json(found)
        return
    console = screen()
    console.print(record({"pseudonym": found["pseudonym"], "erased": found["erased"]}))
    for kept in found["kept"]:
        console.print(
            f"Kept until {kept['until']} ({kept['source']}): {kept['rows']} {kept['what']}:"
            f" {kept['as']}",
            soft_wrap=True,
        )
    console.print(f"Now: {found['command']}", soft_wrap=True)


@app.command(epilog="Example: kravia-gateway privacy purge --dry-run")
def purge(
    context: typer.Context,
    creditor: options.Creditor = None,
    debtor: Annotated[
        str | None,
        typer.Option("--debtor", metavar="NUMBER", help="Only this debtor of the creditor's."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count.")] = False,
    reason: options.NeededReason = None,
    yes: options.Yes = False,
    as_json: options.Json = False,
) -> None:
    """Remove now what is past its time, by the rows of retention.toml.

    It happens by itself every night. With --dry-run it only says what would go, and
    from which day each row keeps; "privacy vacuum" then clears the files.
    """
    whose = {"creditor": creditor, "debtor": debtor}
    plan = call(context, "privacy.plan", whose)
    if dry_run:
        if as_json:
            print_json(plan)
        else:
            rows = Rows(columns=COLUMNS, items=plan["items"], note=_why)
            listing(screen(), plan, rows, nothing="No rows.", more=str)
        return
    shown = _to_go(plan)
    reason, shown = demanded(reason, shown)
    ask(shown=shown, question="Remove it", yes=yes)
    removed: Counter[str] = Counter()

    def take(step: dict[str, Any]) -> None:
        removed.update(step["removed"])

    call_pages(context, "privacy.purge", {**whose, "reason": reason}, take)
    if as_json:
        print_json({"removed": dict(removed)})
    else:
        screen().print(record(dict(removed)) if removed else "Nothing was past its time.")


@app.command(epilog='Example: kravia-gateway privacy vacuum --reason "after an erasure" --yes')
def vacuum(
    context: typer.Context,
    reason: options.NeededReason = None,
    yes: options.Yes = False,
    as_json: options.Json = False,
) -> None:
    """Write the database anew, so that nothing erased is left in its files.

    Writes wait meanwhile, about a minute for each few gigabytes; the disk must have
    as much room again. Webhooks get 503 if it takes long, and are sent again.
    """
    reason, shown = demanded(reason, "  The whole database is written anew; writes wait meanwhile.")
    ask(shown=shown, question="Write the database anew", yes=yes)
    found = call(context, "privacy.vacuum", {"reason": reason})
    if as_json:
        print_json(found)
    else:
        screen().print(f"Done. Outside of it remain: {found['remains']}.", soft_wrap=True)


def _why(row: Row) -> str:
    """Say by which paragraph and why."""
    return f"{row.get('months')} months from {row.get('count_from')}: {row.get('source')}"


def _to_go(plan: Document) -> str:
    lines = [
        f"  {row['count']} {row['what']} {row['state']}: {row['then']}"
        for row in plan["items"]
        if row["count"]
    ]
    return "\n".join(lines) or "  Nothing is past its time."
