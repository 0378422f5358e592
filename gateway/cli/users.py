"""``users``: people who may sign in to the console."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from gateway.cli import options
from gateway.cli.call import Document, call
from gateway.cli.change import change
from gateway.cli.completion import creditor_ids
from gateway.cli.failure import Failure
from gateway.cli.render import Column, Rows, record, screen
from gateway.cli.show import print_json, show_list
from gateway.operations.rights import Role

app = typer.Typer(help="People who may sign in to the console.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(metavar="NAME", help="Such as kari or kari@example.com.")]
RoleOption = Annotated[
    Role, typer.Option(help="viewer looks; operator works with claims; admin does all.")
]
Creditors = Annotated[
    list[str] | None,
    typer.Option(
        "--creditor",
        metavar="ID",
        help="Sees only this creditor; may be given again. Without it: all.",
        autocompletion=creditor_ids,
    ),
]

COLUMNS = (
    Column(header="user", value="name"),
    Column(header="role", value="role"),
    Column(header="creditors", value=lambda row: ", ".join(row["creditors"] or ["all"])),
    Column(header="password", value=lambda row: "yes" if row["has_password"] else "by proxy"),
    Column(header="disabled", value="disabled_at", kind="instant"),
)


@app.command("list", epilog="Example: kravia-gateway users list")
def list_(context: typer.Context, as_json: options.Json = False) -> None:
    """List everybody, those who may no more sign in too."""
    show_list(
        context,
        "users.list",
        {},
        lambda items: Rows(columns=COLUMNS, items=items),
        nothing="Nobody may sign in yet. Add somebody with: users add NAME --role admin",
        as_json=as_json,
    )


@app.command(epilog="Example: kravia-gateway users add kari --role operator --creditor acme")
def add(
    context: typer.Context,
    name: Name,
    role: RoleOption = Role.VIEWER,
    creditor: Creditors = None,
    no_password: Annotated[
        bool, typer.Option("--no-password", help="A trusted proxy signs them in, nothing else.")
    ] = False,
    as_json: options.Json = False,
) -> None:
    """Add a user; the password is asked for, or read from standard input."""
    password = None if no_password else _password()
    arguments = {"name": name, "role": role.value, "creditors": creditor, "password": password}
    _print(call(context, "users.add", arguments), as_json=as_json)


@app.command(epilog="Example: kravia-gateway users password kari")
def password(context: typer.Context, name: Name, as_json: options.Json = False) -> None:
    """Give a user another password; that signs them out everywhere."""
    found = call(context, "users.password", {"name": name, "password": _password()})
    _print(found, as_json=as_json)


@app.command(epilog="Example: kravia-gateway users role kari viewer --creditor acme")
def role(
    context: typer.Context,
    name: Name,
    role: Annotated[Role, typer.Argument(help="viewer, operator or admin.")],
    creditor: Creditors = None,
    yes: options.Yes = False,
    as_json: options.Json = False,
) -> None:
    """Give a user a role, and the creditors they see; it holds from their next click."""
    seen = ", ".join(creditor or ["all creditors"])
    change(
        context,
        [("users.role", {"name": name, "role": role.value, "creditors": creditor})],
        shown=f"  {name}: {role.value}, {seen}",
        question="Change this user",
        yes=yes,
        as_json=as_json,
    )


@app.command(epilog="Example: kravia-gateway users disable kari")
def disable(
    context: typer.Context, name: Name, yes: options.Yes = False, as_json: options.Json = False
) -> None:
    """Let a user in no more, from now on."""
    change(
        context,
        [("users.disable", {"name": name})],
        shown=f"  {name}: signed out everywhere, and not let in again",
        question="Disable this user",
        yes=yes,
        as_json=as_json,
    )


@app.command(epilog="Example: kravia-gateway users enable kari")
def enable(
    context: typer.Context, name: Name, yes: options.Yes = False, as_json: options.Json = False
) -> None:
    """Let a user in again, as before."""
    change(
        context,
        [("users.enable", {"name": name})],
        shown=f"  {name}: let in again",
        question="Enable this user",
        yes=yes,
        as_json=as_json,
    )


def _password() -> str:
    """What is typed twice without being shown, or the first line of what is piped in."""
    if sys.stdin.isatty():
        return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True))
    line = sys.stdin.readline().rstrip("\r\n")
    if not line:
        raise Failure("no password came: type it at a terminal, or pipe one line in")
    return line


def _print(found: Document, *, as_json: bool) -> None:
    if as_json:
        print_json(found)
    else:
        screen().print(record(found))
