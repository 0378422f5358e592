"""Files of the bank: each line once, whose it is by KID and amount, and nothing counted twice."""

from __future__ import annotations

import hashlib
from decimal import Decimal
from typing import Any

import pytest

from gateway.domain.bank_line import BankLine
from gateway.operations import send_gate
from gateway.operations.errors import OperationError
from gateway.schema.xml_tree import read_xml
from mappers.bank_line_to_json import bank_line_to_json
from mappers.payment_from_camt054 import payment_from_camt054
from mappers.payment_from_ocr import payment_from_ocr
from tests.bank_files import Paid, as_bytes, camt, entry, ocr, transaction

from .conftest import SQLITE_ONLY

KID, OTHER_KID = "300018", "300026"
KRAVIAS = "86011117947"
CREDITOR_ID = 10759

Document = dict[str, Any]


async def give(
    world: Any, source: str, content: bytes, lines: tuple[BankLine, ...], *, dry_run: bool = False
) -> list[Document]:
    answer = await world.call(
        "payments.plan" if dry_run else "payments.import",
        creditor="acme",
        source=source,
        file=hashlib.sha256(content).hexdigest(),
        lines=[bank_line_to_json(line) for line in lines],
        reason="a test",
    )
    return list(answer["items"])


async def take(world: Any, *payments: Paid, number: str = "0000001", **how: Any) -> list[Document]:
    """Import an OCR giro file."""
    content = as_bytes(ocr(*payments, number=number))
    return await give(world, "ocr", content, payment_from_ocr(content).lines, **how)


async def take_camt(world: Any, *entries: str, **how: Any) -> list[Document]:
    """Import a camt.054 document."""
    content = camt(*entries)
    found = payment_from_camt054(read_xml(content))
    assert found.faults == ()
    return await give(world, "camt054", content, found.lines, **how)


async def lines(world: Any, **asked: object) -> list[Document]:
    return list(await world.items("payments.list", **asked))


async def receipts(world: Any, number: str = "30001") -> list[tuple[str, str]]:
    found = (await world.claim(number))["receipts"]
    return [(each["amount"], each["state"]) for each in found]


async def test_a_payment_with_the_kid_of_a_claim_is_told_to_kravia_the_same_day(world: Any) -> None:
    await world.active(kid=KID)
    (item,) = await take(world, Paid(kid=KID, ore=100_000))
    await world.settle()

    assert (item["outcome"], item["state"], item["reason"]) == ("new", "matched", None)
    assert world.reported() == [(item["line_id"], Decimal("1000.00"))]
    assert await receipts(world) == [("1000.00", "reported")]
    (audited,) = [row for row in await world.items("audit.list") if "import" in row["action"]]
    assert audited["reason"] == "a test"


async def test_before_the_hand_over_it_lowers_what_is_handed_over(world: Any) -> None:
    await world.overdue(kid=KID, notices=[])
    await world.settle()
    await take(world, Paid(kid=KID, ore=100_000))

    assert (await world.claim())["outstanding"] == "3800.00"
    assert world.reported() == []


async def test_a_payment_in_full_ends_a_claim_whose_register_has_not_gone(world: Any) -> None:
    await world.overdue(kid=KID)
    await world.intake()
    await take(world, Paid(kid=KID))
    await world.settle()

    assert (await world.claim())["outstanding"] == "0.00"
    assert world.registers() == []


async def test_a_file_read_twice_changes_nothing_and_one_read_in_part_is_gone_on_with(
    world: Any,
) -> None:
    await world.active(kid=KID)
    content = as_bytes(ocr(*(Paid(kid=KID, ore=ore) for ore in (100, 200, 300))))
    found = payment_from_ocr(content).lines
    await give(world, "ocr", content, found[:2])  # the process was killed after these
    await world.restart()
    again = await give(world, "ocr", content, found)
    await world.settle()
    before = (await receipts(world), await lines(world), world.reported())

    once_more = await give(world, "ocr", content, found)
    await world.settle()

    assert [item["outcome"] for item in again] == ["known", "known", "new"]
    assert [item["outcome"] for item in once_more] == ["known"] * 3
    assert sorted(amount for _, amount in world.reported()) == [1, 2, 3]
    assert (await receipts(world), await lines(world), world.reported()) == before


