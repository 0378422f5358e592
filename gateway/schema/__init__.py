"""What crosses our own edge, as pydantic models."""
