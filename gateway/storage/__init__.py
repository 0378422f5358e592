"""The gateway's own tables and the only way to them: operations on a connection."""
