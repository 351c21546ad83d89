"""The full-text index, and finding messages by a query: newest first by pages, or the best of the newest.

Ids of messages rise with the time of receipt, so that *newest first* is the order in which the index is read from its end.
"""

from __future__ import annotations

import heapq
import time
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import tzinfo
from itertools import islice
from operator import itemgetter
from typing import Any, Literal

from msgspec.structs import replace

from core.folding import EVERY, fold, sought
from core.query.condition import SHOWN, boolean
from core.query.facts import Context, Place
from core.query.meaning import meaning
from core.query.sql import Branch, Members, compile, end_id, first_id
from core.query.statement import SMALL, Scope, statement
from core.query.tree import And, Field, Or, Phrase, Query, Word
from core.store import relevance, shelves
from core.store.database import Database, json_numbers
from core.store.shelf_reading import Reading
from core.store.shelves import Shelf

Sort = Literal["date", "oldest", "relevance"]
RANKED = 2000
"""Newest hits that relevance ranks."""
ENOUGH = 100
_NEAR = 5
"""Shelves after which ENOUGH hits are enough to be ranked or counted, where each takes its time: beginnings, words in a row."""
_PROBED = 2000
_SPANNED = 20
_ALL = 1 << 62
_FIND_IN = ("subject", "body", "attachment")


def index(
    db: Database, message: int, *, subject: str = "", sender: str = "", recipients: str = "", copies: str = "",
    attachments: str = "", body: str = "", list_id: str = "",
) -> None:  # fmt: skip
    """Make a message searchable, in place of what was known of it. Call inside `db.write`, ids ascending in a batch.

    `sender`, `recipients`, `copies`: names and addresses of From, To, and Cc with Bcc; `attachments`: file names.
    """
    subject, sender, recipients, attachments, body = map(fold, (subject, sender, recipients, attachments, body))
    copies = f"{EVERY} {fold(f'{copies} {list_id}')}"
    shelves.put(db, [(message, (subject, sender, recipients, copies, attachments, body))])


def remove(db: Database, messages: Iterable[int]) -> None:
    """Take messages out of the index. Call inside `db.write`."""
    shelves.take(db, messages)


def context(
    db: Database, accounts: Mapping[str, Sequence[str]] | None = None, *, now: int | None = None, zone: tzinfo | None = None
) -> Context:
    """The folders and accounts of the store, for names in queries.

    `accounts`: id of an account in the settings → its other names (name, address). `now` (seconds, None: the clock's)
    and `zone` (None: this machine's) are for dates.
    """
    places = db.read("SELECT id, account, path, delimiter, role, total, unread FROM folder")
    names = {row: (uid, *(accounts or {}).get(uid, ())) for row, uid in db.read("SELECT id, uid FROM account")}
    return Context(tuple(Place(*row) for row in places), names, int(time.time()) if now is None else now, zone)


def find(
    db: Database, query: Query, *, before: int | None = None, limit: int = 50, sort: Sort = "date",
    folders: Iterable[int] | None = None, where: Context | None = None,
) -> list[int]:  # fmt: skip
    """Row ids of messages: by date the newest first, those below `before` (the last id of the page before), or the oldest
    first, those above it; by relevance the best of the newest RANKED first, in one list to page through (`before` then
    bounds what is ranked).

    `folders`: look in these only. `where`: what `context` gave, for account names and a fixed time.
    """
    where = where or context(db)
    branches = compile(query, where, folders, shelves.names(db))
    if sort == "relevance":
        return _ranked(db, branches, where, before)[0][:limit]
    rising = sort == "oldest"
    pages = [_newest(db, *_prepared(db, branch, where, before, limit, rising))[0] for branch in branches]
    merged = heapq.merge(*pages, key=itemgetter(0), reverse=not rising)
    return list(islice(dict.fromkeys(row[0] for row in merged), limit))


def best(
    db: Database, query: Query, *, folders: Iterable[int] | None = None, where: Context | None = None
) -> tuple[list[int], bool]:  # fmt: skip
    """What `find` gives by relevance, and whether that is all there is."""
    where = where or context(db)
    return _ranked(db, compile(query, where, folders, shelves.names(db)), where, None)


