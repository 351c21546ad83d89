"""Snoozed, muted, judged as spam, and what lies in the trash too long."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from core import junk, mute, operations, snooze, special_folder
from core.arrival import arrive_mail
from core.flags import Flag, Mark
from core.query.parse import parse
from core.store import accounts, comments, doctor, folders, journal, lists, messages, muted, room, schedule, search
from core.store.database import Database
from core.trash import AGAIN, TrashKeeper
from tests.core.store.mails import mail
from tests.empty_store import empty_store

DAY = 86_400


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    made = empty_store(tmp_path / "correio.db")
    yield made
    assert [finding for finding in doctor.examine(made) if finding.count] == []
    made.close()


@pytest.fixture
def row(db: Database) -> int:
    return accounts.row_of(db, "10ca1000", local=True)


def folder(db: Database, row: int, role: str = "inbox") -> int:
    found = folders.by_role(db, row, role)
    assert found is not None
    return found.id


def put(db: Database, row: int, *names: str, role: str = "inbox", flags: Flag = Flag(0)) -> list[tuple[int, int]]:
    here = folder(db, row, role)
    with db.write():
        return [(here, arrive_mail(db, here, row, mail(id=f"{name}@x"), flags=flags)) for name in names]


def shown(db: Database, folder: int) -> list[int]:
    """The newest first."""
    return [one.message for one in lists.MessageList(db, [folder]).page(None, 100)]


def test_a_snoozed_message_comes_back_above_what_came_in_the_same_second(db: Database, row: int) -> None:
    (inbox, oldest), _second = sorted(put(db, row, "1", "2"), key=lambda place: place[1])
    snooze.snooze(db, [(inbox, oldest)], 2_000_000_000)
    [entry] = schedule.due(db, 2_000_000_000)
    assert snooze.wake(db, entry, db.value("SELECT max(received) FROM placement WHERE hidden = 0"))
    assert shown(db, inbox)[0] == oldest


def test_a_snoozed_message_comes_back_on_top_and_unread(db: Database, row: int) -> None:
    first, second = put(db, row, "1", "2", flags=Flag.SEEN)
    inbox = first[0]
    oldest = shown(db, inbox)[-1]
    now = 2_000_000_000
    snooze.snooze(db, [(inbox, oldest)], now)
    assert shown(db, inbox) == [one for _, one in (first, second) if one != oldest]
    assert [entry.message for entry in snooze.snoozed(db)] == [oldest]
    assert schedule.next_due(db) == now and not schedule.due(db, now - 1)
    [entry] = schedule.due(db, now)
    assert snooze.wake(db, entry, now)
    assert shown(db, inbox)[0] == oldest and len(shown(db, inbox)) == 2
    assert messages.flags_of(db, oldest) == Flag(0)
    assert lists.ThreadList(db, [inbox]).page(None, 9)[0].message == oldest
    assert not snooze.snoozed(db) and schedule.next_due(db) is None
    undone = operations.undo(db)
    assert undone is not None and shown(db, inbox)[0] == oldest, "the way back is nothing the user has done"


def test_undo_takes_back_snoozing(db: Database, row: int) -> None:
    places = put(db, row, "1", "2")
    snooze.snooze(db, places, 2_000_000_000)
    operations.undo(db)
    assert len(shown(db, places[0][0])) == 2 and schedule.next_due(db) is None


def test_snoozed_again_only_the_time_is_another(db: Database, row: int) -> None:
    [place] = put(db, row, "1")
    snooze.snooze(db, [place], 2_000_000_000)
    home = folder(db, row, "snoozed")
    assert snooze.snooze(db, [(home, place[1])], 2_000_000_500) == 0
    assert [entry.due for entry in snooze.snoozed(db)] == [2_000_000_500]


def test_what_is_snoozed_again_at_the_last_moment_comes_back_then(db: Database, row: int) -> None:
    """The engine has found it due, and is about to bring it back."""
    [place] = put(db, row, "1")
    snooze.snooze(db, [place], 2_000_000_000)
    [entry] = schedule.due(db, 2_000_000_000)
    snooze.snooze(db, [(folder(db, row, "snoozed"), place[1])], 2_000_000_500)
    assert not snooze.wake(db, entry, 2_000_000_000)
    assert [entry.due for entry in snooze.snoozed(db)] == [2_000_000_500]


def test_what_was_taken_out_by_hand_stays_where_it_is(db: Database, row: int) -> None:
    [place] = put(db, row, "1")
    snooze.snooze(db, [place], 2_000_000_000)
    operations.move(db, [(folder(db, row, "snoozed"), place[1])], folder(db, row, "archive"))
    [entry] = schedule.due(db, 2_000_000_000)
    assert not snooze.snoozed(db) and not snooze.wake(db, entry, 2_000_000_000)
    assert shown(db, folder(db, row, "archive")) == [place[1]] and schedule.next_due(db) is None


def test_the_folder_is_made_where_the_server_keeps_its_folders(db: Database) -> None:
    row = accounts.row_of(db, "5e44e400")
    for path, role in (("INBOX", "inbox"), ("INBOX.Trash", "trash")):
        folders.ensure(db, row, path, role=role, delimiter=".")
    with db.write():
        arrive_mail(db, folder(db, row), row, mail(id="1@x"), uid=1)
    snooze.snooze(db, [(folder(db, row), shown(db, folder(db, row))[0])], 2_000_000_000)
    assert [one.kind for one in journal.pending(db, row)] == ["create", "move"]
    found = folders.by_role(db, row, "snoozed")
    assert found is not None and found.path == "INBOX.Snoozed"


def test_new_mail_of_a_muted_conversation_arrives_read(db: Database, row: int) -> None:
    [place] = put(db, row, "1")
    assert mute.mute(db, [place], True) == (True, 1)
    assert folders.get(db, place[0]).unread == 0
    with db.write():
        answer = arrive_mail(db, place[0], row, mail(id="2@x", references="1@x"))
        other = arrive_mail(db, place[0], row, mail(id="3@x"))
    assert mute.quieten(db) == 1
    assert messages.flags_of(db, answer) == Flag.SEEN and messages.flags_of(db, other) == Flag(0)
    operations.set_flag(db, [(place[0], answer)], Flag.SEEN, False)
    assert mute.quieten(db) == 0, "what the user says afterwards counts"
    mute.mute(db, [place], False)
    with db.write():
        heard = arrive_mail(db, place[0], row, mail(id="4@x", references="1@x"))
    assert mute.quieten(db) == 0 and messages.flags_of(db, heard) == Flag(0)


def test_mail_that_comes_while_others_are_quietened_is_not_forgotten(tmp_path: Path, db: Database, row: int) -> None:
    [place] = put(db, row, "1")
    mute.mute(db, [place], True)
    with db.write():
        arrive_mail(db, place[0], row, mail(id="2@x", references="1@x"))

    class Slow(Database):
        """Another account's mail comes just before this connection gets the store for writing."""

        late = 0

        @contextlib.contextmanager
        def write(self, *, durable: bool = False, reserve: bool | None = None) -> Iterator[Database]:
            if not self.late:
                with db.write():
                    self.late = arrive_mail(db, place[0], row, mail(id="3@x", references="1@x"))
            with super().write(durable=durable, reserve=reserve) as tx:
                yield tx

    with contextlib.closing(Slow(tmp_path / "correio.db")) as other:
        mute.quieten(other)
        mute.quieten(other)
        assert messages.flags_of(db, other.late) == Flag.SEEN


