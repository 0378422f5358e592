"""Takes national identity numbers out of a body before anything of it is kept.

The field ``national_id`` goes wherever it stands, and a national number that was written into
``organization_number`` with it. What is kept then tells nobody that there was one: also the hash of
the body is of what is kept, for eleven digits could be found again from a hash.
"""

from __future__ import annotations

import re
from typing import Any, Final

import orjson

from gateway.domain.national_number import is_national_number

_NATIONAL_ID: Final = "national_id"
_MISUSED: Final = "organization_number"

# Nearly no body has any of these, so nearly none is parsed twice. The last is ASCII that is written
# as an escape: it might be a letter of the field's name.
_MAY_HOLD_ONE: Final = re.compile(
    rb'national_id"\s*+:\s*+(?!null)|organization_number"\s*+:\s*+"[^"]{11}|\\u00[2-7]'
)


def without_national_ids(body: bytes) -> bytes:
    """Return a JSON body without national numbers; the very bytes where it has none."""
    if _MAY_HOLD_ONE.search(body) is None:
        return body
    return orjson.dumps(_without(orjson.loads(body)))


def _without(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without(each) for key, each in value.items() if not _is_one(key, each)}
    if isinstance(value, list):
        return [_without(each) for each in value]
    return value


def _is_one(key: str, value: object) -> bool:
    if key == _NATIONAL_ID:
        return value is not None
    return key == _MISUSED and isinstance(value, str) and is_national_number(value)