def count(
    db: Database, query: Query, *, most: int | None = None, folders: Iterable[int] | None = None,
    where: Context | None = None,
) -> int:  # fmt: skip
    """How many messages a query finds; with `most` no more than that are counted."""
    where = where or context(db)
    branches = compile(query, where, folders, shelves.names(db))
    if most is not None or len(branches) > 1:
        pages = (_newest(db, *_prepared(db, branch, where, None, most or _ALL))[0] for branch in branches)
        return min(len({row[0] for page in pages for row in page}), most or _ALL)
    total = 0
    for branch, scope in (_prepared(db, branch, where) for branch in branches):
        for shelf in _standing(db, branch, scope):
            here = _on(scope, shelf)
            if here is not None:
                wanted = statement(branch, here)
                total += db.value(f"SELECT count(*) FROM ({wanted.sql})", wanted.params)
    return total


def about(
    db: Database, query: Query, most: int, *, folders: Iterable[int] | None = None, where: Context | None = None
) -> tuple[int, bool]:  # fmt: skip
    """How many messages a query finds, as far as that is told quickly, at most so many; and whether that is all of them."""
    where = where or context(db)
    branches = compile(query, where, folders, shelves.names(db))
    pages = [_newest(db, *_prepared(db, branch, where, None, most), brief=True) for branch in branches]
    counted = len({row[0] for page, _ in pages for row in page})
    return min(counted, most), counted < most and all(whole for _, whole in pages)


def unread(db: Database, query: Query, where: Context | None = None) -> int:
    """How many of the messages that a query finds are unread."""
    return count(db, And((query, Field("is", "unread"))), where=where)


def terms(query: Query, fields: Sequence[str] = _FIND_IN) -> tuple[str, ...]:
    """What to mark in a found mail, for `core.folding.find_terms`: the words of the query, and those of `fields`."""
    match query:
        case Word(text, prefix) | Phrase(text, prefix):
            return _term(text, prefix)
        case Field(name, value, prefix) if name in fields:
            return _term(value, prefix)
        case And(parts) | Or(parts):
            return tuple(dict.fromkeys(term for part in parts for term in terms(part, fields)))
        case _:
            return ()


def _term(text: str, prefix: bool) -> tuple[str, ...]:
    row, prefix = sought(text, prefix)
    return (" ".join(row) + "*" * prefix,) if row else ()


def not_here(db: Database, folder: int, most: int = -1) -> dict[int, int]:
    """UID → message (row id) of the mails of a folder whose text the search index here does not have."""
    rows = db.read(
        "SELECT p.uid, p.message FROM placement p CROSS JOIN message m ON m.id = p.message"
        " WHERE p.folder = ? AND p.hidden = 0 AND p.uid IS NOT NULL AND m.indexed = 0 LIMIT ?",
        (folder, most),
    )
    return dict(rows)


def among(db: Database, query: Query, messages: Iterable[int], where: Context) -> list[int]:
    """Those of some messages (row ids) that a query finds."""
    test = boolean(meaning(query, where), shelves.names(db))
    shown = SHOWN.sql.format(id="m.id")
    sql = f"SELECT m.id FROM json_each(?) j CROSS JOIN message m ON m.id = j.value WHERE {test.sql.format(id='m.id')} AND {shown}"
    return [id for (id,) in db.read(sql, (f"[{','.join(map(str, messages))}]", *test.params))]


def _standing(db: Database, branch: Branch, scope: Scope) -> Iterator[Shelf | None]:
    """The shelves that may hold hits, the newest first or the oldest; for a branch without words just None."""
    if branch.match is None:
        yield None
        return
    ends = [end for end in (branch.end_id, scope.before) if end is not None]
    first = branch.first_id or 0
    first = max(first, scope.after or 0)
    known = shelves.shelves(db)
    for shelf in sorted(known, key=lambda shelf: shelf.low) if scope.rising else known:
        if shelf.high >= first and all(shelf.low < end for end in ends) and _may_hold(db, branch, shelf):
            yield shelf


def _may_hold(db: Database, branch: Branch, shelf: Shelf) -> bool:
    """A beginning is dear to look for: not on a shelf where the other words are not."""
    if branch.whole_words is None:
        return True
    return bool(db.read(f"SELECT 1 FROM {shelf.name} WHERE {shelf.name} MATCH ? LIMIT 1", (branch.whole_words,)))


def _on(scope: Scope, shelf: Shelf | None, last: int | None = None) -> Scope | None:
    """What is asked of a shelf, where enough hits up to the `last` are known; None where it cannot have a hit."""
    if shelf is None:
        return scope
    scope = replace(scope, shelf=shelf.name, oldest=shelf.low, newest=shelf.high)
    if last is not None:
        scope = replace(scope, before=last) if scope.rising else replace(scope, after=last)
    if scope.members is None or scope.ids is None:
        return scope
    ids = scope.ids[bisect_left(scope.ids, shelf.low) : bisect_right(scope.ids, shelf.high)]
    here = replace(scope.members, sql="SELECT value AS message FROM json_each(?)", params=(json_numbers(ids),))
    return replace(scope, members=here) if ids else None


