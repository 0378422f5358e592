from __future__ import annotations

import copy
import tomllib
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from clients.assumptions_document import merge_assumptions
from clients.conta.assumptions import parse_assumptions

SHIPPED_FILE = Path(__file__).parents[3] / "config" / "conta.toml"
SHIPPED = tomllib.loads(SHIPPED_FILE.read_text())


def changed(path: str, value: object) -> dict[str, Any]:
    document: dict[str, Any] = copy.deepcopy(SHIPPED)
    *parents, last = path.split(".")
    place = document
    for name in parents:
        place = place[name]
    if value is None:
        del place[last]
    else:
        place[last] = value
    return document


def test_the_shipped_file_is_read() -> None:
    found = parse_assumptions(SHIPPED)
    assert found.time_zone == ZoneInfo("Europe/Oslo")
    assert found.lists.page_size_rows == 500
    assert found.no_effect_names == {"MaintenanceException", "OrgReadOnlyModeException"}
    assert not found.files_enabled


def test_every_entry_of_the_shipped_file_says_where_it_comes_from() -> None:
    lines = SHIPPED_FILE.read_text().splitlines()
    entries = [n for n, line in enumerate(lines) if "=" in line and not line.startswith("#")]
    words = ("documented", "inferred", "assumed", "ours")

    silent = [
        lines[n]
        for n in entries
        if not any(f"{word}:" in f"{lines[n - 1]} {lines[n - 2]} {lines[n]}" for word in words)
    ]

    assert entries
    assert silent == []


def test_an_own_file_needs_only_what_differs() -> None:
    merged = merge_assumptions(SHIPPED, {"lists": {"sort": ""}, "time_zone": "UTC"})
    found = parse_assumptions(merged)
    assert found.lists.sort is None
    assert found.lists.page_size_rows == 500
    assert found.time_zone == ZoneInfo("UTC")


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("time_zone", "Europe/Nowhere"),
        ("time_zone", 1),
        ("writes_offsets", "no"),
        ("writes_offsets", None),
        ("lists", None),
        ("lists", "all"),
        ("lists.page_size_rows", 0),
        ("lists.page_size_rows", True),
        ("lists.page_size_rows", 100_000),
        ("lists.pagesize", 3),
        ("payments.list_id", "invoice"),
        ("letters.unsent_words", "failed"),
        ("letters.unsent_words", [""]),
        ("customers.absent_country", "Norge"),
        ("customers.absent_country", "no"),
        ("refusals.no_effect_names", [1]),
        ("files.enabled", 1),
        ("surprise", 1),
    ],
)
def test_a_fault_names_its_key(path: str, value: object) -> None:
    with pytest.raises(ValueError, match=path.replace(".", r"\.")):
        parse_assumptions(changed(path, value))
