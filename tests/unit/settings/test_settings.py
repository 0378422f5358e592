"""Settings: layers, secrets, paths, and one line per fault."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from gateway.domain.rules import NoticeBy, Policy
from gateway.operations.creditor import AmountModel, PayoutModel
from gateway.settings import Settings, SettingsError
from gateway.settings_creditor import (
    AccountSettings,
    CreditorSettings,
    PolicySettings,
    WebhookLedgerSettings,
)
from gateway.settings_documents import load_policy
from gateway.settings_sources import shipped

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
ENVIRON = {"ACME_WEBHOOK_SECRET": SECRET, "ACME_LEDGER_SECRET": SECRET, "TOKEN": "kravia-token"}
ACME = """
[kravia]
token = "env:TOKEN"

[creditors.acme]
kravia_creditor_id = 10759
webhook_secrets = ["env:ACME_WEBHOOK_SECRET"]

[creditors.acme.ledger]
kind = "webhook"
url = "https://ledger.example/collections"
secret = "env:ACME_LEDGER_SECRET"
"""


def _build(text: str, environ: Mapping[str, str] = ENVIRON, **options: Any) -> Settings:
    return Settings.build(tomllib.loads(text), environ, base=Path("/srv/gateway"), **options)


def _faults(text: str, environ: Mapping[str, str] = ENVIRON, **options: Any) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        _build(text, environ, **options)
    return [str(fault) for fault in caught.value.faults]


def test_without_a_file_the_shipped_defaults_apply(tmp_path: Path) -> None:
    settings = Settings.load(None, {}, folder=tmp_path)

    assert settings.mode == "live"
    assert settings.server.port == 8080
    assert settings.kravia.base_url == "https://api.kravia.ai"
    assert settings.creditors == {}
    assert settings.database_path == tmp_path / "var/gateway.db"


def test_a_file_needs_only_what_differs_and_its_paths_are_its_own(tmp_path: Path) -> None:
    file = tmp_path / "etc" / "gateway.toml"
    file.parent.mkdir()
    (tmp_path / "etc" / "mine.toml").write_text("")
    file.write_text(
        '[kravia]\nassumptions = "mine.toml"\n[database]\nurl = "sqlite:///data/g.db"\n'
    )

    settings = Settings.load(file, {}, folder=tmp_path)

    assert settings.kravia.assumptions == tmp_path / "etc" / "mine.toml"
    assert settings.database_path == tmp_path / "etc" / "data" / "g.db"
    assert settings.socket_path == tmp_path / "etc" / "data" / "g.db.sock"
    assert settings.kravia.base_url == "https://api.kravia.ai"


def test_the_file_is_found_by_option_then_variable_then_the_usual_place(tmp_path: Path) -> None:
    for name, port in (("option", 1), ("variable", 2), ("config/gateway", 3)):
        file = tmp_path / f"{name}.toml"
        file.parent.mkdir(exist_ok=True)
        file.write_text(f"[server]\nport = {port}\n")
    variable = {"KRAVIA_GATEWAY_CONFIG": str(tmp_path / "variable.toml")}

    by_option = Settings.load(tmp_path / "option.toml", variable, folder=tmp_path)
    by_variable = Settings.load(None, variable, folder=tmp_path)
    usual = Settings.load(None, {}, folder=tmp_path)

    assert [each.server.port for each in (by_option, by_variable, usual)] == [1, 2, 3]


@pytest.mark.parametrize("named", ["--config", "KRAVIA_GATEWAY_CONFIG"])
def test_a_named_file_that_is_not_there_is_a_fault(tmp_path: Path, named: str) -> None:
    path = Path("gone.toml") if named == "--config" else None

    with pytest.raises(SettingsError, match=rf"gone\.toml: no such file; {named} names it"):
        Settings.load(path, {"KRAVIA_GATEWAY_CONFIG": "gone.toml"}, folder=tmp_path)


def test_the_environment_overrides_scalars_and_creditors_whatever_the_case() -> None:
    settings = _build(
        ACME.replace("acme", "Acme-Oslo"),
        ENVIRON
        | {
            "KRAVIA_GATEWAY_SERVER__PORT": "9000",
            "KRAVIA_GATEWAY_KRAVIA__BASE_URL": "http://127.0.0.1:9009",
            "KRAVIA_GATEWAY_CREDITORS__ACME_OSLO__MODE": "observe",
            "KRAVIA_GATEWAY_CREDITORS__ACME_OSLO__POLICY__GRACE_DAYS": "5",
            "KRAVIA_GATEWAY_CREDITORS__ACME_OSLO__PAYOUT_TEXTS": "Kravia, Utbetaling",
        },
    )

    acme = settings.creditors["Acme-Oslo"]
    assert settings.server.port == 9000
    assert settings.kravia.base_url == "http://127.0.0.1:9009"
    assert acme.mode == "observe"
    assert acme.policy.grace_days == 5
    assert acme.payout_texts == ("kravia", "utbetaling")


def test_an_override_may_hold_a_literal_secret_a_reference_or_nothing(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("from-a-file\n")
    literal = {"KRAVIA_GATEWAY_KRAVIA__TOKEN": "literal"}
    reference = {"KRAVIA_GATEWAY_KRAVIA__TOKEN": f"file:{tmp_path / 'token'}"}
    empty = {"KRAVIA_GATEWAY_KRAVIA__TOKEN": ""}

    tokens = [_build(ACME, ENVIRON | each).kravia.token for each in (literal, reference, empty)]

    assert [token and token.get_secret_value() for token in tokens] == [
        "literal",
        "from-a-file",
        "kravia-token",
    ]


def test_variables_that_kubernetes_sets_for_a_service_of_this_name_are_not_ours() -> None:
    settings = _build(
        ACME,
        ENVIRON
        | {
            "KRAVIA_GATEWAY_PORT": "tcp://10.0.0.1:80",
            "KRAVIA_GATEWAY_PORT_80_TCP_ADDR": "10.0.0.1",
            "KRAVIA_GATEWAY_SERVICE_HOST": "10.0.0.1",
            "KRAVIA_GATEWAY_SERVICE_PORT_HTTP": "80",
        },
    )

    assert settings.server.port == 8080


def test_a_misspelt_override_is_a_fault_that_names_the_variable() -> None:
    [fault] = _faults(ACME, ENVIRON | {"KRAVIA_GATEWAY_SERVER__PROT": "1"})

    assert fault.startswith("KRAVIA_GATEWAY_SERVER__PROT: server.prot: unknown setting;")
    assert "did you mean port?" in fault


@pytest.mark.parametrize(
    ("variable", "says"),
    [
        ("KRAVIA_GATEWAY_SERVER", "server: names a section"),
        ("KRAVIA_GATEWAY_CREDITORS__ACME", "creditors.acme: names a section"),
        ("KRAVIA_GATEWAY_MODE__X", "mode: is no section: X cannot follow it"),
        ("KRAVIA_GATEWAY_SERVER__PORT", 'server.port: "x" is not allowed; it must be a whole'),
    ],
)
def test_an_override_that_points_nowhere_or_holds_nonsense_is_a_fault(
    variable: str, says: str
) -> None:
    [fault] = _faults(ACME, ENVIRON | {variable: "x"})

    assert fault.startswith(f"{variable}: {says}")


def test_every_fault_has_a_line_with_file_key_and_what_is_allowed() -> None:
    faults = _faults(
        """
        mode = "lve"
        [server]
        port = 70000
        prot = 1
        [databse]
        [kravia]
        base_url = "http://api.kravia.ai"
        [creditors.acme]
        webhook_secrets = []
        [creditors.acme.ledger]
        kind = "cnta"
        """,
        source="etc/gateway.toml",
    )

    assert [line.split(": ")[1] for line in faults] == [
        "mode",
        "server.port",
        "server.prot",
        "kravia.base_url",
        "creditors.acme.kravia_creditor_id",
        "creditors.acme.ledger.kind",
        "databse",
    ]
    assert all(line.startswith("etc/gateway.toml: ") for line in faults)
    assert faults[0].endswith('"lve" is not allowed; it must be "live" or "observe"')
    assert faults[1].endswith("70000 is not allowed; it must be a whole number from 0 to 65535")
    assert "did you mean port?" in faults[2]
    assert faults[3].endswith("must begin with https:// (http is for this machine only)")
    assert faults[4].endswith("missing; it must be a whole number from 1")
    assert '"cnta" is not allowed; it must be "webhook" or "conta" or ' in faults[5]
    assert "did you mean database?" in faults[6]


def test_a_missing_ledger_section_says_what_to_add() -> None:
    [fault] = _faults("[creditors.acme]\nkravia_creditor_id = 1\n")

    assert fault.startswith(
        "config/gateway.toml: creditors.acme.ledger: missing; add the section "
        "[creditors.acme.ledger] with kind, url, secret, or kind, organization_id, api_key, "
        "base_url, bank_account_id, locked_period, poll_seconds, assumptions, or kind, "
    )


@pytest.mark.parametrize(
    ("before", "after", "key"),
    [
        ('token = "env:TOKEN"', 'token = "ey-literal-token"', "kravia.token"),
        (
            '["env:ACME_WEBHOOK_SECRET"]',
            f'["{SECRET}"]',
            "creditors.acme.webhook_secrets[0]",
        ),
        (
            'secret = "env:ACME_LEDGER_SECRET"',
            f'secret = "{SECRET}"',
            "creditors.acme.ledger.secret",
        ),
    ],
)
def test_a_literal_secret_is_refused_and_not_repeated(before: str, after: str, key: str) -> None:
    faults = _faults(ACME.replace(before, after), need_secrets=False)

    assert faults == [
        (
            f"config/gateway.toml: {key}: a secret must not stand in the file; write env:NAME or "
            "file:PATH"
        )
    ]


def test_a_secret_that_cannot_be_read_names_its_source_once(tmp_path: Path) -> None:
    text = ACME.replace("env:ACME_LEDGER_SECRET", f"file:{tmp_path}/none")

    faults = _faults(text, {"ACME_WEBHOOK_SECRET": SECRET})

    assert faults == [
        "config/gateway.toml: kravia.token: the environment variable TOKEN is not set",
        (
            "config/gateway.toml: creditors.acme.ledger.secret: the file "
            f"{tmp_path}/none cannot be read: No such file or directory"
        ),
    ]


def test_commands_that_only_look_do_without_secrets() -> None:
    settings = _build(ACME, {}, need_secrets=False)

    assert settings.kravia.token is None
    assert settings.creditors["acme"].webhook_secrets == ()
    ledger = settings.creditors["acme"].ledger
    assert isinstance(ledger, WebhookLedgerSettings)
    assert ledger.secret is None


def test_a_server_cannot_do_without_them() -> None:
    text = "\n".join(line for line in ACME.splitlines() if "env:" not in line)

    keys = [line.split(": ")[1] for line in _faults(text)]

    assert keys == [
        "kravia.token",
        "creditors.acme.webhook_secrets",
        "creditors.acme.ledger.secret",
    ]


@pytest.mark.parametrize("secret", ["hunter2", "whsec_", "whsec_c2hvcnQ=", "whsec_not base64!"])
def test_a_webhook_secret_that_is_none_says_how_to_make_one(secret: str) -> None:
    [fault] = _faults(ACME, ENVIRON | {"ACME_WEBHOOK_SECRET": secret})

    assert "creditors.acme.webhook_secrets[0]: must be whsec_ and the base64 of 24 to 64" in fault
    assert "head -c 32 /dev/urandom | base64" in fault
    assert secret.removeprefix("whsec_") not in fault or secret == "whsec_"


def test_secrets_show_neither_in_the_repr_nor_in_text() -> None:
    settings = _build(ACME)

    assert SECRET not in repr(settings)
    assert "kravia-token" not in f"{settings} {settings.model_dump()}"


def test_an_agency_that_sends_notices_must_start_with_them() -> None:
    extra = 'notice_by = "agency"\nkravia_entry_level = "{}"\nkravia_creditor_id'

    [fault] = _faults(ACME.replace("kravia_creditor_id", extra.format("demand")))
    settings = _build(ACME.replace("kravia_creditor_id", extra.format("notice")))

    assert fault.startswith('config/gateway.toml: creditors.acme.notice_by: "agency" needs')
    assert settings.to_creditors()["acme"].policy.notice_by is NoticeBy.AGENCY


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[outbox]\nlease_seconds = 30", "outbox.lease_seconds: must be at least 35"),
        ("[kravia]\nread_timeout_seconds = 31", "kravia.read_timeout_seconds: must not exceed"),
        ("[kravia]\nmirror_max_age_seconds = 59", "kravia.mirror_max_age_seconds: must not be"),
        ("[outbox]\nmax_retry_seconds = 4", "outbox.max_retry_seconds: must not be below"),
        ('[kravia]\nassumptions = "none.toml"', "kravia.assumptions: no such file: /srv/gateway/"),
        ('[rules]\nextra = ["none.toml"]', "rules.extra[0]: no such file: /srv/gateway/none.toml"),
        ('[database]\nurl = "postgresql://u:pw@h/db"', "database.url: a password must not stand"),
        ('[database]\nurl = "postgresql://u@h/db?password=pw"', "database.url: a password must"),
        ('[database]\nurl = "postgresql://[::1/db"', "database.url: is no URL"),
        ('[database]\nurl = "postgresql+psycopg://h/db"', "database.url: write sqlite:///FILE"),
        ('[database]\nurl = "sqlite:///:memory:"', "database.url: "),
        ("creditors = 3", "creditors: must be a section, written [creditors]"),
    ],
)
def test_settings_that_do_not_fit_together_are_faults(text: str, says: str) -> None:
    [fault] = _faults(text)

    assert fault.startswith(f"config/gateway.toml: {says}")
    assert "pw" not in fault


@pytest.mark.parametrize("name", ["a/b", "-a", "a__b", "å", "a" * 65])
def test_a_creditor_id_must_fit_into_a_url_and_a_variable(name: str) -> None:
    [fault] = _faults(ACME.replace("creditors.acme", f'creditors."{name}"'))

    assert "an id has letters and digits with single - or _ between" in fault


def test_two_creditors_must_not_differ_in_letter_case_alone() -> None:
    second = ACME.partition("[creditors")[2]

    [fault] = _faults(f"{ACME}\n[creditors{second.replace('acme', 'ACME')}")

    assert "creditors.ACME: differs from acme only in letter case" in fault


@pytest.mark.parametrize(
    ("content", "says"),
    [(b"port = ", "is not TOML"), (b"\xff\xfe", "is not UTF-8 text")],
)
def test_a_file_that_cannot_be_read_is_a_fault(tmp_path: Path, content: bytes, says: str) -> None:
    (tmp_path / "g.toml").write_bytes(content)

    with pytest.raises(SettingsError, match=rf"g\.toml: {says}"):
        Settings.load(Path("g.toml"), {}, folder=tmp_path)


def test_a_creditor_reaches_the_operations_with_all_its_choices() -> None:
    settings = _build(
        ACME.replace(
            "[creditors.acme.ledger]",
            """approval = "manual"
            payout_model = "kid"
            payout_accounts = ["1234.56.78903"]
            amount = "total_then_payments"
            [creditors.acme.policy]
            grace_days = 7
            currencies = ["NOK", "EUR"]
            [creditors.acme.ledger]""",
        )
    )

    creditor = settings.to_creditors(Policy(minors_possible=True))["acme"]

    assert creditor.kravia_creditor_id == 10759
    assert creditor.approval_is_manual
    assert creditor.payout_model is PayoutModel.KID
    assert creditor.payout_accounts == {"12345678903"}
    assert creditor.amount is AmountModel.TOTAL_THEN_PAYMENTS
    assert creditor.policy == Policy(
        minors_possible=True, grace_days=7, currencies=frozenset({"NOK", "EUR"})
    )


@pytest.mark.parametrize(
    ("whole", "own", "observes"),
    [("live", "live", False), ("live", "observe", True), ("observe", "live", True)],
)
def test_the_stricter_mode_wins(whole: str, own: str, *, observes: bool) -> None:
    text = ACME.replace("kravia_creditor_id", f'mode = "{own}"\nkravia_creditor_id')

    settings = _build(f'mode = "{whole}"\n{text}')

    assert settings.to_creditors()["acme"].observe is observes


def test_the_shipped_file_explains_every_setting_beside_its_value() -> None:
    lines = shipped("gateway.toml").read_text().splitlines()
    plain = [line for line in lines if re.match(r"(# )?[a-z_]+ = ", line)]

    assert [line for line in plain if "  #" not in line and not line.startswith("mode")] == [
        '# url = "https://watch.example/kravia"',
        '# secret = "env:ACME_NOTIFY_SECRET"',
    ]


def _creditor_block() -> dict[str, Any]:
    text = shipped("gateway.toml").read_text().partition("# [creditors.acme]")[2]
    uncommented = re.sub(r"^# ?", "", f"# [creditors.acme]{text}", flags=re.MULTILINE)
    creditor: dict[str, Any] = tomllib.loads(uncommented)["creditors"]["acme"]
    return creditor


def test_the_shipped_file_shows_every_setting_of_a_creditor_with_its_default() -> None:
    shown = _creditor_block()
    required = {
        "kravia_creditor_id",
        "webhook_secrets",
        "kravia_webhook_secret",
        "mode",
        "accounts",
        "policy",
        "ledger",
        "notify",
    }

    assert set(shown) == set(CreditorSettings.model_fields)
    assert set(shown["accounts"]) == set(AccountSettings.model_fields)
    assert set(shown["ledger"]) == set(WebhookLedgerSettings.model_fields)
    for name in set(shown) - required:
        field = CreditorSettings.model_fields[name]
        default = list(field.default) if isinstance(field.default, tuple) else field.default
        assert shown[name] == default, name


def test_the_shipped_file_shows_the_policy_that_the_law_file_holds(tmp_path: Path) -> None:
    shown = _creditor_block()["policy"]
    default = load_policy(Settings.load(None, {}, folder=tmp_path))

    assert set(shown) == set(PolicySettings.model_fields)
    assert PolicySettings(**shown).over(default, NoticeBy.CREDITOR) == default


class TestADatabaseOnAServer:
    def test_has_no_file_and_needs_no_socket(self, tmp_path: Path) -> None:
        url = "postgresql://gateway@db.example/gateway?sslmode=verify-full"
        settings = Settings.build({"database": {"url": url}}, {}, base=tmp_path)

        assert settings.database.address == settings.database.url == url
        assert settings.database_name == url
        assert settings.database_path is None
        assert settings.socket_path is None

    def test_gets_its_password_from_outside_and_never_shows_it(self, tmp_path: Path) -> None:
        document = {
            "database": {"url": "postgresql://gateway@/g?host=/run/pg", "password": "env:PG"}
        }
        settings = Settings.build(document, {"PG": "a b&c"}, base=tmp_path)

        assert settings.database.address == (
            "postgresql://gateway@/g?host=/run/pg&password=a%20b%26c"
        )
        assert "a b&c" not in repr(settings)
        assert "password" not in settings.database_name

    def test_goes_without_its_password_where_the_shell_does_not_have_it(
        self, tmp_path: Path
    ) -> None:
        document = {"database": {"url": "postgresql://gateway@h/g", "password": "env:PG"}}
        settings = Settings.build(document, {}, base=tmp_path, need_secrets=False)

        assert settings.database.address == "postgresql://gateway@h/g"
