"""From an address to the servers of its mailbox."""

from __future__ import annotations

from accounts.discovery.discover import Outside, discover
from accounts.discovery.found import STEPS, Found, Note, Step

__all__ = ["STEPS", "Found", "Note", "Outside", "Step", "discover"]
