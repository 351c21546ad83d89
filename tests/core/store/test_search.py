from __future__ import annotations

from dataclasses import replace
from datetime import UTC

import pytest

from core.flags import Flag
from core.folding import EVERY
from core.query.parse import parse
from core.store import search
from core.store.database import Database
from tests.core.store.mailboxes import ACCOUNTS, DAY, START, Mail, Stand, fill

SEEN = Stand(1, Flag.SEEN)


def found(db: Database, text: str, **options: object) -> list[int]:
    return search.find(db, parse(text), **options)  # type: ignore[arg-type]


def rising(*mails: Mail) -> list[Mail]:
    """The same mails, a day apart."""
    return [replace(mail, received=START + n * DAY) for n, mail in enumerate(mails)]


def test_newest_first_by_pages(db: Database) -> None:
    ids = fill(db, [Mail(body="common word", received=START + n * DAY) for n in range(7)])
    assert found(db, "common", limit=3) == ids[:3:-1]
    assert found(db, "common", limit=3, before=ids[4]) == ids[3:0:-1]
    assert found(db, "common", limit=3, before=ids[1]) == [ids[0]]
    assert found(db, "common", limit=3, before=ids[0]) == []
    assert found(db, "*", limit=2, before=ids[2]) == [ids[1], ids[0]]


def test_reindexing_replaces_what_was_known(db: Database) -> None:
    (id,) = fill(db, [Mail(subject="header only")])
    with db.write():
        search.index(db, id, subject="header only", body="now the body too")
    assert found(db, "header body") == [id]
    with db.write():
        search.index(db, id, subject="other")
    assert found(db, "header") == found(db, "body") == []
    assert found(db, "other -body") == [id]


def test_removed_messages_are_not_found(db: Database) -> None:
    ids = fill(db, [Mail(body="x1"), Mail(body="x1")])
    with db.write():
        search.remove(db, [ids[0]])
    assert found(db, "x1") == [ids[1]]
    assert found(db, "-y1") == [ids[1]]


def test_the_word_of_every_mail_cannot_be_asked_for(db: Database) -> None:
    fill(db, [Mail(body=f"a {EVERY} b")])
    assert found(db, f'"{EVERY}"') == []
    assert search.count(db, parse(f'"a {EVERY} b"')) == 1


def test_hidden_and_unplaced_mail_is_not_found(db: Database) -> None:
    fill(db, [Mail(body="gone", stands=(Stand(1, hidden=True),)), Mail(body="gone", stands=())])
    for text in ("gone", "*", "-other", "is:unread", "gone OR is:unread", "in:inbox"):
        assert found(db, text) == []
        assert search.count(db, parse(text)) == 0


def test_a_mail_in_two_folders_is_found_once(db: Database) -> None:
    (id,) = fill(db, [Mail(body="twice", stands=(Stand(1), Stand(2, Flag.FLAGGED), Stand(5, tags=frozenset({"work"}))))])
    for text in ("twice", "in:inbox", "in:inbox OR in:lists", "is:unread", "is:flagged in:lists", "twice tag:work OR is:flagged"):
        assert found(db, text) == [id]
        assert search.count(db, parse(text)) == 1


@pytest.mark.parametrize("small", [0, 4000])
def test_what_is_hidden_in_one_folder_says_nothing(db: Database, monkeypatch: pytest.MonkeyPatch, small: int) -> None:
    monkeypatch.setattr("core.query.statement.SMALL", small)
    moved = Stand(5, Flag.FLAGGED | Flag.SEEN, frozenset({"work"}), hidden=True)
    (id,) = fill(db, [Mail(body="moved", stands=(moved, Stand(1, hidden_tags=frozenset({"old"}))))])
    for text in ("moved", "moved in:inbox", "moved is:unread", "moved -is:flagged", "moved -tag:work -tag:old -in:lists"):
        assert found(db, text) == [id]
    for text in ("in:lists", "is:flagged", "is:read", "tag:work", "tag:old"):
        assert found(db, text) == found(db, f"moved {text}") == found(db, f"moved (x9 OR {text})") == []


