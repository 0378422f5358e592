"""A line of the bank as JSON; what ``bank_line_from_json`` reads back."""

from __future__ import annotations

from gateway.domain.bank_line import BankLine


def bank_line_to_json(line: BankLine) -> dict[str, object]:
    """Map a line; text loses the control characters that JSON of ours never carries."""
    text = None if line.text is None else "".join(c for c in line.text if c.isprintable())
    return {
        "identity": line.identity,
        "place": line.place,
        "account": line.account,
        "on": line.on.isoformat(),
        "amount": f"{line.amount:.2f}",
        "currency": line.currency,
        "is_return": line.is_return,
        "kids": list(line.kids),
        "payer_account": line.payer_account,
        "text": text or None,
    }
