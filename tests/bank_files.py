"""Writes bank files as banks do, with made-up payments: OCR giro and camt.054."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

ACCOUNT = "15032080119"


@dataclass(frozen=True, slots=True, kw_only=True)
class Paid:
    """One payment to write: ``ore`` is its amount, ``kind`` the transaction type of OCR giro."""

    kid: str = ""
    ore: int = 480_000
    day: str = "241126"
    payer: str = "12345678903"
    kind: str = "10"
    text: str | None = None

    def records(self, number: int) -> list[str]:
        """Amount items 1 and 2, and 3 where there is a text."""
        head = f"NY09{self.kind}"
        first = f"{head}30{number:07}{self.day}13201014640{self.ore:017}{self.kid:>25}000000"
        second = (
            f"{head}31{number:07}{'0' * 10}{number:09}{'0' * 7}{self.day}{self.payer}{'0' * 22}"
        )
        third = [] if self.text is None else [f"{head}32{number:07}{self.text:40}{'0' * 25}"]
        return [first, second, *third]


def ocr(*payments: Paid, number: str = "0000001", account: str = ACCOUNT) -> list[str]:
    """A transmission with one assignment; its lines, totals and all."""
    body = [record for at, each in enumerate(payments, 1) for record in each.records(at)]
    total = sum(each.ore for each in payments)
    counts = f"{len(payments):08}{len(body) + 2:08}{total:017}"
    everything = f"{len(payments):08}{len(body) + 4:08}{total:017}"
    return [
        f"NY00001000008080{number}00010200{'0' * 49}",
        f"NY090020001008566{1:07}{account}{'0' * 45}",
        *body,
        f"NY090088{counts}{'241126' * 3}{'0' * 21}",
        f"NY000089{everything}241126{'0' * 33}",
    ]


def as_bytes(lines: Sequence[str], newline: str = "\r\n") -> bytes:
    """The file as it is delivered."""
    return (newline.join(lines) + newline).encode("latin-1")


def transaction(
    amount: str,
    kid: str | None = None,
    *,
    reference: str | None = "REF1",
    payer: str = "NO9386011117947",
    name: str = "Kari Eksempel",
    words: str = "",
    more: str = "",
) -> str:
    """A TxDtls; ``more`` is written into it as it stands."""
    refs = f"<Refs><AcctSvcrRef>{reference}</AcctSvcrRef></Refs>" if reference else ""
    structured = (
        f"<Strd><CdtrRefInf><Tp><CdOrPrtry><Cd>SCOR</Cd></CdOrPrtry></Tp><Ref>{kid}</Ref>"
        "</CdtrRefInf></Strd>"
        if kid
        else ""
    )
    ustrd = f"<Ustrd>{words}</Ustrd>" if words else ""
    return (
        f'<TxDtls>{refs}<AmtDtls><TxAmt><Amt Ccy="NOK">{amount}</Amt></TxAmt></AmtDtls>'
        f"<RltdPties><Dbtr><Nm>{name}</Nm></Dbtr><DbtrAcct><Id><IBAN>{payer}</IBAN></Id></DbtrAcct>"
        f"</RltdPties><RmtInf>{ustrd}{structured}</RmtInf>{more}</TxDtls>"
    )


def entry(
    amount: str,
    *transactions: str,
    direction: str = "CRDT",
    reversal: bool = False,
    day: str = "2026-11-24",
    status: str = "BOOK",
) -> str:
    """A Ntry with its transactions."""
    mark = "<RvslInd>true</RvslInd>" if reversal else ""
    details = f"<NtryDtls>{''.join(transactions)}</NtryDtls>" if transactions else ""
    return (
        f'<Ntry><Amt Ccy="NOK">{amount}</Amt><CdtDbtInd>{direction}</CdtDbtInd>{mark}'
        f"<Sts>{status}</Sts><BookgDt><Dt>{day}</Dt></BookgDt>{details}</Ntry>"
    )


def camt(*entries: str, account: str = ACCOUNT, summary: str = "", version: str = "02") -> bytes:
    """A document with one notification."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.054.001.{version}">\n'
        "<BkToCstmrDbtCdtNtfctn><GrpHdr><MsgId>M1</MsgId></GrpHdr>\n<Ntfctn><Id>N1</Id>"
        f"<Acct><Id><Othr><Id>{account}</Id></Othr></Id></Acct>{summary}\n"
        + "\n".join(entries)
        + "\n</Ntfctn></BkToCstmrDbtCdtNtfctn></Document>\n"
    ).encode()
