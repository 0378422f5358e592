"""Whether ledger, gateway and Kravia tell the same story, and where they do not. Pure."""
