"""Every sentence that operations and workers say to a person has its Norwegian."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

import gateway
from gateway.domain.wording import Language
from gateway.operations.sentences import CATALOGUE, in_language

ROOT = Path(gateway.__file__).parents[1]

SAYING = (
    *sorted((ROOT / "gateway" / "operations").glob("*.py")),
    *sorted((ROOT / "gateway" / "workers").glob("*.py")),
    *(ROOT / "gateway" / name for name in ("ledgers/told_of_money.py", "token_key.py")),
    *(ROOT / "gateway" / "schema" / name for name in ("faults.py", "fields.py")),
    ROOT / "outbox" / "retry.py",
)
"""Where sentences are said that a page may show."""

ELSEWHERE = {
    "sentences.py": "says nothing of its own",
    "catalogue.py": "what /docs says of operations",
    "argument_models.py": "descriptions beside the sentences of argument_kinds",
    **dict.fromkeys(
        ("account_models.py", "passwords.py", "sessions.py", "tokens.py", "users.py"),
        "people and tokens are let in by the command line and by programs",
    ),
    **dict.fromkeys(
        ("audit_verify.py", "privacy.py", "privacy_models.py", "purging.py", "sealing.py"),
        "the command line alone",
    ),
    **dict.fromkeys(("creditor_check.py", "creditor_orders.py", "peoples_work.py"), "as above"),
}
"""Modules of operations that no page asks for."""

NOT_SAID = re.compile(
    r"kravia-gateway |outbox |doubts show$|timedatectl |kravia \{\}$|probe of |by \{\}$"
    r"|\w+\.show --|tried out$"
    r"|an id, or the beginning|of events |the creditor's id in|say why, for the audit$"
    r"|.*(?:IS (?:NOT )?NULL\b|\(\.\+\)|\[\w+, \.\.\.\])"
)
"""Commands, what /docs says of a field, SQL, patterns and types."""


def constant(name: str, file: Path) -> str | None:
    """The text that a name in capitals stands for, where it does for one."""
    for node in ast.parse(file.read_text()).body:
        match node:
            case ast.Assign(targets=[ast.Name(id=found)], value=value) if found == name:
                return text_of(value, file)
            case ast.AnnAssign(target=ast.Name(id=found), value=value) if found == name:
                return text_of(value, file)
            case ast.ImportFrom(module=str(module), names=names):
                if name in {each.name for each in names}:
                    return constant(name, ROOT / f"{module.replace('.', '/')}.py")
    return None


def text_of(node: ast.AST | None, file: Path) -> str | None:
    """A text as it is written, its gaps empty."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=parts):
            return "".join(text_of(part, file) or "{}" for part in parts)
        case ast.FormattedValue(value=ast.Name(id=name)) if name.isupper():
            return constant(name, file)
    return None


def sentences(file: Path) -> Iterator[str]:
    """Every text with a space between words that is no docstring."""
    tree = ast.parse(file.read_text())
    inner: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            inner |= {id(part) for part in ast.walk(node) if part is not node}
        if isinstance(node, ast.Expr):
            inner.add(id(node.value))
        if id(node) in inner or not isinstance(node, ast.Constant | ast.JoinedStr):
            continue
        text = text_of(node, file) or ""
        has_words = len(re.findall(r"[a-zA-Z]", text.replace("{}", ""))) > 1
        if " " in text.strip() and has_words and not NOT_SAID.match(text):
            yield text


COMPOSED = {"payment {}", "credit note {}", ", and we registered it too"}
"""Said inside of others."""


def said() -> set[str]:
    return {text for file in SAYING if file.name not in ELSEWHERE for text in sentences(file)}


def known() -> dict[str, str]:
    with CATALOGUE.open("rb") as source:
        return {str(each.id): str(each.string) for each in read_po(source, locale="nb") if each.id}


def blank(text: str) -> str:
    """The sentence with its gaps as nameless as in the code."""
    return re.sub(r"\{\w+\}", "{}", text)


def test_every_sentence_has_its_norwegian_and_no_norwegian_is_left_over() -> None:
    norwegian = {blank(text) for text in known() if " " in text.strip()}
    everywhere = {
        text
        for folder in ("gateway", "outbox")
        for file in (ROOT / folder).rglob("*.py")
        for text in sentences(file)
    }

    assert said() - norwegian == set(), f"add these to {CATALOGUE}"
    assert norwegian - everywhere - COMPOSED == set(), "nobody says these any more: take them out"


def test_each_is_known_again_by_what_stands_in_its_gaps() -> None:
    for english, norwegian in known().items():
        gaps = re.findall(r"\{(\w+)\}", english)
        values = {name: f"<{name}>" for name in gaps}
        if " " not in english.strip():
            continue

        told = in_language(english.format_map(values), Language.BOKMAL)

        assert told == norwegian.format_map(values), english


@pytest.mark.parametrize(
    ("english", "norwegian"),
    [
        (
            (
                "invoice 30001, case 41 at Kravia: payment p-1 was reversed at the ledger: correct"
                " it at Kravia by hand"
            ),
            (
                "faktura 30001, sak 41 hos Kravia: betaling p-1 ble tilbakeført i regnskapet: rett"
                " det hos Kravia for hånd"
            ),
        ),
        (
            (
                "2250.00 NOK came in on 2026-11-24, and no claim has its KID. Answer with payments"
                " match lin_1 INVOICE, or payments dismiss lin_1"
            ),
            (
                "2250,00 NOK kom inn 24.11.2026, og den hører ikke til noe krav, etter KID. Svar"
                " med payments match lin_1 FAKTURA, eller payments dismiss lin_1"
            ),
        ),
        (
            (
                "rate must be a whole number of items a second, 1 to 100; reason is missing: say"
                " why, for the audit"
            ),
            (
                "rate må være et helt antall i sekundet, 1 til 100; reason mangler: skriv hvorfor,"
                " til loggen"
            ),
        ),
        (
            "clm_1 is active: it can no longer be held; to call it off: claims withdraw clm_1",
            (
                "clm_1 er hos Kravia: det kan ikke lenger holdes tilbake; for å trekke det:"
                " claims withdraw clm_1"
            ),
        ),
        ("410 Gone: the remote's own words", "410 Gone: the remote's own words"),
        ("Kari Nordmann ringte", "Kari Nordmann ringte"),
    ],
)
def test_a_sentence_is_told_whole(english: str, norwegian: str) -> None:
    assert in_language(english, Language.BOKMAL) == norwegian
    assert in_language(english, Language.ENGLISH) == english
