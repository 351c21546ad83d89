"""The tests, room by room, with real servers and a pseudo-terminal."""
