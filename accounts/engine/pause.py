"""The pause after a failure: it ends early when somebody asks, when the machine is in another network, or has slept.

Nobody tells a program in a portable way that the network is back. Asking the routing table which address the machine would
use costs a tenth of a millisecond and sends nothing; it is done only while a server cannot be reached.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable

LOOK = 2.0
"""Seconds between two looks."""
SLEPT = 20.0
"""Seconds by which the clocks may part: the steady one stands still while the machine sleeps."""
_ANYWHERE = ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1"))
"""Addresses of nobody (RFC 5737, RFC 3849), reached like anybody's."""

Here = tuple[str, ...]


def whereabouts() -> Here:
    """The machine's own addresses on the way to the world, '' where there is no way. Sends nothing."""
    found = []
    for family, address in _ANYWHERE:
        try:
            with socket.socket(family, socket.SOCK_DGRAM) as probe:
                probe.connect((address, 9))
                found.append(str(probe.getsockname()[0]))
        except OSError:
            found.append("")
    return tuple(found)


class Pause:
    """To be waited for by one thread and ended by any."""

    def __init__(
        self, here: Callable[[], Here] = whereabouts, steady: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:  # fmt: skip
        self._here = here
        self._steady = steady
        self._wall = wall
        self._asked = threading.Event()
        self._before: tuple[Here, float] | None = None
        self.moved = False
        """Whether the last wait ended because the network was another one, or the machine had slept."""

    def begin(self) -> None:
        """What may fail is tried now: what changes from here on ends the wait after it."""
        self._before = self._look()

    def _look(self) -> tuple[Here, float]:
        """Where the machine is, and by how much its clocks are apart."""
        return self._here(), self._wall() - self._steady()

    def set(self) -> None:
        """End the wait that is running, or the next one."""
        self._asked.set()

    def clear(self) -> None:
        """What was asked before counts no more."""
        self._asked.clear()

    def is_set(self) -> bool:
        """Whether somebody has asked."""
        return self._asked.is_set()

    def wait(self, seconds: float | None = None, *, looking: bool = True) -> bool:
        """Wait so long, None: until somebody asks; True where it ended early. Not `looking`: only whoever asks ends it."""
        self.moved = False
        if seconds is None or not looking:
            return self._asked.wait(seconds)
        end = self._steady() + seconds
        here, apart = self._before or self._look()
        while (left := end - self._steady()) > 0:
            if self._asked.wait(min(left, LOOK)):
                return True
            now = self._look()
            if now[0] != here or abs(now[1] - apart) > SLEPT:
                self._before = now if self._before else None
                self.moved = True
                return True
        return False