@SQLITE_ONLY
async def test_a_plan_leaves_no_trace(world: Any) -> None:
    await world.active(kid=KID)
    before = world.seen_outside("SELECT * FROM claim"), await lines(world)

    planned = await take(world, Paid(kid=KID), Paid(kid="18"), dry_run=True)

    assert [item["state"] for item in planned] == ["matched", "unmatched"]
    assert (world.seen_outside("SELECT * FROM claim"), await lines(world)) == before
    assert world.seen_outside("SELECT count(*) FROM receipt") == [(0,)]


async def test_what_is_no_claims_stays_unmatched_and_says_why(world: Any) -> None:
    await world.active(kid=KID)
    items = await take(world, Paid(kid="18"), Paid(kid="", kind="21", text="Takk for sist"))

    assert [item["state"] for item in items] == ["unmatched", "unmatched"]
    assert items[0]["reason"] == "no claim has its KID"
    assert items[1]["reason"] == "it has no KID, and its text names no invoice of a claim"
    assert await world.tasks() == []


async def test_one_kid_of_several_claims_is_shared_where_the_amount_says_how(world: Any) -> None:
    for number in ("30001", "30002"):
        await world.active(number, kid=KID)
    both, one = await take(world, Paid(kid=KID, ore=960_000), Paid(kid=KID, ore=1_000))
    await world.settle()

    assert (both["state"], one["state"]) == ("matched", "waiting")
    assert [(part["invoice_number"], part["amount"]) for part in both["parts"]] == [
        ("30001", "4800.00"),
        ("30002", "4800.00"),
    ]
    assert sorted(world.reported()) == [(both["line_id"], Decimal("4800.00"))] * 2


async def test_a_line_that_waits_is_matched_by_a_person_with_amounts(world: Any) -> None:
    for number in ("30001", "30002"):
        await world.active(number, kid=KID)
    (item,) = await take(world, Paid(kid=KID, ore=100_000))
    assert await world.tasks() == ["bank_line", "bank_line"]
    assert item["reason"] == (
        "2 claims have its KID, and the amount fits neither one nor all of them"
    )

    asked = {"line_id": item["line_id"], "reason": "the payer says so"}
    with pytest.raises(OperationError, match=r"must add up to 1000\.00"):
        await world.call("payments.match", invoices=["30001=400", "30002=400"], **asked)
    with pytest.raises(OperationError, match="reason is missing"):
        await world.call("payments.match", line_id=item["line_id"], invoices=["30001"])
    matched = await world.call("payments.match", invoices=["30001=400", "30002=600.00"], **asked)
    await world.settle()

    assert (matched["state"], matched["decided_by"]) == ("matched", "tester")
    assert sorted(amount for _, amount in world.reported()) == [400, 600]
    assert await world.tasks() == []
    assert await lines(world, state="waiting") == []
    with pytest.raises(OperationError, match="matched already"):
        await world.call("payments.match", invoices=["30001"], **asked)
    audited = (await world.items("audit.list"))[0]
    assert (audited["action"], audited["subject"]) == ("payments.match", item["line_id"])


async def test_a_line_that_is_dismissed_stays_so_when_the_file_or_a_claim_comes(world: Any) -> None:
    (item,) = await take(world, Paid(kid=KID))
    dismissed = await world.call("payments.dismiss", line_id=item["line_id"], reason="a deposit")
    await world.active(kid=KID)
    (again,) = await take(world, Paid(kid=KID))

    assert (dismissed["state"], dismissed["reason"]) == ("unmatched", "a deposit")
    assert (again["outcome"], again["state"]) == ("known", "unmatched")
    assert world.reported() == []


async def test_a_payment_that_came_before_its_claim_lowers_it_when_it_comes(world: Any) -> None:
    await take(world, Paid(kid=KID, ore=100_000))
    await world.overdue(kid=KID)
    await world.settle()

    assert (await lines(world))[0]["state"] == "matched"
    assert (await world.claim())["registered"] == "3800.00"
    assert world.reported() == []


