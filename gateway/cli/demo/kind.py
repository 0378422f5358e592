"""The ledgers that the demo can be played on; apart, so that ``--help`` imports nothing else."""

from __future__ import annotations

from enum import StrEnum


class LedgerKind(StrEnum):
    """Which ledger the creditor has."""

    CONTA = "conta"
    WEBHOOK = "webhook"