def test_what_muting_marked_read_is_unread_again_when_it_is_heard_again(db: Database, row: int) -> None:
    [read, unread] = put(db, row, "1"), put(db, row, "2")
    with db.write():
        answer = arrive_mail(db, unread[0][0], row, mail(id="3@x", references="2@x"))
    operations.set_flag(db, [(unread[0][0], answer)], Flag.SEEN, True)
    places = [*read, *unread]
    assert mute.mute(db, places) == (True, 2)
    assert folders.get(db, read[0][0]).unread == 0
    assert mute.mute(db, unread) == (False, 1)
    assert [messages.flags_of(db, id) for id in (read[0][1], unread[0][1], answer)] == [Flag.SEEN, Flag(0), Flag.SEEN]
    operations.undo(db)
    assert folders.get(db, read[0][0]).unread == 0 and muted.is_muted(db, messages.get(db, answer).thread)
    undone = operations.undo(db)
    assert undone is not None and undone.kind == "mute"
    assert folders.get(db, read[0][0]).unread == 2
    assert not db.value("SELECT count(*) FROM muted")


def test_muting_what_is_read_is_undone_too(db: Database, row: int) -> None:
    [place] = put(db, row, "1")
    operations.set_flag(db, [place], Flag.SEEN, True)
    mute.mute(db, [place])
    operations.undo(db)
    assert not db.value("SELECT count(*) FROM muted")
    assert messages.flags_of(db, place[1]) == Flag.SEEN


