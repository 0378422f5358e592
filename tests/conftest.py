"""What every test relies on: httpx2 in httpx's place, and no settings from the environment."""

from __future__ import annotations

import os
from collections import Counter

import httpx2
import pytest

# Before anything imports httpx: respx and the aiohttp transport then speak httpx2.
httpx2.alias_httpx()

for name in [name for name in os.environ if name.startswith("KRAVIA_GATEWAY_")]:
    del os.environ[name]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what tests counted, so that a number that shrinks is seen."""
    counted: Counter[str] = Counter()
    for report in terminalreporter.stats.get("passed", []):
        for name, number in report.user_properties:
            counted[name] += number
    for name, number in sorted(counted.items()):
        terminalreporter.write_line(f"{name}: {number}")
