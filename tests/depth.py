"""How long the tests look: an ordinary run is over in minutes and looks at the same as the one before, CORREIO_DEEP=1 takes
the time it takes and looks elsewhere each time."""

from __future__ import annotations

import os

from hypothesis import settings

DEEP = os.environ.get("CORREIO_DEEP") == "1"
"""Whether this run is to find what is rare, e.g. at night."""


def depth(ordinary: int, deep: int) -> int:
    """How often something random is tried."""
    return deep if DEEP else ordinary


def examples(deep: int) -> int:
    """How many examples Hypothesis makes for a test that deserves `deep` of them; a quarter in an ordinary run."""
    return depth(max(15, deep // 4), deep)


def set_depth() -> None:
    """For tests that say nothing else: 25 examples or Hypothesis' own 100, and no deadline for a single one.

    What an ordinary run tries depends on the tests alone: it fails where a change broke something, not where luck would.
    """
    settings.register_profile("correio", max_examples=examples(100), deadline=None, derandomize=not DEEP)
    settings.load_profile("correio")
