"""Rules about the collection notice (inkassovarsel): sent, valid, run out, not too old."""

from __future__ import annotations

from gateway.domain.business_days import add_days, add_months
from gateway.domain.decision import Effect
from gateway.domain.eligibility.facts import Facts
from gateway.domain.eligibility.rule import Finding, rule
from gateway.domain.invoice import Channel, NoticeKind
from gateway.domain.rules import NoticeBy

_SAFE_CHANNELS = frozenset(
    {
        Channel.POST,
        Channel.DIGITAL_MAILBOX,
        Channel.PORTAL,
        Channel.EFAKTURA,
        Channel.EMAIL_RECENTLY_USED,
    }
)


@rule(
    "INK-03",
    Effect.REJECT,
    "Without a collection notice nothing may be collected.",
    source="inkassoloven § 9",
)
def notice_missing(facts: Facts) -> Finding | None:
    """Reject where the creditor sends the notice and has sent none."""
    if facts.policy.notice_by is NoticeBy.AGENCY or facts.has_any_notice:
        return None
    return Finding(
        message="No collection notice has been sent. Send one after the due date, with a deadline"
        f" of at least {facts.rules.notice_min_deadline_days} days."
    )


@rule(
    "INK-03b",
    Effect.HOLD,
    "Where the agency sends the notice, the claim goes when a notice may carry its fee.",
    source="gateway policy; inkassoforskriften § 1-2",
)
def too_early_for_agency_notice(facts: Facts) -> Finding | None:
    """Hold until the agency may send a notice with a fee."""
    if facts.policy.notice_by is NoticeBy.CREDITOR or facts.due_on is None:
        return None
    days = facts.policy.agency_min_days_after_due
    from_day = add_days(facts.due_on, days)
    if facts.today >= from_day:
        return None
    return Finding(
        message=f"The agency sends the collection notice; the claim goes {days} days after the due"
        f" date {facts.due_on}, on {from_day}.",
        until=from_day,
    )


@rule(
    "INK-04",
    Effect.REJECT,
    "A collection notice sent on or before the due date is invalid.",
    source="inkassoloven § 9",
)
def notice_too_early(facts: Facts) -> Finding | None:
    """Reject a notice that was not sent after the (moved) due date."""
    if facts.basis is None or facts.due_on is None or facts.basis.notice.sent_on > facts.due_on:
        return None
    return Finding(
        message=f"The collection notice was sent on {facts.basis.notice.sent_on}, not after the due"
        f" date {facts.due_on}; it is invalid. Send a new one."
    )


@rule(
    "INK-05",
    Effect.REJECT,
    "A collection notice gives at least 14 days, counted from the day it is sent.",
    source="inkassoloven § 9",
)
def notice_deadline_too_short(facts: Facts) -> Finding | None:
    """Reject a notice with less than 14 days, or with no deadline told."""
    if facts.basis is None:
        return None
    notice = facts.basis.notice
    days = facts.rules.notice_min_deadline_days
    if notice.deadline is None:
        return Finding(
            message=f"No deadline is told for the collection notice sent on {notice.sent_on}; it"
            f" must give at least {days} days, and they must have run out.",
            fields=("notices.deadline",),
        )
    if notice.deadline >= add_days(notice.sent_on, days):
        return None
    given = (notice.deadline - notice.sent_on).days
    return Finding(
        message=f"The collection notice sent on {notice.sent_on} gives until {notice.deadline}:"
        f" {given} days, the law asks for at least {days}. Send a new one."
    )


@rule(
    "INK-06",
    Effect.HOLD,
    "The notice's deadline must have run out; its last day belongs to the debtor.",
    source="inkassoloven § 9",
)
def notice_still_running(facts: Facts) -> Finding | None:
    """Hold through the deadline, and on until the policy lets the claim go."""
    if facts.basis is None or facts.earliest is None or facts.today >= facts.earliest.by_law:
        return None
    running = facts.basis.running
    return Finding(
        message=f"The collection notice sent on {running.sent_on} gives the debtor until"
        f" {running.deadline}, that day included. By law the claim may go on"
        f" {facts.earliest.by_law}; it goes on {facts.earliest.by_policy}, when the payments of the"
        " last days are booked.",
        until=facts.earliest.by_policy,
    )


@rule(
    "INK-07",
    Effect.HOLD,
    "After the deadline a few days pass, so that payments made on the last day are booked.",
    source="gateway policy (grace days)",
)
def notice_just_ended(facts: Facts) -> Finding | None:
    """Hold through the days of grace."""
    if facts.basis is None or facts.earliest is None:
        return None
    if not facts.earliest.by_law <= facts.today < facts.earliest.by_policy:
        return None
    return Finding(
        message=f"The notice's deadline {facts.basis.running.deadline} has passed; payments made on"
        f" the last day may still arrive. The claim goes on {facts.earliest.by_policy}.",
        until=facts.earliest.by_policy,
    )


@rule(
    "INK-08",
    Effect.HOLD,
    "A collection notice is used for at most 6 months.",
    source="gateway policy (agencies' terms)",
)
def notice_too_old(facts: Facts) -> Finding | None:
    """Hold, without a date, until a new notice is sent."""
    if facts.basis is None:
        return None
    months = facts.policy.notice_max_age_months
    sent_on = facts.basis.notice.sent_on
    good_until = add_months(sent_on, months)
    if facts.today <= good_until:
        return None
    return Finding(
        message=f"The collection notice sent on {sent_on} is older than {months} months (good until"
        f" {good_until}). Send a new one."
    )


@rule(
    "INK-09",
    Effect.WARN,
    "A collection notice is a letter of its own and says that collection follows.",
    source="inkassoloven § 9; agencies' terms",
)
def notice_wording_doubtful(facts: Facts) -> Finding | None:
    """Warn where the notice seems to be one letter with a reminder."""
    if facts.basis is None:
        return None
    sent_on = facts.basis.notice.sent_on
    if not any(
        letter.kind is NoticeKind.REMINDER and letter.sent_on == sent_on
        for letter in facts.invoice.notices
    ):
        return None
    return Finding(
        message=f"A reminder and the collection notice were both sent on {sent_on}. If they were"
        " one letter, check that it is headed as a collection notice."
    )


@rule(
    "INK-10",
    Effect.WARN,
    "A collection notice travels by a way that safely reaches the debtor.",
    source="inkassoloven § 3 a",
)
def notice_channel_doubtful(facts: Facts) -> Finding | None:
    """Warn where the channel is not told, or is plain e-mail or SMS."""
    if facts.basis is None or facts.basis.notice.channel in _SAFE_CHANNELS:
        return None
    notice = facts.basis.notice
    if notice.channel is None:
        return Finding(
            message=f"How the collection notice of {notice.sent_on} was sent is not told, so this"
            " could not be checked."
        )
    return Finding(
        message=f"The collection notice of {notice.sent_on} was sent by"
        f" {'SMS' if notice.channel is Channel.SMS else 'plain e-mail'}; the law asks for a way"
        " that safely reaches the debtor."
    )


RULES = (
    notice_missing,
    too_early_for_agency_notice,
    notice_too_early,
    notice_deadline_too_short,
    notice_still_running,
    notice_just_ended,
    notice_too_old,
    notice_wording_doubtful,
    notice_channel_doubtful,
)
