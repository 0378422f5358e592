"""How values look on 80 columns, and that nothing of a remote's reaches the terminal raw."""

from __future__ import annotations

import io
import json

import pytest
from rich.console import Console, RenderableType

from gateway.cli import cases, claims, creditors, doubts, events, outbox, tasks
from gateway.cli.decision_view import decision_view
from gateway.cli.render import (
    Column,
    Row,
    Rows,
    amount,
    clean,
    day,
    instant,
    json_text,
    listing,
    record,
    shown,
)

DECISION = {
    "invoice_id": "inv-1001",
    "on": "2026-09-25",
    "decision": "hold",
    "hold_until": "2026-10-05",
    "merge_key": "acme/10001",
    "reasons": [
        {
            "rule": "INK-06",
            "effect": "hold",
            "message": "The deadline of the collection notice, 1 October 2026, has not passed; "
            "the claim may be handed over the day after it at the earliest.",
            "source": "inkassoloven § 9",
        }
    ],
    "warnings": [{"rule": "INK-26", "message": "Only one of two letter fees may be claimed."}],
    "amounts": {
        "currency": "NOK",
        "principal": "1250.00",
        "fees": "76.00",
        "interest": None,
        "compensation": "0.00",
        "total": "1234567.50",
    },
    "limitation_last_day": "2029-09-20",
    "earliest_forward": {"by_law": "2026-10-02", "by_policy": "2026-10-05"},
}
CLAIM = {
    "claim_id": "clm_01k9zq3h5t8v2x4y6a8c0e2g4j",
    "case_id": "cas_01k9zq3h5t8v2x4y6a8c0e2g4j",
    "creditor_id": "acme",
    "invoice_number": "20003",
    "debtor_number": "10001",
    "state": "held",
    "close_reason": None,
    "frozen_on": None,
    "hold_until": "2026-10-05",
    "outstanding": "12500.00",
    "currency": "NOK",
    "updated_at": "2026-09-25T08:00:00+00:00",
    "problem": "kravia.register in_doubt: sent, but not answered: ServerDisconnectedError",
}


def _printed(*parts: RenderableType, width: int = 80) -> str:
    stream = io.StringIO()
    console = Console(file=stream, width=width, highlight=False, markup=False, emoji=False)
    console.print(*parts)
    return stream.getvalue()


def _lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.splitlines()]


def test_a_decision_fits_eighty_columns_and_says_outcome_first() -> None:
    lines = _lines(_printed(decision_view(DECISION)))

    assert lines[0] == "Invoice inv-1001 on 25 Sep 2026: hold, until 5 Oct 2026"
    assert max(map(len, lines)) <= 80
    assert "inkassoloven § 9" in "\n".join(lines)
    assert "  INK-26    Only one of two letter fees may be claimed." in lines
    assert "  principal              1 250.00" in lines
    assert "  interest      no rate covers it" in lines
    assert "  total              1 234 567.50" in lines
    assert "  earliest forward by law     2 Oct 2026" in lines
    assert "  limitation, last day        20 Sep 2029" in lines


def test_a_decision_without_reasons_or_notice_says_so() -> None:
    free: Row = DECISION | {
        "decision": "forward",
        "hold_until": None,
        "reasons": [],
        "warnings": [],
        "earliest_forward": None,
    }

    lines = _lines(_printed(decision_view(free)))

    assert lines[0].endswith(": forward, may be handed to the agency now")
    assert "  No rule stands in the way." in lines
    assert "Also" not in lines
    assert "  earliest forward by law     -" in lines


