"""The agency's fee caps as ``explain`` and ``cases show`` print them; NOK as decimal strings."""

from __future__ import annotations

from gateway.domain.agency_fees import AgencyFee


def agency_fee_to_json(fee: AgencyFee | None) -> dict[str, str] | None:
    """Return both caps; ``None`` where no row covers the day, or another currency is claimed."""
    if fee is None:
        return None
    return {"light": f"{fee.light:.2f}", "heavy": f"{fee.heavy:.2f}"}