def test_muted_conversations_are_marked_and_found(db: Database, row: int) -> None:
    [place], [other] = put(db, row, "1"), put(db, row, "2")
    assert search.find(db, parse("is:muted")) == []
    mute.mute(db, [place])
    assert search.find(db, parse("is:muted")) == [place[1]]
    assert search.find(db, parse("-is:muted")) == [other[1]]
    assert search.find(db, parse("is:muted release")) == [place[1]]
    for source in (lists.ThreadList(db, (place[0],)), lists.MessageList(db, (place[0],))):
        assert {one.message: bool(one.marks & Mark.MUTED) for one in source.page(None, 9)} == {place[1]: True, other[1]: False}
    assert [bool(one.marks & Mark.MUTED) for one in lists.rows_of(db, [place[1], other[1]])] == [True, False]


def test_what_hangs_on_a_row_goes_with_it(db: Database, row: int) -> None:
    keeper = TrashKeeper(Steady())
    [place] = put(db, row, "1", role="trash")
    keeper.look(db, {}, 1_800_000_000)
    mute.mute(db, [place], True)
    comments.put(db, place[1], "to be read")
    with db.write():
        schedule.add(db, 2_000_000_000, "wake", place[1])
        db.run("DELETE FROM placement")
        db.run("UPDATE message SET orphaned = 1")
    while room.sweep(db, 2):
        continue
    for table in ("trashed", "muted", "comment", "schedule"):
        assert db.value(f"SELECT count(*) FROM {table}") == 0, table
    [new] = put(db, row, "1")
    assert not muted.is_muted(db, messages.get(db, new[1]).thread), "row ids are given again"


def test_spam_and_back(db: Database, row: int) -> None:
    [place] = put(db, row, "1")
    junk.judge(db, [place], True)
    bad = folder(db, row, "junk")
    assert shown(db, bad) == [place[1]] and messages.flags_of(db, place[1]) & Flag.JUNK
    junk.judge(db, [(bad, place[1])], False)
    assert shown(db, place[0]) == [place[1]]
    assert messages.flags_of(db, place[1]) & (Flag.JUNK | Flag.NOT_JUNK) == Flag.NOT_JUNK
    operations.undo(db)
    operations.undo(db)
    assert shown(db, place[0]) == [place[1]] and messages.flags_of(db, place[1]) == Flag(0)


class Steady:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_the_trash_is_emptied_of_what_lay_there_long_enough(db: Database, row: int) -> None:
    steady = Steady()
    keeper = TrashKeeper(steady)
    [old] = put(db, row, "1")
    special_folder.to_role(db, [old], "trash")
    trash = folder(db, row, "trash")
    start = 1_800_000_000
    assert keeper.look(db, {"trash": 7}, start) == 0
    put(db, row, "2", role="trash")
    assert keeper.look(db, {"trash": 7}, start + 3 * DAY) == 0
    assert keeper.look(db, {"trash": 7}, start + 8 * DAY) == 0, "first a second look, an hour later"
    steady.now += AGAIN
    assert keeper.look(db, {"trash": 0}, start + 8 * DAY) == 0, "switched off"
    assert keeper.look(db, {"trash": 7}, start + 8 * DAY) == 0
    steady.now += AGAIN
    assert keeper.look(db, {"trash": 7}, start + 8 * DAY) == 1
    assert len(shown(db, trash)) == 1 and old[1] not in shown(db, trash)


