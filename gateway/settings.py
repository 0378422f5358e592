"""The only reader of the environment: settings from file, environment and shipped defaults.

``Settings.load`` gives one frozen value or raises ``SettingsError`` with one line per fault. What
each setting is for, its unit and the reason for its default stand in ``config/gateway.toml``.
"""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import parse_qs, quote, urlsplit

from pydantic import (
    AfterValidator,
    Field,
    PrivateAttr,
    SecretStr,
    StringConstraints,
    ValidationError,
)
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from gateway.domain.rules import Policy
from gateway.domain.wording import Language
from gateway.operations.creditor import LEDGER_LOOK_SECONDS_MAX, Creditor
from gateway.settings_creditor import (
    AskedLedgerSettings,
    CreditorSettings,
    Mode,
    RemoteUrl,
    Section,
)
from gateway.settings_environment import overrides
from gateway.settings_faults import Fault, SettingsError, from_validation
from gateway.settings_sources import (
    USUAL_FILE,
    Document,
    LayerSource,
    SecretReader,
    SecretsOfFile,
    absolute_paths,
    find_file,
    read_toml,
    shipped,
    sqlite_path,
)
from gateway.storage.seal import key_from_text

__all__ = ["Fault", "Settings", "SettingsError"]

POSTGRESQL = ("postgresql://", "postgres://")
"""How a URL of a database on a PostgreSQL server begins; the rest is libpq's to read."""

# A lease must outlive the call made under it, or a second worker would send what the first one is
# still sending; the margin covers settling after the answer.
_LEASE_MARGIN_SECONDS = 5
# Long enough that guessing it is hopeless at any rate this server answers.
_ADMIN_TOKEN_CHARACTERS_MIN = 24
_CREDITOR_ID = re.compile(r"[A-Za-z0-9]+(?:[_-][A-Za-z0-9]+)*")
_CREDITOR_ID_CHARACTERS_MAX = 64

Seconds = Annotated[float, Field(gt=0, le=86_400)]
Count = Annotated[int, Field(ge=1)]


def _database_url(value: str) -> str:
    if value.startswith(POSTGRESQL):
        return _without_password(value)
    if sqlite_path(value) is None:
        raise ValueError(
            "write sqlite:///FILE (relative), sqlite:////FILE (absolute) or "
            "postgresql://USER@HOST/NAME"
        )
    return value


def _without_password(url: str) -> str:
    """Refuse a password in a URL that messages and logs may show."""
    try:
        parts = urlsplit(url)
        has_one = parts.password or "password" in parse_qs(parts.query)
    except ValueError as error:
        raise ValueError(f"is no URL: {error}") from error
    if has_one:
        raise ValueError(
            "a password must not stand in the URL, which messages show; write "
            'database.password = "env:NAME" or "file:PATH", or use PGPASSWORD or ~/.pgpass'
        )
    return url


def _admin_token(value: SecretStr) -> SecretStr:
    if len(value.get_secret_value()) < _ADMIN_TOKEN_CHARACTERS_MIN:
        raise ValueError(
            f"must have at least {_ADMIN_TOKEN_CHARACTERS_MIN} characters; "
            "make one with: head -c 32 /dev/urandom | base64"
        )
    return value


class ServerSettings(Section):
    """``[server]``: where we listen and how much we take in."""

    host: str
    port: int = Field(ge=0, le=65_535)
    body_max_bytes: int = Field(ge=1_024, le=67_108_864)
    json_depth_max: int = Field(ge=8, le=256)
    rate_per_second: float = Field(gt=0)
    rate_burst: Count
    inbox_max: Count
    body_timeout_seconds: Seconds
    drain_timeout_seconds: Seconds
    admin_token: Annotated[SecretStr, AfterValidator(_admin_token)] | None = None


def _network(value: str) -> str:
    try:
        ipaddress.ip_network(value)
    except ValueError as error:
        raise ValueError(
            f"{value} is no address or network, such as 127.0.0.1 or 10.0.0.0/24"
        ) from error
    return value


