"""The gateway service: from signed webhook to collection case and back."""
