"""What the operations on personal data and its keys take; see ``argument_models``."""

from __future__ import annotations

from typing import Annotated

from pydantic import StringConstraints

from gateway.operations.argument_kinds import CreditorId, Why
from gateway.schema.fields import Expected, Id, Model, Text


class OfDebtor(Model):
    """One creditor's debtor, by number, and why it is asked."""

    creditor: CreditorId
    debtor: Id
    reason: Why


class Reasoned(Model):
    """Why a person does it."""

    reason: Why


class Purge(Model):
    """Whose data is past its time: a debtor's, a creditor's, else everybody's."""

    creditor: CreditorId | None = None
    debtor: Id | None = None


class PurgeStep(Purge):
    """A purge; ``after`` is the ``next`` of the step before, without it a reason is needed."""

    reason: Text | None = None
    after: Text | None = None


class Rotation(Model):
    """Sealing anew; ``after`` is the ``next`` of the step before, without it a reason is needed."""

    reason: Text | None = None
    after: Text | None = None


class Verification(Model):
    """A head that was noted before and must be in the chain."""

    head: (
        Annotated[
            str,
            StringConstraints(pattern=r"^\s*[0-9a-fA-F]{64}\s*$"),
            Expected("must be 64 hex digits, as an earlier audit verify printed them"),
        ]
        | None
    ) = None
