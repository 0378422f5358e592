"""What can go wrong with the database, split by what to do next.

::

    StorageError
    ├── DatabaseUrlError     the setting names nothing this release can open
    ├── DatabaseUnusable     the file or its folder is not what it should be: fix it, start again
    │   └── DatabaseTooNew   a later release has changed it: run that release
    ├── DatabaseLocked       another process has it: stop that one, or speak to it
    ├── DatabaseBusy         too much waits, or another program is in the way: try again soon
    ├── DatabaseFull         the disk is full: nothing was kept; free space and go on
    ├── DatabaseUnavailable  it can no longer be trusted to keep anything: stop, mend, start again
    │   └── DatabaseUnreachable  its server does not answer: see to that, start again
    └── SealError            a sealed value cannot be opened

Messages are for people and say what to do. Foreign exceptions are chained as ``__cause__``. What an
operation itself raises (its own errors, a constraint it broke) passes through unchanged.
"""

from __future__ import annotations


class StorageError(Exception):
    """Root of all errors of the storage."""


class DatabaseUrlError(StorageError):
    """The database URL names nothing that this release can open."""


class DatabaseUnusable(StorageError):  # noqa: N818 - a state of the database
    """The file, its folder or its content is not what it should be."""


class DatabaseTooNew(DatabaseUnusable):
    """A later release has changed the schema."""


class DatabaseLocked(StorageError):  # noqa: N818 - a state of the database
    """Another process has the database open; ``pid`` is that process if it told."""

    def __init__(self, message: str, *, pid: int | None = None) -> None:
        super().__init__(message)
        self.pid = pid


class DatabaseBusy(StorageError):  # noqa: N818 - a state of the database
    """Nothing was kept, because too much waits already: the same will do in a while."""


class DatabaseFull(StorageError):  # noqa: N818 - a state of the database
    """Nothing was kept, because the disk is full: the same will do when there is room."""


class DatabaseUnavailable(StorageError):  # noqa: N818 - a state of the database
    """The database is closed or has failed; what was asked may or may not be kept."""


class DatabaseUnreachable(DatabaseUnavailable):
    """The server that keeps the database does not answer."""


class SealError(StorageError):
    """A sealed value was sealed by a codec or key that is not here, or is damaged."""
