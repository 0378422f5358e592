"""Reads the file a command is given; ``-`` is standard input."""

from __future__ import annotations

import sys
from pathlib import Path

from gateway.cli.failure import Failure

STANDARD_INPUT = Path("-")

# No body the gateway takes is larger; a wrong file (a disk image) is refused before it is read.
_FILE_BYTES_MAX = 67_108_864


def read_input(file: Path) -> bytes:
    """Return the file's bytes; raises ``Failure`` that says what is wrong with it."""
    try:
        if file == STANDARD_INPUT:
            content = sys.stdin.buffer.read(_FILE_BYTES_MAX + 1)
        else:
            with file.open("rb") as opened:
                content = opened.read(_FILE_BYTES_MAX + 1)
    except OSError as error:
        raise Failure(f"{file} cannot be read: {error.strerror or error}") from error
    if len(content) > _FILE_BYTES_MAX:
        raise Failure(f"{file} is larger than any webhook body ({_FILE_BYTES_MAX} bytes)")
    return content
