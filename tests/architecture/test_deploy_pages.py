"""docs/deploy and SECURITY.md name commands, settings, files and units that are there."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
import typer.main

from gateway.cli.main import app

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "docs/deploy"
PAGES = [*sorted(DEPLOY.glob("*.md")), ROOT / "SECURITY.md"]
UNITS = [*sorted(DEPLOY.glob("*.service")), *sorted(DEPLOY.glob("*.timer"))]
PROGRAM = "/opt/kravia-gateway/current/bin/kravia-gateway"
SETTINGS = (ROOT / "config/gateway.toml").read_text(encoding="utf-8")


def _typed() -> list[str]:
    """Every line of a page or unit that runs the program, from the program's name on."""
    lines: list[str] = []
    for page in [*PAGES, *UNITS]:
        text = page.read_text(encoding="utf-8")
        blocks = re.findall(r"```sh\n(.*?)```", text, flags=re.DOTALL)
        blocks = [*blocks, *re.findall(r"^ExecStart=(/opt.*)$", text, flags=re.MULTILINE)]
        for line in "\n".join(blocks).splitlines():
            _, ran, words = line.partition("/bin/kravia-gateway ")
            lines += [words] if ran else []
    return sorted(set(lines))


@pytest.mark.parametrize("line", _typed())
def test_a_command_to_deploy_parses(line: str) -> None:
    command = typer.main.get_command(app)
    context = command.make_context("kravia-gateway", shlex.split(line))
    while hasattr(command, "resolve_command"):
        rest = [*context._protected_args, *context.args]
        name, command, words = command.resolve_command(context, rest)
        context = command.make_context(name, words, parent=context)


def test_every_setting_named_is_explained_in_the_shipped_file() -> None:
    named = {
        name
        for page in PAGES
        for name in re.findall(
            r"`([a-z_]+(?:\.[a-z_]+)*) ?=|`(?:server|kravia|outbox|database)"
            r"\.([a-z_]+)`",
            page.read_text(encoding="utf-8"),
        )
        for name in name
        if name
    }

    assert {"admin_token", "approval", "drain_timeout_seconds"} <= named
    assert [name for name in named if not re.search(rf"\b{name}\b", SETTINGS)] == []


def test_the_example_settings_name_the_credentials_that_the_unit_hands_over() -> None:
    unit = (DEPLOY / "kravia-gateway.service").read_text(encoding="utf-8")
    [example] = re.findall(
        r"```toml\n(.*?)```", (DEPLOY / "README.md").read_text(encoding="utf-8"), re.DOTALL
    )
    handed = set(re.findall(r"^LoadCredential=([\w-]+):", unit, flags=re.MULTILINE))

    named = set(re.findall(r"file:/run/credentials/kravia-gateway.service/([\w-]+)", example))
    assert named == handed
    assert "sqlite:////var/lib/kravia-gateway/" in tomllib.loads(example)["database"]["url"]
    assert "StateDirectory=kravia-gateway\n" in unit


def test_the_container_is_made_of_what_is_here() -> None:
    text = (DEPLOY / "Containerfile").read_text(encoding="utf-8")
    copied = [
        path
        for line in re.findall(r"^COPY (?!--from)(.+)$", text, flags=re.MULTILINE)
        for path in line.split()[:-1]
    ]
    packages = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    built = packages["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]

    assert [path for path in copied if not (ROOT / path).exists()] == []
    assert {*built, "config", "pyproject.toml", "uv.lock"} <= set(copied)
    sections = re.findall(r"KRAVIA_GATEWAY_([A-Z]+)__([A-Z_]+)=", text)
    for section, key in sections:
        assert re.search(
            rf"^\[{section.lower()}\](?:\n(?!\[).*)*\n{key.lower()} = ",
            SETTINGS,
            flags=re.MULTILINE,
        ), (section, key)


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.name)
def test_systemd_understands_the_units(unit: Path) -> None:
    """What it says of a program that is not installed here is expected."""
    if shutil.which("systemd-analyze") is None:
        pytest.skip("this machine has no systemd-analyze to verify units with")
    run = subprocess.run(
        ["systemd-analyze", "verify", str(unit)],
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )

    said = [line for line in run.stderr.splitlines() if unit.name in line]
    assert [line for line in said if f"{PROGRAM} is not executable" not in line] == []