async def test_one_from_before_its_invoice_was_issued_asks_a_person(world: Any) -> None:
    await take(world, Paid(kid=KID, ore=100_000, day="010726"))
    await world.overdue(kid=KID)
    await world.settle()

    assert (await world.claim())["state"] == "sending"  # it waits for the answer
    (line,) = await lines(world)
    assert (line["state"], line["reason"]) == (
        "waiting",
        "it came before invoice 30001 with its KID was issued",
    )
    assert await world.tasks() == ["bank_line"]


# The ledger reads the same bank.


async def test_what_the_ledger_told_that_day_is_not_counted_again(world: Any) -> None:
    await world.active(kid=KID)
    await world.paid(paid_on="2026-11-24")
    await world.settle()
    (same,) = await take(world, Paid(kid=KID, ore=100_000))
    (second,) = await take(world, Paid(kid=KID, ore=100_000, payer="0" * 11), number="0000002")
    await world.settle()

    assert (same["state"], same["parts"][0]["told_as"]) == ("matched", "pay-1")
    assert second["state"] == "waiting"  # the same KID, amount and day in another file
    assert world.reported() == [("pay-1", Decimal("1000.00"))]


@pytest.mark.parametrize("way", ["event", "snapshot"])
async def test_what_the_ledger_tells_after_the_bank_is_not_counted_again(
    world: Any, way: str
) -> None:
    await world.active(kid=KID)
    (item,) = await take(world, Paid(kid=KID, ore=100_000))
    await world.settle()
    world.pass_time(days=1)
    payment = {"id": "pay-9", "paid_on": "2026-11-25", "amount": "1000.00"}
    if way == "event":
        await world.paid(payment_id="pay-9", paid_on="2026-11-25")
    else:
        await world.updated(kid=KID, outstanding="3800.00", payments=[payment])
    await world.settle()

    assert world.reported() == [(item["line_id"], Decimal("1000.00"))]
    assert await receipts(world) == [("1000.00", "reported"), ("1000.00", "told_by_bank")]
    assert (await world.claim())["outstanding"] == "3800.00"

    await world.payment_reversed("pay-9")
    await world.settle()
    assert (await world.claim())["outstanding"] == "4800.00"
    assert await world.tasks() == ["reversed_payment"]


async def test_a_second_payment_of_the_same_amount_is_a_second_payment(world: Any) -> None:
    await world.active(kid=KID)
    await take(world, Paid(kid=KID, ore=100_000), Paid(kid=KID, ore=100_000))
    await world.paid(payment_id="pay-1", paid_on="2026-11-24")
    await world.paid(payment_id="pay-2", paid_on="2026-11-24")
    await world.paid(payment_id="pay-3", paid_on="2026-11-24")
    await world.settle()

    assert len(world.reported()) == 3
    assert (await world.claim())["outstanding"] == "1800.00"


async def test_a_ledger_that_never_reads_the_bank_does_not_undo_a_payment(world: Any) -> None:
    await world.overdue(kid=KID, notices=[])
    await world.settle()
    await take(world, Paid(kid=KID, ore=100_000))
    world.pass_time(days=1)
    await world.updated(kid=KID)  # outstanding is 4800 there, and it has no payments
    await world.settle()

    assert (await world.claim())["registered"] == "3800.00"


async def test_a_snapshot_that_is_net_of_a_payment_is_not_lowered_again(world: Any) -> None:
    await world.overdue(kid=KID, notices=[], outstanding="3800.00")
    await world.settle()
    await take(world, Paid(kid=KID, ore=100_000))
    world.pass_time(days=1)
    await world.updated(kid=KID, outstanding="3800.00")
    await world.settle()

    assert (await world.claim())["registered"] == "3800.00"


async def test_a_claim_is_not_sent_while_a_person_is_asked_whose_money_came_in(world: Any) -> None:
    await world.call("pause", reason="a test")
    for number in ("30001", "30002"):
        await world.overdue(number, kid=KID)
    await world.settle()
    (item,) = await take(world, Paid(kid=KID, ore=100_000))
    assert item["state"] == "waiting"

    await world.call("resume")
    await world.settle()
    assert world.books.registers == []
    (waiting, *_) = await world.items("outbox.list", state="pending")
    assert "payments list --waiting" in waiting["last_error"]

    await world.call("payments.dismiss", line_id=item["line_id"], reason="another's")
    world.pass_time(seconds=send_gate.STOPPED_WAIT_SECONDS)
    await world.settle()
    assert len(world.books.registers) == 2


