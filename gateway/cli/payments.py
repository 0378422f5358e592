"""``payments``: what banks and people tell of the creditor's account, and whose it is."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.cli import options
from gateway.cli.ask import NO_REASON, ask, demanded
from gateway.cli.call import Document, call_all
from gateway.cli.change import change, look_up
from gateway.cli.creditors import chosen
from gateway.cli.failure import NOT_CLEAN, Failure
from gateway.cli.input import read_input
from gateway.cli.payments_view import import_view, rows, sentence
from gateway.cli.render import screen
from gateway.cli.show import print_json, show_list, show_one

if TYPE_CHECKING:
    from gateway.domain.bank_line import BankFile, BankLine

app = typer.Typer(
    help="Payments as banks deliver them (OCR giro, camt.054) or people tell them, and whose they "
    "are. docs/payments.md",
    no_args_is_help=True,
)

# One order is one body on the socket (512 kB at most) and one transaction of the server's.
_ORDER_BYTES_MAX = 300_000
_ORDER_LINES_MAX = 100

LineId = Annotated[str, typer.Argument(metavar="LINE", help="From payments list.")]


class State(StrEnum):
    """Where a line ended."""

    MATCHED = "matched"
    UNMATCHED = "unmatched"
    WAITING = "waiting"


@app.command("list", epilog="Example: kravia-gateway payments list --waiting")
def list_(
    context: typer.Context,
    creditor: options.Creditor = None,
    state: Annotated[State | None, typer.Option(help="Only lines that ended so.")] = None,
    waiting: Annotated[
        bool, typer.Option("--waiting", help="Only what waits for a person.")
    ] = False,
    limit: options.Limit = options.LIST_LIMIT,
    after: options.After = None,
    as_json: options.Json = False,
) -> None:
    """List lines of the bank, newest first: whose each is, or why it is nobody's."""
    if waiting and state not in {None, State.WAITING}:
        raise Failure("--waiting and --state contradict each other: take one of them")
    wanted = State.WAITING if waiting else state
    show_list(
        context,
        "payments.list",
        {
            "creditor": creditor,
            "state": wanted.value if wanted else None,
            "limit": limit,
            "after": after,
        },
        rows,
        nothing="No lines.",
        as_json=as_json,
    )


@app.command(epilog="Example: kravia-gateway payments show lin_0001 --details")
def show(
    context: typer.Context,
    line_id: LineId,
    *,
    details: Annotated[
        bool,
        typer.Option("--details", help="Also KID, payer and text as told; looking is audited."),
    ] = False,
    as_json: options.Json = False,
) -> None:
    """Show one line: its claims, what became of it, and on wish what the bank told."""
    operation = "payments.details" if details else "payments.show"
    show_one(context, operation, {"line_id": line_id}, as_json=as_json)


@app.command(
    "import", epilog="Example: kravia-gateway payments import OCR.TXT --creditor acme --dry-run"
)
def import_(
    context: typer.Context,
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", help="An OCR giro file or a camt.054 document; - is standard input."
        ),
    ],
    creditor: Annotated[
        str | None, typer.Option("--creditor", metavar="ID", help="Whose account it is.")
    ] = None,
    account: Annotated[
        list[str] | None,
        typer.Option(
            "--account",
            metavar="NUMBER",
            help="Only payments to this account; may be given again. Needed for a file of several.",
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="End after the summary; nothing is changed.")
    ] = False,
    reason: options.Reason = NO_REASON,
    yes: options.Yes = False,
    as_json: options.Json = False,
) -> None:
    """Take in a bank's file, each line once: by KID and amount, or it says why not.

    A file whose totals do not hold is refused whole. Of any other a line that cannot be read is
    told by its place, and costs no other line. What may be two things waits for a person.
    """
    from gateway.cli.payments_files import read_bank_file

    content = read_input(file)
    source, found = read_bank_file(content)
    lines = _of_accounts(found, account or [])
    creditor_id = chosen(context, creditor)
    order = {"creditor": creditor_id, "source": source, "file": hashlib.sha256(content).hexdigest()}
    order["reason"] = reason
    tried = _told(context, "payments.plan", order, lines)
    report = _report(found, tried, creditor_id, source, dry_run=dry_run)
    if not (as_json and dry_run):
        _show(report, to_error=as_json)
    new = sum(item["outcome"] == "new" for item in tried)
    if new and not dry_run:
        count = "1 line" if new == 1 else f"{new} lines"
        ask(shown="", question=f"Take in {count} for {creditor_id}", yes=yes)
        taken = _told(context, "payments.import", order, lines)
        report = _report(found, taken, creditor_id, source, dry_run=False)
        if not as_json:
            waiting = sum(item["state"] == "waiting" for item in taken)
            more = f" {waiting} wait for you: payments list --waiting" if waiting else ""
            screen().print(f"Taken in: {new}.{more}")
    if as_json:
        print_json(report)
    if report["faulty"]:
        raise typer.Exit(NOT_CLEAN)


