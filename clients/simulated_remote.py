"""What every simulated remote shares: books with a clock, faults that strike, whole answers.

::

    handle(request) ── fault first? ── effect, answer ── fault after it? ──> Response
                            └───────────────────────────────┴─ no whole answer ─> SimulatedFault
"""

from __future__ import annotations

import contextlib
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import Generic, Protocol, TypeVar

from clients.exchange import Request, Response
from clients.simulated_faults import C, Fault, FaultKind, FaultPlan, SimulatedFault

OVERSIZED_BYTES = 9 * 1024 * 1024
"""Just over the client's cap on an answer."""

_PAGE = b"<!doctype html><html><body>Down for maintenance</body></html>"


class Dated(Protocol):
    """Books that know what time it is; ``now`` is aware UTC."""

    now: datetime


B = TypeVar("B", bound=Dated)


class SimulatedRemote(ABC, Generic[B, C]):
    """Books, clock and faults; a remote adds what it answers, and what may happen in it."""

    def __init__(self, books: B, conditions: C) -> None:
        self.books = books
        self.faults = FaultPlan(conditions=conditions)
        self.calls: dict[str, int] = {}  # by operation, faulty and refused ones included
        self.under_way = 0  # calls that came and whose answer has not left yet

    @contextlib.contextmanager
    def one_more_under_way(self) -> Iterator[None]:
        """Count a call as under way, for a remote that minds how many are; its carrier does."""
        self.under_way += 1
        try:
            yield
        finally:
            self.under_way -= 1

    @property
    def now(self) -> datetime:
        """The simulated instant."""
        return self.books.now

    def set_now(self, now: datetime) -> None:
        """Move the simulated clock."""
        self.books.now = now

    def set_conditions(self, **changes: float) -> None:
        """Change standing conditions by name, e.g. ``set_conditions(date_skew_seconds=60)``."""
        self.faults.conditions = replace(self.faults.conditions, **changes)  # type: ignore[arg-type]  # the dataclass checks the names

    def handle(self, request: Request) -> Response:
        """Answer, or raise ``SimulatedFault`` where no whole answer comes."""
        operation, identifier = self._route(request)
        self.calls[operation] = self.calls.get(operation, 0) + 1
        fault = self.faults.take(operation)
        if fault is not None and not fault.happens_after_effect:
            return self._strike(fault, None)
        response = self._answer(operation, identifier, request)
        return response if fault is None else self._strike(fault, response)

    @abstractmethod
    def _route(self, request: Request) -> tuple[str, str]:
        """Return (operation in the client's word, id in the path or "")."""

    @abstractmethod
    def _answer(self, operation: str, identifier: str, request: Request) -> Response:
        """Do what is asked, or refuse it."""

    @abstractmethod
    def _fail(self, fault: Fault) -> Response:
        """Word the status of a fault."""

    def _strike(self, fault: Fault, response: Response | None) -> Response:
        if fault.kind is FaultKind.STATUS:
            failure = self._fail(fault)
            if fault.retry_after_seconds is None:
                return failure
            retry_after = {"retry-after": str(fault.retry_after_seconds)}
            return replace(failure, headers={**failure.headers, **retry_after})
        if fault.kind is FaultKind.HTML:
            return self._whole(_PAGE, content_type="text/html")
        if fault.kind is FaultKind.OVERSIZED:
            return self._whole(b'"' + b"x" * OVERSIZED_BYTES + b'"')
        raise SimulatedFault(fault, response)

    def _whole(
        self,
        body: bytes,
        *,
        status: int = 200,
        content_type: str = "application/json; charset=utf-8",
    ) -> Response:
        skew = timedelta(seconds=self.faults.conditions.date_skew_seconds)
        date = format_datetime(self.now + skew, usegmt=True)
        return Response(
            status=status, headers={"content-type": content_type, "date": date}, body=body
        )
