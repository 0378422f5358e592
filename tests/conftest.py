"""What every test relies on: httpx2 in httpx's place, and no settings from the environment."""

from __future__ import annotations

import os

import httpx2

# Before anything imports httpx: respx and the aiohttp transport then speak httpx2.
httpx2.alias_httpx()

for name in [name for name in os.environ if name.startswith("KRAVIA_GATEWAY_")]:
    del os.environ[name]
