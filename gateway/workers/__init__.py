"""Loops, each with ``run_once(now)`` that returns what it did."""
