"""One creditor's section of the settings: ``[creditors.NAME]`` and what stands under it.

The defaults here are the conservative ones; ``config/gateway.toml`` shows each with its reason.
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    StringConstraints,
)

from gateway.domain.bank_account import is_bank_account
from gateway.domain.creditor_identity import Identity
from gateway.domain.rules import NoticeBy, Policy, SurchargeConsent
from gateway.operations.creditor import Accounts, AmountModel, Creditor, PayoutModel

Mode = Literal["live", "observe"]

# Standard Webhooks: 24 to 64 random bytes.
_SECRET_BYTES_MIN = 24
_SECRET_BYTES_MAX = 64
# A BBAN has 11 digits in Norway, an IBAN at most 34 characters.
_ACCOUNT_CHARACTERS_MAX = 34
_ACCOUNT_DIGITS = 11
# Conta's ids are 64-bit integers.
_CONTA_ID_MAX = 2**63 - 1
# And so are Tripletex's.
_TRIPLETEX_ID_MAX = 2**63 - 1


class Section(BaseModel):
    """A section of the settings: frozen, and a key it does not know is a fault."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def is_loopback(host: str) -> bool:
    """Whether ``host`` is this machine, where plain http harms nobody."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _remote_url(value: str) -> str:
    try:
        parts = urlsplit(value)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise ValueError(f'"{value}" is not a URL: {error}') from None
    if parts.scheme not in {"http", "https"} or not host:
        raise ValueError(f'"{value}" is not a URL; write https://host/path')
    if parts.username or parts.password:
        raise ValueError("a URL here must not carry a user name or password")
    if parts.scheme == "http" and not is_loopback(host):
        raise ValueError(f'"{value}" must begin with https:// (http is for this machine only)')
    return value.rstrip("/")


def _webhook_secret(value: SecretStr) -> SecretStr:
    kind, _, encoded = value.get_secret_value().partition("_")
    try:
        size = len(base64.b64decode(encoded, validate=True))
    except (binascii.Error, ValueError):
        size = 0
    if kind != "whsec" or not _SECRET_BYTES_MIN <= size <= _SECRET_BYTES_MAX:
        raise ValueError(
            f"must be whsec_ and the base64 of {_SECRET_BYTES_MIN} to {_SECRET_BYTES_MAX} bytes; "
            'make one with: echo "whsec_$(head -c 32 /dev/urandom | base64)"'
        )
    return value


def _account(value: str) -> str:
    account = value.replace(" ", "").replace(".", "").upper()
    if not account.isalnum() or len(account) > _ACCOUNT_CHARACTERS_MAX:
        raise ValueError(f'"{value}" is not a bank account number')
    if _is_norwegian(account) and not is_bank_account(account):
        raise ValueError(f'"{value}" has a wrong digit: its control digit does not hold')
    return account


def _is_norwegian(account: str) -> bool:
    """Whether it has the form of a Norwegian number; other countries' are not checked."""
    return account.startswith("NO") or (account.isdigit() and len(account) == _ACCOUNT_DIGITS)


def _header_secret(value: SecretStr) -> SecretStr:
    key = value.get_secret_value()
    if not key.isascii() or not key.isprintable() or " " in key:
        raise ValueError("must be one word of plain ASCII characters, as a header carries it")
    return value


RemoteUrl = Annotated[str, AfterValidator(_remote_url)]
WebhookSecret = Annotated[SecretStr, AfterValidator(_webhook_secret)]
Account = Annotated[str, AfterValidator(_account)]
LedgerAccount = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z][0-9A-Za-z.:-]{0,31}$")]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, to_lower=True)]
Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]


