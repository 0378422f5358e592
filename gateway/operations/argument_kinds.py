"""Kinds of values that operations take, each with the sentence that answers a wrong one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field, GetCoreSchemaHandler, StringConstraints
from pydantic_core import CoreSchema, core_schema

from gateway.domain.wording import Language
from gateway.operations.forecast import DAYS_MAX
from gateway.operations.replay_order import (
    ERROR_CHARACTERS_MAX,
    EVENT_STATES,
    MESSAGE_STATES,
    RATE_MAX_PER_SECOND,
)
from gateway.schema.fields import EXPECTED, TEXT, TEXT_LENGTH_MAX, VERSION_MAX, Expected, Id


@dataclass(frozen=True, slots=True)
class OneOf:
    """A closed list of words, each a text."""

    words: tuple[str, ...]
    sentence: str

    @classmethod
    def of(cls, words: Iterable[str]) -> OneOf:
        """Take the words of an enumeration."""
        found = tuple(str(word) for word in words)
        return cls(found, f"must be one of {', '.join(found)}")

    def __get_pydantic_core_schema__(
        self, _source: Any, _handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """Check the word, and name those allowed."""
        return core_schema.custom_error_schema(
            core_schema.literal_schema([*self.words]),
            custom_error_type=EXPECTED,
            custom_error_message=self.sentence,
        )


_Digits = Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]{0,17}$")]
WholeNumber = Annotated[
    Annotated[int, Field(ge=1, le=VERSION_MAX)] | _Digits,
    Expected("must be a whole number from 1 up"),
]
"""A number, also as text: ``next`` of a list is a text and comes back in ``after``."""

Rate = Annotated[
    Annotated[int, Field(ge=1, le=RATE_MAX_PER_SECOND)],
    Expected(f"must be a whole number of items a second, 1 to {RATE_MAX_PER_SECOND}"),
]
Days = Annotated[
    Annotated[int, Field(ge=1, le=DAYS_MAX)],
    Expected(f"must be a whole number from 1 to {DAYS_MAX}"),
]
Moment = Annotated[
    str,
    StringConstraints(
        pattern=r"^(19|20|21)[0-9]{2}-[0-9]{2}-[0-9]{2}"
        r"(T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?(Z|[+-][0-9]{2}:[0-9]{2})?)?$"
    ),
    Expected(
        "must be a date such as 2026-11-24 or an instant such as 2026-11-24T10:00"
        " (on the clock in Oslo unless it carries an offset)"
    ),
]
ErrorPart = Annotated[
    str,
    StringConstraints(
        min_length=1, max_length=ERROR_CHARACTERS_MAX, pattern=r"^[^\x00-\x1f\x7f-\x9f]*$"
    ),
    Expected(f"must be a part of the error's text, 1 to {ERROR_CHARACTERS_MAX} characters"),
]
JsonText = Annotated[str, StringConstraints(pattern=r"\S"), Expected("must be a text")]
_SAYING_SOMETHING = TEXT.replace("]*$", r"]*[^\x00-\x1f\x7f-\x9f\s]") + TEXT.removeprefix("^")
Why = Annotated[
    str,
    StringConstraints(max_length=TEXT_LENGTH_MAX, pattern=_SAYING_SOMETHING),
    Expected("is missing: say why, for the audit"),
    Field(description="say why, for the audit"),
]
"""Why a person does it, where that must be said."""

LanguageWord = Annotated[str, OneOf(tuple(each.value for each in Language), 'must be "en" or "nb"')]
CreditorId = Annotated[Id, Field(description="the creditor's id in the settings")]
_Begun = "an id, or the beginning of one that is the only such"
ThingId = Annotated[Id, Field(description=_Begun)]


REPLAYED = f"of events {', '.join(EVENT_STATES)}; of messages {', '.join(MESSAGE_STATES)}"
"""Which states a replay may choose by."""
