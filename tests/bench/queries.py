"""How long a query takes that somebody types: inside the running program, newest 50 first, the 95th percentile of each."""

from __future__ import annotations

import re
import time
from pathlib import Path

from core.paths import find_home
from core.query.parse import parse
from core.store import search
from core.store.database import Database
from tests.bench.figures import Figure, middle, percentile
from tests.bench.homes import filled_home, generated

ROUNDS = 20
LARGE = 100_000
"""Mails up to which the closer goal holds."""
FIRST = "the first query of a program"
RANKED = (
    "a common word", "two words", "a phrase", "a phrase of common words", "a phrase from somebody", "a prefix", "from", "unread",
)  # fmt: skip
"""Queries whose hits are also ranked."""


def queries(count: int) -> dict[str, str]:
    """Name → query: words that stand in nearly every mail, in one, and all the ways to join them."""
    rare = ""
    for mail in generated(count).mails(min(count, 300)):
        if found := re.search(rb"Ref\. ([0-9a-f]{8,})\.", mail.raw):
            rare = found[1].decode()
    return {
        "a rare word": rare,
        "a word in no mail": "zzyzx",
        "a common word": "the",
        "a word in some": "invoice",
        "two words": "meeting invoice",
        "common and rare": f"the {rare}",
        "either": "invoice OR contract",
        "not": "meeting -the",
        "only not": "-meeting",
        "a phrase": '"of the"',
        "a phrase of common words": '"in the of"',
        "a phrase from somebody": '"of the" from:ana',
        "a phrase in few": '"meeting invoice"',
        "a phrase in none": '"review of contract"',
        "a prefix": "meet*",
        "a prefix of three": "con*",
        "the commonest prefix": "the*",
        "a prefix in none": "zzy*",
        "rare and a prefix": f"{rare} con*",
        "from": "from:ana",
        "from somebody rare": "from:person700@example.org",
        "from nobody": "from:nobody@example.net",
        "to": "to:devel",
        "subject": "subject:the",
        "a rare subject": "subject:invoice",
        "attachment name": "attachment:report*",
        "unread": "is:unread",
        "read": "is:read",
        "flagged": "is:flagged",
        "drafts": "is:draft",
        "unread and a word": "is:unread invoice",
        "unread or flagged": "is:unread OR is:flagged",
        "attachment": "has:attachment report",
        "large": "larger:1M",
        "small": "smaller:1k",
        "a list": "list:devel",
        "dates": "after:2022-01-01 before:2022-02-01",
        "word and dates": "the before:2021-06-01",
        "word in an empty folder": "the in:Archive",
        "word in the folder": "invoice in:Inbox",
        "many at once": "(from:ana OR from:rita) (invoice OR contract) -is:flagged after:2023-01-01",
    }


def measure_queries(count: int) -> list[Figure]:
    """Each query over `count` mails, newest first and some by relevance; how long the first one takes that a program asks.

    By processor time: what else the machine does says nothing about a query.
    """
    goal, ranked = (30, 60) if count > LARGE else (10, 25)
    with filled_home(count) as home:
        path = find_home({"CORREIO_HOME": str(home)}).database
        firsts = [_first(path) for _ in range(5)]
        database = Database(path)
        try:
            figures = [_figure(FIRST, firsts, None)]
            asked = queries(count)
            for name, words in asked.items():
                hits = len(search.find(database, parse(words), limit=50))
                figures.append(_figure(f"{name}: {words}", _times(database, words, "date"), goal, f", {hits} hits"))
            for name in RANKED:
                figures.append(_figure(f"by relevance: {asked[name]}", _times(database, asked[name], "relevance"), ranked))
        finally:
            database.close()
    return figures


def _first(path: Path) -> float:
    database = Database(path)
    try:
        return _times(database, "zzyzx", "date", 1)[0]
    finally:
        database.close()


def _times(database: Database, words: str, sort: search.Sort, rounds: int = ROUNDS) -> list[float]:
    query, times = parse(words), []
    for _ in range(rounds):
        begin = time.process_time()
        search.find(database, query, limit=50, sort=sort)
        times.append(1000 * (time.process_time() - begin))
    return times


def _figure(name: str, times: list[float], goal: float | None, more: str = "") -> Figure:
    more = f"median {middle(times):.1f}, longest {max(times):.1f}{more}"
    return Figure(name, percentile(times, 0.95), "ms", goal, more=more)
