"""``explain``: the decision on one invoice, from a file or from the database."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli import options
from gateway.cli.call import Document, Invocation, call, invocation
from gateway.cli.creditors import chosen
from gateway.cli.failure import Failure
from gateway.cli.input import STANDARD_INPUT, read_input
from gateway.cli.render import screen
from gateway.cli.show import print_json
from gateway.domain.oslo import OSLO, oslo_date
from gateway.domain.wording import Language

if TYPE_CHECKING:
    from gateway.schema.webhooks import InvoiceData

# Stands in merge keys where a file is explained without naming a creditor.
_NO_CREDITOR = "default"


Language_ = Annotated[
    Language | None,
    typer.Option("--language", help="English or bokmål; else as the settings say."),
]


def explain(
    context: typer.Context,
    subject: Annotated[
        str | None,
        typer.Argument(
            metavar="FILE|INVOICE_ID",
            help="A webhook body (- reads standard input), or the id of an invoice received.",
            show_default=False,
        ),
    ] = None,
    every: Annotated[
        bool, typer.Option("--all", help="Every claim that is not at the agency yet.")
    ] = False,
    creditor: Annotated[
        str | None, typer.Option("--creditor", metavar="ID", help="Whose policy applies.")
    ] = None,
    on: Annotated[
        str | None,
        typer.Option("--on", metavar="DATE", help="Decide as of this day, e.g. 2026-11-24."),
    ] = None,
    language: Language_ = None,
    limit: Annotated[
        int | None,
        typer.Option("--limit", min=1, help="With --all: at most so many claims; else every one."),
    ] = None,
    after: options.After = None,
    as_json: options.Json = False,
) -> None:
    """Say what becomes of an invoice and why: every rule that spoke, its source, amounts, dates.

    A file needs no database, server or token. With --all every claim is decided as of the day, a
    line each, with the day it may go if nothing but time changes. Nothing is changed either way.
    """
    if every == (subject is not None):
        raise Failure("name a FILE or an INVOICE_ID, or give --all")
    today = _day(on)
    arguments = {"on": today.isoformat() if on else None, "language": language}
    if every:
        from gateway.cli.explain_all import explain_all

        arguments |= {"creditor": creditor, "after": after}
        explain_all(context, arguments, limit=limit, as_json=as_json)
        return
    if limit is not None or after is not None:
        raise Failure("--limit and --after go with --all")
    if subject is not None and _is_file(subject):
        found = explain_file(
            read_input(Path(subject)),
            invocation(context),
            creditor_id=creditor,
            today=today,
            language=language,
        )
    else:
        arguments |= {"creditor": chosen(context, creditor), "invoice_id": subject}
        found = call(context, "explain", arguments)
    if as_json:
        print_json(found)
        return
    from gateway.cli.decision_view import decision_view

    screen().print(decision_view(found))


def explain_file(
    raw: bytes,
    invoked: Invocation,
    *,
    creditor_id: str | None,
    today: date,
    language: Language | None = None,
) -> Document:
    """Decide on the invoice in a webhook body, with nothing known of it but the body.

    Returns the contract's ``explain`` document. Raises ``Failure`` with every fault of the body.
    """
    from gateway.domain.agency_fees import agency_fee_of
    from gateway.domain.eligibility.decide import decide
    from gateway.domain.standing import Standing
    from gateway.settings_documents import load_policy, load_rules
    from mappers.agency_fee_to_json import agency_fee_to_json
    from mappers.decision_in_language import decision_in_language
    from mappers.decision_to_json import decision_to_json
    from mappers.invoice_from_webhook import invoice_from_webhook

    settings = invoked.settings()
    rules = load_rules(settings)
    policy = load_policy(settings)
    creditors = settings.to_creditors(policy)
    if creditor_id is None and len(creditors) == 1:
        creditor_id = next(iter(creditors))
    if creditor_id in creditors:
        policy = creditors[creditor_id].policy
    elif creditor_id is not None:
        typer.echo(
            f"{creditor_id} is not in {settings.source}: decided with the default policy.", err=True
        )
    invoice = invoice_from_webhook(_invoice_data(raw, settings.server.json_depth_max))
    decision = decide(
        invoice,
        standing=Standing(creditor_id=creditor_id or _NO_CREDITOR),
        rules=rules,
        policy=policy,
        today=today,
    )
    told = decision_to_json(decision, invoice.id)
    fee = agency_fee_of(invoice, policy=policy, rules=rules, on=today)
    return {
        **decision_in_language(told, language or settings.language),
        "agency_fee": agency_fee_to_json(fee),
    }


def _invoice_data(raw: bytes, depth_max: int) -> InvoiceData:
    from gateway.schema.webhooks import (
        InvalidEvent,
        InvoiceEvent,
        NotJsonError,
        parse_event,
    )

    try:
        parsed = parse_event(raw, depth_max)
    except NotJsonError as error:
        raise Failure(str(error)) from error
    if isinstance(parsed, InvalidEvent):
        lines = [
            f"{each.field}: {each.message}" if each.field else each.message
            for each in parsed.faults
        ]
        raise Failure("\n".join(["the body is not a valid event:", *lines]))
    if not isinstance(parsed.event, InvoiceEvent):
        raise Failure(
            "only invoice.overdue and invoice.updated hold an invoice to decide on, "
            f'not "{parsed.type}"'
        )
    return parsed.event.data


def _is_file(subject: str) -> bool:
    """Tell a file from an invoice id: what looks like a path is meant as one."""
    path = Path(subject)
    if path == STANDARD_INPUT or path.is_file():
        return True
    if path.suffix == ".json" or "/" in subject:
        raise Failure(f"{subject}: no such file")
    return False


def _day(text: str | None) -> date:
    if text is None:
        return oslo_date(datetime.now(OSLO))
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Failure(f'--on "{text}" is not a day; write it like 2026-11-24') from None
