from __future__ import annotations

import random
from dataclasses import replace

import apsw
import pytest

from core.flags import Flag
from core.query.parse import parse
from core.query.union import union
from core.store import rebuild, room, search, shelves
from core.store.database import Database
from core.store.results import ResultList
from core.store.sorting import Order
from tests.core.store.mailboxes import DAY, START, Mail, Stand, fill


@pytest.fixture(autouse=True)
def small_shelves(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shelves for three messages, so that a few mails fill several."""
    monkeypatch.setattr(shelves, "FULL", 3)
    monkeypatch.setattr(shelves, "_CHECKED", 1)


def mails(count: int, body: str = "common") -> list[Mail]:
    return [Mail(body=f"{body} x{n}", received=START + n * DAY) for n in range(count)]


def find(db: Database, text: str, limit: int = 50, before: int | None = None) -> list[int]:
    return search.find(db, parse(text), limit=limit, before=before)


def test_a_full_shelf_is_followed_by_another(db: Database) -> None:
    ids = fill(db, mails(8))
    assert shelves.names(db) == ("search", "search_2", "search_3")
    assert [(shelf.name, shelf.low, shelf.high) for shelf in shelves.shelves(db)] == [
        ("search_3", ids[6], ids[7]), ("search_2", ids[3], ids[5]), ("search", ids[0], ids[2]),
    ]  # fmt: skip
    assert sorted(id for (id,) in db.read(shelves.indexed(db))) == ids


def test_the_newest_come_first_wherever_they_stand(db: Database) -> None:
    order = [5, 0, 7, 2, 9, 1, 8, 3, 6, 4]
    made = mails(10)
    ids = sorted(fill(db, [made[n] for n in order]), reverse=True)
    assert len(shelves.names(db)) == 4
    assert find(db, "common") == ids
    assert find(db, "com*") == ids
    pages = find(db, "common", limit=4)
    while len(pages) < 10:
        pages += find(db, "common", limit=4, before=pages[-1])
    assert pages == ids
    for text in ("common", "com*", "common OR x3"):
        rising = search.find(db, parse(text), limit=3, sort="oldest")
        while len(rising) < 10:
            rising += search.find(db, parse(text), limit=3, sort="oldest", before=rising[-1])
        assert rising == ids[::-1]
    assert search.count(db, parse("common")) == 10
    assert search.count(db, parse("common OR is:flagged")) == 10
    assert search.count(db, parse("common"), most=7) == 7
    assert sorted(search.find(db, parse("common"), sort="relevance"), reverse=True) == ids
    assert find(db, "x3 OR x8") == find(db, "common (x8 OR x3)")


def test_the_rest_of_the_shelves_is_left_alone(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(db, mails(9))
    asked: list[str] = []
    read = db.read
    monkeypatch.setattr(db, "read", lambda sql, params=(): asked.append(sql) or read(sql, params))
    find(db, "common", limit=2)
    assert [sql for sql in asked if "MATCH" in sql and "search_3" not in sql] == []


@pytest.mark.parametrize("text", ['"common word"', '"common wor*"', '"common word" OR "word x"', '"common word" -x3'])
def test_words_in_a_row_are_ranked_and_counted_on_the_newest_shelves(
    db: Database, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setattr(search, "_NEAR", 2)
    ids = sorted(fill(db, mails(12, "common word")), reverse=True)
    assert len(shelves.names(db)) == 4
    wanted = [id for id in ids if "-x3" not in text or id != ids[8]]
    source = ResultList(db, parse(text), None, None, Order("relevance"))
    assert sorted(row.message for row in source.page(None, 50)) == wanted[::-1] and not source.cut
    monkeypatch.setattr(search, "ENOUGH", 4)
    asked: list[str] = []
    read = db.read
    monkeypatch.setattr(db, "read", lambda sql, params=(): asked.append(sql) or read(sql, params))
    source = ResultList(db, parse(text), None, None, Order("relevance"))
    assert sorted(row.message for row in source.page(None, 50)) == wanted[5::-1] and source.cut
    assert search.about(db, parse(text), 100) == (6, False)
    assert not [sql for sql in asked if " MATCH " in sql and "search_2" in sql and "LIMIT 1" not in sql]
    assert search.count(db, parse(text)) == len(wanted), "told when it was asked for"
    newest = ResultList(db, parse(text))
    assert [row.message for row in newest.page(None, 50)] == wanted and not newest.cut


def test_no_more_is_asked_of_a_shelf_than_can_be_shown(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = fill(db, mails(9))
    limits: list[int] = []
    read = db.read

    def noted(sql: str, params: tuple[int, ...] = ()) -> list[tuple[object, ...]]:
        if " MATCH " in sql:
            limits.append(params[-1])
        return read(sql, params)

    monkeypatch.setattr(db, "read", noted)
    assert find(db, "common", limit=7) == ids[:1:-1]
    assert limits == [7, 4, 1]


def test_a_message_stays_on_its_shelf(db: Database) -> None:
    ids = fill(db, mails(8))
    with db.write():
        search.index(db, ids[1], body="changed")
    assert find(db, "changed") == [ids[1]]
    assert find(db, "x1") == []
    assert search.count(db, parse("*")) == search.count(db, parse("common OR changed")) == 8
    assert len(shelves.names(db)) == 3


def test_messages_are_taken_off_any_shelf(db: Database) -> None:
    ids = fill(db, mails(8))
    with db.write():
        search.remove(db, [ids[0], ids[4], ids[7], 12345])
    assert find(db, "common") == [ids[n] for n in (6, 5, 3, 2, 1)]


def test_a_shelf_of_a_failed_write_is_forgotten(db: Database) -> None:
    ids = fill(db, mails(3))
    with pytest.raises(ZeroDivisionError), db.write():
        search.index(db, 1, body="lost")
        assert len(shelves.names(db)) == 2
        raise ZeroDivisionError
    assert shelves.names(db) == ("search",)
    with db.write():
        search.index(db, ids[0], body="still there")
    assert find(db, "still OR lost") == [ids[0]]


def test_another_connection_sees_new_shelves(db: Database) -> None:
    other = Database(db.path, readonly=True)
    ids = fill(db, mails(2))
    assert find(other, "common") == ids[::-1]
    ids = fill(db, mails(7))
    assert find(other, "common") == ids[::-1]
    other.close()


def test_an_empty_store_has_an_empty_shelf(db: Database) -> None:
    assert shelves.names(db) == ("search",)
    assert shelves.shelves(db) == []
    assert find(db, "common") == find(db, "-common") == find(db, "com*") == []
    assert search.count(db, parse("common")) == 0


def test_one_message_in_so_many_looks_whether_the_shelf_is_full(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelves, "_CHECKED", 4)
    fill(db, [Mail(received=START + n) for n in range(60)])
    sizes = [db.value(f"SELECT count(*) FROM {name}_docsize") for name in shelves.names(db)]
    assert sum(sizes) == 60
    assert all(3 <= size <= 30 for size in sizes[:-1]) and len(sizes) > 2


def test_the_mails_of_a_tiny_folder_are_looked_up_one_by_one(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = fill(db, [replace(mail, stands=(Stand(6),)) for mail in mails(7)])
    context = search.context(db)
    places = tuple(replace(place, total=7 if place.id == 6 else 10_000) for place in context.places)
    asked: list[str] = []
    read = db.read
    monkeypatch.setattr(db, "read", lambda sql, params=(): asked.append(sql) or read(sql, params))
    for text in ("common in:linux-man", "in:linux-man -x99"):
        assert search.find(db, parse(text), where=replace(context, places=places)) == ids[::-1]
    assert all("EXISTS (SELECT 1 FROM search" in sql for sql in asked if "MATCH" in sql)


def test_every_shelf_is_kept_alike(db: Database) -> None:
    with db.write():
        shelves.make(db, "search_2", str(db.value("SELECT sql FROM sqlite_schema WHERE name = 'search'")))
    settings = [dict(db.read(f"SELECT k, v FROM {name}_config WHERE k <> 'version'")) for name in ("search", "search_2")]
    assert settings[0] == settings[1] == dict(shelves.SETTINGS)


def asked_of(db: Database, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every statement that is read from now on."""
    asked: list[str] = []
    read = db.read
    monkeypatch.setattr(db, "read", lambda sql, params=(): asked.append(sql) or read(sql, params))
    return asked


def test_a_beginning_is_not_looked_for_where_the_other_words_are_not(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = fill(db, mails(9))
    asked = asked_of(db, monkeypatch)
    for text in ("x4 com*", '"common x4" com*', "com* x4 -x5"):
        asked.clear()
        assert find(db, text) == [ids[4]]
        assert {sql.split(" FROM ")[1].split()[0] for sql in asked if "MATCH" in sql and "LIMIT 1" not in sql} == {"search_2"}
    assert find(db, '"common x5" nothing*') == find(db, "-x4 nothing*") == find(db, '"common nothing*"') == []
    assert find(db, "(x4 OR com*) x5") == [ids[5]]


def test_a_small_list_is_gathered_once_for_all_shelves(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    stands = [(Stand(1),), (Stand(1, Flag.SEEN),), (Stand(1, Flag.SEEN | Flag.FLAGGED),)]
    ids = fill(db, [replace(mail, stands=stands[n % 3]) for n, mail in enumerate(mails(12))])
    asked = asked_of(db, monkeypatch)
    for text, left in (("common is:unread", 0), ("common is:flagged", 2), ("com* is:flagged", 2)):
        asked.clear()
        assert find(db, text) == [id for n, id in enumerate(ids) if n % 3 == left][::-1]
        assert len([sql for sql in asked if "DISTINCT" in sql]) == 1
        assert search.count(db, parse(text)) == 4
    (late,) = fill(db, [Mail(body="common", received=START + 40 * DAY, stands=(Stand(1, Flag.FLAGGED),))])
    asked.clear()
    assert find(db, "common is:flagged after:2030-01-01") == ([late] if START + 40 * DAY > 1_893_456_000 else [])
    assert find(db, "common is:flagged -is:read") == [late]


def test_what_only_says_no_is_not_ranked(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = fill(db, mails(7))
    asked = asked_of(db, monkeypatch)
    for text in ("-x3", "-(x3 x4)", "-x3 -x8", "-x3 in:inbox"):
        assert search.find(db, parse(text), sort="relevance") == search.find(db, parse(text))
    assert not [sql for sql in asked if "bm25" in sql]
    assert ids[3] in search.find(db, parse("-x4 x3"), sort="relevance")
    assert [sql for sql in asked if "bm25" in sql]


def test_more_shelves_than_one_statement_may_name(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.query.union._AT_ONCE", 2)
    ids = fill(db, mails(20))
    assert len(shelves.shelves(db)) == 7
    assert find(db, "common") == ids[::-1] and find(db, "common -x1") == [id for id in ids[::-1] if id != ids[1]]
    assert find(db, "x1 OR is:flagged") == [ids[1]]
    assert sorted(id for (id,) in db.read(shelves.indexed(db))) == ids
    assert search.among(db, parse("common"), ids, search.context(db))
    shelves.take(db, ids[7:9])
    assert rebuild.index_missing(db) == 2


def test_a_union_of_very_many(db: Database) -> None:
    found = db.read(f"SELECT sum(n), count(*) FROM ({union([f'SELECT {n} AS n' for n in range(1300)])})")
    assert found == [(1300 * 1299 // 2, 1300)]


def test_shelves_that_are_written_no_more_take_no_memory(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    def write(shelf: int) -> int:
        """Bytes that SQLite keeps after a long turn on that shelf."""
        words = " ".join(f"word{number}" for number in range(shelf * 20_000, (shelf + 1) * 20_000))
        with db.write():
            shelves.put(db, [(shelf + 1, ("", "", "", "", "", words))], new=True)
        db.rest()
        return apsw.memory_used()

    monkeypatch.setattr(shelves, "FULL", 1)
    kept = [write(shelf) for shelf in range(40)]
    assert len(shelves.names(db)) == 40
    assert max(kept[20:]) < max(kept[:20]) + 600_000


def segments(db: Database, name: str) -> int:
    """In how many segments FTS5 keeps a shelf."""
    return int(db.value(f"SELECT count(DISTINCT segid) FROM {name}_idx"))


def test_a_shelf_that_takes_no_new_mail_becomes_one_segment(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelves, "FULL", 40)
    chance = random.Random(3)
    words = [f"w{n}" for n in range(900)]
    some = [Mail(body=" ".join(chance.sample(words, 300)), received=START + n * DAY) for n in range(60)]
    ids = fill(db, some[:1])
    for mail in some[1:]:
        ids += fill_more(db, mail)
    assert shelves.names(db) == ("search", "search_2")
    assert segments(db, "search") > 1 and segments(db, "search_2") > 1
    before = {word: search.find(db, parse(word), limit=100) for word in words[:40]}
    turns = 0
    for turns, _ in enumerate(room.merge_index(db, pages=2), 1):
        # Somebody else may write in between.
        if turns == 3:
            ids += fill_more(db, Mail(body="late arrival", received=START + 90 * DAY))
        if turns == 5:
            with db.write():
                search.index(db, ids[7], body="body that came later")
                search.remove(db, [ids[8]])
    assert segments(db, "search") == 1
    assert turns > 5
    assert {word: search.find(db, parse(word), limit=100) for word in words[:40]} == {
        word: [id for id in found if id not in ids[7:9]] for word, found in before.items()
    }
    assert search.find(db, parse("late OR later")) == [ids[-1], ids[7]]
    assert list(room.merge_index(db)) == [], "once is enough"
    with db.write():
        search.index(db, ids[9], body="one word")
    assert segments(db, "search") == 2
    assert list(room.merge_index(db)) == [], "a trifle is left alone"


def fill_more(db: Database, mail: Mail) -> list[int]:
    """One more mail, in a write of its own."""
    with db.write():
        id = db.free_message_id(mail.received)
        db.run(
            "INSERT INTO message (id, account, hash, thread, received, size) VALUES (?, 1, ?, 0, ?, 1)", (id, b"", mail.received)
        )
        db.run("INSERT INTO placement (folder, message, thread, received, flags) VALUES (1, ?, 0, ?, 0)", (id, mail.received))
        search.index(db, id, body=mail.body)
    return [id]


def test_the_ends_of_full_shelves_are_asked_once(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = fill(db, mails(8))
    assert find(db, "common") == ids[::-1]
    asked = asked_of(db, monkeypatch)
    assert find(db, "common") == ids[::-1]
    assert not [sql for sql in asked if "min(id)" in sql and "search_2_" in sql]
    assert [sql for sql in asked if "min(id)" in sql and "search_3_" in sql]
    with db.write():
        search.remove(db, [ids[5], ids[7]])
    assert find(db, "common") == [ids[n] for n in (6, 4, 3, 2, 1, 0)]
    more = [fill_more(db, Mail(body="common", received=START + n * DAY))[0] for n in (20, 21, 22, 23)]
    assert shelves.names(db)[-1] == "search_4"
    assert find(db, "common") == [*more[::-1], *(ids[n] for n in (6, 4, 3, 2, 1, 0))]
