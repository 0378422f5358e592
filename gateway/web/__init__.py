"""The HTTP edge: verify, record, answer; everything else goes through operations."""
