"""One file per kind of ledger, joining its client and mappers behind one protocol."""
