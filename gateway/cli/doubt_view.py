"""A doubt on the screen: what we sent beside each candidate, the witness, what comes next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from gateway.cli.render import amount, day, instant, one_line, record, shown

Doubt = Mapping[str, Any]

_COLOURS = {"same": "green", "differs": "red", "not told": "yellow"}
_TO_THE_SECOND = "%a %-d %b %Y %H:%M:%S"
"""The witness is judged by seconds."""

_VALUE_WIDTH_MIN = 20
_STAMP_SECONDS = len("2026-11-24T11:41:18")


def doubt_view(doubt: Doubt) -> list[RenderableType]:
    """Lay a doubt out for 80 columns."""
    head = {
        "message": doubt.get("message_id"),
        "kind": doubt.get("kind"),
        "state": doubt.get("state"),
        "claim": doubt.get("claim_id"),
        "sent": exactly(doubt.get("sent_at")),
        "last error": doubt.get("last_error"),
    }
    return [
        record(head),
        *candidates(doubt),
        *_section("Witness", _witness(doubt)),
        *_section("What comes next", _next(doubt)),
    ]


def candidates(doubt: Doubt, only: str | None = None) -> list[RenderableType]:
    """Put what we sent beside each candidate, or beside the one with the id ``only``."""
    found = [each for each in doubt.get("candidates") or () if only in {None, candidate_id(each)}]
    parts: list[RenderableType] = []
    for each in found:
        parts += _section(_title(each), _beside(each.get("comparison") or ()))
    if not found:
        sent = doubt.get("sent") or {}
        parts += _section("What we sent", record({k: _value(k, v) for k, v in sent.items()}))
        if only is None:
            parts += _section("Candidates", Text(_none_seen(doubt)))
    parts += [Text(one_line(str(each)), style="red") for each in doubt.get("not_answered") or ()]
    if doubt.get("more_to_ask"):
        ask = f"kravia-gateway doubts show {doubt.get('message_id')} --ask-kravia"
        parts.append(Text(f"\nKravia may tell more: {ask}"))
    return parts


def candidate_id(candidate: Mapping[str, Any]) -> str:
    """Return the id by which ``doubts adopt`` takes a candidate."""
    names = ("payment_id", "kravia_payment_id", "kravia_invoice_id")
    return str(next((candidate[name] for name in names if candidate.get(name)), None))


def exactly(at: object) -> str | None:
    """Write an instant with its seconds, on the clock in Oslo."""
    return instant(str(at), _TO_THE_SECOND) if at else None


def _none_seen(doubt: Doubt) -> str:
    if doubt.get("more_to_ask"):
        return "Kravia's list does not tell of payments: nothing to compare with yet."
    return "Nothing at the receiver looks like it, as far as is known here."


def _title(candidate: Mapping[str, Any]) -> str:
    if candidate.get("told_by") == "ledger":
        return one_line(f"Payment {candidate_id(candidate)} in the ledger (as last looked at)")
    kind = "Payment" if candidate.get("kravia_payment_id") else "Case"
    words = [f"{kind} {candidate_id(candidate)} at Kravia"]
    if status := candidate.get("status"):
        words.append(f"status {status}")
    if changed := candidate.get("changed"):
        words.append(f"changed {str(changed)[:_STAMP_SECONDS]}")
    source = "mirror" if candidate.get("told_by") == "mirror" else "asked now"
    return one_line(f"{', '.join(words)} ({source})")


def _beside(rows: Sequence[Mapping[str, Any]]) -> Table:
    grid = Table(box=None, show_header=True, header_style="dim", padding=(0, 2, 0, 0))
    grid.add_column("", no_wrap=True)
    grid.add_column("we sent", overflow="fold", min_width=_VALUE_WIDTH_MIN)
    grid.add_column("they have", overflow="fold", min_width=_VALUE_WIDTH_MIN)
    grid.add_column("", no_wrap=True)
    for row in rows:
        field, verdict = str(row.get("field")), str(row.get("verdict"))
        grid.add_row(
            Text(one_line(field.replace("_", " "))),
            Text(_value(field, row.get("ours"))),
            Text(_value(field, row.get("theirs"))),
            Text(verdict, style=_COLOURS.get(verdict, "")),
        )
    return grid


def _value(field: str, value: object) -> str:
    if value is None:
        return "-"
    if field == "amount":
        return amount(str(value))
    return day(str(value)) if field.endswith("date") else shown(value)


def _witness(doubt: Doubt) -> RenderableType:
    row = doubt.get("witness_row") or {}
    after = exactly(row.get("must_be_after"))
    case = row.get("kravia_invoice_id")
    if row.get("stamp") is None:
        return Text("None: what would show it has not been read since.")
    verdict = (
        "Later than that: had the call been applied, it would have been seen."
        if row.get("proves_absence")
        else "Not later than that: absence proves nothing yet."
    )
    return Group(
        record(
            {
                "newest row": case and f"case {case}, Kravia's stamp {row['stamp']}",
                "that is": exactly(row.get("stamped_at")),
                "must be after": after
                and f"{after} (our send, by that clock, and the settle window)",
                "feed read": exactly(row.get("feed_read_at")),
            }
        ),
        Text(verdict, style="green" if row.get("proves_absence") else "yellow"),
    )


def _next(doubt: Doubt) -> RenderableType:
    following = doubt.get("next") or {}
    at = exactly(following.get("at"))
    until = exactly(following.get("left_to_a_person_at"))
    commands = [Text(one_line(str(each))) for each in following.get("commands") or ()]
    return Group(
        Text(f"{f'{at}: ' if at else ''}{one_line(str(following.get('does') or ''))}."),
        *([Text(f"If nothing is found by {until}, it is left to a person.")] if until else []),
        Text("To decide it yourself:" if len(commands) > 1 else "See:"),
        *(Padding(command, (0, 0, 0, 2)) for command in commands),
    )


def _section(title: str, body: RenderableType) -> list[RenderableType]:
    return [Text(f"\n{title}", style="bold"), Padding(body, (0, 0, 0, 2))]
