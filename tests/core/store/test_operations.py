"""Changes: at once here, journalled, taken back, confirmed, refused."""

from __future__ import annotations

import pytest

from core import operations
from core.arrival import arrive_body, arrive_header, arrive_mail
from core.errors import ServerRefused
from core.flags import Flag
from core.header import header_block
from core.mute import mute
from core.snooze import snooze, snoozed
from core.store import accounts, bodies, doctor, folders, journal, lists, messages, notices, placements, twins
from core.store.database import Database
from tests.core.store.mails import mail


@pytest.fixture
def box(db: Database, remote: int) -> tuple[int, int, list[int]]:
    """(inbox, archive, message ids) of an account with a server; UIDs 1 to 3."""
    inbox = folders.ensure(db, remote, "INBOX", role="inbox").id
    archive = folders.ensure(db, remote, "Archive", role="archive").id
    with db.write():
        ids = [arrive_mail(db, inbox, remote, mail(id=f"{n}@x"), uid=n) for n in (1, 2, 3)]
    return inbox, archive, ids


def shown(db: Database, folder: int) -> set[int]:
    return {row.message for row in lists.MessageList(db, [folder]).page(None, 100)}


def well(db: Database) -> bool:
    return all(finding.count == 0 for finding in doctor.examine(db))


def test_a_flag_shows_at_once_and_does_not_flicker(db: Database, remote: int, box) -> None:  # type: ignore[no-untyped-def]
    inbox, _, ids = box
    operations.set_flag(db, [(inbox, ids[0])], Flag.SEEN, True)
    [placement] = placements.of_message(db, ids[0], inbox)
    with db.write():
        placements.update_flags(db, placement.id, Flag.FLAGGED)  # the server has not heard yet
    assert messages.flags_of(db, ids[0]) == Flag.SEEN | Flag.FLAGGED
    [operation] = journal.pending(db, remote)
    assert journal.started(db, operation)
    journal.done(db, operation)
    with db.write():
        placements.update_flags(db, placement.id, Flag(0))  # another program took it away
    assert messages.flags_of(db, ids[0]) == Flag(0)


def test_flags_that_are_so_already_are_left_alone(db: Database, remote: int, box) -> None:  # type: ignore[no-untyped-def]
    inbox, _, ids = box
    operations.set_flag(db, [(inbox, ids[0])], Flag.SEEN, True)
    operations.set_flag(db, [(inbox, id) for id in ids], Flag.SEEN, True)
    operations.undo(db)
    assert [bool(messages.flags_of(db, id) & Flag.SEEN) for id in ids] == [True, False, False]
    operations.undo(db)
    assert [bool(messages.flags_of(db, id) & Flag.SEEN) for id in ids] == [False, False, False]
    assert journal.pending(db, remote) == []
    assert operations.undo(db) is None


def test_a_move_and_its_undo_before_the_server_heard(db: Database, box) -> None:  # type: ignore[no-untyped-def]
    inbox, archive, ids = box
    operations.move(db, [(inbox, ids[0]), (inbox, ids[1])], archive)
    assert shown(db, inbox) == {ids[2]}
    assert shown(db, archive) == {ids[0], ids[1]}
    undone = operations.undo(db)
    assert undone is not None
    assert (undone.kind, undone.messages) == ("move", 2)
    assert shown(db, inbox) == set(ids)
    assert shown(db, archive) == set()
    assert placements.by_uid(db, inbox).keys() == {1, 2, 3}
    assert well(db)


def test_a_move_and_its_undo_after_the_server_heard(db: Database, remote: int, box) -> None:  # type: ignore[no-untyped-def]
    inbox, archive, ids = box
    operations.move(db, [(inbox, ids[0])], archive)
    [operation] = journal.pending(db, remote)
    journal.started(db, operation)
    journal.done(db, operation, {ids[0]: 41})
    assert placements.by_uid(db, archive).keys() == {41}
    assert placements.by_uid(db, inbox).keys() == {2, 3}
    operations.undo(db)
    assert shown(db, inbox) == set(ids)
    [back] = journal.pending(db, remote)
    assert (back.kind, back.folder, back.target, back.undoes) == ("move", archive, inbox, operation.step)
    assert operations.undo(db) is None, "an undo is not undone by the next undo"
    assert well(db)


def test_undo_goes_on_to_the_step_before(db: Database, remote: int, local: int, box) -> None:  # type: ignore[no-untyped-def]
    """Also where a part of what was taken back is being carried out and cannot be taken back: the fetching of a body."""
    inbox, _, ids = box
    mine = folders.by_role(db, local, "inbox")
    assert mine is not None
    operations.set_flag(db, [(inbox, ids[1])], Flag.FLAGGED, True)
    with db.write():
        bodies.put_header(db, ids[0], header_block(mail(id="1@x")))
        db.run("UPDATE message SET body = 0, raw = NULL WHERE id = ?", (ids[0],))
    operations.move(db, [(inbox, ids[0])], mine.id)
    _, take, *_ = journal.pending(db, remote)
    assert take.kind == "take" and journal.started(db, take)
    undone = [operations.undo(db) for _ in range(3)]
    assert [one and one.kind for one in undone] == ["move", "flag", None]
    journal.done(db, take)
    assert operations.undo(db) is None and shown(db, inbox) == set(ids)


