"""A creditor whose ledger is Tripletex: its section, its faults, its assumptions."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from gateway.settings import Settings, SettingsError
from gateway.settings_creditor import TripletexLedgerSettings
from gateway.settings_documents import load_tripletex_assumptions
from gateway.settings_sources import shipped

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
ENVIRON = {
    "ACME_WEBHOOK_SECRET": SECRET,
    "TOKEN": "kravia-token",
    "CONSUMER": "tlx-consumer",
    "EMPLOYEE": "tlx-employee",
    "SHARED": "tlx-shared",
}
ACME = """
[kravia]
token = "env:TOKEN"

[creditors.acme]
kravia_creditor_id = 10759
webhook_secrets = ["env:ACME_WEBHOOK_SECRET"]

[creditors.acme.ledger]
kind = "tripletex"
company_id = 5050
consumer_token = "env:CONSUMER"
employee_token = "env:EMPLOYEE"
webhook_secret = "env:SHARED"
"""


def _build(text: str, environ: Mapping[str, str] = ENVIRON, **options: Any) -> Settings:
    options.setdefault("base", Path("/srv/gateway"))
    return Settings.build(tomllib.loads(text), environ, **options)


def _ledger(text: str, **options: Any) -> TripletexLedgerSettings:
    ledger = _build(text, **options).creditors["acme"].ledger
    assert isinstance(ledger, TripletexLedgerSettings)
    return ledger


def _faults(text: str) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        _build(text)
    return [str(fault).removeprefix("config/gateway.toml: ") for fault in caught.value.faults]


def test_a_company_and_two_tokens_are_enough() -> None:
    settings = _build(ACME.replace('webhook_secret = "env:SHARED"\n', ""))
    creditor = settings.creditors["acme"]

    assert settings.to_creditors()["acme"].ledger_kind == "tripletex"
    assert (creditor.identity().ledger_kind, creditor.identity().ledger_account) == (
        "tripletex",
        "5050",
    )
    assert _ledger(ACME).base_url == "https://tripletex.no/v2"


def test_no_secret_shows_anywhere() -> None:
    settings = _build(ACME)

    assert "tlx-" not in f"{settings!r} {settings} {settings.model_dump()}"


@pytest.mark.parametrize(
    ("before", "after", "fault"),
    [
        ("company_id = 5050\n", "", "creditors.acme.ledger.company_id: missing; it must be"),
        ("5050", "0", "creditors.acme.ledger.company_id: 0 is not allowed; it must be"),
        (
            'consumer_token = "env:CONSUMER"\n',
            "",
            'creditors.acme.ledger.consumer_token: missing; it must be "env:NAME" or "file:PATH"',
        ),
        (
            'employee_token = "env:EMPLOYEE"\n',
            "",
            'creditors.acme.ledger.employee_token: missing; it must be "env:NAME" or "file:PATH"',
        ),
        (
            "env:EMPLOYEE",
            "an-employee-token",
            "creditors.acme.ledger.employee_token: a secret must not stand in the file; write",
        ),
        (
            "env:SHARED",
            "env:NONE",
            "creditors.acme.ledger.webhook_secret: the environment variable NONE is not set",
        ),
        (
            "kravia_creditor_id",
            'payout_model = "batch"\nkravia_creditor_id',
            'creditors.acme.ledger.payment_type_id: missing; with payout_model "batch" it must be',
        ),
        (
            "company_id",
            'closed_period = "skip"\ncompany_id',
            'creditors.acme.ledger.closed_period: "skip" is not allowed; it must be "park" or',
        ),
        (
            "company_id",
            'assumptions = "mine.toml"\ncompany_id',
            "creditors.acme.ledger.assumptions: no such file: /srv/gateway/mine.toml",
        ),
    ],
)
def test_a_fault_names_the_key_and_what_is_allowed(before: str, after: str, fault: str) -> None:
    [found] = _faults(ACME.replace(before, after))

    assert found.startswith(fault)


@pytest.mark.parametrize("name", ["consumer_token", "employee_token"])
def test_offline_the_tokens_are_not_asked_for(name: str) -> None:
    ledger = _ledger(ACME, environ={}, need_secrets=False)

    assert getattr(ledger, name) is None


def test_ones_own_assumptions_lie_over_the_shipped_ones(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text("[payments]\ntypes = ['INCOMING_PAYMENT']\n")
    own = ACME.replace("company_id", 'assumptions = "mine.toml"\ncompany_id')

    found = load_tripletex_assumptions(_ledger(own, base=tmp_path))

    assert found.payments.types == {"INCOMING_PAYMENT"}
    assert "closegroup.create" in found.webhooks.events


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("session_days = 0", "session_days"),
        ("sesion_days = 2", "sesion_days"),
        ("[lists]\nstatus = 'OPEN'", "lists.status"),
        ("[lists]\nyears_back = 99", "lists.years_back"),
        ("[payments]\ntypes = 'INCOMING_PAYMENT'", "payments.types"),
        ("[webhooks]\nevents = [1]", "webhooks.events"),
    ],
)
def test_a_wrong_assumption_is_named_with_its_file(tmp_path: Path, text: str, key: str) -> None:
    (tmp_path / "mine.toml").write_text(text)
    own = ACME.replace("company_id", 'assumptions = "mine.toml"\ncompany_id')

    with pytest.raises(SettingsError, match=f"mine.toml: {key}: "):
        load_tripletex_assumptions(_ledger(own, base=tmp_path))


def test_every_assumption_has_its_source_beside_it() -> None:
    sources = ("documented", "observed", "inferred", "assumed", "ours", "told", "unverified")
    lines = shipped("tripletex.toml").read_text().splitlines()
    for number, line in enumerate(lines):
        if "=" in line and not line.startswith("#"):
            before = [each for each in lines[max(0, number - 2) : number] if each.startswith("#")]
            assert any(source in line or source in " ".join(before) for source in sources), line


def test_the_shipped_file_shows_every_setting_with_its_default() -> None:
    text = shipped("gateway.toml").read_text().partition("# [creditors.delta.ledger]")[2]
    text = text.partition("\n#\n")[0]
    lines = [line for line in text.splitlines() if re.match(r"# [a-z_]+ = ", line)]
    shown = tomllib.loads("\n".join(line.removeprefix("# ") for line in lines))

    assert set(shown) == set(TripletexLedgerSettings.model_fields)
    for name in ("base_url", "poll_seconds", "closed_period"):
        assert shown[name] == TripletexLedgerSettings.model_fields[name].default
