"""Where settings come from: the shipped file, the operator's file, and the secrets they name.

::

    environment  >  operator's file  >  shipped file
                    --config FILE, else $KRAVIA_GATEWAY_CONFIG, else ./config/gateway.toml

Each layer is a plain document. Relative paths become absolute and ``env:``/``file:`` secrets are
read here, so that what the models see needs no further look at the machine.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import BaseModel, SecretStr
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

import gateway
from gateway.settings_faults import (
    Fault,
    SettingsError,
    holds_secret,
    section_model,
    table_model,
)

CONFIG_VARIABLE = "KRAVIA_GATEWAY_CONFIG"
USUAL_FILE = Path("config") / "gateway.toml"

# A secret is some hundred bytes; a larger file is surely not one.
_SECRET_FILE_BYTES_MAX = 65_536

Document = dict[str, Any]


class LayerSource(PydanticBaseSettingsSource):
    """Hands one layer to pydantic-settings, which lays them over each other."""

    def __init__(self, settings_cls: type[BaseSettings], document: Document) -> None:
        super().__init__(settings_cls)
        self._document = document

    def get_field_value(self, field: object, field_name: str) -> tuple[Any, str, bool]:  # noqa: ARG002 - protocol
        """Return one top-level value as it stands."""
        return self._document.get(field_name), field_name, False

    def __call__(self) -> Document:
        """Return the whole layer, unknown keys included: they are faults, not noise."""
        return self._document


def shipped(name: str) -> Path:
    """Find a file of ``config/``: inside the wheel, or beside the package in a checkout."""
    package = Path(gateway.__file__).parent
    carried = package / "_config"
    return (carried if carried.is_dir() else package.parent / "config") / name


def find_file(path: Path | None, environ: Mapping[str, str], folder: Path) -> Path | None:
    """Find the operator's file; ``None`` where only the shipped defaults apply."""
    named = path or (Path(environ[CONFIG_VARIABLE]) if environ.get(CONFIG_VARIABLE) else None)
    if named is not None:
        found = folder / named.expanduser()
        if not found.is_file():
            how = "--config" if path else CONFIG_VARIABLE
            message = f"no such file; {how} names it"
            raise SettingsError([Fault(source=str(named), key="", message=message)])
        return found
    usual = folder / USUAL_FILE
    if not usual.is_file() or usual.samefile(shipped("gateway.toml")):
        return None
    return usual


def read_toml(path: Path, source: str | None = None) -> Document:
    """Read a TOML file; raises ``SettingsError`` naming it (as ``source``, if given)."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        message = f"cannot be read: {error.strerror or error}"
    except UnicodeDecodeError:
        message = "is not UTF-8 text"
    except tomllib.TOMLDecodeError as error:
        message = f"is not TOML: {error}"
    raise SettingsError([Fault(source=source or str(path), key="", message=message)])


def absolute_paths(document: Document, base: Path) -> None:
    """Make the paths in ``document`` absolute, in place; wrong kinds are left for the models."""
    match document.get("database"):
        case {"url": str(url)} if (path := sqlite_path(url)) is not None:
            document["database"]["url"] = f"sqlite:///{base / path}"
    match document.get("kravia"):
        case {"assumptions": str(name)}:
            document["kravia"]["assumptions"] = str(base / name)
    match document.get("retention"):
        case {"rows": str(name)}:
            document["retention"]["rows"] = str(base / name)
    match document.get("rules"):
        case {"extra": list(names)}:
            document["rules"]["extra"] = [
                str(base / name) if isinstance(name, str) else name for name in names
            ]
    creditors = document.get("creditors")
    for creditor in creditors.values() if isinstance(creditors, dict) else ():
        match creditor:
            case {"ledger": dict(ledger)}:
                for key in ("assumptions", "refresh_token_file"):
                    if isinstance(ledger.get(key), str):
                        ledger[key] = str(base / ledger[key])


def sqlite_path(url: str) -> Path | None:
    """Return the file a ``sqlite:///`` URL names; three slashes are relative, four absolute."""
    prefix = "sqlite:///"
    name = url.removeprefix(prefix)
    return Path(name) if url.startswith(prefix) and name and name != ":memory:" else None


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretReader:
    """Reads ``env:NAME`` and ``file:PATH``, the latter relative to ``base``.

    Where secrets are not ``needed``, one that cannot be read is absent instead of a fault.
    """

    environ: Mapping[str, str]
    base: Path
    needed: bool

    def read(self, reference: str, *, literal_ok: bool = False) -> SecretStr | str:
        """Return the secret, or a message that says why it cannot be had."""
        kind, _, name = reference.partition(":")
        if kind == "env" and name:
            value = self.environ.get(name, "")
            return SecretStr(value) if value else f"the environment variable {name} is not set"
        if kind == "file" and name:
            return self._from_file(name)
        if literal_ok:
            return SecretStr(reference)
        return "a secret must not stand in the file; write env:NAME or file:PATH"

    def _from_file(self, name: str) -> SecretStr | str:
        try:
            with (self.base / name).open("rb") as file:
                content = file.read(_SECRET_FILE_BYTES_MAX + 1)
            text = content.decode("ascii").strip()
        except OSError as error:
            return f"the file {name} cannot be read: {error.strerror or error}"
        except UnicodeDecodeError:
            return f"the file {name} does not hold a secret: it is not plain ASCII text"
        if not text or len(content) > _SECRET_FILE_BYTES_MAX:
            return f"the file {name} does not hold a secret: it is empty or too large"
        return SecretStr(text)


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretsOfFile:
    """Puts secrets in the place of their references in a file's document; collects ``faults``."""

    source: str
    reader: SecretReader
    faults: list[Fault] = field(default_factory=list)

    def fill(self, model: type[BaseModel], document: Document, at: tuple[str, ...] = ()) -> None:
        """Go through ``document`` beside ``model`` and replace each reference, in place."""
        for key, info in model.model_fields.items():
            value = document.get(key)
            if (inner := section_model(info.annotation, value)) is not None:
                sections = {key: value}
                path = at
            elif (inner := table_model(info.annotation)) is not None:
                sections = value if isinstance(value, dict) else {}
                path = (*at, key)
            elif value is not None and holds_secret(info.annotation):
                document[key] = self._secrets(value, ".".join((*at, key)))
                continue
            else:
                continue
            for name, section in sections.items():
                if isinstance(section, dict):
                    self.fill(inner, section, (*path, name))

    def _secrets(self, value: object, key: str) -> SecretStr | list[object] | None:
        if isinstance(value, list):
            read = [self._secrets(item, f"{key}[{at}]") for at, item in enumerate(value)]
            return [item for item in read if item is not None]
        if not isinstance(value, str):
            message = "must be env:NAME or file:PATH"
        else:
            secret = self.reader.read(value)
            if isinstance(secret, SecretStr):
                return secret
            if not self.reader.needed and value.startswith(("env:", "file:")):
                return None
            message = secret
        self.faults.append(Fault(source=self.source, key=key, message=message))
        return None
