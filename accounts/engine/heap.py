"""The heap of the engine's process: one for all of its threads."""

from __future__ import annotations

import contextlib
import ctypes
import sys

_ARENA_MAX = -8  # M_ARENA_MAX of malloc.h


def share() -> None:
    """Have all threads take memory from one heap (glibc); call it before the first thread starts.

    By default each of them gets one of its own, in which much stays free that no other thread can use. Our threads wait for
    one another anyway.
    """
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).mallopt(_ARENA_MAX, 1)
