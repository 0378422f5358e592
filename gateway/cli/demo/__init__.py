"""``demo``: forty invoices with forty stories, the real gateway, simulated remotes."""
