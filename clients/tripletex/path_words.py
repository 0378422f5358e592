"""The words of Tripletex's paths, by which its operations are told apart in metrics and traces."""

from __future__ import annotations

from typing import Final

PATH_WORDS: Final = frozenset(
    {
        *("invoice", "paymentType", ":payment", "customer", "closeGroup", "posting"),
        *("account", "vatType", "voucher", ">externalVoucherNumber"),
        *("accountingPeriod", "subscription", "session", ":create", ">whoAmI"),
    }
)
