"""How long a query takes that somebody types: inside the running program, newest 50 first."""

from __future__ import annotations

import re
import time

from core.paths import find_home
from core.query.parse import parse
from core.store import search
from core.store.database import Database
from tests.bench.figures import Figure, percentile
from tests.bench.homes import filled_home, generated

ROUNDS = 20


def queries(count: int) -> dict[str, str]:
    """Name → query: words that stand in nearly every mail, in one, and all the ways to join them."""
    rare = ""
    for mail in generated(count).mails(min(count, 300)):
        if found := re.search(rb"Ref\. ([0-9a-f]{8,})\.", mail.raw):
            rare = found[1].decode()
    return {
        "a rare word": rare,
        "a common word": "the",
        "a word in some": "invoice",
        "two words": "meeting invoice",
        "common and rare": f"the {rare}",
        "either": "invoice OR contract",
        "not": "meeting -the",
        "a phrase": '"of the"',
        "a prefix": "meet*",
        "from": "from:person12@example.net",
        "subject": "subject:the",
        "unread": "is:unread",
        "attachment": "has:attachment report",
        "dates": "after:2022-01-01 before:2022-02-01",
        "word and dates": "the before:2021-06-01",
        "word in an empty folder": "the in:Archive",
    }


def measure_queries(count: int) -> list[Figure]:
    """The 95th percentile of each query over `count` mails."""
    goal = 30 if count > 100_000 else 10
    figures = []
    with filled_home(count) as home:
        database = Database(find_home({"CORREIO_HOME": str(home)}).database)
        try:
            for name, words in queries(count).items():
                times = []
                for _ in range(ROUNDS):
                    begin = time.perf_counter()
                    found = search.find(database, parse(words), limit=50)
                    times.append(1000 * (time.perf_counter() - begin))
                figures.append(Figure(f"{name}: {words} ({len(found)})", percentile(times, 0.95), "ms", goal))
        finally:
            database.close()
    return figures
