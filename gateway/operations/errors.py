"""The one error an operation answers a caller with: a sentence for a person, and its kind."""

from __future__ import annotations

from typing import Literal

ErrorKind = Literal["not_found", "refused", "invalid", "unreachable", "forbidden"]
"""What the caller should do next: name another thing, change its state first, mend the arguments,
see to a remote system, or ask somebody who may."""


class OperationError(Exception):
    """An operation that did nothing; ``message`` says why and what to do, without personal data."""

    def __init__(self, message: str, *, kind: ErrorKind = "refused") -> None:
        super().__init__(message)
        self.message = message
        self.kind: ErrorKind = kind
