"""What the settings point at: the dated law with its holidays, and what is assumed of remotes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TypeVar

import holidays

from clients.assumptions_document import merge_assumptions
from clients.conta import assumptions as conta
from clients.fiken import assumptions as fiken
from clients.kravia.assumptions import Assumptions, parse_assumptions
from clients.tripletex import assumptions as tripletex
from gateway.domain.retention import RetentionRow
from gateway.domain.rules import Policy, Rules
from gateway.settings import Fault, Settings, SettingsError
from gateway.settings_creditor import (
    ContaLedgerSettings,
    FikenLedgerSettings,
    TripletexLedgerSettings,
)
from gateway.settings_sources import Document, read_toml, shipped
from mappers.policy_from_toml import policy_from_toml
from mappers.retention_from_toml import retention_from_toml
from mappers.rules_from_toml import rules_from_toml

A = TypeVar("A")
T = TypeVar("T")

# The oldest claim that is not time-barred is some years old, the furthest date reckoned with (a
# limitation day after an acknowledged debt) ten years ahead.
_FIRST_YEAR = 2010
_LAST_YEAR = 2060


def public_holidays() -> frozenset[date]:
    """Return Norway's public holidays of all years that a claim can touch."""
    years = range(_FIRST_YEAR, _LAST_YEAR + 1)
    return frozenset(holidays.country_holidays("NO", years=years))


def load_rules(settings: Settings) -> Rules:
    """Read the shipped law and the files of ``rules.extra``; raises ``SettingsError``."""
    days = public_holidays()
    return _read_law(settings, lambda documents: rules_from_toml(documents, days))


def load_policy(settings: Settings) -> Policy:
    """Read the policy of creditors that choose nothing themselves; raises ``SettingsError``."""
    return _read_law(settings, policy_from_toml)


def _read_law(settings: Settings, read: Callable[[Sequence[Document]], T]) -> T:
    return _read([shipped("rules/norway.toml"), *settings.rules.extra], read)


def _read(files: Sequence[Path], read: Callable[[Sequence[Document]], T]) -> T:
    """Add file after file, so that a fault is told of the file that has it."""
    documents: list[Document] = []
    for file in files:
        documents.append(read_toml(file))
        try:
            found = read(documents)
        except ValueError as error:
            raise SettingsError([Fault(source=str(file), key="", message=str(error))]) from error
    return found


def load_retention(settings: Settings) -> tuple[RetentionRow, ...]:
    """Read how long what is kept, the operator's rows last; raises ``SettingsError``."""
    own = [] if settings.retention.rows is None else [settings.retention.rows]
    return _read([shipped("retention.toml"), *own], retention_from_toml)


def load_assumptions(settings: Settings) -> Assumptions:
    """Read the shipped assumptions with the operator's laid over them; raises ``SettingsError``."""
    file = shipped("kravia.toml")
    document: dict[str, object] = read_toml(file)
    if settings.kravia.assumptions is not None:
        file = settings.kravia.assumptions
        document = merge_assumptions(document, read_toml(file))
    try:
        return parse_assumptions(document)
    except ValueError as error:
        raise SettingsError([Fault(source=str(file), key="", message=str(error))]) from error


def load_conta_assumptions(ledger: ContaLedgerSettings) -> conta.Assumptions:
    """Read the shipped assumptions about Conta with one creditor's laid over them.

    Raises ``SettingsError``.
    """
    return _merged("conta.toml", ledger.assumptions, conta.parse_assumptions)


def load_fiken_assumptions(ledger: FikenLedgerSettings) -> fiken.Assumptions:
    """Read the shipped assumptions about Fiken with one creditor's laid over them.

    Raises ``SettingsError``.
    """
    return _merged("fiken.toml", ledger.assumptions, fiken.parse_assumptions)


def load_tripletex_assumptions(ledger: TripletexLedgerSettings) -> tripletex.Assumptions:
    """Read the shipped assumptions about Tripletex with one creditor's laid over them.

    Raises ``SettingsError``.
    """
    return _merged("tripletex.toml", ledger.assumptions, tripletex.parse_assumptions)


def _merged(name: str, own: Path | None, parse: Callable[[Mapping[str, object]], A]) -> A:
    file = shipped(name)
    document: dict[str, object] = read_toml(file)
    if own is not None:
        file = own
        document = merge_assumptions(document, read_toml(file))
    try:
        return parse(document)
    except ValueError as error:
        raise SettingsError([Fault(source=str(file), key="", message=str(error))]) from error
