"""Fiken's REST API v2: a ledger that pushes nothing, spoken to one call at a time."""