@pytest.mark.parametrize(
    "columns",
    [each.COLUMNS for each in (cases, claims, events, outbox, doubts, tasks, creditors)],
    ids=["cases", "claims", "events", "outbox", "doubts", "tasks", "creditors"],
)
def test_every_list_has_a_line_a_row_of_eighty_columns_with_the_id_whole(
    columns: tuple[Column, ...],
) -> None:
    identifier = "xxx_01k9zq3h5t8v2x4y6a8c0e2g4j"
    row = CLAIM | {
        "claim_id": identifier,
        "case_id": identifier,
        "claims": 12,
        "states": ["active", "closed", "held"],
        "event_id": identifier,
        "message_id": identifier,
        "task_id": identifier,
        "received_at": "2026-11-24T09:05:00+00:00",
        "due_at": "2026-11-24T09:05:00+00:00",
        "sent_at": "2026-11-24T09:05:00+00:00",
        "created_at": "2026-11-24T09:05:00+00:00",
        "type": "invoice.overdue",
        "kind": "kravia.register",
        "outcome": "recorded",
        "attempts": 12,
        "last_error": "the answer is an HTML page where JSON was expected " * 4,
        "candidates": ["555123", "555124"],
        "text": "Tell Kravia that the debtor's address changed. " * 4,
        "kravia_creditor_id": 10759,
        "mode": "observe",
        "approval": "automatic",
        "register_max_per_day": 500,
        "mirror_complete": True,
        "paused": "wrong amounts today",
    }

    lines = _lines(_printed(Rows(columns=columns, items=[row, row], note=lambda _: "why " * 40)))

    assert max(map(len, lines)) <= 80
    assert lines[2].split()[0] == (identifier if columns[0].header != "creditor" else "acme")
    assert lines[3].startswith("    why why")
    assert lines.count(lines[2]) == 2
    if any(column.kind == "instant" and not column.spare for column in columns):
        assert "24 Nov 2026 10:05" in lines[2]


def test_a_claims_row_says_until_when_and_how_much_and_below_it_what_stands_in_the_way() -> None:
    lines = _lines(_printed(claims.rows([CLAIM])))

    assert "held to 5 Oct" in lines[2]
    assert lines[2].endswith("12 500.00 NOK")
    assert lines[3].strip() == CLAIM["problem"]


def test_a_doubts_row_says_what_it_may_have_become() -> None:
    doubt: Row = {"claim_id": "clm_1", "candidates": ["555", "556"], "witness": None}

    assert doubts.note(doubt) == "claim clm_1, at Kravia: 555, 556, no witness yet"


def test_amounts_stand_right_aligned_with_spaces_between_thousands() -> None:
    column = Column(header="outstanding", value="outstanding", kind="amount")
    rows = [{"outstanding": each} for each in ("950", "12500.5", "1234567.00")]

    lines = _lines(_printed(Rows(columns=[column], items=rows)))

    assert lines[2:] == ["      950.00", "   12 500.50", "1 234 567.00"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-24T09:05:00+00:00", "Tue 24 Nov 2026 10:05"),
        ("2026-07-01T22:30:00Z", "Thu 2 Jul 2026 00:30"),
        ("yesterday", "yesterday"),
    ],
)
def test_instants_are_shown_on_the_clock_in_oslo(text: str, expected: str) -> None:
    assert instant(text) == expected


def test_what_is_no_day_or_amount_is_shown_as_it_came() -> None:
    assert day("2026-11-04") == "4 Nov 2026"
    assert day("soon") == "soon"
    assert amount("2 250,00") == "2 250,00"


@pytest.mark.parametrize(
    "hostile",
    ["\x1b[2Jgone", "\x9b31m", "a\u202eb", "bell\x07", "over\rwritten", "\ud800", "\x1b]0;t\x07"],
)
def test_control_characters_of_others_never_reach_the_terminal(hostile: str) -> None:
    for text in (
        clean(hostile),
        shown(hostile),
        _printed(record({"name": hostile, "nested": {"x": hostile}, "list": [{"y": hostile}]})),
        _printed(Rows(columns=[Column(header="h", value="v")], items=[{"v": hostile}])),
        _printed(decision_view(DECISION | {"invoice_id": hostile})),
        json_text({"v": hostile}).replace("\n", ""),
    ):
        assert all(each.isprintable() or each == "\n" for each in text), text


