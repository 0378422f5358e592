"""What goes together and what stays apart, as JSON; no personal data."""

from __future__ import annotations

from gateway.domain.consolidation import Consolidation, Member
from gateway.domain.wording import Language


def consolidation_to_json(found: Consolidation, language: Language) -> dict[str, object]:
    """Return the picture: ``why`` in ``language``, ``rules`` those that keep a claim apart."""
    return {
        "language": language.value,
        "merge_key": found.merge_key,
        "on": found.on.isoformat(),
        "principal": f"{found.principal:.2f}",
        "together": [_member(member) for member in found.together],
        "attached_to": [_member(member) for member in found.live],
        "apart": [
            {
                **_member(apart.member),
                "why": apart.why.in_language(language),
                "rules": list(apart.member.rules),
            }
            for apart in found.apart
        ],
    }


def _member(member: Member) -> dict[str, object]:
    return {
        "invoice_id": member.invoice_id,
        "invoice_number": member.invoice_number,
        "outstanding": f"{member.outstanding:.2f}",
        "currency": member.currency,
    }
