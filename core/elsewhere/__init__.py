"""What other mail programs on this machine know of accounts: read, never changed, and no password copied."""

from __future__ import annotations

from core.elsewhere.found import Elsewhere, look_around

__all__ = ["Elsewhere", "look_around"]
