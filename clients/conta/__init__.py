"""Conta: a ledger that is asked, because it pushes nothing."""
