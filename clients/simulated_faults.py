"""What can go wrong at a simulated remote, as values that are planted and used up.

``applied`` faults strike after the effect stands in the books: the worst ones, for the caller
cannot see that it does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from enum import StrEnum
from typing import Any, Generic, TypeVar

from clients.exchange import Response


class FaultKind(StrEnum):
    """How a call goes wrong."""

    ACCEPT_THEN_TIMEOUT = "accept_then_timeout"  # the effect happens, no answer ever comes
    HANG = "hang"  # no effect, no answer
    SLOW = "slow"  # answers after ``seconds``
    RESET = "reset"  # the connection is reset after the request
    CLOSE = "close"  # the connection is closed after the request, without an answer
    HALF_ANSWER = "half_answer"  # the answer breaks off
    GARBAGE = "garbage"  # bytes that are not HTTP
    HTML = "html"  # a web page with status 200
    STATUS = "status"  # ``status`` and ``name``, Retry-After if ``retry_after_seconds`` is set
    OVERSIZED = "oversized"  # an answer larger than anyone should read
    REFUSE = "refuse"  # no connection (in the process; on a socket: reset)


_APPLIED_BY_DEFAULT = frozenset(
    {
        FaultKind.ACCEPT_THEN_TIMEOUT,
        FaultKind.SLOW,
        FaultKind.HALF_ANSWER,
        FaultKind.GARBAGE,
        FaultKind.OVERSIZED,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Strikes ``times`` calls of ``operation`` ("*" any) after letting ``after`` of them pass.

    Operations: those of the client. ``times`` None means until cleared; ``applied`` None means as
    is usual for the kind. ``name`` is what the remote calls the fault beside a status, "" what it
    usually does.
    """

    kind: FaultKind
    operation: str = "*"
    times: int | None = 1
    after: int = 0
    status: int = 503
    name: str = ""
    retry_after_seconds: int | None = None
    seconds: float = 3600.0  # far beyond any client's patience
    applied: bool | None = None

    @property
    def happens_after_effect(self) -> bool:
        """Whether the books change before the fault strikes."""
        if self.kind is FaultKind.ACCEPT_THEN_TIMEOUT:
            return True
        return self.kind in _APPLIED_BY_DEFAULT if self.applied is None else self.applied


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What stands rather than strikes, at any remote; each adds its own.

    ``date_skew_seconds``: the Date header is wrong by that much.
    """

    date_skew_seconds: int = 0


C = TypeVar("C", bound=Circumstances)


@dataclass(slots=True, kw_only=True)
class FaultPlan(Generic[C]):
    """The faults still to strike, in the order they were planted, and the conditions."""

    faults: list[Fault] = field(default_factory=list)
    conditions: C

    def plant(self, *faults: Fault) -> None:
        """Add faults behind those already planted."""
        self.faults.extend(faults)

    def take(self, operation: str) -> Fault | None:
        """Return the fault that strikes this call, if any, and use it up by one."""
        for index, fault in enumerate(self.faults):
            if fault.operation not in {"*", operation}:
                continue
            if fault.after > 0:
                self.faults[index] = replace(fault, after=fault.after - 1)
                continue
            if fault.times is None:
                return fault
            if fault.times <= 1:
                del self.faults[index]
            else:
                self.faults[index] = replace(fault, times=fault.times - 1)
            return fault
        return None


class SimulatedFault(Exception):  # noqa: N818  it is not an error of the simulator
    """No whole answer: the carrier hangs, resets, closes …; ``response`` is what it withholds."""

    def __init__(self, fault: Fault, response: Response | None) -> None:
        super().__init__(fault.kind.value)
        self.fault = fault
        self.response = response


def faults_from_document(document: Mapping[str, object], conditions: type[C]) -> FaultPlan[C]:
    """Read ``{"faults": [{...}], "conditions": {...}}``, the keys as in the classes.

    ``times`` 0 (or null) means until cleared. ``ValueError`` names a wrong or unknown key.
    """
    unknown = sorted(set(document) - {"faults", "conditions"})
    if unknown:
        raise ValueError(f"{unknown[0]}: unknown key; there are faults and conditions")
    listed = document.get("faults", [])
    if not isinstance(listed, list):
        raise ValueError("faults: must be a list")  # noqa: TRY004  one error type for one cause
    faults = [_fault(row, f"faults.{index}") for index, row in enumerate(listed)]
    values = _checked(document.get("conditions", {}), "conditions", conditions())
    return FaultPlan(faults=faults, conditions=conditions(**values))


def _fault(row: object, name: str) -> Fault:
    if not isinstance(row, Mapping) or "kind" not in row:
        raise ValueError(f"{name}.kind: missing")
    try:
        kind = FaultKind(str(row["kind"]))
    except ValueError as error:
        allowed = ", ".join(FaultKind)
        raise ValueError(f"{name}.kind: must be one of {allowed}") from error
    example = Fault(kind=kind, retry_after_seconds=0, applied=False)  # no None: types to check by
    values = _checked({key: row[key] for key in row if key != "kind"}, name, example)
    if values.get("times") == 0:  # TOML has no null
        values["times"] = None
    return replace(Fault(kind=kind), **values)


def _checked(row: object, name: str, example: Fault | Circumstances) -> dict[str, Any]:
    """Return the row once each key is known and has the type of the same field of ``example``."""
    if not isinstance(row, Mapping):
        raise ValueError(f"{name}: must be a table")  # noqa: TRY004 - one error type for one cause
    allowed = {item.name: type(getattr(example, item.name)) for item in fields(example)}
    values: dict[str, Any] = {}
    for key, value in row.items():
        if key not in allowed or key == "kind":
            raise ValueError(f"{name}.{key}: unknown key")
        wanted = (int, float) if allowed[key] is float else (allowed[key],)
        is_bool_for_number = isinstance(value, bool) and allowed[key] is not bool
        is_forever = key == "times" and value is None
        if not is_forever and (not isinstance(value, wanted) or is_bool_for_number):
            raise ValueError(f"{name}.{key}: must be of type {allowed[key].__name__}")
        values[str(key)] = value
    return values
