"""The demo's stories, and how to play them; ``gateway.cli.demo`` prints what comes out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rich.console import RenderableType

from gateway.cli.failure import Failure


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoOutcome:
    """How the demo ended.

    ``figures`` are the keys of the contract's ``demo --json``; ``screen`` is the one screen for
    people; ``as_told`` is true if every invoice ended as its story says and nothing was doubled,
    echoed, left in doubt, parked or unreconciled.
    """

    figures: Mapping[str, object]
    screen: RenderableType
    as_told: bool


def play(*, invoices: int, seed: int, quiet: bool) -> DemoOutcome:
    """Play ``invoices`` stories; shows progress on standard error unless ``quiet``."""
    raise Failure(f"the demo is not part of this build ({invoices} invoices, {seed=}, {quiet=})")
