"""Every operation as an outsider sees it: what it does, what it takes, what its rows hold.

One table: ``checked`` holds arguments to it before an operation runs, and ``/openapi.json`` is
drawn from it. An operation reads no argument that is not in its model: it is not handed any.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from pydantic import ValidationError

from gateway.operations import account_models as people
from gateway.operations import argument_models as a
from gateway.operations import privacy_models as data
from gateway.operations.arguments import Arguments
from gateway.operations.errors import OperationError
from gateway.schema.faults import argument_faults
from gateway.schema.fields import Model
from gateway.schema.operation import Described


def checked(name: str, arguments: Arguments) -> Arguments:
    """Give the arguments that the operation takes; raises ``OperationError`` naming the field."""
    takes = CATALOGUE[name].takes
    try:
        takes.model_validate(arguments)
    except ValidationError as error:
        faults = argument_faults(error, takes)
        text = "; ".join(f"{fault.field} {fault.message}" for fault in faults)
        raise OperationError(text, kind="invalid") from error
    fields = takes.model_fields
    return {key: value for key, value in arguments.items() if key in fields and value is not None}


def _does(summary: str, takes: type[Model] = a.Nothing) -> Described:
    return Described(summary=summary, takes=takes)


def _lists(summary: str, takes: type[Model] = a.Page, row: str = "") -> Described:
    return Described(summary=summary, takes=takes, is_list=True, row=tuple(row.split()))


_CLAIM: Final = (
    "claim_id case_id creditor_id invoice_id invoice_number debtor_number state close_reason"
    " frozen_on hold_until kravia_invoice_id kravia_status outstanding currency updated_at problem"
)

CATALOGUE: Final[Mapping[str, Described]] = {
    "alerts.list": _lists(
        "Alerts, newest first, each with the command that mends it",
        row="creditor_id kind message command raised_at",
    ),
    "audit.list": _lists(
        "What people did, newest first", a.AuditPage, row="at actor action subject reason"
    ),
    "audit.verify": _does("Verify that nobody changed the audit", data.Verification),
    "cases.forecast": _lists(
        "What becomes eligible on which day if nothing but time changes", a.ForecastWalk
    ),
    "cases.list": _lists("Cases, newest first", a.CreditorPage, row="case_id creditor_id"),
    "cases.outlook": _lists("The whole forecast, as it was last counted", a.Outlook),
    "cases.show": _does("A case with its claims", a.CaseById),
    "cases.timeline": _does("All that happened in a case, in order", a.CaseById),
    "claims.approve": _does("Approve a claim that waits for a person", a.ClaimOrder),
    "claims.hold": _does("Hold a claim until it is released", a.ClaimOrder),
    "claims.list": _lists("Claims, newest first", a.ClaimsPage, row=_CLAIM),
    "claims.note": _does("Write down what a person knows of a claim", a.ClaimNote),
    "claims.pdf": _does("A link to the invoice; looking is audited", a.ClaimOrder),
    "claims.release": _does("Let a claim that a person held be decided again", a.ClaimOrder),
    "claims.reveal": _does("One field of a debtor's personal data; audited", a.Reveal),
    "claims.reviews": _lists("Claims that wait for a person, with why", a.ReviewsPage),
    "claims.show": _does("A claim with its reasons and messages", a.ClaimById),
    "claims.withdraw": _does("Withdraw a claim, at Kravia too", a.ClaimOrder),
    "creditors.check": _does("Ask Kravia and the ledger whether all is set up", a.OfCreditor),
    "creditors.compare": _does("People's cases beside the gateway's decisions", a.Comparison),
    "creditors.configure_webhook": _does("Tell Kravia where to send hints", a.HintTarget),
    "creditors.invite": _does("Have Kravia invite a person to the workspace", a.Invitation),
    "creditors.list": _lists("Creditors of the settings", a.Page, row="creditor_id"),
    "creditors.mirror": _does("What Kravia has of a creditor, and whose it is", a.OfCreditor),
    "creditors.plan_to_retire": _does("What retiring would give up", a.OfCreditor),
    "creditors.retire": _does("Close all of a creditor's claims here", a.CreditorOrder),
    "doubts.adopt": _does("Say which case a doubtful message made", a.DoubtAdoption),
    "doubts.ask": _does("A doubt, with what Kravia says when asked now", a.MessageById),
    "doubts.list": _lists(
        "Messages whose outcome is unknown",
        a.CreditorPage,
        row="message_id claim_id sent_at candidates witness",
    ),
    "doubts.resend": _does("Send a doubtful message again, proved absent", a.DoubtOrder),
    "doubts.show": _does("A doubt: what was sent beside each candidate", a.MessageById),
    "events.body": _does("The bytes that came, as base64; looking is audited", a.EventOrder),
    "events.list": _lists(
        "Events, newest first",
        a.EventsPage,
        row="event_id creditor_id type webhook_id received_at outcome problem",
    ),
    "events.repair": _does("Take an event in again with a mended body", a.EventRepair),
    "events.show": _does("An event, without its body", a.EventById),
    "explain": _does("Why an invoice may or may not be collected", a.ExplainOne),
    "explain.all": _lists(
        "Decisions on all open claims",
        a.ExplainWalk,
        row="claim_id invoice_id decision hold_until reasons warnings amounts eligible_on",
    ),
    "outbox.cancel": _does("Cancel a message that waits or is parked", a.MessageOrder),
    "outbox.list": _lists(
        "Messages, newest first",
        a.MessagesPage,
        row="message_id key kind state attempts due_at last_error claim_id",
    ),
    "outbox.resend": _does("Send a message that waits or is parked now", a.MessageOrder),
    "outbox.show": _does("A message, without its payload", a.MessageById),
    "pause": _does("Stop new registers, of one creditor or all", a.Stop),
    "payments.details": _does("A bank line with its payer; looking is audited", a.LineOrder),
    "payments.dismiss": _does("Say that a bank line is no claim's", a.LineDecision),
    "payments.import": _does("Take lines of a bank file in, each once", a.LinesFile),
    "payments.list": _lists("Lines of the bank, newest first", a.LinesPage, row="line_id state"),
    "payments.match": _does("Say whose a bank line is", a.LineMatch),
    "payments.plan": _does("What would become of lines of a bank file", a.LinesFile),
    "payments.register": _does("Take in a payment that a person knows of", a.PaymentByHand),
    "payments.show": _does("A bank line with its claims", a.LineById),
    "privacy.erase": _does("Take a debtor out of everything", data.OfDebtor),
    "privacy.export": _does("All that is known of a debtor; audited", data.OfDebtor),
    "privacy.plan": _does("What is past its time", data.Purge),
    "privacy.purge": _does("Remove what is past its time, one step", data.PurgeStep),
    "privacy.vacuum": _does("Have the files forget what was removed", data.Reasoned),
    "reconcile": _does("Where ledger, gateway and Kravia differ", a.ReconcileWalk),
    "reconcile.known": _lists(
        "Differences as each creditor's last comparison saw them, newest first",
        a.DifferencesPage,
        row="kind sign creditor_id invoice_id claim_id ledger gateway kravia cause command"
        " first_seen last_seen",
    ),
    "reconcile.overview": _does(
        "When each creditor was compared last, and what differs by sign and age", a.OfOneOrAll
    ),
    "reconcile.start": _does("Have a creditor compared now, or all", a.Stop),
    "registrations.debtor": _does("Who a debtor is here, or would be", a.DebtorLookUp),
    "registrations.plan": _does("What would become of drafts of invoices", a.Registration),
    "registrations.start": _does("Take drafts of invoices in, each once", a.Registration),
    "replays.cancel": _does("End a replay", a.ReplayOrder),
    "replays.list": _lists("Replays, newest first", row="replay_id state"),
    "replays.plan": _does("What a replay would take", a.ReplaySet),
    "replays.show": _does("A replay: what was ordered, and how far it is", a.ReplayById),
    "replays.start": _does("Order a replay of what is there now", a.ReplayStart),
    "resume": _does("End a pause", a.Stop),
    "seal.rotate": _does("Seal all anew with the newest key, one step", data.Rotation),
    "seal.status": _does("Which keys still seal something"),
    "search": _does("Claims by a number, a KID or an id, or its beginning", a.Search),
    "settlements.booked": _does("Say that a settlement is booked", a.SettlementBooked),
    "settlements.list": _lists("Kravia's settlements, newest first", a.CreditorPage),
    "settlements.raw": _does("A settlement not understood; audited", a.SettlementOrder),
    "settlements.show": _does("A settlement with its lines", a.SettlementById),
    "status": _does("Counts by state, pauses and alerts"),
    "tasks.done": _does("Mark a task done, with its answer", a.TaskDone),
    "tasks.list": _lists("What a person must do elsewhere", a.TasksPage, row="task_id kind"),
    "tasks.show": _does("A task", a.TaskById),
    "today": _does("What waits for a person today, and how much money is where"),
    "tokens.create": _does("Make a token; it is told this once", people.TokenCreated),
    "tokens.list": _lists("Tokens, newest first", row="name scopes creditors ends_at"),
    "tokens.revoke": _does("End a token for good", people.ByName),
    "users.add": _does("Let a person sign in to the console", people.UserAdded),
    "users.disable": _does("Let a user in no more", people.ByName),
    "users.enable": _does("Let a user in again", people.ByName),
    "users.list": _lists("Users by name", a.Nothing, row="name role creditors"),
    "users.password": _does("Give a user another password", people.UserPassword),
    "users.role": _does("Give a user another role or other creditors", people.UserRole),
}
"""By the names of ``registry.OPERATIONS``."""