def test_two_moves_before_the_first_replay(db: Database, remote: int, box) -> None:  # type: ignore[no-untyped-def]
    inbox, archive, ids = box
    third = folders.ensure(db, remote, "Third").id
    operations.move(db, [(inbox, ids[0])], archive)
    operations.move(db, [(archive, ids[0])], third)
    first, second = journal.pending(db, remote)
    journal.started(db, first)
    journal.done(db, first, {ids[0]: 5})
    assert placements.uids(db, archive, [ids[0]]) == {5: ids[0]}
    assert shown(db, archive) == set()
    journal.started(db, second)
    journal.done(db, second, {ids[0]: 6})
    assert shown(db, third) == {ids[0]}
    assert placements.uids(db, third, [ids[0]]) == {6: ids[0]}
    assert well(db)


def test_a_refused_move_comes_back_and_is_told(db: Database, remote: int, box) -> None:  # type: ignore[no-untyped-def]
    inbox, archive, ids = box
    operations.move(db, [(inbox, ids[0])], archive)
    [operation] = journal.pending(db, remote)
    journal.started(db, operation)
    journal.refused(db, operation, ServerRefused("refused", server="example.org", answer="over quota"))
    assert shown(db, inbox) == set(ids)
    assert shown(db, archive) == set()
    [(_, told)] = notices.unseen(db)
    assert told.id.startswith("refused-") and told.values["why"]["values"]["answer"] == "over quota"
    assert well(db)


def test_deleted_for_good_and_back(db: Database, remote: int, box) -> None:  # type: ignore[no-untyped-def]
    inbox, _, ids = box
    operations.expunge(db, [(inbox, ids[0])])
    [operation] = journal.pending(db, remote)
    journal.started(db, operation)
    journal.done(db, operation)
    assert shown(db, inbox) == {ids[1], ids[2]}
    assert bodies.raw(db, ids[0]) == mail(id="1@x")
    operations.undo(db)
    assert shown(db, inbox) == set(ids)
    assert [o.kind for o in journal.pending(db, remote)] == ["append"]
    assert well(db)


def test_swept_after_its_days(db: Database, local: int) -> None:
    inbox = folders.by_role(db, local, "inbox")
    assert inbox is not None
    with db.write():
        id = arrive_mail(db, inbox.id, local, mail())
    operations.expunge(db, [(inbox.id, id)])
    assert bodies.sweep(db, 0) == 0
    assert bodies.sweep(db, 1 << 40) == 1
    assert db.value("SELECT count(*) FROM raw") == 0
    assert well(db)


def test_what_another_account_has_yet_to_get_is_not_swept(db: Database, remote: int, local: int) -> None:
    """It was fetched for that, and then deleted where it stood."""
    inbox = folders.ensure(db, remote, "INBOX", role="inbox").id
    other = accounts.row_of(db, "07e40000")
    target = folders.ensure(db, other, "INBOX", role="inbox").id
    raw = mail(body="far")
    with db.write():
        id = arrive_header(db, inbox, remote, header_block(raw), len(raw), uid=1)
    operations.copy(db, [(inbox, id)], target)
    [take] = journal.ready(db, remote)
    with db.write():
        arrive_body(db, id, raw)
    journal.done(db, take)
    operations.expunge(db, [(inbox, id)])
    for operation in journal.pending(db, remote):
        journal.done(db, operation)
    assert bodies.sweep(db, 1 << 40) == 0
    [bring] = journal.ready(db, other)
    assert twins.give(db, id, bring.messages[0])
    journal.done(db, bring)
    assert bodies.sweep(db, 1 << 40) == 1
    assert bodies.raw(db, bring.messages[0]) == raw
    assert well(db)


def test_numbers_of_steps_are_not_given_again(db: Database, local: int) -> None:
    """What a forgotten step has snoozed must not wake, nor be forgotten, by undoing another one."""
    inbox = folders.by_role(db, local, "inbox")
    assert inbox is not None
    with db.write():
        ids = [arrive_mail(db, inbox.id, local, mail(id=f"{n}@x")) for n in range(3)]
    first = snooze(db, [(inbox.id, ids[0])], 1 << 35)
    muted_by = mute(db, [(inbox.id, ids[1])])
    journal.forget_old(db, 1 << 40)
    assert db.value("SELECT count(*) FROM operation") == 0 and muted_by == (True, 1)
    for _ in range(first + 3):
        operations.set_flag(db, [(inbox.id, ids[2])], Flag.FLAGGED, True)
        operations.undo(db)
    assert len(snoozed(db)) == 1
    used = {row[0] for row in db.read("SELECT step FROM operation")}
    assert used.isdisjoint({first, *(row[0] for row in db.read("SELECT step FROM muted"))})


