"""The engine: its lock, its socket, its threads."""