async def test_the_same_money_in_another_format_waits(world: Any) -> None:
    await world.active(kid=KID)
    await take(world, Paid(kid=KID, ore=100_000))
    paid = transaction("1000.00", KID)
    (item,) = await take_camt(world, entry("1000.00", paid, day="2026-11-25"))
    await world.settle()

    assert item["state"] == "waiting"
    assert "of another file has the same KID and amount" in item["reason"]
    assert len(world.reported()) == 1


# The echo.


@pytest.mark.parametrize("creditor", [{"payout_accounts": [KRAVIAS], "payout_texts": ["kravia"]}])
async def test_kravias_own_money_is_never_told_to_kravia(world: Any) -> None:
    await world.active(kid=KID)
    iban = transaction("1000.00", KID, payer=f"NO93{KRAVIAS}")
    named = transaction("500.00", KID, payer="", name="Kravia AS", reference="REF2")
    batch = transaction("1500.00", payer=f"NO93{KRAVIAS}", reference="REF3", words="avregning 7")
    items = await take_camt(
        world, *(entry(a, t) for a, t in (("1000.00", iban), ("500.00", named), ("1500.00", batch)))
    )
    await take(world, Paid(kid=KID, ore=70_000, payer=KRAVIAS))
    await world.settle()

    assert [item["state"] for item in items] == ["matched", "matched", "unmatched"]
    assert items[2]["reason"].startswith("Kravia's pay-out")
    assert await receipts(world) == [(a, "payout") for a in ("1000.00", "500.00", "700.00")]
    assert world.reported() == []


@pytest.mark.parametrize(("answer", "reported"), [("payout", []), ("direct", [Decimal("1000.00")])])
async def test_money_that_may_be_kravias_waits_for_a_persons_word(
    world: Any, answer: str, reported: list[Decimal]
) -> None:
    kravia_id = await world.active(kid=KID)
    world.debtor_pays(kravia_id, "1000.00")
    await world.settle()
    (item,) = await take(world, Paid(kid=KID, ore=100_000, payer="0" * 11))
    await world.settle()
    assert (item["state"], world.reported()) == ("waiting", [])
    with pytest.raises(OperationError, match="tasks done"):
        await world.call("payments.dismiss", line_id=item["line_id"], reason="mine")

    (task,) = await world.items("tasks.list")
    await world.call("tasks.done", task_id=task["task_id"], answer=answer)
    await world.settle()

    assert [amount for _, amount in world.reported()] == reported
    assert [(line["state"], line["reason"]) for line in await lines(world)] == [("matched", None)]


async def test_a_settlement_answers_by_itself(world: Any) -> None:
    kravia_id = await world.active(kid=KID)
    world.debtor_pays(kravia_id, "1000.00")
    await world.settle()
    await take(world, Paid(kid=KID, ore=100_000, payer="0" * 11))
    world.kravia.pay_out(CREDITOR_ID, world.now[0].date())
    await world.settle()

    assert [line["state"] for line in await lines(world)] == ["matched"]
    assert await receipts(world) == [("1000.00", "payout")]


# Money taken back.


async def test_what_the_bank_takes_back_is_taken_back_once(world: Any) -> None:
    await world.active(kid=KID)
    paid, back = transaction("1000.00", KID), transaction("1000.00", KID, reference="REF2")
    await take_camt(world, entry("1000.00", paid))
    await world.settle()
    taken = entry("1000.00", back, direction="DBIT", reversal=True, day="2026-11-24")
    (item,) = await take_camt(world, taken)
    await take_camt(world, taken)
    await world.settle()

    assert (item["state"], item["is_return"]) == ("matched", True)
    assert await receipts(world) == [("1000.00", "reversed")]
    assert (await world.claim())["outstanding"] == "4800.00"
    assert await world.tasks() == ["reversed_payment"]