def test_local_accounts_wait_for_nobody(db: Database, local: int) -> None:
    inbox, trash = folders.by_role(db, local, "inbox"), folders.by_role(db, local, "trash")
    assert inbox is not None
    assert trash is not None
    with db.write():
        id = arrive_mail(db, inbox.id, local, mail())
    operations.move(db, [(inbox.id, id)], trash.id)
    assert journal.pending(db, local) == []
    assert shown(db, trash.id) == {id}
    operations.undo(db)
    assert shown(db, inbox.id) == {id}
    assert well(db)


def test_tags(db: Database, remote: int, box) -> None:  # type: ignore[no-untyped-def]
    inbox, _, ids = box
    operations.set_tag(db, [(inbox, ids[0])], "To Do", True)
    assert messages.tags_of(db, ids[0]) == ("to_do",)
    [operation] = journal.pending(db, remote)
    journal.started(db, operation)
    journal.done(db, operation)
    operations.undo(db)
    assert messages.tags_of(db, ids[0]) == ()


def test_a_restart_forgets_nothing(db: Database, remote: int, box) -> None:  # type: ignore[no-untyped-def]
    inbox, archive, ids = box
    operations.move(db, [(inbox, ids[0])], archive)
    db.close()
    again = Database(db.path)
    operations.undo(again)
    assert shown(again, inbox) == set(ids)
    again.close()


def test_there_and_back_and_deleted_and_undone(db: Database, box) -> None:  # type: ignore[no-untyped-def]
    inbox, archive, ids = box
    operations.move(db, [(inbox, ids[0])], archive)
    operations.move(db, [(archive, ids[0])], inbox)
    operations.expunge(db, [(inbox, ids[0])])
    operations.undo(db)
    assert [row.message for row in lists.MessageList(db, [inbox]).page(None, 9)].count(ids[0]) == 1
    assert len([p for p in placements.of_message(db, ids[0]) if not p.hidden]) == 1
    operations.undo(db)
    assert messages.folders_of(db, ids[0]) == [archive]
    operations.undo(db)
    assert messages.folders_of(db, ids[0]) == [inbox]
    assert well(db)


def test_undo_shows_what_an_earlier_change_still_wants(db: Database, box) -> None:  # type: ignore[no-untyped-def]
    inbox, _, ids = box
    operations.set_tag(db, [(inbox, ids[0])], "work", True)
    operations.set_tag(db, [(inbox, ids[0])], "work", False)
    operations.set_flag(db, [(inbox, ids[0])], Flag.FLAGGED, True)
    operations.set_flag(db, [(inbox, ids[0])], Flag.FLAGGED, False)
    operations.undo(db)
    assert messages.flags_of(db, ids[0]) == Flag.FLAGGED
    operations.undo(db)
    operations.undo(db)
    assert messages.tags_of(db, ids[0]) == ("work",)


def test_what_was_deleted_comes_back_with_flags_and_tags(db: Database, remote: int, box) -> None:  # type: ignore[no-untyped-def]
    inbox, _, ids = box
    operations.set_flag(db, [(inbox, ids[0])], Flag.FLAGGED, True)
    operations.set_tag(db, [(inbox, ids[0])], "work", True)
    operations.expunge(db, [(inbox, ids[0]), (inbox, ids[1])])
    for operation in journal.pending(db, remote):
        journal.started(db, operation)
        journal.done(db, operation)
    operations.undo(db)
    assert [messages.flags_of(db, id) for id in ids[:2]] == [Flag.FLAGGED, Flag(0)]
    assert [messages.tags_of(db, id) for id in ids[:2]] == [("work",), ()]
    assert well(db)


@pytest.mark.parametrize("back", [False, True])
def test_much_is_moved_in_turns_and_taken_back_as_one(
    back: bool, db: Database, remote: int, box, monkeypatch: pytest.MonkeyPatch
) -> None:  # type: ignore[no-untyped-def]
    inbox, archive, ids = box
    monkeypatch.setattr(operations, "AT_ONCE", 2)
    seen: list[tuple[set[int], set[int]]] = []
    db.after_commit = lambda: seen.append((shown(db, inbox), shown(db, archive)))
    step = operations.move(db, [(inbox, id) for id in ids], archive)
    assert seen == [({ids[2]}, set(ids[:2])), (set(), set(ids))], "in two writes, after which others may write"
    assert [operation.step for operation in journal.pending(db, remote)] == [step, step] and journal.waiting(db) == 1
    if back:
        for operation in journal.pending(db, remote):
            journal.started(db, operation)
            journal.done(db, operation)
    undone = operations.undo(db)
    assert undone is not None and undone.messages == 3
    assert shown(db, inbox) == set(ids) and not shown(db, archive)
    assert operations.undo(db) is None and well(db)


def test_what_is_taken_back_between_two_turns_does_not_go_on(
    db: Database, remote: int, box, monkeypatch: pytest.MonkeyPatch
) -> None:  # type: ignore[no-untyped-def]
    inbox, archive, ids = box
    monkeypatch.setattr(operations, "AT_ONCE", 1)

    def undo() -> None:
        db.after_commit = None
        operations.undo(db)

    db.after_commit = undo
    operations.move(db, [(inbox, id) for id in ids], archive)
    assert shown(db, inbox) == set(ids) and journal.pending(db, remote) == [] and well(db)
