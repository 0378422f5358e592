"""What may be replayed, how fast, and how a filter is kept."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest

from gateway.operations.gateway import Gateway
from gateway.operations.replay_set import LeftOut, message_left_out
from gateway.storage.replay_filter import Filter, Matched, What
from gateway.workers.replaying import Budget, refilled
from outbox.message import MessageState

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
GATEWAY = cast(
    "Gateway",
    SimpleNamespace(
        creditors={
            "acme": SimpleNamespace(ledger_kind="webhook"),
            "beta": SimpleNamespace(ledger_kind="conta"),
        }
    ),
)
REGISTER, PAYMENT = "kravia.register", "kravia.payment"
TOLD, NOTIFIED = "ledger.claim.registered", "notify.claim.registered"


def message(**own: Any) -> Matched:
    fields = {"seq": 1, "item_id": "msg_1", "creditor_id": "acme", "at": NOW}
    return Matched(**{**fields, "type": TOLD, "state": "parked", **own})


@pytest.mark.parametrize(
    ("own", "why"),
    [
        ({"state": "parked", "error": "HTTP 400"}, None),
        ({"state": "parked", "type": REGISTER, "error": "HTTP 400"}, None),
        ({"state": "parked", "type": REGISTER, "error": "quarantine: seen"}, LeftOut.UNKNOWN),
        ({"state": "in_doubt", "type": REGISTER}, LeftOut.UNKNOWN),
        ({"state": "leased"}, LeftOut.ON_ITS_WAY),
        ({"state": "pending"}, LeftOut.ON_ITS_WAY),
        ({"state": "pending", "error": "HTTP 503"}, None),
        ({"state": "delivered"}, None),
        ({"state": "delivered", "type": NOTIFIED}, None),
        ({"state": "cancelled", "type": NOTIFIED}, None),
        ({"state": "delivered", "type": REGISTER}, LeftOut.AT_KRAVIA),
        ({"state": "delivered", "type": PAYMENT}, LeftOut.AT_KRAVIA),
        ({"state": "cancelled", "type": REGISTER}, LeftOut.DECIDED_AGAIN),
        ({"state": "delivered", "creditor_id": "beta"}, LeftOut.NOT_A_WEBHOOK),
        ({"state": "delivered", "creditor_id": "beta", "type": NOTIFIED}, None),
        ({"state": "parked", "creditor_id": "beta", "error": "HTTP 400"}, None),
        ({"state": "delivered", "doubtful": True}, LeftOut.NOT_A_WEBHOOK),
        ({"state": "delivered", "creditor_id": "gone"}, LeftOut.NO_CREDITOR),
    ],
)
def test_a_message_is_replayed_only_where_twice_does_no_harm(
    own: dict[str, Any], why: LeftOut | None
) -> None:
    assert message_left_out(GATEWAY, message(**own)) is why


@pytest.mark.parametrize("state", list(MessageState))
@pytest.mark.parametrize("type_", [REGISTER, PAYMENT, "kravia.credit_note"])
def test_what_goes_to_kravia_is_never_sent_as_a_new_message(state: str, type_: str) -> None:
    """A new message is made of settled ones only, and those of Kravia are all left out."""
    if state in {"delivered", "cancelled"}:
        assert message_left_out(GATEWAY, message(type=type_, state=state)) is not None


def test_a_budget_fills_up_by_its_rate_to_one_seconds_worth() -> None:
    first = refilled(None, 10, NOW)
    assert first == Budget(left=1.0, at=NOW)

    used = Budget(left=0.0, at=NOW)
    assert refilled(used, 10, NOW + timedelta(milliseconds=100)).left == pytest.approx(1.0)
    assert refilled(used, 10, NOW + timedelta(minutes=5)).left == 10.0


def test_a_clock_that_is_set_back_gives_no_budget_and_takes_none() -> None:
    assert refilled(Budget(left=2.0, at=NOW), 10, NOW - timedelta(hours=1)).left == 2.0


@pytest.mark.parametrize(
    "wanted",
    [
        Filter(what=What.EVENTS),
        Filter(
            what=What.MESSAGES,
            creditor="acme",
            since=NOW,
            until=NOW + timedelta(days=1),
            state="parked",
            type=TOLD,
            error="50%_off",
        ),
    ],
)
def test_a_filter_is_read_as_it_was_written(wanted: Filter) -> None:
    assert Filter.from_json(wanted.to_json()) == wanted
