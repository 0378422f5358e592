"""A durable message queue in SQL: order per key, leases with fences, doubt as a state.

Knows nothing of what it carries.
"""
