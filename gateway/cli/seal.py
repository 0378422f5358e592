"""``seal``: the keys that personal data is encrypted with in the database."""

from __future__ import annotations

import os
import secrets
from base64 import b64encode
from pathlib import Path
from typing import Annotated, Any

import typer

from gateway.cli import options
from gateway.cli.ask import ask, demanded
from gateway.cli.call import call, call_pages
from gateway.cli.failure import NOT_CLEAN, Failure
from gateway.cli.render import Column, Rows, listing, screen
from gateway.cli.show import print_json

app = typer.Typer(
    help="Keys that personal data is encrypted with in the database.", no_args_is_help=True
)

COLUMNS = (
    Column(header="column", value="column"),
    Column(header="key", value="key_id"),
    Column(header="values", value="values"),
)


@app.command(epilog="Example: kravia-gateway seal status")
def status(context: typer.Context, as_json: options.Json = False) -> None:
    """Show which key seals, and how many values need which.

    Looks at every value: seconds where there are millions.
    """
    found = call(context, "seal.status", {})
    if as_json:
        print_json(found)
        return
    console = screen()
    seals = found["key_id"]
    console.print(
        f"Key {seals} seals." if seals else "Personal data is not encrypted: seal.keys is empty.",
        soft_wrap=True,
    )
    rows = Rows(columns=COLUMNS, items=found["items"])
    listing(console, found, rows, nothing="There is no personal data yet.", more=str)
    for key_id in found["not_needed"]:
        console.print(
            f"Nothing needs key {key_id} any more, but for backups made before: it may leave"
            " seal.keys.",
            soft_wrap=True,
        )


@app.command(epilog='Example: kravia-gateway seal rotate --reason "yearly" --yes')
def rotate(
    context: typer.Context,
    reason: options.NeededReason = None,
    yes: options.Yes = False,
    as_json: options.Json = False,
) -> None:
    """Seal everything with the first key of seal.keys now.

    The gateway does it by itself while it runs, from its start on; this does not wait
    for that, and tells when the old keys may go. It can be cut off and run again.
    """
    shown = "  Every sealed value is read, and written anew where another key sealed it."
    reason, shown = demanded(reason, shown)
    ask(shown=shown, question="Seal everything with the first key", yes=yes)
    total: dict[str, Any] = {"key_id": None, "looked_at": 0, "resealed": 0, "unopened": 0}

    def take(step: dict[str, Any]) -> None:
        total["key_id"] = step["key_id"]
        for name in ("looked_at", "resealed", "unopened"):
            total[name] += step[name]

    call_pages(context, "seal.rotate", {"reason": reason}, take)
    if as_json:
        print_json(total)
    else:
        screen().print(
            f"{total['looked_at']} values looked at, {total['resealed']} sealed anew with key"
            f" {total['key_id']}, {total['unopened']} cannot be opened.",
            soft_wrap=True,
        )
        typer.echo("Which keys may go: kravia-gateway seal status", err=True)
    if total["unopened"]:
        raise typer.Exit(NOT_CLEAN)


@app.command("new-key", epilog="Example: kravia-gateway seal new-key seal-2027.key")
def new_key(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to write it; must be new.")],
    as_json: options.Json = False,
) -> None:
    """Make a key, in a file that only you can read; changes nothing else.

    Keep a copy apart from the database's backups: without it they cannot be read, and
    together they are read by whoever has them.
    """
    from gateway.storage.seal import SEAL_KEY_BYTES, key_id_of

    key = secrets.token_bytes(SEAL_KEY_BYTES)
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise Failure(f"{file} is there already; give the name of a new file") from error
    except OSError as error:
        raise Failure(f"cannot write {file}: {error.strerror}") from error
    with os.fdopen(descriptor, "w", encoding="ascii") as out:
        out.write(b64encode(key).decode() + "\n")
    if as_json:
        print_json({"file": str(file), "key_id": key_id_of(key)})
        return
    typer.echo(f"Key {key_id_of(key)} is in {file}. Put it first in the settings, then restart:")
    typer.echo(f'  [seal]\n  keys = ["file:{file.absolute()}"]   # behind it the keys of before')