async def test_a_return_of_what_no_file_told_is_matched_by_a_person(world: Any) -> None:
    await world.active(kid=KID)
    await world.paid(paid_on="2026-11-20")
    await world.settle()
    (item,) = await take(world, Paid(kid=KID, ore=100_000, kind="18"))
    assert (item["state"], item["reason"]) == (
        "waiting",
        "the bank took money back that no file had told",
    )

    await world.call(
        "payments.match", line_id=item["line_id"][:12], invoices=["30001"], reason="see the bank"
    )
    assert await receipts(world) == [("1000.00", "reversed")]


# By hand, and what people see.


async def test_a_payment_by_hand_is_taken_once_and_known_when_the_file_comes(world: Any) -> None:
    await world.active(kid=KID)
    by_hand = {"creditor": "acme", "invoice": "30001", "amount": "1000", "reason": "cash"}
    first = await world.call("payments.register", **by_hand)
    again = await world.call("payments.register", **by_hand)
    other = await world.call("payments.register", **by_hand, reference="a second one")
    (line,) = await take(world, Paid(kid=KID, ore=100_000))
    await world.settle()

    assert [each["outcome"] for each in (first, again, other)] == ["new", "known", "new"]
    assert again["line_id"] == first["line_id"]
    assert (first["state"], other["state"], line["state"]) == ("matched", "waiting", "waiting")
    assert world.reported() == [(first["line_id"], Decimal("1000.00"))]
    with pytest.raises(OperationError, match="no claim of acme is on an invoice 77"):
        await world.call("payments.register", **{**by_hand, "invoice": "77"})
    with pytest.raises(OperationError, match="must be an amount"):
        await world.call("payments.register", **{**by_hand, "amount": "-5"})


async def test_words_that_name_an_invoice_ask_and_lists_show_nobodys_data(world: Any) -> None:
    await world.active(kid=KID)
    words = transaction("4800.00", words="Faktura 30001.", name="Kari Eksempel")
    (item,) = await take_camt(world, entry("4800.00", words))

    assert item["reason"] == "it has no KID, and its text names invoice 30001"
    shown = str([await lines(world), await world.items("tasks.list")])
    assert "Kari" not in shown
    assert KID not in shown
    looked = await world.call("payments.details", line_id=item["line_id"])
    assert looked["details"]["text"] == "Faktura 30001. Kari Eksempel"
    assert (await world.items("audit.list"))[0]["action"] == "payments.details"


async def test_lists_are_paged_by_key_and_kept_apart_by_state(world: Any) -> None:
    await take(world, *(Paid(kid=kid) for kid in ("18", "26", "34")))

    first = await world.call("payments.list", limit=2)
    rest = await world.call("payments.list", limit=2, after=first["next"])

    assert len(first["items"]) == 2
    assert [len(rest["items"]), rest["next"]] == [1, None]
    assert await lines(world, state="matched", creditor="acme") == []
    with pytest.raises(OperationError, match="state must be one of matched, unmatched, waiting"):
        await world.call("payments.list", state="lost")


async def test_another_currency_waits_and_is_not_booked(world: Any) -> None:
    await world.active(kid=KID)
    euro = entry("100.00", transaction("100.00", KID)).replace("NOK", "EUR")
    (item,) = await take_camt(world, euro)

    assert (item["state"], item["reason"]) == ("waiting", "it is in EUR, and the claim is not")
    with pytest.raises(OperationError, match="is in NOK, the line in EUR"):
        await world.call(
            "payments.match", line_id=item["line_id"], invoices=["30001"], reason="try"
        )


async def test_a_line_that_waits_for_days_is_told_until_it_is_answered(world: Any) -> None:
    await world.overdue("30001", kid=KID)
    await world.overdue("30002", kid=KID)
    await world.settle()
    (item,) = await take(world, Paid(kid=KID, ore=12_345))
    assert item["state"] == "waiting"
    world.pass_time(days=2, hours=23)
    await world.watch()
    assert "bank_lines" not in await world.alerts()

    world.pass_time(hours=2)
    await world.watch()
    (told,) = [each for each in await world.items("alerts.list") if each["kind"] == "bank_lines"]
    assert told["command"] == "kravia-gateway payments list --waiting --creditor acme"

    await world.call("payments.dismiss", line_id=item["line_id"], reason="a test")
    await world.watch()
    assert "bank_lines" not in await world.alerts()