def _newest(
    db: Database, branch: Branch, scope: Scope, columns: str = "{id}", *, lookups: bool = True, brief: bool = False
) -> tuple[list[tuple[Any, ...]], bool]:
    """The newest rows of a branch, or the oldest, from as few shelves as can hold them. `brief`: or only as many as are
    found without going far; then also whether there can be no more."""
    limit = scope.limit or _ALL
    reading = Reading(db, branch, columns, lookups=lookups)
    found: list[tuple[Any, ...]] = []
    for number, shelf in enumerate(_standing(db, branch, scope)):
        last = found[-1][0] if len(found) >= limit else None
        if shelf is not None and last is not None and (last < shelf.low if scope.rising else last > shelf.high):
            break
        if brief and (branch.in_a_row or branch.prefix) and number >= _NEAR and len(found) >= ENOUGH:
            return found, False
        here = _on(scope, shelf, last)
        if here is None:
            continue
        if shelf is not None and scope.limit is not None:
            # What is newer than all on the shelf stays before its hits.
            sooner = sum(row[0] < shelf.low if scope.rising else row[0] > shelf.high for row in found)
            here = replace(here, limit=limit - sooner)
        rows = reading.rows(here, shelf)
        found = list(islice(heapq.merge(found, rows, key=itemgetter(0), reverse=not scope.rising), limit)) if found else rows
    return found, len(found) < limit


def _prepared(
    db: Database, branch: Branch, where: Context, before: int | None = None, limit: int | None = None, rising: bool = False
) -> tuple[Branch, Scope]:
    """The branch with the smallest of its lists chosen, and bounds of ids from the folders it looks in."""
    total = sum(place.total for place in where.places)
    sized = [members if members.size is not None else _probed(db, members) for members in branch.members]
    smallest = min(sized, key=lambda members: members.size or 0, default=None)
    bounds: dict[str, Any] = {"after" if rising else "before": before}
    scope = Scope(total, smallest, limit=limit, rising=rising, **bounds)
    placed = next((members.folders for members in sized if members.folders), frozenset())
    if scope.gathered is None:
        return (_spanned(db, branch, placed) if 0 < len(placed) <= _SPANNED else branch), scope
    if branch.match is not None:
        # Gathered once, not once a shelf.
        ids = db.read(f"SELECT DISTINCT message FROM ({scope.gathered.sql}) ORDER BY message", scope.gathered.params)
        scope = replace(scope, ids=[id for (id,) in ids])
    return branch, scope


def _spanned(db: Database, branch: Branch, folders: Iterable[int]) -> Branch:
    """Folders of old mail: not all that is newer must be looked at first."""
    edge = "SELECT received FROM placement WHERE folder = ? AND hidden = 0 ORDER BY received {} LIMIT 1"
    lasts = [last for id in folders if (last := db.value(edge.format("DESC"), (id,))) is not None]
    firsts = [first for id in folders if (first := db.value(edge.format("ASC"), (id,))) is not None]
    if not lasts:
        return branch
    return replace(
        branch,
        first_id=max(first_id(min(firsts)), branch.first_id or 0),
        end_id=min(end_id(max(lasts)), end_id(max(lasts)) if branch.end_id is None else branch.end_id),
    )


def _probed(db: Database, members: Members) -> Members:
    """The list with its size, or with one too large to be used."""
    counted = db.value(f"SELECT count(*) FROM ({members.probe} LIMIT {_PROBED})", members.params)
    return replace(members, size=counted if counted < _PROBED else SMALL + 1)


def _ranked(db: Database, branches: Sequence[Branch], where: Context, before: int | None) -> tuple[list[int], bool]:
    scores: dict[int, float] = {}
    whole = True
    for branch in branches:
        ready, scope = _prepared(db, branch, where, before, RANKED)
        columns = "{id}, 0.0"
        if branch.phrases:
            columns = f"{{id}}, {relevance.column(db, branch, next(_standing(db, ready, scope), None))}"
        rows, all_of_them = _newest(db, ready, scope, columns, lookups=not branch.phrases, brief=True)
        whole = whole and all_of_them
        for id, score in rows:
            scores[id] = min(score, scores.get(id, 0.0))
    newest = heapq.nlargest(RANKED, scores)
    return sorted(newest, key=lambda id: (scores[id], -id)), whole and len(scores) <= RANKED