def test_text_that_looks_like_markup_is_only_text() -> None:
    assert "[red]x[/red] :smile:" in _printed(record({"name": "[red]x[/red] :smile:"}))


def test_json_keeps_norwegian_letters_and_escapes_what_terminals_act_on() -> None:
    text = json_text({"name": "Åse Øyen", "bad": "\x9b"})

    assert "Åse Øyen" in text
    assert json.loads(text) == {"name": "Åse Øyen", "bad": "\x9b"}


def test_a_record_shows_times_days_amounts_and_what_is_nested_but_nothing_empty() -> None:
    lines = _lines(
        _printed(
            record(
                {
                    "claim_id": "clm_1",
                    "registered_at": "2026-11-24T09:05:00+00:00",
                    "hold_until": "2026-11-25",
                    "outstanding": "1250.00",
                    "held_by_person": False,
                    "problem": None,
                    "receipts": [{"receipt_id": "p-1", "amount": "10.00"}],
                }
            )
        )
    )

    assert lines == [
        "claim id        clm_1",
        "registered at   Tue 24 Nov 2026 10:05",
        "hold until      25 Nov 2026",
        "outstanding     1 250.00",
        "held by person  no",
        "",
        "receipts",
        "  receipt id  p-1",
        "  amount      10.00",
        "",
    ]


def test_a_list_says_how_to_go_on_and_when_there_is_nothing() -> None:
    stream = io.StringIO()
    console = Console(file=stream, width=80)

    def more(cursor: str) -> str:
        return f"kravia-gateway claims list --state held --after {cursor}"

    listing(console, {"next": "17"}, claims.rows([CLAIM]), nothing="No claims.", more=more)
    listing(console, {"next": None}, claims.rows([]), nothing="No claims.", more=more)

    lines = _lines(stream.getvalue())
    assert lines[-2:] == [
        "More: kravia-gateway claims list --state held --after 17",
        "No claims.",
    ]


def test_a_wide_terminal_shows_more_columns_and_never_cuts_one_for_them() -> None:
    events_row = {
        "event_id": "evt_0123456789abcdef01234567",
        "received_at": "2026-11-24T09:05:00+00:00",
        "type": "invoice.overdue",
        "outcome": "rejected",
        "creditor_id": "acme",
        "webhook_id": "wh-1",
    }
    rows = Rows(columns=events.COLUMNS, items=[events_row])

    narrow, wide = (_lines(_printed(rows, width=width)) for width in (80, 120))

    assert narrow[0].split() == ["event", "received", "type", "outcome"]
    assert wide[0].split() == ["event", "received", "type", "outcome", "creditor", "webhook", "id"]
    assert wide[2].endswith("rejected  acme      wh-1")


@pytest.mark.parametrize(
    ("width", "expected"),
    [(60, "Tue 24 Nov 2026 10:05"), (50, "24 Nov 2026 10:05"), (46, "24 Nov 10:05")],
)
def test_an_instant_is_written_as_long_as_there_is_room(width: int, expected: str) -> None:
    columns = (
        Column(header="message", value="id", kind="id"),
        Column(header="due", value="at", kind="instant"),
    )
    row = {"id": "msg_0123456789abcdef01234567", "at": "2026-11-24T09:05:00+00:00"}

    line = _lines(_printed(Rows(columns=columns, items=[row]), width=width))[2]

    assert line == f"{row['id']}  {expected}"


def test_colours_vanish_in_pipes_and_with_no_color(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = Rows(columns=[Column(header="s", value="s", kind="state")], items=[{"s": "parked"}])

    def shown_on(*, terminal: bool) -> str:
        stream = io.StringIO()
        Console(file=stream, width=80, force_terminal=terminal, color_system="standard").print(rows)
        return stream.getvalue()

    assert "\x1b[31mparked" in shown_on(terminal=True)
    assert "\x1b" not in _printed(rows)
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[31m" not in shown_on(terminal=True)
