"""Lets a person edit a text in the editor of their choice; it holds personal data.

The file lies in a folder of its own, both for their owner alone, so that what an editor leaves
beside it (backups, swap files) goes with it.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from gateway.cli.ask import is_answerable
from gateway.cli.failure import Failure

_USUAL = ("nano", "vim", "vi")
"""Tried in this order where nothing is said; nano tells how to leave it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Editor:
    """An editor and the one file it is given."""

    command: tuple[str, ...]
    file: Path

    def edit(self, text: str) -> str:
        """Return what the person made of ``text``; ``Failure`` if the editor did not end well."""
        self.file.write_bytes(text.encode("utf-8", "surrogateescape"))
        try:
            ended = subprocess.run([*self.command, str(self.file)], check=False)  # noqa: S603 - the operator's own choice
        except OSError as error:
            raise Failure(
                f"the editor {self.command[0]} cannot be started: {error.strerror}; name another "
                "in $EDITOR, or give the corrected body with --file"
            ) from error
        if ended.returncode != 0:
            raise Failure(f"The editor ended with code {ended.returncode}: nothing was changed.")
        try:
            return self.file.read_bytes().decode("utf-8", "surrogateescape")
        except FileNotFoundError:
            return ""


@contextmanager
def editor() -> Iterator[Editor]:
    """Find the editor and give it a place; what lies there is removed when the block ends."""
    command = _command()
    with tempfile.TemporaryDirectory(prefix="kravia-gateway-") as folder:
        file = Path(folder) / "event.json"
        os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        yield Editor(command=command, file=file)


def keep(text: str) -> Path:
    """Save what was typed where its owner alone can read it, for another try."""
    number, name = tempfile.mkstemp(prefix="kravia-gateway-kept-", suffix=".json")
    with os.fdopen(number, "wb") as kept:
        kept.write(text.encode("utf-8", "surrogateescape"))
    return Path(name)


def _command() -> tuple[str, ...]:
    from gateway.settings import preferred_editor

    if words := shlex.split(preferred_editor()):
        return tuple(words)
    for name in _USUAL:
        if is_answerable() and (found := shutil.which(name)):
            return (found,)
    raise Failure("set $EDITOR to the editor to use, or give the corrected body with --file FILE")