@app.command(
    epilog='Example: kravia-gateway payments register 30001 1250.00 --reason "paid at the counter"'
)
def register(
    context: typer.Context,
    invoice: Annotated[str, typer.Argument(metavar="INVOICE", help="Its number, or its id.")],
    paid: Annotated[str, typer.Argument(metavar="AMOUNT", help="Such as 1250.00.")],
    creditor: Annotated[
        str | None, typer.Option("--creditor", metavar="ID", help="Who was paid.")
    ] = None,
    on: Annotated[
        str | None, typer.Option("--on", metavar="DATE", help="The day it was paid; else today.")
    ] = None,
    reference: Annotated[
        str | None,
        typer.Option(
            "--reference",
            metavar="TEXT",
            help="What tells it from another of the same amount and day.",
        ),
    ] = None,
    payer_account: Annotated[
        str | None, typer.Option("--payer-account", metavar="NUMBER", help="Where it came from.")
    ] = None,
    reason: options.NeededReason = None,
    yes: options.Yes = False,
    as_json: options.Json = False,
) -> None:
    """Take in a payment by hand; the same invoice, amount and day again changes nothing."""
    creditor_id = chosen(context, creditor)
    shown = f"  {paid} on invoice {invoice} of {creditor_id}, paid {on or 'today'}"
    why, shown = demanded(reason, shown)
    arguments = {
        "creditor": creditor_id,
        "invoice": invoice,
        "amount": paid,
        "on": on,
        "reference": reference,
        "payer_account": payer_account,
        "reason": why,
    }
    change(
        context,
        [("payments.register", arguments)],
        shown=shown,
        question="Take in this payment",
        yes=yes,
        as_json=as_json,
    )


@app.command(
    epilog="Example: kravia-gateway payments match lin_0001 30001=400.00 30002=600.00"
    ' --reason "the payer says so"'
)
def match(
    context: typer.Context,
    line_id: LineId,
    invoices: Annotated[
        list[str],
        typer.Argument(metavar="INVOICE[=AMOUNT]...", help="A number or id; several with amounts."),
    ],
    payment: Annotated[
        str | None,
        typer.Option(
            "--payment", metavar="ID", help="Which payment was taken back, where several may be."
        ),
    ] = None,
    reason: options.NeededReason = None,
    yes: options.Yes = False,
    as_json: options.Json = False,
) -> None:
    """Say whose a line is that waits or is unmatched; it is booked as if its KID had said so."""
    found = look_up(context, "payments.show", "line_id", [line_id], sentence)
    why, shown = demanded(reason, f"{found}\n  for invoice {', '.join(invoices)}")
    change(
        context,
        [
            (
                "payments.match",
                {"line_id": line_id, "invoices": invoices, "payment": payment, "reason": why},
            )
        ],
        shown=shown,
        question="Match this line",
        yes=yes,
        as_json=as_json,
    )


@app.command(epilog='Example: kravia-gateway payments dismiss lin_0001 --reason "a deposit"')
def dismiss(
    context: typer.Context,
    line_ids: Annotated[list[str], typer.Argument(metavar="LINE...", help="From payments list.")],
    reason: options.NeededReason = None,
    yes: options.Yes = False,
    as_json: options.Json = False,
) -> None:
    """Say that lines are no claim's, or are told already: they stay unmatched."""
    shown = look_up(context, "payments.show", "line_id", line_ids, sentence)
    why, shown = demanded(reason, shown)
    count = "this line" if len(line_ids) == 1 else f"these {len(line_ids)} lines"
    change(
        context,
        [("payments.dismiss", {"line_id": each, "reason": why}) for each in line_ids],
        shown=shown,
        question=f"Dismiss {count}",
        yes=yes,
        as_json=as_json,
    )


def _of_accounts(found: BankFile, accounts: Sequence[str]) -> list[BankLine]:
    """The lines of the accounts named; of a file with one account, all."""
    from gateway.domain.bank_account import plain_account

    wanted = {plain_account(each) for each in accounts}
    there = {plain_account(line.account): line.account for line in found.lines}
    listed = ", ".join(sorted(there.values())) or "none"
    if missing := wanted - there.keys():
        raise Failure(f"no payment is to account {', '.join(sorted(missing))}; there are: {listed}")
    if not wanted and len(there) > 1:
        raise Failure(
            f"the file has several accounts: name the creditor's with --account: {listed}"
        )
    return [line for line in found.lines if not wanted or plain_account(line.account) in wanted]


def _told(
    context: typer.Context, operation: str, order: Document, lines: Sequence[BankLine]
) -> list[dict[str, Any]]:
    """Run the orders; what was told of each line, with its place."""
    orders = [(operation, {**order, "lines": some}) for some in _some(lines)]
    answers = [item for each in call_all(context, orders) for item in each["items"]]
    return [{"place": line.place, **item} for line, item in zip(lines, answers, strict=True)]


def _some(lines: Sequence[BankLine]) -> Iterator[list[dict[str, object]]]:
    """Cut the lines into orders, in the order of the file: a return follows its payment."""
    import orjson

    from mappers.bank_line_to_json import bank_line_to_json

    some: list[dict[str, object]] = []
    size = 0
    for line in lines:
        document = bank_line_to_json(line)
        bytes_ = len(orjson.dumps(document))
        if some and (size + bytes_ > _ORDER_BYTES_MAX or len(some) >= _ORDER_LINES_MAX):
            yield some
            some, size = [], 0
        some.append(document)
        size += bytes_
    if some:
        yield some


def _report(
    found: BankFile, items: list[dict[str, Any]], creditor_id: str, source: str, *, dry_run: bool
) -> dict[str, Any]:
    return {
        "creditor_id": creditor_id,
        "source": source,
        "dry_run": dry_run,
        "items": items,
        "faults": [{"place": each.place, "message": each.message} for each in found.faults],
        "faulty": len(found.faults),
        "notes": list(found.notes),
        "next": None,
    }


def _show(report: dict[str, Any], *, to_error: bool) -> None:
    console = screen()
    console.stderr = to_error
    console.print(import_view(report))