def test_each_unwanted_word_counts(db: Database) -> None:
    ids = fill(db, rising(Mail(body="a b"), Mail(body="a c"), Mail(body="a d")))
    assert found(db, "a -b -c") == [ids[2]]
    assert found(db, "-b -c") == [ids[2]]
    assert found(db, "a -(b c)") == ids[::-1]


def test_read_in_one_folder_is_read(db: Database) -> None:
    (id,) = fill(db, [Mail(stands=(Stand(1), Stand(5, Flag.SEEN)))])
    assert found(db, "is:read") == [id]
    assert found(db, "is:unread") == []


def test_unread_mail_of_the_running_transaction(db: Database) -> None:
    (id,) = fill(db, [Mail(stands=(SEEN,))])
    with db.write():
        db.run("UPDATE placement SET flags = 0 WHERE message = ?", (id,))
        assert found(db, "is:unread") == [id]


def test_scope(db: Database) -> None:
    ids = fill(db, rising(Mail(body="x1"), Mail(body="x1", stands=(Stand(5),)), Mail(body="x1", stands=(Stand(6),))))
    assert found(db, "x1", folders=[1]) == [ids[0]]
    assert found(db, "x1", folders=[5, 6]) == [ids[2], ids[1]]
    assert found(db, "x1 OR in:inbox", folders=[5]) == [ids[1]]
    assert found(db, "x1", folders=[]) == []
    assert search.count(db, parse("x1"), folders=[5, 6]) == 2


def test_account_names(db: Database) -> None:
    ids = fill(db, rising(Mail(), Mail(stands=(Stand(4),))))
    where = search.context(db, {names[0]: names[1:] for names in ACCOUNTS.values()}, zone=UTC)
    assert found(db, "account:HOME", where=where) == [ids[0]]
    assert found(db, "in:work/inbox", where=where) == [ids[1]]
    assert found(db, "account:bbbbbbbb") == [ids[1]]
    assert found(db, "account:home") == []


