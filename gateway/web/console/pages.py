"""Every page and the navigation between them: what is listed here is served, and nothing else.

A further page is a module with ``ROUTES``, added here; ``docs/console.md`` says how, step by step.
"""

from __future__ import annotations

from typing import Final

from gateway.operations.rights import Scope
from gateway.web.console import (
    alerts,
    audit,
    cases,
    claim,
    delivery,
    doubts,
    events,
    forecast,
    money,
    reconciliation,
    register,
    replaying,
    review,
    searching,
    settlements,
    tasks,
    today,
)
from gateway.web.console.reader import phrase
from gateway.web.console.visit import MenuItem, Route

ROUTES: Final[tuple[Route, ...]] = (
    *today.ROUTES,
    *review.ROUTES,
    *cases.ROUTES,
    *claim.ROUTES,
    *delivery.ROUTES,
    *doubts.ROUTES,
    *replaying.ROUTES,
    *money.ROUTES,
    *settlements.ROUTES,
    *tasks.ROUTES,
    *reconciliation.ROUTES,
    *searching.ROUTES,
    *register.ROUTES,
    *forecast.ROUTES,
    *events.ROUTES,
    *alerts.ROUTES,
    *audit.ROUTES,
)

MENU: Final[tuple[MenuItem, ...]] = (
    MenuItem("today", phrase("Today")),
    MenuItem("review", phrase("Review")),
    MenuItem("cases", phrase("Cases")),
    MenuItem("delivery", phrase("Delivery")),
    MenuItem("payments", phrase("Money")),
    MenuItem("reconciliation", phrase("Reconciliation")),
    MenuItem("register", phrase("Register"), scope=Scope.OPERATE),
    MenuItem("forecast", phrase("Forecast")),
    MenuItem("events", phrase("Events")),
    MenuItem("alerts", phrase("Alerts")),
    MenuItem("audit", phrase("Audit")),
)
