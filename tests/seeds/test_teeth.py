"""The seeds find bugs: each one planted is caught, and the page that says so says so of each."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.seeds.planting import Seam, SeamGoneError, Tooth
from tests.seeds.run import play
from tests.seeds.teeth import TEETH

RELIABILITY = Path(__file__).parents[2] / "docs" / "reliability.md"

SEEDS_MAX = 100
"""Within so many seeds each bug must show; `make check` plays twice as many."""


@pytest.mark.parametrize("tooth", TEETH, ids=lambda tooth: tooth.name)
def test_a_planted_bug_is_caught(tooth: Tooth) -> None:
    with tooth.planted():
        caught = any(_finds(seed) for seed in _by_promise(tooth))

    assert caught, f"no seed up to {SEEDS_MAX} finds that {tooth.wrong}"


def test_the_page_tells_of_each_tooth_and_no_other() -> None:
    table = RELIABILITY.read_text(encoding="utf-8").partition("## Teeth")[2].partition("\n## ")[0]
    told = re.findall(r"^\| ([^|]+?) \| ([^|]+?) \|", table, flags=re.MULTILINE)

    assert told[1:] == [(tooth.name, tooth.wrong) for tooth in TEETH]


def test_a_bug_whose_seam_is_gone_says_so() -> None:
    code = SimpleNamespace(__name__="code", done=lambda connection: connection)

    for seam, why in (
        (Seam(owner=code, name="gone", instead=lambda was: was), "no code.gone any more"),
        (Seam(owner=code, name="done", takes="other", instead=lambda was: was), "takes"),
    ):
        tooth = Tooth(name="a bug", wrong="something", seams=(seam,))
        with pytest.raises(SeamGoneError, match=why), tooth.planted():
            pass


def _by_promise(tooth: Tooth) -> list[int]:
    """Those first that found it when they were tried."""
    return list(dict.fromkeys((*tooth.seeds, *range(1, SEEDS_MAX + 1))))


def _finds(seed: int) -> bool:
    try:
        return bool(play(seed).violations)
    except RuntimeError:  # it waits or goes round for ever
        return True
