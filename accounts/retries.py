"""How long to wait before a server is tried again: 1, 2, 4 … seconds, until a connection has served for a while."""

from __future__ import annotations

import time
from collections.abc import Callable

LONGEST_PAUSE = 60.0
"""Seconds between two tries while a server cannot be reached, or makes no sense."""
HELD = 60.0
"""Seconds for which a connection must have served before the pauses begin anew: a server that fails after every login, or
at the same mail each time, is not asked every second."""


class Retries:
    """Counts the failures in a row of one connection; `steady` is the clock."""

    def __init__(self, steady: Callable[[], float] = time.monotonic) -> None:
        self._steady = steady
        self._failures = 0
        self._serving_since: float | None = None

    def serving(self) -> None:
        """The connection does what it is for; said as often as one likes."""
        if self._serving_since is None:
            self._serving_since = self._steady()

    def failed(self) -> float:
        """The connection has ended, or could not be made: seconds to wait."""
        since, self._serving_since = self._serving_since, None
        if since is not None and self._steady() - since >= HELD:
            self._failures = 0
        pause = min(LONGEST_PAUSE, 2.0**self._failures)
        self._failures = min(self._failures + 1, 6)
        return pause

    def forget(self) -> None:
        """What has failed so far says nothing of the next try."""
        self._failures = 0
