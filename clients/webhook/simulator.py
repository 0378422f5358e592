"""A ledger that is told by webhooks: keeps books of what it was told, and can fail on purpose.

Pure: ``handle(request)`` answers, ``set_now`` is its clock. Under it stands the shell of
``simulator_server``, or a ``DirectTransport`` in the same process. What such a ledger sends
itself is built by ``ledger_events``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import cast

import orjson

from clients.exchange import Request, Response
from clients.simulated_faults import Fault, FaultKind, SimulatedFault
from clients.webhook.signature import ID_HEADER, verify


class LedgerFaultKind(StrEnum):
    """How a delivery goes wrong."""

    STATUS = "status"  # not booked; ``status`` is answered, e.g. 429, 410, 500
    ACCEPT_THEN_TIMEOUT = "accept_then_timeout"  # booked, and no answer ever comes
    HANG = "hang"  # not booked, no answer


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerFault:
    """Strikes the next ``times`` deliveries of ``type`` (``*`` any); ``times`` None: all."""

    kind: LedgerFaultKind
    type: str = "*"
    times: int | None = 1
    status: int = 503
    retry_after_seconds: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One webhook as booked: what it said, and how often it came."""

    webhook_id: str
    type: str
    timestamp: str
    data: Mapping[str, object]
    body: bytes
    deliveries: int

    @property
    def claim_id(self) -> str | None:
        """The claim it is about, if it is about one."""
        claim = self.data.get("claim")
        found = claim.get("claim_id") if isinstance(claim, Mapping) else None
        return found if isinstance(found, str) else None


class LedgerSimulator:
    """The ledger and its books."""

    def __init__(self, *, secret: bytes, now: datetime) -> None:
        self._secret = secret
        self._now = now
        self._told: dict[str, Told] = {}
        self._faults: list[LedgerFault] = []
        self.books_settlements = False
        """Whether it answers a settlement with the voucher it booked it under."""
        self.refused = 0
        """Deliveries whose signature did not hold, or that were no webhooks."""
        self.conflicts = 0
        """Deliveries of another body under an id already booked: never right."""

    def set_now(self, now: datetime) -> None:
        """Set the simulated clock; signatures are judged by it."""
        self._now = now

    def plant(self, *faults: LedgerFault) -> None:
        """Add faults behind those already planted."""
        self._faults.extend(faults)

    def clear_faults(self) -> None:
        """Let everything succeed from now on."""
        self._faults.clear()

    @property
    def told(self) -> tuple[Told, ...]:
        """Everything booked, each webhook-id once, in the order it first came."""
        return tuple(self._told.values())

    @property
    def duplicates(self) -> int:
        """How many deliveries repeated a webhook-id already booked."""
        return sum(told.deliveries - 1 for told in self._told.values())

    def of_type(self, type: str) -> tuple[Told, ...]:  # noqa: A002  the body's own word
        """Everything booked of one event type."""
        return tuple(told for told in self.told if told.type == type)

    def of_claim(self, claim_id: str) -> tuple[Told, ...]:
        """Everything booked about one claim."""
        return tuple(told for told in self.told if told.claim_id == claim_id)

    def handle(self, request: Request) -> Response:
        """Answer one delivery; raises ``SimulatedFault`` where none comes."""
        if request.method != "POST":
            return _answer(405, "webhooks are posted")
        if not verify(request.headers, request.body, [self._secret], self._now.timestamp()):
            self.refused += 1
            return _answer(401, "signature not accepted")
        document = _envelope(request.body)
        if document is None:
            self.refused += 1
            return _answer(422, "expected an object with type, timestamp and data")
        webhook_id = _header(request.headers, ID_HEADER)
        fault = self._take_fault(cast("str", document["type"]))
        if fault is not None and fault.kind is LedgerFaultKind.HANG:
            raise _silence(fault)
        if fault is not None and fault.kind is LedgerFaultKind.STATUS:
            return _failed(fault)
        if not self._book(webhook_id, document, request.body):
            self.conflicts += 1
            return _answer(409, "another body came under this webhook-id")
        if fault is not None:
            raise _silence(fault)
        if self.books_settlements and document["type"] == "settlement.received":
            data = cast("Mapping[str, object]", document["data"])
            body = orjson.dumps({"voucher_id": f"V-{data['settlement_id']}"})
            return Response(status=200, headers={}, body=body)
        return _answer(200, "booked")

    def _book(self, webhook_id: str, document: Mapping[str, object], body: bytes) -> bool:
        known = self._told.get(webhook_id)
        if known is not None:
            if known.body != body:
                return False
            self._told[webhook_id] = replace(known, deliveries=known.deliveries + 1)
            return True
        self._told[webhook_id] = Told(
            webhook_id=webhook_id,
            type=cast("str", document["type"]),
            timestamp=cast("str", document["timestamp"]),
            data=cast("Mapping[str, object]", document["data"]),
            body=body,
            deliveries=1,
        )
        return True

    def _take_fault(self, type_: str) -> LedgerFault | None:
        for index, fault in enumerate(self._faults):
            if fault.type not in {"*", type_}:
                continue
            if fault.times is not None and fault.times <= 1:
                del self._faults[index]
            elif fault.times is not None:
                self._faults[index] = replace(fault, times=fault.times - 1)
            return fault
        return None


def _envelope(body: bytes) -> Mapping[str, object] | None:
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    if (
        isinstance(document, dict)
        and isinstance(document.get("type"), str)
        and isinstance(document.get("timestamp"), str)
        and isinstance(document.get("data"), dict)
    ):
        return document
    return None


def _header(headers: Mapping[str, str], name: str) -> str:
    return next(value for key, value in headers.items() if key.lower() == name)


def _answer(status: int, said: str) -> Response:
    return Response(
        status=status,
        headers={"content-type": "application/json"},
        body=orjson.dumps({"message": said}),
    )


def _silence(fault: LedgerFault) -> SimulatedFault:
    return SimulatedFault(Fault(kind=FaultKind(fault.kind.value)), None)


def _failed(fault: LedgerFault) -> Response:
    answer = _answer(fault.status, "simulated fault")
    if fault.retry_after_seconds is None:
        return answer
    retry_after = {"retry-after": str(fault.retry_after_seconds)}
    return replace(answer, headers={**answer.headers, **retry_after})