def test_the_next_look_stands_in_the_schedule(db: Database, row: int) -> None:
    steady = Steady()
    keeper = TrashKeeper(steady)
    start = 1_800_000_000

    def following() -> list[int]:
        return [entry.due for entry in schedule.of_kind(db, "empty")]

    keeper.look(db, {"trash": 7, "junk": 3}, start)
    assert following() == [], "nothing lies there"
    put(db, row, "1", role="trash")
    put(db, row, "2", role="junk")
    keeper.look(db, {"trash": 7}, start)
    assert following() == [start + 7 * DAY + 1]
    keeper.look(db, {"trash": 7, "junk": 3}, start + DAY)
    assert following() == [start + 3 * DAY + 1], "what comes first"
    assert keeper.look(db, {"trash": 7, "junk": 3}, following()[0]) == 0
    [again] = following()
    steady.now += again - (start + 3 * DAY + 1)
    assert keeper.look(db, {"trash": 7, "junk": 3}, again) == 1
    assert shown(db, folder(db, row, "junk")) == [] and len(shown(db, folder(db, row, "trash"))) == 1
    assert following() == [start + 7 * DAY + 1]
    keeper.look(db, {}, again)
    assert following() == [], "switched off"


def test_a_clock_that_jumps_empties_nothing(db: Database, row: int) -> None:
    steady = Steady()
    keeper = TrashKeeper(steady)
    put(db, row, "1", role="trash")
    start = 1_800_000_000
    for now in (start, start + 999 * DAY, start, start - 50 * DAY, start - 45 * DAY, start + 999 * DAY, start - 45 * DAY):
        assert keeper.look(db, {"trash": 7}, now) == 0
        steady.now += AGAIN / 2
    assert len(shown(db, folder(db, row, "trash"))) == 1


def test_a_machine_that_wakes_in_1970_forgets_nothing(db: Database, row: int) -> None:
    """Without a clock of its own, until the network tells it the time."""
    steady = Steady()
    put(db, row, "1", role="trash")
    start = 1_800_000_000
    keeper = TrashKeeper(steady)
    keeper.look(db, {"trash": 7}, start)
    keeper = TrashKeeper(steady)
    for now in (5, 305):
        keeper.look(db, {"trash": 7}, now)
        put(db, row, f"{now}", role="trash")
        steady.now += 300
    for now in range(start + DAY, start + 6 * DAY, DAY):
        assert keeper.look(db, {"trash": 7}, now) == 0
        steady.now += AGAIN
    assert len(shown(db, folder(db, row, "trash"))) == 3


def test_what_was_noted_by_a_clock_that_was_ahead_goes_in_the_end(db: Database, row: int) -> None:
    steady = Steady()
    keeper = TrashKeeper(steady)
    put(db, row, "1", role="trash")
    start = 1_800_000_000
    keeper.look(db, {"trash": 7}, start + 999 * DAY)
    gone = 0
    for now in range(start, start + 9 * DAY, AGAIN):
        gone += keeper.look(db, {"trash": 7}, now)
        steady.now += AGAIN
    assert gone == 1


def test_what_comes_out_of_the_trash_begins_anew(db: Database, row: int) -> None:
    keeper = TrashKeeper(Steady())
    [place] = put(db, row, "1", role="trash")
    keeper.look(db, {"trash": 7}, 1_800_000_000)
    operations.move(db, [place], folder(db, row))
    keeper.look(db, {"trash": 7}, 1_800_000_000 + DAY)
    assert db.value("SELECT count(*) FROM trashed") == 0
