"""Servers that offer PIPELINING (RFC 2449 §6.6, RFC 2920) and break on it: asked one command at a time afterwards.

Remembered for as long as this process lives: an engine runs for days, and a new one finds out again by itself.
"""

from __future__ import annotations

CERTAIN = 2
"""Stumbles in a row: once may be the line."""

_stumbles: dict[str, int] = {}


def stumbled(server: str, times: int = 1) -> None:
    """The line of this server (host:port) broke while several commands were under way."""
    _stumbles[server] = _stumbles.get(server, 0) + times


def kept_step(server: str) -> None:
    """It has answered several commands at once."""
    _stumbles.pop(server, None)


def breaks(server: str) -> bool:
    """Whether this server (host:port) is asked one command at a time."""
    return _stumbles.get(server, 0) >= CERTAIN
