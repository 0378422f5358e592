"""``events repair``: a person corrects the body of an event, in an editor or from a file."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli import options
from gateway.cli.ask import NO_REASON
from gateway.cli.call import Document, call
from gateway.cli.change import change
from gateway.cli.editor import Editor, editor, keep
from gateway.cli.failure import Failure
from gateway.cli.input import read_input
from gateway.cli.marked_json import changed_fields, marked, unmarked
from gateway.cli.render import clean, instant, one_line

if TYPE_CHECKING:
    from gateway.schema.faults import Fault

_ABORTED = "Nothing was changed."

_HOW = (
    "Correct the fields below the lines marked FAULT, save, and leave the editor.",
    "Lines that begin with // are taken off again. To change nothing: leave the file as it is,",
    "or empty it. It holds personal data and is removed when you are done.",
)


def repair(
    context: typer.Context,
    event_id: Annotated[str, typer.Argument(metavar="EVENT_ID", help="From events list.")],
    given: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="The same as --file.")
    ] = None,
    file: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="The corrected body; - reads standard input."),
    ] = None,
    reason: options.Reason = NO_REASON,
    yes: options.Yes = False,
    as_json: options.Json = False,
) -> None:
    """Correct a rejected or waiting event; the copy is stored beside it, and handled.

    Without a file its body opens in $VISUAL or $EDITOR, with each fault in a comment above its
    field, until it is valid.
    """
    event = call(context, "events.show", {"event_id": event_id})
    event_id = event.get("event_id") or event_id
    finish = _Finish(context=context, event=event, reason=reason, yes=yes, as_json=as_json)
    if (source := file or given) is not None:
        finish(event_id, unmarked(read_input(source).decode("utf-8", "surrogateescape")), ())
        return
    _refuse_early(event)
    with editor() as opened:
        found = call(context, "events.body", {"event_id": event_id, "reason": reason})
        before = b64decode(found["body_base64"]).decode("utf-8", "surrogateescape")
        after = _corrected(opened, event, before)
        try:
            finish(event_id, after, changed_fields(before, after))
        except Failure as declined:
            if declined.code == 0:
                raise
            raise _kept(after, event_id, declined) from declined
        except Exception as error:
            from gateway.cli.failure import failure_of

            raise _kept(after, event_id, failure_of(error)) from error


class _Finish:
    """Shows what will be stored, asks, and has it stored."""

    def __init__(
        self,
        *,
        context: typer.Context,
        event: Document,
        reason: str,
        yes: bool,
        as_json: bool,
    ) -> None:
        self._context, self._event, self._reason = context, event, reason
        self._yes, self._as_json = yes, as_json

    def __call__(self, event_id: str, body: str, changed: Sequence[str]) -> None:
        told = f"\n  changed: {', '.join(map(one_line, changed))}" if changed else ""
        change(
            self._context,
            [("events.repair", {"event_id": event_id, "body": body, "reason": self._reason})],
            shown=f"  {sentence(self._event)}{told}",
            question="Store this as its corrected copy and handle that",
            yes=self._yes,
            as_json=self._as_json,
        )


def sentence(event: Document) -> str:
    """Say in a line which event it is."""
    return one_line(
        f"{event.get('event_id')}  {event.get('type')}  "
        f"received {instant(str(event.get('received_at') or ''))}  {event.get('outcome')}: "
        f"{event.get('problem') or 'no problem noted'}"
    )


def _refuse_early(event: Document) -> None:
    """Do not let a person correct for nothing what cannot be repaired."""
    from gateway.operations.repair import REPAIRABLE

    outcome = event.get("outcome")
    if outcome == "repaired":
        copy = event.get("repaired_as")
        raise Failure(f"it was repaired as {copy}; see: kravia-gateway events show {copy}")
    if outcome is not None and outcome not in REPAIRABLE:
        raise Failure(
            f"{event.get('event_id')} is {outcome}: only events that changed nothing can be "
            "repaired; list those with: kravia-gateway events list --outcome rejected"
        )


def _corrected(opened: Editor, event: Document, before: str) -> str:
    """Have ``before`` edited until it is valid; ``Failure`` with code 0 if the person gives up."""
    text = before
    while True:
        heading = (f"Event {sentence(event)}", *_HOW)
        shown = marked(text, _faults(text), heading)
        typed = unmarked(opened.edit(shown))
        if not typed or typed == unmarked(shown):
            raise Failure(_ABORTED, code=0)
        text = typed
        if not (faults := _faults(text)):
            return text
        for fault in faults:
            typer.echo(clean(f"still wrong: {fault.field} {fault.message}"), err=True)


def _faults(text: str) -> tuple[Fault, ...]:
    """What is wrong with a body, as the web edge says it."""
    from gateway.operations.repair import faults_of_body

    return faults_of_body(text.encode("utf-8", "surrogateescape"))


def _kept(body: str, event_id: str, failure: Failure | None) -> Failure:
    """End with what went wrong, and say where what was typed lies."""
    place = keep(body)
    what = failure.message if failure is not None else "it could not be stored"
    return Failure(
        f"{what}\nWhat you typed is kept in {place}, which holds personal data. Once the cause is "
        f"gone:\n  kravia-gateway events repair {event_id} --file {place}\nthen remove it: "
        f"rm {place}",
        code=failure.code if failure is not None else 1,
    )
