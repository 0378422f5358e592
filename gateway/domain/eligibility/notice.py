"""Rules about the collection notice (inkassovarsel): sent, valid, run out, not too old."""

from __future__ import annotations

from gateway.domain.business_days import add_days, add_months
from gateway.domain.decision import Effect
from gateway.domain.eligibility.facts import Facts
from gateway.domain.eligibility.rule import Finding, rule
from gateway.domain.invoice import Channel, NoticeKind
from gateway.domain.rules import NoticeBy
from gateway.domain.wording import Words

MISSING = Words(
    "INK-03.missing",
    "No collection notice has been sent. Send one after the due date, with a deadline of at least"
    " {days} days.",
    "Det er ikke sendt noe inkassovarsel. Send ett etter forfallsdagen, med en frist på minst"
    " {days} dager.",
)
AGENCY_WAITS = Words(
    "INK-03b.waits",
    "The agency sends the collection notice; the claim goes {days} days after the due date"
    " {due_on}, on {from_day}.",
    "Inkassoforetaket sender varselet; kravet går {days} dager etter forfallsdagen {due_on}, den"
    " {from_day}.",
)
TOO_EARLY = Words(
    "INK-04.too_early",
    "The collection notice was sent on {sent_on}, not after the due date {due_on}; it is invalid."
    " Send a new one.",
    "Inkassovarselet ble sendt {sent_on}, ikke etter forfallsdagen {due_on}; det er ugyldig. Send"
    " et nytt.",
)
NO_DEADLINE = Words(
    "INK-05.no_deadline",
    "No deadline is told for the collection notice sent on {sent_on}; it must give at least {days}"
    " days, and they must have run out.",
    "Det er ikke oppgitt noen frist for inkassovarselet sendt {sent_on}; den må være på minst"
    " {days} dager og ha løpt ut.",
)
TOO_SHORT = Words(
    "INK-05.too_short",
    "The collection notice sent on {sent_on} gives until {deadline}: {given} days, the law asks for"
    " at least {days}. Send a new one.",
    "Inkassovarselet sendt {sent_on} gir frist til {deadline}: {given} dager, loven krever minst"
    " {days}. Send et nytt.",
)
STILL_RUNNING = Words(
    "INK-06.running",
    "The collection notice sent on {sent_on} gives the debtor until {deadline}, that day included."
    " By law the claim may go on {by_law}; it goes on {by_policy}, when the payments of the last"
    " days are booked.",
    "Inkassovarselet sendt {sent_on} gir skyldneren frist til og med {deadline}. Etter loven kan"
    " kravet overføres {by_law}; det går {by_policy}, når de siste dagenes betalinger er bokført.",
)
JUST_ENDED = Words(
    "INK-07.grace",
    "The notice's deadline {deadline} has passed; payments made on the last day may still arrive."
    " The claim goes on {by_policy}.",
    "Varselfristen {deadline} har løpt ut; betalinger fra siste dag kan fortsatt komme. Kravet går"
    " {by_policy}.",
)
TOO_OLD = Words(
    "INK-08.too_old",
    "The collection notice sent on {sent_on} is older than {months} months (good until"
    " {good_until}). Send a new one, or approve the claim.",
    "Inkassovarselet sendt {sent_on} er eldre enn {months} måneder (gyldig til {good_until}). Send"
    " et nytt, eller godkjenn kravet.",
)
ONE_LETTER = Words(
    "INK-09.one_letter",
    "A reminder and the collection notice were both sent on {sent_on} with the same deadline, as"
    " one letter is. Check that it is headed as a collection notice.",
    "En purring og inkassovarselet ble begge sendt {sent_on} med samme frist, slik ett brev blir."
    " Kontroller at det har overskriften inkassovarsel.",
)
SAME_DAY = Words(
    "INK-09.same_day",
    "A reminder and the collection notice were both sent on {sent_on}. If they were one letter,"
    " check that it is headed as a collection notice.",
    "En purring og inkassovarselet ble begge sendt {sent_on}. Var de ett brev, kontroller at det"
    " har overskriften inkassovarsel.",
)
CHANNEL_NOT_TOLD = Words(
    "INK-10.not_told",
    "How the collection notice of {sent_on} was sent is not told, so this could not be checked.",
    "Det er ikke opplyst hvordan inkassovarselet av {sent_on} ble sendt, så dette kunne ikke"
    " kontrolleres.",
)
UNSAFE_CHANNEL = Words(
    "INK-10.unsafe",
    "The collection notice of {sent_on} was sent by {channel}; the law asks for a way that safely"
    " reaches the debtor. Check that it did, then approve or send a new one.",
    "Inkassovarselet av {sent_on} ble sendt med {channel}; loven krever en måte som trygt når"
    " skyldneren. Kontroller at det gjorde det, og godkjenn, eller send et nytt.",
)
SMS = Words("channel.sms", "SMS", "SMS")
EMAIL = Words("channel.email", "plain e-mail", "vanlig e-post")

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
    en="Without a collection notice nothing may be collected.",
    nb="Uten et inkassovarsel kan ingenting kreves inn.",
    source="inkassoloven § 9",
)
def notice_missing(facts: Facts) -> Finding | None:
    """Reject where the creditor sends the notice and has sent none; INK-41 where it may not."""
    if facts.has_any_notice or facts.policy.notice_by is NoticeBy.AGENCY:
        return None
    if facts.regime is not None and not facts.regime.creditor_may_send_notice:
        return None
    return Finding(says=MISSING(days=facts.rules.notice_min_deadline_days))


