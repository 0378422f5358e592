"""A decision's JSON as readers get it: messages in their language, without what stores them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.domain.wording import Language
from mappers.said_from_json import said_from_json


def decision_in_language(document: Mapping[str, Any], language: Language) -> dict[str, Any]:
    """Return a copy in ``language``, each ``says`` left out.

    A message whose text this release does not have stays as it was stored.
    """
    return {
        **document,
        "language": language.value,
        **{
            part: [_told(reason, language) for reason in document.get(part, ())]
            for part in ("reasons", "warnings")
        },
    }


def _told(reason: Mapping[str, Any], language: Language) -> dict[str, Any]:
    said = said_from_json(reason["says"]) if "says" in reason else None
    told = {name: value for name, value in reason.items() if name != "says"}
    return told if said is None else {**told, "message": said.in_language(language)}