class ConsoleSettings(Section):
    """``[console]``: the operator's desk at ``/console``, and who vouches for its users."""

    enabled: bool
    https: bool
    session_hours: float = Field(gt=0, le=168)
    proxy_addresses: tuple[Annotated[str, AfterValidator(_network)], ...] = ()
    proxy_user_header: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]+$")] | None = None


class DatabaseSettings(Section):
    """``[database]``: where everything is kept."""

    url: Annotated[str, AfterValidator(_database_url)]
    password: SecretStr | None = None

    @staticmethod
    def problem_of(url: str) -> str | None:
        """What is wrong with a URL that a command was given; None if nothing is."""
        try:
            _database_url(url)
        except ValueError as error:
            return str(error)
        return None

    @property
    def address(self) -> str:
        """The URL to open, its password in it: never to be shown."""
        if self.password is None or not self.url.startswith(POSTGRESQL):
            return self.url
        word = quote(self.password.get_secret_value(), safe="")
        return f"{self.url}{'&' if '?' in self.url else '?'}password={word}"


def _seal_key(value: SecretStr) -> SecretStr:
    key_from_text(value.get_secret_value())
    return value


class SealSettings(Section):
    """``[seal]``: the keys that personal data is encrypted with; the first seals, all open."""

    keys: tuple[Annotated[SecretStr, AfterValidator(_seal_key)], ...]

    def key_bytes(self) -> tuple[bytes, ...]:
        """Give the keys as ciphers take them."""
        return tuple(key_from_text(key.get_secret_value()) for key in self.keys)


class KraviaSettings(Section):
    """``[kravia]``: the agency's API, how fast it is asked and how long doubt may last."""

    base_url: RemoteUrl
    token: SecretStr | None = None
    assumptions: Path | None = None
    connect_timeout_seconds: Seconds
    write_timeout_seconds: Seconds
    read_timeout_seconds: Seconds
    total_timeout_seconds: Seconds
    concurrency: int = Field(ge=1, le=256)
    response_max_bytes: int = Field(ge=65_536, le=268_435_456)
    poll_seconds: Seconds
    feed_overlap_minutes: int = Field(ge=65, le=1_440)
    mirror_max_age_seconds: Seconds
    settle_window_seconds: float = Field(ge=0, le=86_400)
    doubt_recheck_seconds: Seconds
    doubt_quarantine_hours: float = Field(gt=0, le=720)


class OutboxSettings(Section):
    """``[outbox]``: how long a message is worked on and how often it is tried."""

    lease_seconds: Seconds
    first_retry_seconds: Seconds
    max_retry_seconds: Seconds
    attempts_max: Count
    total_age_max_hours: float = Field(gt=0, le=2_160)
    gate_wait_seconds: Seconds


class RemotesSettings(Section):
    """``[remotes]``: how gently every remote is called, each host for itself."""

    kravia_calls_per_second: float = Field(gt=0, le=100_000)
    kravia_calls_burst: Count
    ledger_calls_per_second: float = Field(gt=0, le=100_000)
    ledger_calls_burst: Count
    retry_after_max_seconds: Seconds
    breaker_failures: Count
    breaker_open_seconds: Seconds
    retry_percent: float = Field(ge=0, le=100)


class RulesSettings(Section):
    """``[rules]``: further files with dated figures."""

    extra: tuple[Path, ...]


class RetentionSettings(Section):
    """``[retention]``: a further file with rows of how long what is kept."""

    rows: Path | None = None


class WatchSettings(Section):
    """``[watch]``: how long what may last before a person should know."""

    in_doubt_minutes: float = Field(gt=0, le=1_440)
    remote_down_minutes: float = Field(gt=0, le=1_440)
    bank_lines_days: float = Field(gt=0, le=365)
    inbox_old_minutes: float = Field(gt=0, le=1_440)
    outbox_old_minutes: float = Field(gt=0, le=1_440)
    rates_ahead_days: int = Field(ge=0, le=365)


class ReconcileSettings(Section):
    """``[reconcile]``: when the three books are compared by themselves, and what may lag."""

    at_hour: int = Field(ge=0, le=23)
    payout_days: int = Field(ge=1, le=365)


