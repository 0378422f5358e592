"""Tripletex: its words, protocol, client, webhook signature, and a simulator to practise on."""
