"""Signed webhooks out: signature, client and a simulated receiving ledger."""