class TraceSettings(Section):
    """``[trace]``: whether OpenTelemetry draws what happens."""

    enabled: bool


class LogSettings(Section):
    """``[log]``: what is written to standard error."""

    format: Literal["auto", "json", "console"]
    level: Literal["debug", "info", "warning", "error"]


class Settings(BaseSettings):
    """All settings. Made by ``load`` or ``build``; secrets never show in its ``repr``."""

    model_config = SettingsConfigDict(extra="forbid", frozen=True)

    mode: Mode
    language: Language
    server: ServerSettings
    console: ConsoleSettings
    database: DatabaseSettings
    seal: SealSettings
    kravia: KraviaSettings
    outbox: OutboxSettings
    remotes: RemotesSettings
    rules: RulesSettings
    retention: RetentionSettings
    watch: WatchSettings
    reconcile: ReconcileSettings
    trace: TraceSettings
    log: LogSettings
    creditors: dict[str, CreditorSettings] = Field(default_factory=dict)
    _source: str = PrivateAttr(default="")
    _has_file: bool = PrivateAttr(default=False)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - pydantic-settings' own signature
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - as above
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - as above
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - as above
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what ``build`` hands over; the environment is read in ``settings_sources``."""
        return (init_settings,)

    @classmethod
    def load(
        cls,
        path: Path | None = None,
        environ: Mapping[str, str] | None = None,
        *,
        need_secrets: bool = True,
        folder: Path | None = None,
    ) -> Self:
        """Read the file ``path``, or the one that applies without it, and ``environ`` over it.

        Without ``environ`` it is the process's own. ``need_secrets=False`` leaves out secrets that
        cannot be read: commands that only look into the database run in shells that do not have
        them. ``folder`` stands in for the current one. Raises ``SettingsError``.
        """
        here = folder or Path.cwd()
        environ = os.environ if environ is None else environ
        file = find_file(path, environ, here)
        if file is None:
            return cls.build({}, environ, base=here, need_secrets=need_secrets)
        source = str(file.relative_to(here)) if file.is_relative_to(here) else str(file)
        document = read_toml(file, source)
        return cls.build(
            document, environ, base=file.parent, source=source, need_secrets=need_secrets
        )

    @classmethod
    def build(
        cls,
        document: Document,
        environ: Mapping[str, str],
        *,
        base: Path,
        source: str | None = None,
        need_secrets: bool = True,
    ) -> Self:
        """Lay ``environ`` over a file's ``document`` over the shipped defaults.

        Relative paths are relative to ``base``; faults name ``source``, or the usual file where
        there is none. Raises ``SettingsError``.
        """
        has_file, source = source is not None, source or str(USUAL_FILE)
        base = base.absolute()
        document = deepcopy(document)
        reader = SecretReader(environ=environ, base=base, needed=need_secrets)
        secrets = SecretsOfFile(source=source, reader=reader)
        secrets.fill(cls, document)
        variables = overrides(cls, document, reader)
        default = read_toml(shipped("gateway.toml"))
        absolute_paths(default, base)
        absolute_paths(document, base)
        absolute_paths(variables.document, Path.cwd())

        faults = [*secrets.faults, *variables.faults]
        layers = (variables.document, document, default)
        try:
            settings = cls(_build_sources=(tuple(LayerSource(cls, each) for each in layers), {}))
        except ValidationError as error:
            later = [*from_validation(error, cls)]
        else:
            later = [*settings._joint_faults(need_secrets=need_secrets)]
            settings._source, settings._has_file = source, has_file
        told = {fault.key.partition("[")[0] for fault in faults}
        faults += [
            Fault(source=variables.variables.get(key, source), key=key, message=message)
            for key, message in later
            if key.partition("[")[0] not in told  # a secret that cannot be read is not also missing
        ]
        if faults:
            raise SettingsError(faults)
        return settings

    @property
    def source(self) -> str:
        """Return the file a person should edit."""
        return self._source

    @property
    def has_file(self) -> bool:
        """Whether an operator's file was read, and not only the shipped one."""
        return self._has_file

    @property
    def database_path(self) -> Path | None:
        """The SQLite file; ``None`` where a server keeps the database."""
        return sqlite_path(self.database.url)

    @property
    def socket_path(self) -> Path | None:
        """The Unix socket on which a running server takes operations, beside the SQLite file.

        ``None`` where none is needed: any process may open a database on a server.
        """
        path = self.database_path
        return None if path is None else Path(f"{path}.sock")

    @property
    def database_name(self) -> str:
        """The database as messages name it."""
        return str(self.database_path or self.database.url)

    def to_creditors(self, policy: Policy | None = None) -> dict[str, Creditor]:
        """Return every creditor as operations and workers read it, by id.

        ``policy`` is the default one (``settings_documents.load_policy``).
        """
        policy = policy or Policy()
        return {
            name: each.to_creditor(name, self.mode, policy) for name, each in self.creditors.items()
        }

    def _joint_faults(self, *, need_secrets: bool) -> Iterator[tuple[str, str]]:
        """(dotted key, message) for settings that are each allowed but not together."""
        yield from self._time_faults()
        yield from self._file_faults()
        keys = self.seal.key_bytes()
        if len(set(keys)) < len(keys):
            yield "seal.keys", "names the same key twice"
        if need_secrets and self.creditors and self.kravia.token is None:
            yield "kravia.token", 'missing; it must be "env:NAME" or "file:PATH"'
        seen: dict[str, str] = {}
        for name, creditor in self.creditors.items():
            key = f"creditors.{name}"
            if not _CREDITOR_ID.fullmatch(name) or len(name) > _CREDITOR_ID_CHARACTERS_MAX:
                yield key, f"an id has letters and digits with single - or _ between: {name!r}"
            folded = name.lower().replace("-", "_")
            if folded in seen:
                yield key, f"differs from {seen[folded]} only in letter case or - and _"
            seen[folded] = name
            for below, message in creditor.own_faults():
                yield f"{key}.{below}", message
            for below in creditor.missing_secrets() if need_secrets else ():
                yield f"{key}.{below}", 'missing; it must be "env:NAME" or "file:PATH"'

    def _time_faults(self) -> Iterator[tuple[str, str]]:
        total = self.kravia.total_timeout_seconds
        for phase in ("connect", "write", "read"):
            if getattr(self.kravia, f"{phase}_timeout_seconds") > total:
                yield (
                    f"kravia.{phase}_timeout_seconds",
                    f"must not exceed kravia.total_timeout_seconds ({total:g})",
                )
        least, why = total + _LEASE_MARGIN_SECONDS, "kravia.total_timeout_seconds and a margin"
        if any(isinstance(each.ledger, AskedLedgerSettings) for each in self.creditors.values()):
            least += LEDGER_LOOK_SECONDS_MAX
            look = f"{LEDGER_LOOK_SECONDS_MAX:g} for the ledger"
            why = f"kravia.total_timeout_seconds, {look} and a margin"
        if self.outbox.lease_seconds < least:
            yield "outbox.lease_seconds", f"must be at least {least:g}: {why}"
        if self.outbox.max_retry_seconds < self.outbox.first_retry_seconds:
            yield "outbox.max_retry_seconds", "must not be below outbox.first_retry_seconds"
        if self.kravia.mirror_max_age_seconds < self.kravia.poll_seconds:
            yield (
                "kravia.mirror_max_age_seconds",
                "must not be below kravia.poll_seconds: the mirror would always be too old to send",
            )

    def _file_faults(self) -> Iterator[tuple[str, str]]:
        named = [
            ("kravia.assumptions", self.kravia.assumptions),
            ("retention.rows", self.retention.rows),
        ]
        named += [(f"rules.extra[{at}]", path) for at, path in enumerate(self.rules.extra)]
        for key, path in named:
            if path is not None and not path.is_file():
                yield key, f"no such file: {path}"


def preferred_editor() -> str:
    """The command that ``$VISUAL`` or ``$EDITOR`` names; empty where neither does."""
    return os.environ.get("VISUAL") or os.environ.get("EDITOR") or ""
