"""The command itself on a database whose server is stopped: table, CSV, JSON, exit code."""

from __future__ import annotations

import asyncio
import csv
import json
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner, Result

from gateway.cli.main import app
from gateway.storage.tables import mirror

from .conftest import KRAVIA_CREDITOR_ID, SECRET, SQLITE_ONLY

CONFIG = f"""
[database]
url = "sqlite:///gateway.db"
[kravia]
base_url = "http://127.0.0.1:1"
[creditors.acme]
kravia_creditor_id = {KRAVIA_CREDITOR_ID}
webhook_secrets = ["env:SECRET"]
[creditors.acme.ledger]
kind = "webhook"
url = "http://127.0.0.1:2/in"
secret = "env:SECRET"
"""

pytestmark = SQLITE_ONLY


async def typed(world: Any, place: Path, *words: str) -> Result:
    """Stop the gateway and type ``reconcile`` with these words."""
    await world.stack.aclose()
    (place / "gateway.toml").write_text(CONFIG)
    command = ["--config", str(place / "gateway.toml"), "reconcile", *words]
    runner = CliRunner(env={"SECRET": SECRET, "COLUMNS": "80"})
    return await asyncio.to_thread(runner.invoke, app, command)


@pytest.fixture
async def drifted(world: Any) -> Any:
    """A claim whose amount was changed at Kravia."""
    await world.active()
    changed = sa.update(mirror).values(amount_minor=1)
    await world.gateway.database.write(lambda connection: connection.execute(changed))
    return world


async def test_exit_0_where_all_agree(world: Any, place: Path) -> None:
    await world.active()
    result = await typed(world, place)

    assert result.exit_code == 0
    assert "All agree." in result.stdout
    assert "1 claims" in result.stdout


async def test_the_table_has_cause_and_command(drifted: Any, place: Path) -> None:
    result = await typed(drifted, place, "--creditor", "acme")

    assert result.exit_code == 1
    assert "Differences: 1 amount." in result.stdout
    for word in ("inv-30001", "4800.00", "0.01", "kravia-gateway claims show clm_"):
        assert word in result.stdout.replace("\n", " ")
    assert max(map(len, result.stdout.splitlines())) <= 80


async def test_json_is_one_document_of_the_contract(drifted: Any, place: Path) -> None:
    result = await typed(drifted, place, "--json")
    found = json.loads(result.stdout)

    assert result.exit_code == 1
    assert found["clean"] is False
    assert found["compared"] == {"claims": 1, "cases": 1, "ledger_invoices": 0, "settlements": 0}
    (row,) = found["differences"]
    assert (row["kind"], row["creditor_id"], row["invoice_id"]) == ("amount", "acme", "inv-30001")
    assert (row["ledger"], row["gateway"], row["kravia"]) == (None, "4800.00", "0.01")
    assert row["cause"]
    assert row["command"].startswith("kravia-gateway claims show clm_")


async def test_csv_has_all_fields(drifted: Any, place: Path) -> None:
    result = await typed(drifted, place, "--csv", str(place / "found.csv"))
    with (place / "found.csv").open(newline="") as file:
        (row,) = csv.DictReader(file)

    assert result.exit_code == 1
    assert (row["kind"], row["gateway"], row["kravia"]) == ("amount", "4800.00", "0.01")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--json", "--csv", "x"], "choose one"),
        (["--csv", "/nowhere/x.csv"], "No such file"),
        (["--creditor", "nobody"], "there is no creditor nobody"),
    ],
)
async def test_a_wrong_word_says_what_is_wrong(
    world: Any, place: Path, words: list[str], said: str
) -> None:
    result = await typed(world, place, *words)

    assert result.exit_code != 0
    assert said in f"{result.output} {result.exception}"


async def test_a_list_not_read_whole_is_not_clean(world: Any, place: Path) -> None:
    result = await typed(world, place)

    assert result.exit_code == 1
    assert "kravia-gateway creditors mirror acme" in result.stdout
