"""Mail coming in: identity, sharing, threads, counts."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.arrival import Arrival, arrive, arrive_header, arrive_mail
from core.flags import Flag
from core.header import header_block
from core.parcel import pack_header, pack_mail
from core.query.parse import parse
from core.store import bodies, doctor, folders, lists, messages, placements, rethreading, search, threads
from core.store.compression import packer
from core.store.database import Database
from core.store.placements import Place
from tests.core.store.mails import mail
from tests.depth import examples


def inbox(db: Database, account: int) -> int:
    found = folders.by_role(db, account, "inbox") or folders.ensure(db, account, "INBOX", role="inbox")
    return found.id


def well(db: Database) -> bool:
    return all(finding.count == 0 for finding in doctor.examine(db))


def test_a_mail_arrives_whole(db: Database, local: int) -> None:
    raw = mail()
    with db.write():
        id = arrive_mail(db, inbox(db, local), local, raw, flags=Flag(0), internal=1_773_139_320)
    message = messages.get(db, id)
    assert (message.subject, message.name, message.address) == ("Release on Friday?", "Ana Sousa", "ana@example.org")
    assert bodies.raw(db, id) == raw
    assert bodies.header(db, id) == header_block(raw)
    assert message.snippet == "Shall we?"
    assert folders.get(db, inbox(db, local)).unread == 1
    assert well(db)


def test_header_first_body_later(db: Database, remote: int) -> None:
    raw = mail()
    with db.write():
        id = arrive_header(db, inbox(db, remote), remote, header_block(raw), len(raw), uid=7)
    assert messages.get(db, id).body == 0
    with db.write():
        again = arrive_mail(db, folders.ensure(db, remote, "Archive").id, remote, raw, uid=9)
    assert again == id, "the same header and size is the same message"
    assert messages.get(db, id).body == 2
    assert len(placements.of_message(db, id)) == 2
    assert well(db)


def test_a_forged_message_id_hides_nothing(db: Database, remote: int) -> None:
    with db.write():
        real = arrive_mail(db, inbox(db, remote), remote, mail(), uid=1)
        forged = arrive_mail(db, inbox(db, remote), remote, mail(sender="Eve <eve@example.net>", body="Pay now"), uid=2)
    assert real != forged
    assert bodies.raw(db, real) == mail()
    assert messages.by_message_id(db, "a@example.org") == [real, forged]


def test_late_parents_join_their_thread(db: Database, local: int) -> None:
    with db.write():
        a = arrive_mail(db, inbox(db, local), local, mail(id="a@x"))
        c = arrive_mail(db, inbox(db, local), local, mail("Re: Release on Friday?", id="c@x", references="b@x"))
        assert messages.get(db, a).thread != messages.get(db, c).thread
        arrive_mail(db, inbox(db, local), local, mail("Re: Release on Friday?", id="b@x", references="a@x"))
    assert len({message.thread for message in messages.in_thread(db, messages.get(db, a).thread)}) == 1
    assert len(messages.in_thread(db, messages.get(db, a).thread)) == 3
    assert lists.ThreadList(db, [inbox(db, local)]).total() == 1
    assert well(db)


def test_a_thread_has_a_limit(db: Database, local: int) -> None:
    with db.write():
        first = arrive_mail(db, inbox(db, local), local, mail(id="0@x"))
        db.run("UPDATE thread SET size = ?", (threads.MOST_MESSAGES,))
        late = arrive_mail(db, inbox(db, local), local, mail(id="1@x", references="0@x"))
    assert messages.get(db, first).thread != messages.get(db, late).thread


@pytest.mark.parametrize("at_once", [1, 4, 40])
def test_what_comes_to_a_thread_that_is_full_stays_together(at_once: int, db: Database, local: int, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    """A robot that answers its first mail again and again, and people who answer one another."""
    monkeypatch.setattr(threads, "MOST_MESSAGES", 10)
    raws = [mail(id="0@x")]
    for n in range(1, 36):
        raws.append(mail(f"Re: build {n}", id=f"{n}@x", references="0@x" if n % 2 else f"0@x> <{n - 1}@x"))
    for start in range(0, len(raws), at_once):
        with db.write():
            place = Place(inbox(db, local))
            parcels = [pack_mail(raw, packer(db)) for raw in raws[start : start + at_once]]
            arrive(db, local, [Arrival(parcel, place, 1_770_000_000 + 60 * (start + n)) for n, parcel in enumerate(parcels)])
    sizes = sorted(row[0] for row in db.read("SELECT count(*) FROM message GROUP BY thread"))
    assert sizes == [6, 10, 10, 10]
    with db.write():
        last = arrive_mail(db, inbox(db, local), local, mail("Re: build 35", id="last@x", references="35@x"))
    newest = db.value("SELECT thread FROM message WHERE message_id = '35@x'")
    assert messages.get(db, last).thread == newest
    before = db.read("SELECT id, thread FROM message ORDER BY id")
    with db.write():
        rethreading.rebuild(db, [before[0][1]])
    assert db.read("SELECT id, thread FROM message ORDER BY id") == before, "put together anew it is no larger"
    assert well(db)


def test_ids_rise_with_the_received_time(db: Database, local: int) -> None:
    times = [random.Random(3).randrange(1_500_000_000, 1_780_000_000) for _ in range(300)]
    with db.write():
        for n, when in enumerate(times):
            arrive_mail(db, inbox(db, local), local, mail(id=f"{n}@x"), internal=when)
    rows = db.read("SELECT id, received FROM message ORDER BY id")
    minutes = [received // 60 for _, received in rows]
    assert minutes == sorted(minutes)
    assert len(rows) == 300


def test_a_minute_with_more_mails_than_room(db: Database, local: int) -> None:
    with db.write():
        for n in range(600):
            arrive_mail(db, inbox(db, local), local, mail(id=f"{n}@x"), internal=1_770_000_000)
        arrive_mail(db, inbox(db, local), local, mail(id="later@x"), internal=1_770_000_060)
    assert db.value("SELECT count(*) FROM message") == 601
    assert lists.MessageList(db, [inbox(db, local)]).page(None, 1)[0].received == 1_770_000_060


def test_a_migrated_mailbox_keeps_its_dates() -> None:
    from core.envelope import read_envelope

    header = b"Received: from a by b; Tue, 10 Mar 2015 10:42:00 +0000\r\nDate: Tue, 10 Mar 2015 10:41:00 +0000\r\n\r\n"
    envelope = read_envelope(header)
    assert messages.received_time(1_773_139_320, envelope, now=1_780_000_000) == 1_425_984_120
    assert messages.received_time(1_425_984_000, envelope, now=1_780_000_000) == 1_425_984_000
    assert messages.received_time(None, envelope, now=1_780_000_000) == 1_425_984_120
    assert messages.received_time(9_999_999_999, read_envelope(b"\r\n"), now=1_780_000_000) == 1_780_000_000 + messages.DAY


STEPS = st.lists(
    st.tuples(st.sampled_from(["arrive", "flag", "drop", "renumber"]), st.integers(0, 9), st.integers(0, 3)),
    max_size=40,
)


@settings(max_examples=examples(40), deadline=None)
@given(steps=STEPS)
def test_counts_hold_whatever_happens(tmp_path_factory, steps) -> None:  # type: ignore[no-untyped-def]
    from core.store import accounts

    db = Database(tmp_path_factory.mktemp("store") / "correio.db")
    account = accounts.row_of(db, "5e44e400")
    places = [folders.ensure(db, account, name).id for name in ("INBOX", "A", "B", "C")]
    uid = 0
    for what, n, f in steps:
        with db.write():
            known = placements.by_uid(db, places[f])
            if what == "arrive":
                uid += 1
                parent = f"{n // 2}@x" if n % 2 else ""
                arrive_mail(db, places[f], account, mail(id=f"{n}@x", references=parent), uid=uid, flags=Flag(n % 3))
            elif what == "flag" and known:
                placements.update_flags(db, sorted(known.values())[n % len(known)][0], Flag(n % 4))
            elif what == "drop" and known:
                placements.drop_uids(db, places[f], [sorted(known)[n % len(known)]])
            elif what == "renumber":
                placements.forget_uids(db, places[f])
        assert well(db)
    db.close()


def test_a_batch_is_the_same_as_one_after_the_other(db: Database, local: int) -> None:
    """Mails of one batch that are alike, answer one another and join threads that were apart."""
    place = inbox(db, local)
    pack = packer(db)
    first, other = mail(id="a@x"), mail("Other", id="b@x", body="late")
    answer = mail("Re", id="c@x", references="a@x b@x", body="joins both")
    # Oldest last: the batch is put into order.
    arrivals = [
        Arrival(pack_mail(answer, pack), Place(place), 1_770_000_200),
        Arrival(pack_mail(other, pack), Place(place), 1_770_000_100),
        Arrival(pack_mail(first, pack), Place(place), 1_770_000_000),
        Arrival(pack_mail(first, pack), Place(folders.ensure(db, local, "Archive").id), 1_770_000_000),
        Arrival(pack_header(header_block(other), len(other), pack), None, 1_770_000_100),
    ]
    with db.write():
        ids = arrive(db, local, arrivals)
    assert ids[0] > ids[1] == ids[4] > ids[2] == ids[3]
    assert len({messages.get(db, id).thread for id in ids}) == 1
    assert db.value("SELECT size FROM thread") == 3
    assert db.read("SELECT total FROM folder_thread ORDER BY total") == [(1,), (3,)]
    assert [bodies.raw(db, id) for id in ids[:3]] == [answer, other, first]
    assert db.value("SELECT count(*) FROM placement WHERE message = ?", (ids[2],)) == 2


def test_header_and_mail_in_one_batch_are_one_message(db: Database, remote: int) -> None:
    raw = mail(body="the whole text")
    with db.write():
        pack = packer(db)
        place = Place(inbox(db, remote), 1)
        ids = arrive(db, remote, [Arrival(pack_header(header_block(raw), len(raw), pack), place), Arrival(pack_mail(raw, pack))])
    assert ids[0] == ids[1]
    assert bodies.raw(db, ids[0]) == raw
    assert search.find(db, parse("whole")) == [ids[0]]
    assert db.value("SELECT count(*) FROM header") == 0
