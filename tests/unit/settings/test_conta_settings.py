"""A creditor whose ledger is Conta: its section, its faults, its assumptions."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from gateway.operations.creditor import PayoutModel
from gateway.settings import Settings, SettingsError
from gateway.settings_creditor import ContaLedgerSettings
from gateway.settings_documents import load_conta_assumptions
from gateway.settings_sources import shipped

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
ENVIRON = {"ACME_WEBHOOK_SECRET": SECRET, "TOKEN": "kravia-token", "KEY": "conta-key"}
ACME = """
[kravia]
token = "env:TOKEN"

[creditors.acme]
kravia_creditor_id = 10759
webhook_secrets = ["env:ACME_WEBHOOK_SECRET"]

[creditors.acme.ledger]
kind = "conta"
organization_id = 4242
api_key = "env:KEY"
"""


def _build(text: str, environ: Mapping[str, str] = ENVIRON, **options: Any) -> Settings:
    options.setdefault("base", Path("/srv/gateway"))
    return Settings.build(tomllib.loads(text), environ, **options)


def _ledger(text: str, environ: Mapping[str, str] = ENVIRON, **options: Any) -> ContaLedgerSettings:
    ledger = _build(text, environ, **options).creditors["acme"].ledger
    assert isinstance(ledger, ContaLedgerSettings)
    return ledger


def _faults(text: str, environ: Mapping[str, str] = ENVIRON, **options: Any) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        _build(text, environ, **options)
    return [str(fault).removeprefix("config/gateway.toml: ") for fault in caught.value.faults]


def test_two_settings_are_enough() -> None:
    ledger = _ledger(ACME)

    assert ledger.organization_id == 4242
    assert ledger.api_key is not None
    assert ledger.api_key.get_secret_value() == "conta-key"
    assert ledger.base_url == "https://api.gateway.conta.no"
    assert ledger.bank_account_id is None
    assert _build(ACME).to_creditors()["acme"].ledger_kind == "conta"


def test_the_key_shows_nowhere() -> None:
    settings = _build(ACME)

    assert "conta-key" not in f"{settings!r} {settings} {settings.model_dump()}"


@pytest.mark.parametrize(
    ("before", "after", "fault"),
    [
        (
            "organization_id = 4242\n",
            "",
            (
                "creditors.acme.ledger.organization_id: missing; it must be a whole number from 1"
                " to 9223372036854775807"
            ),
        ),
        (
            "organization_id = 4242",
            'organization_id = "Nordlys"',
            (
                'creditors.acme.ledger.organization_id: "Nordlys" is not allowed; it must be a'
                " whole number from 1 to 9223372036854775807"
            ),
        ),
        (
            'api_key = "env:KEY"\n',
            "",
            'creditors.acme.ledger.api_key: missing; it must be "env:NAME" or "file:PATH"',
        ),
        (
            "env:KEY",
            "conta-key",
            (
                "creditors.acme.ledger.api_key: a secret must not stand in the file; write env:NAME"
                " or file:PATH"
            ),
        ),
        (
            "env:KEY",
            "env:NONE",
            "creditors.acme.ledger.api_key: the environment variable NONE is not set",
        ),
        (
            'kind = "conta"',
            'kind = "conta"\nbase_url = "http://api.gateway.conta.no"',
            (
                'creditors.acme.ledger.base_url: "http://api.gateway.conta.no" must begin with'
                " https:// (http is for this machine only)"
            ),
        ),
        (
            'kind = "conta"',
            'kind = "conta"\nurl = "https://ledger.example"',
            (
                "creditors.acme.ledger.url: unknown setting; allowed here: api_key, assumptions,"
                " bank_account_id, base_url, kind, locked_period, organization_id, poll_seconds"
            ),
        ),
        (
            'kind = "conta"',
            'kind = "conta"\nassumptions = "mine.toml"',
            "creditors.acme.ledger.assumptions: no such file: /srv/gateway/mine.toml",
        ),
        (
            "kravia_creditor_id",
            'payout_model = "batch"\nkravia_creditor_id',
            (
                'creditors.acme.ledger.bank_account_id: missing; with payout_model "batch" it must'
                " be the id of the clearing account in Conta on which pay-outs are booked: a whole"
                " number"
            ),
        ),
        (
            'kind = "conta"',
            'kind = "conta"\nlocked_period = "skip"',
            (
                'creditors.acme.ledger.locked_period: "skip" is not allowed; it must be "park" or'
                ' "first_open_day"'
            ),
        ),
    ],
)
def test_a_fault_names_the_key_and_what_is_allowed(before: str, after: str, fault: str) -> None:
    assert _faults(ACME.replace(before, after)) == [fault]


def test_a_key_that_no_header_can_carry_is_refused_and_not_shown() -> None:
    [fault] = _faults(ACME, ENVIRON | {"KEY": "two words"})

    assert fault.startswith("creditors.acme.ledger.api_key: must be one word")
    assert "two words" not in fault


def test_a_lease_must_outlive_the_look_into_conta_and_the_register() -> None:
    [fault] = _faults(f"[outbox]\nlease_seconds = 54\n{ACME}")

    assert fault.startswith("outbox.lease_seconds: must be at least 55: ")
    assert "20 for the ledger" in fault


def test_kid_and_unknown_are_possible_without_an_account_and_batch_with_one() -> None:
    with_account = ACME + "bank_account_id = 3001\n"
    text = with_account.replace("kravia_creditor_id", 'payout_model = "batch"\nkravia_creditor_id')
    assert _build(text).creditors["acme"].payout_model is PayoutModel.BATCH
    for model in (PayoutModel.KID, PayoutModel.UNKNOWN):
        text = ACME.replace("kravia_creditor_id", f'payout_model = "{model}"\nkravia_creditor_id')
        assert _build(text).creditors["acme"].payout_model is model


def test_the_environment_overrides_it() -> None:
    prefix = "KRAVIA_GATEWAY_CREDITORS__ACME__LEDGER__"
    ledger = _ledger(
        ACME,
        ENVIRON
        | {
            f"{prefix}BASE_URL": "http://127.0.0.1:9020",
            f"{prefix}ORGANIZATION_ID": "7",
            f"{prefix}API_KEY": "from-the-environment",
        },
    )

    assert (ledger.base_url, ledger.organization_id) == ("http://127.0.0.1:9020", 7)
    assert ledger.api_key is not None
    assert ledger.api_key.get_secret_value() == "from-the-environment"


@pytest.mark.parametrize(
    ("after", "said"), [("", "missing"), ('kind = "poweroffice"\n', '"poweroffice" is not allowed')]
)
def test_a_missing_or_unknown_kind_tells_the_kinds(after: str, said: str) -> None:
    [fault] = _faults(ACME.replace('kind = "conta"\n', after))

    start = f'creditors.acme.ledger.kind: {said}; it must be "webhook" or "conta" or '
    assert fault.startswith(start)


def test_an_override_of_the_other_kinds_setting_is_a_fault() -> None:
    name = "KRAVIA_GATEWAY_CREDITORS__ACME__LEDGER__URL"

    [fault] = _faults(ACME, ENVIRON | {name: "https://ledger.example"})

    assert fault.startswith(f"{name}: creditors.acme.ledger.url: unknown setting; ")


def test_without_secrets_the_rest_is_read() -> None:
    assert _ledger(ACME, {}, need_secrets=False).api_key is None


def test_assumptions_of_ones_own_are_laid_over_the_shipped_ones(tmp_path: Path) -> None:
    text = ACME.replace('kind = "conta"', 'kind = "conta"\nassumptions = "mine.toml"')
    (tmp_path / "mine.toml").write_text("[lists]\npage_size_rows = 40\n")

    assumptions = load_conta_assumptions(_ledger(text, base=tmp_path))

    assert assumptions.lists.page_size_rows == 40
    assert assumptions.lists.pages_max == 2000


def test_a_wrong_assumption_names_its_file_and_key(tmp_path: Path) -> None:
    text = ACME.replace('kind = "conta"', 'kind = "conta"\nassumptions = "mine.toml"')
    (tmp_path / "mine.toml").write_text("[lists]\npage_size = 40\n")

    with pytest.raises(SettingsError, match=r"mine\.toml: lists\.page_size: unknown key"):
        load_conta_assumptions(_ledger(text, base=tmp_path))


def test_the_shipped_file_shows_every_setting_with_its_default() -> None:
    text = shipped("gateway.toml").read_text().partition("# [creditors.beta.ledger]")[2]
    text = text.partition("\n#\n")[0]
    lines = [line for line in text.splitlines() if re.match(r"# [a-z_]+ = ", line)]
    shown = tomllib.loads("\n".join(line.removeprefix("# ") for line in lines))

    assert set(shown) == set(ContaLedgerSettings.model_fields)
    for name in ("base_url", "poll_seconds", "locked_period"):
        assert shown[name] == ContaLedgerSettings.model_fields[name].default
