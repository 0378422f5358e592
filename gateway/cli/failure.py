"""How a command ends when it cannot do what was asked: a sentence, and the exit code.

======  ========================================================
code    meaning
======  ========================================================
0       done
1       not clean: the report says what
2       wrong usage or settings: the message says what to change
3       a system could not be reached
======  ========================================================
"""

from __future__ import annotations

import errno
from typing import Final

NOT_CLEAN: Final = 1
USAGE: Final = 2
UNREACHABLE: Final = 3

_OUTPUT_ERRORS: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO})
"""What writing to a file or a device fails with. The database has error types of its own."""


class Failure(Exception):  # noqa: N818 - it is how a command ends, not an error in it
    """Ends the command; ``message`` says what is wrong and what to type next."""

    def __init__(self, message: str, *, code: int = USAGE) -> None:
        super().__init__(message)
        self.message = message
        self.code = code


def failure_of(error: BaseException) -> Failure | None:
    """Turn an expected error of any layer into how the command ends; ``None`` for a defect.

    Imports late: this runs only when something went wrong.
    """
    from clients.errors import ClientError
    from gateway.operations.errors import OperationError
    from gateway.settings_faults import SettingsError
    from gateway.storage.errors import (
        DatabaseLocked,
        DatabaseUnusable,
        DatabaseUrlError,
        StorageError,
    )

    match error:
        case Failure():
            return error
        case SettingsError():
            return Failure(str(error))
        case OperationError():
            code = UNREACHABLE if error.kind == "unreachable" else USAGE
            return Failure(error.message, code=code)
        case DatabaseUrlError() | DatabaseUnusable() | DatabaseLocked():
            return Failure(str(error))
        case StorageError() | ClientError():
            return Failure(str(error), code=UNREACHABLE)
        case OSError(errno=number) if number in _OUTPUT_ERRORS:
            where = error.filename or "the output"
            return Failure(f"{where} cannot be written: {error.strerror}", code=UNREACHABLE)
    return None
