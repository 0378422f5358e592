"""Metrics count under closed lists of words; dashboard, rules and page know them all."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, get_args

import pytest

from clients.conta import path_words as conta
from clients.conta.simulator import _ROUTES as CONTA_ROUTES
from clients.exchange import Request
from clients.kravia import path_words as kravia
from clients.kravia.simulator import _ROUTES as KRAVIA_ROUTES
from gateway.metric_words import EVENT_TYPES, MESSAGE_KINDS
from gateway.metrics import Metrics
from gateway.schema.webhooks import KnownEvent
from gateway.storage.measures import InboxDepth, Measures, days_ahead
from gateway.watched_transport import OTHER, error_class, operation_of
from outbox.depth import Depth, Unknown
from outbox.message import MessageState

ROOT = Path(__file__).parents[3]
DASHBOARD = ROOT / "docs/grafana/kravia-gateway.json"
RULES = ROOT / "docs/prometheus/kravia-gateway.rules.yml"
NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
NAME = re.compile(r"\bgateway_[a-z_]+\b")
SUFFIXES = ("_bucket", "_sum", "_count", "_total", "_created")


def families() -> set[str]:
    return {family.name for family in Metrics().registry.collect() if "gateway_" in family.name}


def family_of(name: str) -> str:
    for suffix in SUFFIXES:
        if name.endswith(suffix) and name.removesuffix(suffix) in families():
            return name.removesuffix(suffix)
    return name


def measures(**changed: Any) -> Measures:
    nothing = Unknown(count=0, oldest_sent_at=None)
    fields: dict[str, Any] = {
        "outbox": Depth(messages={}, oldest_due_at=None),
        "in_doubt": nothing,
        "quarantined": nothing,
        "frozen": {},
        "holds": {},
        "polled_at": {},
        "swept_at": {},
        "alerts": {},
        "tasks": 0,
        "paused": frozenset(),
    }
    return Measures(**(fields | changed))


def test_what_happens_is_rendered_as_prometheus_text() -> None:
    metrics = Metrics()
    metrics.webhook_answered("recorded")
    metrics.webhook_answered("recorded")
    metrics.committed(7, 0.002, 0.001)
    metrics.remote_called("kravia", "POST register", "none", "no_answer", 0.5)
    metrics.remote_called("kravia", "POST register", "200", None, 0.5)
    metrics.delivered("kravia.register", "retry")
    metrics.event_handled("invoice.overdue", "handled", 0.2)
    metrics.leased("taken", 3)
    metrics.doubts_looked_up({"adopted": 1})

    text = metrics.render().decode()

    for line in (
        'gateway_webhooks_total{outcome="recorded"} 2.0',
        "gateway_commit_group_operations_sum 7.0",
        "gateway_commit_seconds_sum 0.002",
        "gateway_commit_sync_seconds_sum 0.001",
        'gateway_remote_seconds_count{operation="POST register",system="kravia"} 2.0',
        'gateway_remote_calls_total{operation="POST register",status="none",system="kravia"} 1.0',
        'gateway_remote_errors_total{error="no_answer",operation="POST register",system="kravia"}',
        'gateway_deliveries_total{kind="kravia.register",outcome="retry"} 1.0',
        'gateway_events_handled_total{outcome="handled",type="invoice.overdue"} 1.0',
        "gateway_event_wait_seconds_count 1.0",
        'gateway_leases_total{end="taken"} 3.0',
        'gateway_doubts_looked_up_total{end="adopted"} 1.0',
    ):
        assert line in text


def test_what_is_counted_replaces_what_was_counted_before() -> None:
    metrics = Metrics()
    ago = NOW - timedelta(minutes=2)
    metrics.inbox_counted(InboxDepth(events=2, oldest_at=ago), NOW)
    counted = measures(
        outbox=Depth(
            messages={(MessageState.PENDING, "kravia.register"): 4, (MessageState.PARKED, "x"): 1},
            oldest_due_at=ago,
        ),
        in_doubt=Unknown(count=1, oldest_sent_at=ago),
        frozen={"acme": 3},
        holds={"today": 5},
        polled_at={"acme": ago},
        swept_at={"acme": ago},
        alerts={"parked": 1, "of another release": 2},
        tasks=6,
    )
    metrics.measured(counted, NOW)
    first = metrics.render().decode()
    metrics.inbox_counted(InboxDepth(events=0, oldest_at=None), NOW)
    metrics.measured(measures(), NOW)
    second = metrics.render().decode()

    for line in (
        "gateway_inbox_events 2.0",
        "gateway_inbox_oldest_age_seconds 120.0",
        'gateway_outbox_messages{kind="kravia.register",state="pending"} 4.0',
        'gateway_outbox_messages{kind="other",state="parked"} 1.0',
        "gateway_outbox_oldest_due_age_seconds 120.0",
        'gateway_doubts{state="in_doubt"} 1.0',
        'gateway_doubts_oldest_age_seconds{state="in_doubt"} 120.0',
        'gateway_claims_frozen{creditor_id="acme"} 3.0',
        'gateway_claims_held{days_ahead="today"} 5.0',
        'gateway_mirror_age_seconds{creditor_id="acme"} 120.0',
        'gateway_ledger_sweep_age_seconds{creditor_id="acme"} 120.0',
        'gateway_alerts{kind="parked"} 1.0',
        'gateway_alerts{kind="other"} 2.0',
        "gateway_tasks_open 6.0",
    ):
        assert line in first
        assert line not in second


def test_a_word_of_no_list_is_counted_as_other() -> None:
    metrics = Metrics()
    metrics.event_handled("Kari Nordmann", "handled", -1.0)
    metrics.delivered("ledger.Kari", "delivered")

    text = metrics.render().decode()

    assert "Kari" not in text
    assert 'gateway_events_handled_total{outcome="handled",type="other"} 1.0' in text
    assert "gateway_event_wait_seconds_sum 0.0" in text


def test_two_gateways_in_one_process_count_apart() -> None:
    first, second = Metrics(), Metrics()
    first.inbox_counted(InboxDepth(events=5, oldest_at=NOW), NOW)

    assert "gateway_inbox_events 5.0" in first.render().decode()
    assert "gateway_inbox_events 0.0" in second.render().decode()


def test_every_event_type_of_the_schema_has_its_label() -> None:
    union = get_args(KnownEvent)[0] if not hasattr(KnownEvent, "__args__") else KnownEvent
    types = {
        word
        for model in get_args(union)
        for word in get_args(model.model_fields["type"].annotation)
    }

    assert types == EVENT_TYPES


def test_every_message_out_of_the_contract_has_its_label() -> None:
    assert {"kravia.register", "ledger.claim.closed", "notify.alert"} <= MESSAGE_KINDS


@pytest.mark.parametrize(
    ("routes", "words", "prefix"),
    [
        (KRAVIA_ROUTES, kravia.PATH_WORDS, ""),
        (CONTA_ROUTES, conta.PATH_WORDS, "/invoice/organizations/4242"),
    ],
    ids=["kravia", "conta"],
)
def test_every_operation_of_a_remote_is_named_without_its_ids(
    routes: Any, words: frozenset[str], prefix: str
) -> None:
    for method, pattern, _operation in routes:
        path = prefix + re.sub(r"\([^)]*\)", "Kari-4711", pattern)

        name = operation_of(Request(method=method, path=path), words)

        assert name != OTHER
        assert "4711" not in name


@pytest.mark.parametrize(
    ("status", "told"),
    [
        (200, None),
        (202, None),
        (302, "rejected"),
        (400, "rejected"),
        (401, "authentication"),
        (404, "not_found"),
        (410, "gone"),
        (429, "rate_limited"),
        (503, "failing"),
    ],
)
def test_an_answer_has_one_class(status: int, told: str | None) -> None:
    assert error_class(status) == told


@pytest.mark.parametrize(
    ("day", "word"),
    [
        ("2026-11-23", "overdue"),
        ("2026-11-24", "today"),
        ("2026-11-25", "tomorrow"),
        ("2026-12-01", "2-7"),
        ("2026-12-02", "8-30"),
        ("2026-12-24", "8-30"),
        ("2026-12-25", "31+"),
    ],
)
def test_a_holds_day_falls_into_one_of_few_words(day: str, word: str) -> None:
    assert days_ahead(date.fromisoformat(day), date(2026, 11, 24)) == word


def test_every_metric_has_a_unit_or_counts_and_says_what_it_is() -> None:
    for family in Metrics().registry.collect():
        if family.name.startswith("gateway_"):
            assert len(family.documentation) > 15
            assert family.documentation.endswith((".", ";"))


def test_the_dashboard_shows_every_metric_and_names_no_other() -> None:
    text = DASHBOARD.read_text(encoding="utf-8")
    queries = [
        target["expr"]
        for panel in json.loads(text)["panels"]
        for target in panel.get("targets", ())
    ]
    shown = {family_of(name) for query in queries for name in NAME.findall(query)}

    assert shown == families()


def test_every_panel_says_what_it_means_and_overlaps_no_other() -> None:
    panels = json.loads(DASHBOARD.read_text(encoding="utf-8"))["panels"]
    taken: set[tuple[int, int]] = set()
    for panel in panels:
        at = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(at["x"], at["x"] + at["w"])
            for y in range(at["y"], at["y"] + at["h"])
        }
        assert not cells & taken, panel["title"]
        taken |= cells
        assert panel["type"] == "row" or panel["description"]
    assert len({panel["id"] for panel in panels}) == len(panels)


def test_the_alert_rules_name_metrics_that_exist_and_runbook_entries() -> None:
    text = RULES.read_text(encoding="utf-8")
    runbook = (ROOT / "docs/runbook.md").read_text(encoding="utf-8")
    anchors = {
        re.sub(r"[^a-z0-9 -]", "", heading.lower()).replace(" ", "-")
        for heading in re.findall(r"^###? (.+)$", runbook, flags=re.MULTILINE)
    }
    named = set(NAME.findall(text))

    assert {family_of(name) for name in named} <= families()
    linked = re.findall(r"runbook: docs/runbook\.md#(\S+)", text)
    assert set(linked) <= anchors
    assert len(linked) == len(re.findall(r"^ +- alert: ", text, flags=re.MULTILINE))


def test_the_page_lists_every_metric_with_its_labels_and_meaning() -> None:
    page = (ROOT / "docs/watching.md").read_text(encoding="utf-8")
    listed = dict(re.findall(r"^\| `(gateway_[a-z_]+)` \| (.+) \|$", page, flags=re.MULTILINE))
    there = {}
    for collector in Metrics().registry._collector_to_names:
        if getattr(collector, "_name", "").startswith("gateway_"):
            labels = ", ".join(f"`{name}`" for name in collector._labelnames) or "-"  # type: ignore[attr-defined]
            there[collector._name] = f"{collector._type} | {labels} | {collector._documentation}"  # type: ignore[attr-defined]

    assert listed == there
