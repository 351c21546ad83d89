"""How much of a folder's mail is kept on this machine: `headers`, `days:N` (bodies of the last N days) or `all`."""

from __future__ import annotations

DAY = 86_400
NEVER = 1 << 60
"""A received time that no mail has: nothing from then on is nothing at all."""


def kept_since(keep: str, now: float) -> int | None:
    """Received time (unix seconds) from which on bodies are kept; 0 for all, None for none."""
    if keep == "all":
        return 0
    if keep.startswith("days:") and keep[5:].isdigit():
        return int(now) - int(keep[5:]) * DAY
    return None


def pruned_before(keep: str, now: float) -> int:
    """Received time (unix seconds) before which bodies may go; 0 where all stay, `NEVER` where none needs to."""
    since = kept_since(keep, now)
    return NEVER if since is None else since
