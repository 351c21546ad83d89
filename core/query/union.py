"""Many SELECTs as one statement."""

from __future__ import annotations

from collections.abc import Sequence

_AT_ONCE = 200


def union(selects: Sequence[str]) -> str:
    """The rows of all of them: SQLite puts at most 500 together, of which each may be made of more."""
    if len(selects) <= _AT_ONCE:
        return " UNION ALL ".join(selects)
    groups = [selects[start : start + _AT_ONCE] for start in range(0, len(selects), _AT_ONCE)]
    return union([f"SELECT * FROM ({union(group)})" for group in groups])