class PolicySettings(Section):
    """``[creditors.NAME.policy]``: the creditor's choices on top of the law.

    What is absent is as in ``[policy]`` of ``config/rules/norway.toml``.
    """

    grace_days: int | None = Field(default=None, ge=0, le=60)
    notice_deadline_rolls: bool | None = None
    forward_on_business_day: bool | None = None
    notice_max_age_months: int | None = Field(default=None, ge=1, le=36)
    agency_min_days_after_due: int | None = Field(default=None, ge=0, le=365)
    objection_answer_days: int | None = Field(default=None, ge=1, le=365)
    debt_negotiation_months: int | None = Field(default=None, ge=1, le=36)
    amount_min: Decimal | None = Field(default=None, ge=0, decimal_places=2)
    surcharge_after_days: int | None = Field(default=None, ge=0, le=3_650)
    surcharge_consent: SurchargeConsent | None = None
    minors_possible: bool | None = None
    vat_liable: bool | None = None
    national_id_needed: bool | None = None
    agencies: tuple[Text, ...] | None = None
    countries: tuple[Country, ...] | None = Field(default=None, min_length=1)
    currencies: tuple[Currency, ...] | None = Field(default=None, min_length=1)

    def over(self, default: Policy, notice_by: NoticeBy) -> Policy:
        """Lay the creditor's choices over the ``default`` ones."""
        chosen = self.model_dump(exclude_none=True)
        for codes in {"agencies", "countries", "currencies"} & chosen.keys():
            chosen[codes] = frozenset(chosen[codes])
        return replace(default, notice_by=notice_by, **chosen)


class WebhookLedgerSettings(Section):
    """``[creditors.NAME.ledger]`` of kind ``webhook``: where status and money are told.

    ``secret`` is ``None`` only where secrets were not asked for (``Settings.load``).
    """

    kind: Literal["webhook"]
    url: RemoteUrl
    secret: WebhookSecret | None = None


class ContaLedgerSettings(Section):
    """``[creditors.NAME.ledger]`` of kind ``conta``: which organisation is asked, and how often.

    ``api_key`` is ``None`` only where secrets were not asked for (``Settings.load``).
    """

    kind: Literal["conta"]
    organization_id: int = Field(ge=1, le=_CONTA_ID_MAX)
    api_key: Annotated[SecretStr, AfterValidator(_header_secret)] | None = None
    base_url: RemoteUrl = "https://api.gateway.conta.no"
    bank_account_id: int | None = Field(default=None, ge=1, le=_CONTA_ID_MAX)
    locked_period: Literal["park", "first_open_day"] = "park"
    poll_seconds: float = Field(default=300, gt=0, le=86_400)
    assumptions: Path | None = None


class FikenLedgerSettings(Section):
    """``[creditors.NAME.ledger]`` of kind ``fiken``: which company is asked, how, and how often.

    Either ``token`` or OAuth's ``client_id``, ``client_secret`` and ``refresh_token_file``, which
    the gateway writes anew where Fiken gives another refresh token. Secrets are ``None`` where they
    were not asked for (``Settings.load``).
    """

    kind: Literal["fiken"]
    company: str = Field(pattern=r"^[A-Za-z0-9_-]+$", max_length=200)
    token: Annotated[SecretStr, AfterValidator(_header_secret)] | None = None
    client_id: str | None = Field(default=None, min_length=1)
    client_secret: Annotated[SecretStr, AfterValidator(_header_secret)] | None = None
    refresh_token_file: Path | None = None
    base_url: RemoteUrl = "https://api.fiken.no/api/v2"
    token_url: RemoteUrl = "https://fiken.no/oauth/token"
    payment_account: str | None = Field(default=None, pattern=r"^[0-9]{4}(:[0-9]{5})?$")
    poll_seconds: float = Field(default=300, gt=0, le=86_400)
    assumptions: Path | None = None

    def faults(self, creditor: CreditorSettings) -> Iterator[tuple[str, str]]:
        """(key, message) for choices that are each allowed but not together."""
        if creditor.notice_by is not NoticeBy.AGENCY:
            message = (
                'must be "agency", with kravia_entry_level = "notice": Fiken does not tell when a'
                " letter was sent, so nothing could be handed over on the creditor's own notice"
            )
            yield "notice_by", message
        if creditor.payout_model is PayoutModel.BATCH and self.payment_account is None:
            message = (
                'missing; with payout_model "batch" it must be the code of the clearing account in'
                ' Fiken on which pay-outs are booked, such as "1920:10001"'
            )
            yield "ledger.payment_account", message
        if self.client_id is None and (self.refresh_token_file or self.client_secret):
            yield "ledger.client_id", "missing; OAuth needs it beside client_secret"
        if self.client_id is not None and self.token is not None:
            yield "ledger.token", "must not stand beside client_id: use the one or the other"
        if self.client_id is not None and self.refresh_token_file is None:
            message = "missing; it must name the file that holds the refresh token"
            yield "ledger.refresh_token_file", message
        for key, file in (
            ("refresh_token_file", self.refresh_token_file),
            ("assumptions", self.assumptions),
        ):
            if file is not None and not file.is_file():
                yield f"ledger.{key}", f"no such file: {file}"