def test_old_folders_among_much_new_mail(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.query.statement.SMALL", 0)
    old = [Mail(body="x1", received=START - n * 100 * DAY, stands=(Stand(6),)) for n in (3, 2)]
    ids = fill(db, [*old, *(Mail(body="x1", received=START + n) for n in range(5))])
    assert found(db, "x1 in:linux-man") == [ids[1], ids[0]]
    assert found(db, "in:linux-man before:2025-06") == [ids[0]]
    assert found(db, "in:linux-man after:2026") == []


def test_many_mails_of_one_minute_stay_within_the_bounds_of_dates(db: Database) -> None:
    ids = fill(db, [Mail(received=START - 1)] * 600)
    assert len(found(db, "before:2026-03-01", limit=1000, where=search.context(db, zone=UTC))) == 600
    assert max(ids) > START // 60 * 256
    assert found(db, "after:2026-03-01", where=search.context(db, zone=UTC)) == []


def test_relevance_puts_the_subject_before_the_body(db: Database) -> None:
    filler = [Mail(body=f"nothing of interest {n}") for n in range(20)]
    ids = fill(db, rising(Mail(subject="budget", body="budget of the year"), Mail(body="the budget " + "word " * 50), *filler))
    assert found(db, "budget", sort="relevance") == ids[:2]
    assert found(db, "budget") == ids[1::-1]
    assert found(db, "budget", sort="relevance", limit=1) == ids[:1]


def test_relevance_of_words_in_a_row_is_that_of_the_best_hit(db: Database) -> None:
    filler = [Mail(body=f"end of the day {n}") for n in range(20)]
    ids = fill(db, rising(
        Mail(subject="end of the day", body="short"), Mail(body="grand total of the end of the day of the year"),
        Mail(body="end of the day " + "word " * 80), *filler,
    ))  # fmt: skip
    ranked = found(db, '"of the" OR "grand total"', sort="relevance")
    assert ranked[:2] == [ids[1], ids[0]] and ranked[-1] == ids[2], "what is rare counts more, long mails less"
    assert found(db, '"of the" -"grand total"', sort="relevance")[0] == ids[0]
    assert found(db, '"of the" "grand total"', sort="relevance") == [ids[1]]


def test_equal_hits_by_relevance_are_newest_first(db: Database) -> None:
    ids = fill(db, [Mail(body="same", received=START + n * DAY) for n in range(5)])
    assert found(db, "same", sort="relevance") == ids[::-1]
    assert found(db, "is:unread", sort="relevance") == ids[::-1]


def test_counting_up_to_a_limit(db: Database) -> None:
    fill(db, [Mail(body="x1")] * 9)
    assert search.count(db, parse("x1")) == 9
    assert search.count(db, parse("x1"), most=4) == 4
    assert search.count(db, parse("x1 OR is:unread"), most=4) == 4
    assert search.count(db, parse("nothing"), most=4) == 0


def test_many_alternatives_of_different_kinds(db: Database) -> None:
    ids = fill(db, rising(*(Mail(body=f"x{n}") for n in range(4))))
    text = " ".join(f"(x{n} OR is:flagged OR tag:t{n} OR larger:{n}M)" for n in range(4))
    assert found(db, text) == []
    assert found(db, " OR ".join(f"(x{n} is:unread)" for n in range(40))) == ids[::-1]
    assert search.count(db, parse(" OR ".join(f"(x{n} is:unread)" for n in range(40)))) == 4


def test_long_queries_are_answered(db: Database) -> None:
    ids = fill(db, rising(Mail(body="x1 x2 x3"), Mail(body="x2")))
    assert found(db, " OR ".join(f"x{n}" for n in range(400))) == ids[::-1]
    assert found(db, " ".join(f"-y{n}" for n in range(400))) == ids[::-1]
    assert found(db, " OR ".join(f"tag:t{n}" for n in range(400))) == []
    assert found(db, "(" * 30 + "x1" + ")" * 30) == [ids[0]]


def test_what_to_mark(db: Database) -> None:
    assert search.terms(parse('Réunion "de Março" pro* -spam from:ana subject:x1 (a OR b)')) == (
        "reunion", "de marco", "pro*", "x1", "a", "b",
    )  # fmt: skip
    assert search.terms(parse("from:ana body:x"), fields=("from",)) == ("ana",)
    assert search.terms(parse("日")) == ("日*",)
    assert search.terms(parse("& is:unread *")) == ()


@pytest.mark.parametrize(("text", "index"), [
    ("is:unread", "placement_unread"), ("is:read", "placement_unread"), ("is:flagged", "placement_marked"),
    ("is:unread before:2030", "placement_unread"), ("smaller:1k", "message_size"), ("larger:500k", "message_size"),
])  # fmt: skip
def test_what_a_state_or_a_size_finds_is_read_from_an_index(
    db: Database, monkeypatch: pytest.MonkeyPatch, text: str, index: str
) -> None:
    states = (Flag(0), Flag.SEEN, Flag.SEEN | Flag.FLAGGED, Flag.FLAGGED)
    ids = fill(db, rising(*(Mail(stands=(Stand(1, flags),), size=10 ** (n % 3 * 2 + 2)) for n, flags in enumerate(states * 3))))
    asked: list[tuple[str, tuple[object, ...]]] = []
    read = db.read
    monkeypatch.setattr(db, "read", lambda sql, params=(): asked.append((sql, params)) or read(sql, params))
    hits = found(db, text)
    sql, params = asked[-1]
    assert any(index in str(row[3]) for row in read(f"EXPLAIN QUERY PLAN {sql}", params))
    assert 0 < len(hits) < len(ids) and hits == sorted(hits, reverse=True)
    where = search.context(db)
    assert hits == search.among(db, parse(text), ids, where)[::-1]
