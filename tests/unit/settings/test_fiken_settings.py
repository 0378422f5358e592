"""A creditor whose ledger is Fiken: its section, its faults, its assumptions, its token file."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path

import pytest

from clients.exchange import Request, Response
from clients.fiken.rate import CALLS_PER_SECOND
from clients.transport import Timeouts
from gateway.app_fiken import fiken_client
from gateway.app_remotes import open_hosts
from gateway.settings import Settings, SettingsError
from gateway.settings_creditor import FikenLedgerSettings
from gateway.settings_documents import load_fiken_assumptions
from gateway.settings_sources import shipped

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
ENVIRON = {"HOOK": SECRET, "TOKEN": "kravia-token", "KEY": "fiken-key"}
ACME = """
[kravia]
token = "env:TOKEN"

[creditors.acme]
kravia_creditor_id = 10759
kravia_entry_level = "notice"
notice_by = "agency"
webhook_secrets = ["env:HOOK"]

[creditors.acme.ledger]
kind = "fiken"
company = "nordlys-konsult-as"
token = "env:KEY"
"""
OAUTH = ACME.replace(
    'token = "env:KEY"\n',
    'client_id = "client"\nclient_secret = "env:KEY"\nrefresh_token_file = "fiken.token"\n',
)


def build(text: str, base: Path = Path("/srv"), environ: Mapping[str, str] = ENVIRON) -> Settings:
    return Settings.build(tomllib.loads(text), environ, base=base)


def ledger_of(text: str, base: Path = Path("/srv")) -> FikenLedgerSettings:
    ledger = build(text, base).creditors["acme"].ledger
    assert isinstance(ledger, FikenLedgerSettings)
    return ledger


def faults(text: str, base: Path = Path("/srv"), environ: Mapping[str, str] = ENVIRON) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        build(text, base, environ)
    return [str(fault).removeprefix("config/gateway.toml: ") for fault in caught.value.faults]


def test_company_and_token_are_enough() -> None:
    settings = build(ACME)
    ledger = ledger_of(ACME)
    assert ledger.base_url == "https://api.fiken.no/api/v2"
    assert settings.to_creditors()["acme"].ledger_kind == "fiken"
    assert settings.creditors["acme"].identity().ledger_account == "nordlys-konsult-as"
    assert "fiken-key" not in f"{settings!r} {settings} {settings.model_dump()}"
    assert load_fiken_assumptions(ledger).page_size_rows == 100


@pytest.mark.parametrize(
    ("before", "after", "fault"),
    [
        ('token = "env:KEY"\n', "", "ledger.token: missing"),
        ('"nordlys-konsult-as"', '"nordlys/konsult"', "ledger.company"),
        ('notice_by = "agency"\n', "", 'notice_by: must be "agency"'),
        ('token = "env:KEY"\n', 'client_id = "x"\n', "ledger.refresh_token_file: missing"),
        ('token = "env:KEY"\n', 'client_id = "x"\n', "ledger.client_secret: missing"),
        ("company =", 'client_id = "x"\ncompany =', "ledger.token: must not stand beside"),
        ("company =", 'refresh_token_file = "no"\ncompany =', "ledger.client_id: missing"),
        ("company =", 'refresh_token_file = "no"\ncompany =', "no such file: /srv/no"),
        ("company =", 'payment_account = "19"\ncompany =', "ledger.payment_account"),
        ("[creditors.acme]\n", '[creditors.acme]\npayout_model = "batch"\n', '"1920:10001"'),
        ("company =", 'assumptions = "no.toml"\ncompany =', "no such file: /srv/no.toml"),
    ],
)
def test_each_fault_is_named(before: str, after: str, fault: str) -> None:
    assert before in ACME
    assert any(fault in each for each in faults(ACME.replace(before, after)))


def test_the_shipped_file_shows_every_setting_with_its_default() -> None:
    text = shipped("gateway.toml").read_text().partition("# [creditors.gamma.ledger]")[2]
    lines = re.findall(r"^# ([a-z_]+ = .*)$", text.partition("\n#\n")[0], re.MULTILINE)
    shown = tomllib.loads("\n".join(lines))

    assert set(shown) == set(FikenLedgerSettings.model_fields)
    for name in ("base_url", "token_url", "poll_seconds"):
        assert shown[name] == FikenLedgerSettings.model_fields[name].default


def test_all_companies_in_fiken_share_its_rate_rule_and_others_do_not() -> None:
    settings = build(ACME)
    hosts = open_hosts(settings, lambda: 0.0)
    fiken = hosts.of("https://api.fiken.no/api/v2").limits
    assert (fiken.calls_at_once, fiken.calls_burst) == (1, 1)
    assert fiken.calls_per_second == CALLS_PER_SECOND
    assert hosts.of("https://api.gateway.conta.no").limits.calls_at_once is None


class Endpoint:
    """Gives another refresh token with each access token."""

    def __init__(self) -> None:
        self.asked: list[bytes] = []

    async def send(self, request: Request, *, timeouts: Timeouts) -> Response:
        del timeouts
        assert request.path == "https://fiken.no/oauth/token"
        self.asked.append(request.body)
        return Response(status=200, body=b'{"access_token":"a","refresh_token":"second"}')


def written(place: Path) -> dict[str, tuple[str, int]]:
    return {each.name: (each.read_text(), each.stat().st_mode & 0o777) for each in place.iterdir()}


async def test_a_new_refresh_token_is_written_for_nobody_else_to_read(tmp_path: Path) -> None:
    file = tmp_path / "fiken.token"
    file.write_text("first\n")
    endpoint = Endpoint()
    client = fiken_client(ledger_of(OAUTH, tmp_path), endpoint, endpoint)
    assert client is not None

    assert await client.access.token() == "a"

    assert endpoint.asked == [b"grant_type=refresh_token&refresh_token=first"]
    assert written(tmp_path) == {"fiken.token": ("second", 0o600)}
    assert client.access.problem is None