class TripletexLedgerSettings(Section):
    """``[creditors.NAME.ledger]`` of kind ``tripletex``: which company is asked, and how often.

    ``webhook_secret`` is the ``hmacSharedSecret`` of its subscriptions; without one its webhooks
    are refused. The tokens are ``None`` only where secrets were not asked for (``Settings.load``).
    """

    kind: Literal["tripletex"]
    company_id: int = Field(ge=1, le=_TRIPLETEX_ID_MAX)
    consumer_token: SecretStr | None = None
    employee_token: SecretStr | None = None
    webhook_secret: SecretStr | None = None
    base_url: RemoteUrl = "https://tripletex.no/v2"
    payment_type_id: int | None = Field(default=None, ge=1, le=_TRIPLETEX_ID_MAX)
    closed_period: Literal["park", "first_open_day"] = "park"
    poll_seconds: float = Field(default=300, gt=0, le=86_400)
    assumptions: Path | None = None

    def faults(self, creditor: CreditorSettings) -> Iterator[tuple[str, str]]:
        """(key, message) for choices that are each allowed but not together."""
        if creditor.payout_model is PayoutModel.BATCH and self.payment_type_id is None:
            message = (
                'missing; with payout_model "batch" it must be the id of the payment type in'
                " Tripletex that books on the clearing account of pay-outs: a whole number"
            )
            yield "ledger.payment_type_id", message
        if self.assumptions is not None and not self.assumptions.is_file():
            yield "ledger.assumptions", f"no such file: {self.assumptions}"


AskedLedgerSettings = ContaLedgerSettings | FikenLedgerSettings | TripletexLedgerSettings
"""The kinds that push nothing and are asked."""

LedgerSettings = Annotated[
    WebhookLedgerSettings | ContaLedgerSettings | FikenLedgerSettings | TripletexLedgerSettings,
    Field(discriminator="kind"),
]


class AccountSettings(Section):
    """``[creditors.NAME.accounts]``: where in the ledger each part of a pay-out is booked."""

    principal: LedgerAccount | None = None
    interest: LedgerAccount | None = None
    fees: LedgerAccount | None = None
    costs: LedgerAccount | None = None
    vat: LedgerAccount | None = None


class NotifySettings(Section):
    """``[creditors.NAME.notify]``: signed webhooks beside any ledger."""

    url: RemoteUrl
    secret: WebhookSecret | None = None


