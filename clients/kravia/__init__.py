"""Kravia: wire words, protocol, client and simulator."""