@rule(
    "INK-03b",
    Effect.HOLD,
    en="Where the agency sends the notice, the claim goes when a notice may carry its fee.",
    nb="Der inkassoforetaket sender varselet, går kravet når et varsel kan ha gebyr.",
    source="gateway policy; inkassoforskriften § 1-2",
    policy=("notice_by", "agency_min_days_after_due"),
)
def too_early_for_agency_notice(facts: Facts) -> Finding | None:
    """Hold until the agency may send a notice with a fee."""
    if facts.due_on is None or facts.policy.notice_by is NoticeBy.CREDITOR:
        return None
    days = facts.policy.agency_min_days_after_due
    from_day = add_days(facts.due_on, days)
    if facts.today >= from_day:
        return None
    says = AGENCY_WAITS(days=days, due_on=facts.due_on, from_day=from_day)
    return Finding(says=says, until=from_day)


@rule(
    "INK-04",
    Effect.REJECT,
    en="A collection notice sent on or before the due date is invalid.",
    nb="Et inkassovarsel sendt på eller før forfallsdagen er ugyldig.",
    source="inkassoloven § 9",
)
def notice_too_early(facts: Facts) -> Finding | None:
    """Reject a notice that was not sent after the (moved) due date."""
    if facts.basis is None or facts.due_on is None or facts.basis.notice.sent_on > facts.due_on:
        return None
    return Finding(says=TOO_EARLY(sent_on=facts.basis.notice.sent_on, due_on=facts.due_on))


@rule(
    "INK-05",
    Effect.REJECT,
    en="A collection notice gives at least 14 days, counted from the day it is sent.",
    nb="Et inkassovarsel gir minst 14 dager, regnet fra dagen det sendes.",
    source="inkassoloven § 9",
)
def notice_deadline_too_short(facts: Facts) -> Finding | None:
    """Reject a notice with less than 14 days, or with no deadline told."""
    if facts.basis is None:
        return None
    notice = facts.basis.notice
    days = facts.rules.notice_min_deadline_days
    if notice.deadline is None:
        says = NO_DEADLINE(sent_on=notice.sent_on, days=days)
        return Finding(says=says, fields=("notices.deadline",))
    if notice.deadline >= add_days(notice.sent_on, days):
        return None
    given = (notice.deadline - notice.sent_on).days
    return Finding(
        says=TOO_SHORT(sent_on=notice.sent_on, deadline=notice.deadline, given=given, days=days)
    )


