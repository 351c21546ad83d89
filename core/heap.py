"""The heap of a process that works for days: one for all of its threads, and no larger than it must be."""

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


def give_back() -> None:
    """Give the system what is free in the heap, also between things that are kept (glibc): after much work, before other work."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).malloc_trim(0)
