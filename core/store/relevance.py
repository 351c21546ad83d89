"""How well a hit of the full-text index fits: Robertson's BM25, the best lowest.

FTS5's own bm25() goes through every hit of each phrase on a table before it can say anything of the first. For words that
takes next to nothing; for words in a row (`"in the of"` over a hundred thousand mails) a tenth of a second. These get the same
formula worked out from the hit alone, with a look at the newest mails of one shelf for how rare each phrase is.
"""

from __future__ import annotations

import math
import weakref
from typing import TYPE_CHECKING

from core.query.sql import Branch
from core.store.database import Database
from core.store.shelves import Shelf

if TYPE_CHECKING:
    from apsw import FTS5ExtensionApi, SQLiteValue

_WEIGHTS = (1.0, 8.0, 4.0, 3.0, 1.0, 2.0)
"""A hit in the subject says more than one in the body; columns as in the table."""
_SATURATION, _LENGTH = 1.2, 0.75
"""k1 and b of BM25."""
_USUAL = 250.0
"""Words of a mail as long as most."""
_LOOKED_AT = 8
"""This part of a shelf shows how rare a phrase is."""

_ready: weakref.WeakSet[Database] = weakref.WeakSet()


def column(db: Database, branch: Branch, shelf: Shelf | None) -> str:
    """SQL for the score of a hit on `{shelf}` of a branch with phrases."""
    if not branch.in_a_row or shelf is None:
        return f"bm25({{shelf}}, {', '.join(map(str, _WEIGHTS))})"
    if db not in _ready:
        db.add_ranking("fitting", _fitting)
        _ready.add(db)
    weights = [rarity(db, phrase, shelf) for phrase in branch.phrases] if branch.phrases[1:] else [1.0]
    return f"fitting({{shelf}}, {', '.join(f'{weight:.3f}' for weight in weights)})"


def rarity(db: Database, phrase: str, shelf: Shelf) -> float:
    """The weight of a phrase: near 0 for one that stands in every mail."""
    edge = shelf.high - (shelf.high - shelf.low) // _LOOKED_AT
    mails = db.value(f"SELECT count(*) FROM {shelf.name}_docsize WHERE id >= ?", (edge,))
    hits = db.value(f"SELECT count(*) FROM {shelf.name} WHERE {shelf.name} MATCH ? AND rowid >= ?", (phrase, edge))
    return math.log(1 + (mails - hits + 0.5) / (hits + 0.5))


def _fitting(hit: FTS5ExtensionApi, *weights: SQLiteValue) -> float:
    length = _SATURATION * (1 - _LENGTH + _LENGTH * hit.column_size(-1) / _USUAL)
    total = 0.0
    for phrase, weight in enumerate(weights):
        often = 0.0
        for column in hit.phrase_columns(phrase):
            often += _WEIGHTS[column] * len(hit.phrase_column_offsets(phrase, column))
        assert isinstance(weight, float)
        total -= weight * often * (_SATURATION + 1) / (often + length)
    return total
