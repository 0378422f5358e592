"""Every command on the pages for going live and entering rates can be typed as it stands."""

from __future__ import annotations

import re
import shlex
import tomllib
from datetime import date
from pathlib import Path

import pytest
import typer.main

from gateway.cli.main import app
from gateway.domain.rates_reach import first_gaps
from gateway.settings_sources import shipped
from mappers.rules_from_toml import rules_from_toml

ROOT = Path(__file__).parents[2]
PAGES = ("docs/first-day.md", "docs/rates.md", "docs/runbook.md")


def _typed(page: str) -> list[str]:
    text = (ROOT / page).read_text(encoding="utf-8")
    blocks = re.findall(r"```sh\n(.*?)```", text, flags=re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines()]
    return [line for line in lines if line.startswith("kravia-gateway ")]


COMMANDS = [(page, line) for page in PAGES for line in _typed(page)]


@pytest.mark.parametrize(("page", "line"), COMMANDS, ids=[line for _, line in COMMANDS])
def test_a_command_on_a_page_parses(page: str, line: str) -> None:
    del page
    words = shlex.split(line.split(" > ", maxsplit=1)[0], comments=True)[1:]
    command = typer.main.get_command(app)
    context = command.make_context("kravia-gateway", words)
    while hasattr(command, "resolve_command"):
        rest = [*context._protected_args, *context.args]
        name, command, words = command.resolve_command(context, rest)
        context = command.make_context(name, words, parent=context)


def test_the_example_of_new_rates_reaches_to_the_end_of_the_half_year() -> None:
    example = tomllib.loads((ROOT / "docs/examples/rates-2027.toml").read_text(encoding="utf-8"))
    law = tomllib.loads(shipped("rules/norway.toml").read_text(encoding="utf-8"))
    rules = rules_from_toml([law, example], frozenset())

    gaps = first_gaps(rules, date(2026, 11, 24))
    assert gaps["late interest"] == gaps["compensation"] == date(2027, 7, 1)


def test_the_page_shows_the_example_as_it_is() -> None:
    example = (ROOT / "docs/examples/rates-2027.toml").read_text(encoding="utf-8")
    shown = re.findall(r"```toml\n(.*?)```", (ROOT / "docs/rates.md").read_text("utf-8"), re.DOTALL)
    assert shown[0].rstrip() == example.split("\n\n", 1)[1].rstrip()