@rule(
    "INK-06",
    Effect.HOLD,
    en="The notice's deadline must have run out; its last day belongs to the debtor.",
    nb="Varselfristen må ha løpt ut; den siste dagen tilhører skyldneren.",
    source="inkassoloven § 9",
    policy=("grace_days", "notice_deadline_rolls", "forward_on_business_day"),
)
def notice_still_running(facts: Facts) -> Finding | None:
    """Hold through the deadline, and on until the policy lets the claim go."""
    if facts.basis is None or facts.earliest is None or facts.today >= facts.earliest.by_law:
        return None
    running = facts.basis.running
    if running.deadline is None:
        return None
    says = STILL_RUNNING(
        sent_on=running.sent_on,
        deadline=running.deadline,
        by_law=facts.earliest.by_law,
        by_policy=facts.earliest.by_policy,
    )
    return Finding(says=says, until=facts.earliest.by_policy)


@rule(
    "INK-07",
    Effect.HOLD,
    en="After the deadline a few days pass, so that payments made on the last day are booked.",
    nb="Etter fristen går noen dager, så betalinger fra siste dag blir bokført.",
    source="gateway policy (grace days)",
    policy=("grace_days", "notice_deadline_rolls", "forward_on_business_day"),
)
def notice_just_ended(facts: Facts) -> Finding | None:
    """Hold through the days of grace."""
    if facts.basis is None or facts.earliest is None:
        return None
    if not facts.earliest.by_law <= facts.today < facts.earliest.by_policy:
        return None
    deadline, by_policy = facts.basis.running.deadline, facts.earliest.by_policy
    if deadline is None:
        return None
    return Finding(says=JUST_ENDED(deadline=deadline, by_policy=by_policy), until=by_policy)


@rule(
    "INK-08",
    Effect.HOLD,
    en="A collection notice is used for at most 6 months, unless a person says otherwise.",
    nb="Et inkassovarsel brukes i høyst 6 måneder, om ikke et menneske bestemmer noe annet.",
    source="gateway policy (agencies' terms)",
    policy=("notice_max_age_months",),
    a_person_may_override=True,
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
    return Finding(says=TOO_OLD(sent_on=sent_on, months=months, good_until=good_until))


@rule(
    "INK-09",
    Effect.REVIEW,
    en="A collection notice is a letter of its own and says that collection follows.",
    nb="Et inkassovarsel er et eget brev og sier at inkasso følger.",
    source="inkassoloven § 9; agencies' terms",
)
def notice_wording_doubtful(facts: Facts) -> Finding | None:
    """Ask for a review of one letter with a reminder; warn where it may have been one."""
    if facts.basis is None:
        return None
    notice = facts.basis.notice
    reminders = [
        letter
        for letter in facts.invoice.notices
        if letter.sent_on == notice.sent_on and letter.kind is NoticeKind.REMINDER
    ]
    if not reminders:
        return None
    if notice.deadline is not None and any(r.deadline == notice.deadline for r in reminders):
        return Finding(says=ONE_LETTER(sent_on=notice.sent_on))
    return Finding(says=SAME_DAY(sent_on=notice.sent_on), effect=Effect.WARN)


@rule(
    "INK-10",
    Effect.REVIEW,
    en="A collection notice travels by a way that safely reaches the debtor.",
    nb="Et inkassovarsel sendes på en måte som trygt når skyldneren.",
    source="inkassoloven § 3 a",
)
def notice_channel_doubtful(facts: Facts) -> Finding | None:
    """Ask for a review of plain e-mail or SMS; warn where the channel is not told."""
    if facts.basis is None or facts.basis.notice.channel in _SAFE_CHANNELS:
        return None
    notice = facts.basis.notice
    if notice.channel is None:
        return Finding(says=CHANNEL_NOT_TOLD(sent_on=notice.sent_on), effect=Effect.WARN)
    channel = SMS() if notice.channel is Channel.SMS else EMAIL()
    return Finding(says=UNSAFE_CHANNEL(sent_on=notice.sent_on, channel=channel))


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
