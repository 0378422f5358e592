"""Kinds of JSON values that cross our edge, each with its limits and a sentence saying what is due.

All checks run inside pydantic's compiled core: this is the ingest hot path.
A refused value is answered with the sentence, never with the value, which may be personal data.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, cast

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    StringConstraints,
    WithJsonSchema,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

EXPECTED = "expected"
"""Error type of every fault that already carries a sentence for people."""

ID_LENGTH_MAX = 200  # ledgers use numbers and UUIDs (36); Kravia echoes the id verbatim
NUMBER_LENGTH_MAX = 64  # the longest invoice number EHF senders are known to use is far below
NAME_LENGTH_MAX = 500  # registered company names reach 175; people paste more
SHORT_LENGTH_MAX = 200  # departments, cities, evidence words
TEXT_LENGTH_MAX = 10_000  # objections are letters; a page is about 3,000
URL_LENGTH_MAX = 2_000  # what browsers and proxies still carry
VERSION_MAX = 2**63 - 1  # the integer column it is kept in

# Ids are compared, printed and sent on: no control characters, and not only spaces.
_NOT_CONTROL = r"[^\x00-\x1f\x7f-\x9f]"  # \P{Cc}, as readers of /openapi.json of every kind know it
_ONE_LINE = rf"^{_NOT_CONTROL}*[^\x00-\x1f\x7f-\x9f\s]{_NOT_CONTROL}*$"
# Text may hold line breaks and tabs, nothing else a terminal could act on.
TEXT = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$"
# Below 10^12, so that øre fit 64 bits with room for sums.
_AMOUNT = r"^[0-9]{1,12}(\.[0-9]{1,2})?$"
# Years a claim can lie in; a due date in year 0001 is a fault at the sender.
_DAY = r"^(19|20|21)[0-9]{2}-[0-9]{2}-[0-9]{2}$"
_INSTANT = (
    r"^(19|20|21)[0-9]{2}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?"
    r"([Zz]|[+-][0-9]{2}:[0-9]{2})$"
)


class Model(BaseModel):
    """A JSON object of the contract: unknown fields are ignored, types are not bent to fit."""

    model_config = ConfigDict(extra="ignore", strict=True, frozen=True)


@dataclass(frozen=True, slots=True)
class Expected:
    """Answers any fault of the annotated value with one sentence that follows the field's name."""

    message: str

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """Wrap the value's own check, inside the compiled core."""
        return core_schema.custom_error_schema(
            handler(source), custom_error_type=EXPECTED, custom_error_message=self.message
        )

    def __get_pydantic_json_schema__(
        self, core: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Tell readers of the schema the same sentence."""
        return {"description": self.message, **handler(core)}


@dataclass(frozen=True, slots=True)
class _Written:
    """Demands that the value is written as a string of one form before it is read."""

    pattern: str

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """Check the string first, then let pydantic read the date or time in it."""
        read = dict(handler(source))
        read["strict"] = False  # a string is what the first step hands over
        steps = [core_schema.str_schema(pattern=self.pattern), cast("CoreSchema", read)]
        return core_schema.chain_schema(steps)


def _one_line(length_max: int) -> StringConstraints:
    return StringConstraints(min_length=1, max_length=length_max, pattern=_ONE_LINE)


def _text(length_max: int) -> StringConstraints:
    return StringConstraints(max_length=length_max, pattern=TEXT)


def _one_line_expected(length_max: int) -> Expected:
    return Expected(
        f"must be a text of 1 to {length_max} characters on one line, without control characters"
    )


def _text_expected(length_max: int) -> Expected:
    return Expected(
        f"must be a text of at most {length_max} characters, "
        "without control characters other than line breaks and tabs"
    )


Id = Annotated[str, _one_line(ID_LENGTH_MAX), _one_line_expected(ID_LENGTH_MAX)]
Number = Annotated[str, _one_line(NUMBER_LENGTH_MAX), _one_line_expected(NUMBER_LENGTH_MAX)]
Name = Annotated[str, _one_line(NAME_LENGTH_MAX), _one_line_expected(NAME_LENGTH_MAX)]
Short = Annotated[str, _text(SHORT_LENGTH_MAX), _text_expected(SHORT_LENGTH_MAX)]
Line = Annotated[str, _text(NAME_LENGTH_MAX), _text_expected(NAME_LENGTH_MAX)]
Text = Annotated[str, _text(TEXT_LENGTH_MAX), _text_expected(TEXT_LENGTH_MAX)]
Url = Annotated[str, _text(URL_LENGTH_MAX), _text_expected(URL_LENGTH_MAX)]

Amount = Annotated[
    str,
    StringConstraints(pattern=_AMOUNT),
    Expected(
        'must be a decimal string such as "2250.00": not negative, at most twelve digits, then a '
        "point before at most two decimals, no spaces"
    ),
]
"""Money in major units, as a decimal string; ``Decimal(amount)`` reads it exactly."""

Currency = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Z]{3}$"),
    Expected('must be an ISO 4217 code of three capital letters such as "NOK"'),
]
Country = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z]{2}$"),
    Expected('must be an ISO 3166 code of two letters such as "NO"'),
]
Day = Annotated[
    date,
    _Written(_DAY),
    Expected('must be a date such as "2026-08-17", without a time, from 1900 to 2199'),
    WithJsonSchema({"type": "string", "format": "date"}),
]
Instant = Annotated[
    AwareDatetime,
    _Written(_INSTANT),
    Expected('must be a time with its offset such as "2026-11-24T10:00:00+01:00"'),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
Flag = Annotated[bool, Expected("must be true or false")]


def one_of(*words: str) -> Expected:
    """Return the sentence for a closed list of words."""
    return Expected(f"must be one of: {', '.join(words)}")