class CreditorSettings(Section):
    """``[creditors.NAME]``: who is owed, and how the gateway acts for it."""

    kravia_creditor_id: int = Field(ge=1)
    kravia_entry_level: Literal["demand", "notice"] = "demand"
    notice_by: NoticeBy = NoticeBy.CREDITOR
    webhook_secrets: tuple[WebhookSecret, ...] = ()
    kravia_webhook_secret: SecretStr | None = None
    mode: Mode | None = None
    approval: Literal["automatic", "manual"] = "automatic"
    first_cases_need_approval: int = Field(default=0, ge=0)
    register_max_per_day: int = Field(default=500, ge=0)
    consolidation_wait_seconds: int = Field(default=0, ge=0, le=604_800)
    payout_model: PayoutModel = PayoutModel.UNKNOWN
    payout_accounts: tuple[Account, ...] = ()
    payout_texts: tuple[Text, ...] = ()
    accounts: AccountSettings = AccountSettings()
    amount: AmountModel = AmountModel.OUTSTANDING
    national_id: Literal["drop", "send"] = "drop"
    policy: PolicySettings = PolicySettings()
    ledger: LedgerSettings
    notify: NotifySettings | None = None

    def to_creditor(self, creditor_id: str, mode: Mode, policy: Policy) -> Creditor:
        """Return the same choices as operations read them.

        ``mode`` is the gateway's own, ``policy`` the default one.
        """
        sends_national_id = self.national_id == "send"
        own_policy = self.policy.over(policy, self.notice_by)
        if sends_national_id:  # else the decision would say that it is left out
            own_policy = replace(own_policy, national_id_needed=True)
        return Creditor(
            creditor_id=creditor_id,
            kravia_creditor_id=self.kravia_creditor_id,
            observe="observe" in (mode, self.mode),
            approval_is_manual=self.approval == "manual",
            first_cases_need_approval=self.first_cases_need_approval,
            register_max_per_day=self.register_max_per_day,
            consolidation_wait_seconds=self.consolidation_wait_seconds,
            payout_model=self.payout_model,
            payout_accounts=frozenset(self.payout_accounts),
            payout_texts=frozenset(self.payout_texts),
            accounts=Accounts(**self.accounts.model_dump()),
            amount=self.amount,
            sends_national_id=sends_national_id,
            policy=own_policy,
            ledger_kind=self.ledger.kind,
            has_notify=self.notify is not None,
            webhook_secret_count=len(self.webhook_secrets),
            entry_level=self.kravia_entry_level,
        )

    def identity(self) -> Identity:
        """Return what must not change while the creditor has live claims."""
        account = None
        match self.ledger:
            case ContaLedgerSettings(organization_id=organization_id):
                account = str(organization_id)
            case FikenLedgerSettings(company=company):
                account = company
            case TripletexLedgerSettings(company_id=company_id):
                account = str(company_id)
        return Identity(
            kravia_creditor_id=self.kravia_creditor_id,
            ledger_kind=self.ledger.kind,
            ledger_account=account,
        )

    def missing_secrets(self) -> list[str]:
        """Keys below the creditor's own whose secret the server cannot do without."""
        missing = [] if self.webhook_secrets else ["webhook_secrets"]
        match self.ledger:
            case WebhookLedgerSettings(secret=None):
                missing.append("ledger.secret")
            case ContaLedgerSettings(api_key=None):
                missing.append("ledger.api_key")
            case FikenLedgerSettings(client_id=None, token=None):
                missing.append("ledger.token")
            case FikenLedgerSettings(client_id=str(), client_secret=None):
                missing.append("ledger.client_secret")
            case TripletexLedgerSettings() as ledger:
                tokens = ("consumer_token", "employee_token")
                missing += [f"ledger.{name}" for name in tokens if getattr(ledger, name) is None]
        if self.notify is not None and self.notify.secret is None:
            missing.append("notify.secret")
        return missing

    def own_faults(self) -> list[tuple[str, str]]:
        """(key, message) for choices that are each allowed but not together."""
        faults: list[tuple[str, str]] = []
        if self.notice_by is NoticeBy.AGENCY and self.kravia_entry_level == "demand":
            message = (
                '"agency" needs kravia_entry_level = "notice": at entry level "demand" nobody '
                'would send the collection notice; allowed here: "creditor"'
            )
            faults.append(("notice_by", message))
        if isinstance(self.ledger, ContaLedgerSettings):
            faults += self._conta_faults(self.ledger)
        if isinstance(self.ledger, FikenLedgerSettings | TripletexLedgerSettings):
            faults += self.ledger.faults(self)
        return faults

    def _conta_faults(self, ledger: ContaLedgerSettings) -> Iterator[tuple[str, str]]:
        if self.payout_model is PayoutModel.BATCH and ledger.bank_account_id is None:
            message = (
                'missing; with payout_model "batch" it must be the id of the clearing account in'
                " Conta on which pay-outs are booked: a whole number"
            )
            yield "ledger.bank_account_id", message
        if ledger.assumptions is not None and not ledger.assumptions.is_file():
            yield "ledger.assumptions", f"no such file: {ledger.assumptions}"
