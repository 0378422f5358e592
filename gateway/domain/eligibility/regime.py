"""The rule about which collection act is in force: dated rows switch it, no code does."""

from __future__ import annotations

from gateway.domain.decision import Effect
from gateway.domain.eligibility.facts import Facts
from gateway.domain.eligibility.rule import Finding, rule
from gateway.domain.rules import NoticeBy
from gateway.domain.wording import Words

AGENCY_MUST_SEND = Words(
    "INK-41.agency_must_send",
    "Since {since} the act {law} lets only an agency send the collection notice. Let the agency"
    ' send it: notice_by = "agency".',
    "Fra {since} kan bare et inkassoforetak sende inkassovarsel etter {law}. La inkassoforetaket"
    ' sende det: notice_by = "agency".',
)


@rule(
    "INK-41",
    Effect.HOLD,
    en="Under the 2026 act a creditor's own notice is no basis: the agency sends it.",
    nb="Etter loven av 2026 er fordringshaverens eget varsel ikke nok: foretaket sender det.",
    source="LOV-2026-05-22-19 § 20",
)
def agency_must_send_notice(facts: Facts) -> Finding | None:
    """Hold, without a date, what rests on the creditor's own notice or waits for one.

    What becomes of a notice sent before the act began is not known: it is held too.
    """
    regime = facts.regime
    if regime is None or regime.since is None or regime.creditor_may_send_notice:
        return None
    if facts.policy.notice_by is NoticeBy.AGENCY:
        return None
    return Finding(says=AGENCY_MUST_SEND(since=regime.since, law=regime.law))


RULES = (agency_must_send_notice,)
