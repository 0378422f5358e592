"""How to speak to other systems; knows nothing of the gateway."""
