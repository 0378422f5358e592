"""The wheel, installed elsewhere with exactly what the lock says it needs, does what it should."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def uv(*arguments: str | Path, **environ: str) -> None:
    """Run uv: the one of the tool environment that ``make`` keeps, else one on the path."""
    own = ROOT / ".tools/bin/uv"
    program = str(own) if own.exists() else shutil.which("uv")
    assert program is not None, "uv is needed: run the tests through make"
    done = subprocess.run(
        [program, *arguments],
        cwd=ROOT,
        env={k: v for k, v in os.environ.items() if k != "VIRTUAL_ENV"} | environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with an environment of its own, ``venv``, that holds the wheel and what it needs."""
    folder = tmp_path_factory.mktemp("elsewhere")
    venv = folder / "venv"
    uv("build", "--quiet", "--wheel", "--python", sys.executable, "--out-dir", folder)
    uv(
        *("sync", "--quiet", "--frozen", "--no-dev", "--no-install-project"),
        *("--python", sys.executable),
        UV_PROJECT_ENVIRONMENT=str(venv),
    )
    (wheel,) = folder.glob("*.whl")
    uv("pip", "install", "--quiet", "--offline", "--no-deps", "--python", venv, wheel)
    yield folder
    shutil.rmtree(venv)


def type_(folder: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [folder / "venv/bin/kravia-gateway", *arguments],
        cwd=folder,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_installed_wheel_explains_an_invoice(elsewhere: Path) -> None:
    file = elsewhere / "overdue.json"
    shutil.copy(ROOT / "docs/examples/overdue.json", file)
    explained = type_(elsewhere, "explain", file, "--on", "2026-11-24", "--json")
    assert explained.returncode == 0, explained.stderr
    assert json.loads(explained.stdout)["decision"] == "forward"


def test_the_installed_wheel_plays_the_demo(elsewhere: Path) -> None:
    played = type_(elsewhere, "demo", "--json")
    assert played.returncode == 0, played.stderr
    figures = json.loads(played.stdout)
    assert figures["invoices"] == 40
    assert figures["duplicates_at_kravia"] == 0


def test_the_installed_wheel_is_only_the_gateway(elsewhere: Path) -> None:
    script = "import gateway, sys; print(gateway.__file__)"
    done = subprocess.run(
        [elsewhere / "venv/bin/python", "-c", script],
        cwd=elsewhere,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.startswith(str(elsewhere))
    assert not (elsewhere / "venv/bin/pytest").exists()


def test_the_wheel_carries_the_consoles_words_templates_and_files(elsewhere: Path) -> None:
    program = (
        "from gateway.web.console import reader, screens\n"
        "bokmal = reader.Reader(reader.Language.BOKMAL)\n"
        "shown = {'title': 'Not done', 'here': ''}\n"
        "answer = screens.Screens(menu=()).response('trouble.html', bokmal, **shown)\n"
        "print(answer.text, [len(screens.asset(name)[0]) for name in screens.ASSET_TYPES])\n"
    )
    done = subprocess.run(
        [elsewhere / "venv/bin/python", "-c", program],
        cwd=elsewhere,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert "<h1>Ikke gjort</h1>" in done.stdout
