"""What the composition root hands the HTTP edge: explicit dependencies, nothing looked up."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from gateway.tracing import NoTracing, Tracing
from gateway.web.admin import Call, Tokens
from gateway.web.console.door import Door
from gateway.web.health import Check
from gateway.web.kravia_hints import IsKnown, Verifier
from gateway.web.ledger_hints import LedgerVerifier
from gateway.web.webhooks import Record, WebhookLimits


class Drain:
    """The flag that is raised first when the server stops: new work is refused from then on."""

    __slots__ = ("_draining",)

    def __init__(self) -> None:
        self._draining = False

    def begin(self) -> None:
        """Refuse new webhooks with 503 and stop being ready; there is no way back."""
        self._draining = True

    def is_draining(self) -> bool:
        """Tell whether ``begin`` was called."""
        return self._draining


def _never() -> bool:
    return False


def _ignore(_word: str) -> None:
    return None


def _no_metrics() -> bytes:
    return b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """Dependencies of the whole edge.

    ``secrets``: per creditor its active webhook secrets. ``record``: keeps an event durably.
    ``is_full``: is the inbox beyond its limit? (asked per request: keep it a lookup.)
    ``observe``: told one word per webhook, for metrics. ``call``: runs an operation by name.
    ``ledger_verifiers``: per creditor, who may hint that its ledger is worth a sweep.
    ``render_metrics``: Prometheus text. ``admin_token``: opens ``/admin`` over TCP; so do
    ``tokens``, each what it may. ``console``: what ``/console`` is built on; None leaves it out.
    """

    secrets: Mapping[str, Sequence[bytes]]
    record: Record
    now: Callable[[], datetime]
    call: Call
    is_known: IsKnown
    hint: Callable[[str], None]
    checks: Mapping[str, Check] = field(default_factory=dict)
    drain: Drain = field(default_factory=Drain)
    limits: WebhookLimits = field(default_factory=WebhookLimits)
    is_full: Callable[[], bool] = _never
    observe: Callable[[str], None] = _ignore
    render_metrics: Callable[[], bytes] = _no_metrics
    hint_verifier: Verifier | None = None
    ledger_verifiers: Mapping[str, LedgerVerifier] = field(default_factory=dict)
    ledger_hint: Callable[[str], None] = _ignore
    admin_token: str | None = None
    tokens: Tokens | None = None
    console: Door | None = None
    operation_names: Sequence[str] = ()
    tracing: Tracing = field(default_factory=NoTracing)
    version: str = "0"
