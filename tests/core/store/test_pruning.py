"""Pruning: old bodies go where the server has them; what cannot be fetched again stays."""

from __future__ import annotations

from core import operations
from core.arrival import arrive_body, arrive_header, arrive_mail
from core.flags import Flag
from core.header import header_block
from core.keeping import NEVER
from core.part import Part
from core.query.parse import parse
from core.store import accounts, bodies, doctor, drafts, folders, journal, messages, placements, pruning, search
from core.store.database import Database
from tests.core.store.mails import mail

OLD, NEW = 1_600_000_000, 1_700_000_000
LIMIT = 1_650_000_000


def place(db: Database, account: int, path: str = "INBOX", role: str = "inbox") -> int:
    return folders.ensure(db, account, path, role=role).id


def put(db: Database, folder: int, account: int, n: int, received: int = OLD, body: str = "xylophone") -> int:
    with db.write():
        return arrive_mail(db, folder, account, mail(id=f"{n}@x", body=f"{body} {n}"), uid=n, internal=received)


def prune(db: Database, account: int) -> int:
    return pruning.prune(db, account, LIMIT, stored_before=1 << 40)


def well(db: Database) -> bool:
    return all(finding.count == 0 for finding in doctor.examine(db, deep=True))


def test_old_bodies_go_and_all_that_is_shown_stays(db: Database, remote: int) -> None:
    inbox = place(db, remote)
    old = put(db, inbox, remote, 1)
    new = put(db, inbox, remote, 2, NEW)
    before = messages.get(db, old)
    assert prune(db, remote) == 1
    after = messages.get(db, old)
    assert (after.body, bodies.raw(db, old)) == (0, None)
    assert bodies.header(db, old) == header_block(mail(id="1@x", body=""))
    assert (after.snippet, after.marks, after.subject) == (before.snippet, before.marks, before.subject)
    assert search.find(db, parse("xylophone")) == [new, old]
    assert bodies.raw(db, new) is not None
    assert well(db)
    assert prune(db, remote) == 0


def test_a_body_comes_back(db: Database, remote: int) -> None:
    id = put(db, place(db, remote), remote, 1)
    raw = bodies.raw(db, id)
    prune(db, remote)
    assert raw is not None
    with db.write():
        arrive_body(db, id, raw)
    assert bodies.raw(db, id) == raw
    assert pruning.prune(db, remote, LIMIT) == 0, "what has just been looked at is spared"
    assert well(db)


def test_what_cannot_be_fetched_again_stays(db: Database, remote: int, local: int) -> None:
    inbox, kept = place(db, remote), place(db, remote, "Drafts", "drafts")
    own = folders.by_role(db, local, "inbox")
    assert own is not None
    put(db, own.id, local, 1)
    put(db, kept, remote, 2)
    filed = put(db, inbox, remote, 3)
    drafts.filed(db, drafts.save(db, None, "{}", account=remote, subject="", recipients=""), filed)
    with db.write():
        arrive_mail(db, inbox, remote, mail(id="4@x"), uid=None, internal=OLD)
    assert prune(db, remote) == prune(db, local) == 0
    assert db.value("SELECT count(*) FROM message WHERE body = 2") == 4
    assert well(db)


def test_mail_that_waits_for_the_server_stays(db: Database, remote: int) -> None:
    inbox, archive = place(db, remote), place(db, remote, "Archive", "archive")
    flagged, moved, free = (put(db, inbox, remote, n) for n in (1, 2, 3))
    operations.set_flag(db, [(inbox, flagged)], Flag.SEEN, True)
    operations.move(db, [(inbox, moved)], archive)
    assert prune(db, remote) == 1
    assert bodies.raw(db, free) is None
    for operation in journal.pending(db, remote):
        journal.started(db, operation)
        journal.done(db, operation, {moved: 9})
    assert prune(db, remote) == 2
    assert well(db)


def test_what_is_to_be_copied_to_another_account_stays(db: Database, remote: int) -> None:
    """Fetched for the copy; the other account may be off the line for weeks."""
    other = accounts.row_of(db, "feedbeef")
    inbox, there = place(db, remote), place(db, other)
    with db.write():
        id = arrive_header(db, inbox, remote, header_block(mail(id="1@x")), len(mail(id="1@x")), uid=1, internal=OLD)
    operations.copy(db, [(inbox, id)], there)
    [take] = journal.pending(db, remote)
    with db.write():
        arrive_body(db, id, mail(id="1@x"))
    journal.done(db, take)
    assert prune(db, remote) == 0 and bodies.raw(db, id) is not None
    [bring] = journal.ready(db, other)
    journal.done(db, bring)
    assert prune(db, remote) == 1


def test_what_undo_needs_stays(db: Database, remote: int) -> None:
    inbox = place(db, remote)
    id = put(db, inbox, remote, 1)
    raw = bodies.raw(db, id)
    operations.expunge(db, [(inbox, id)])
    for operation in journal.pending(db, remote):
        journal.started(db, operation)
        journal.done(db, operation)
    assert prune(db, remote) == 0
    operations.undo(db)
    assert bodies.raw(db, id) == raw
    assert well(db)


def test_bytes_that_another_account_shares_stay(db: Database, remote: int, local: int) -> None:
    own = folders.by_role(db, local, "inbox")
    assert own is not None
    here, there = put(db, place(db, remote), remote, 1), put(db, own.id, local, 1)
    assert db.value("SELECT count(*) FROM raw") == 1
    assert prune(db, remote) == 1
    assert (bodies.raw(db, here), bodies.raw(db, there)) == (None, mail(id="1@x", body="xylophone 1"))
    assert well(db)


def test_single_parts_go_their_structure_stays(db: Database, remote: int) -> None:
    raw = mail(id="1@x")
    with db.write():
        id = arrive_header(db, place(db, remote), remote, header_block(raw), len(raw), uid=1, internal=OLD)
        bodies.put_structure(db, id, [Part("1", "text/plain", size=9)])
        bodies.put_part(db, id, "1", b"xylophone")
    assert prune(db, remote) == 1
    assert bodies.part(db, id, "1") is None
    assert [part.section for part in bodies.structure(db, id)] == ["1"]
    assert messages.get(db, id).body == 0
    assert well(db)


def test_many_turns_reach_the_end(db: Database, remote: int, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(pruning, "TURN", 0)
    inbox = place(db, remote)
    for n in range(1, 21):
        put(db, inbox, remote, n, OLD + n * 60)
    turns: list[None] = []
    assert pruning.prune(db, remote, LIMIT, stored_before=1 << 40, breathe=lambda: turns.append(None)) == 20
    assert len(turns) >= 20
    assert well(db)


def test_a_folder_may_keep_more_or_less_than_its_account(db: Database, remote: int) -> None:
    inbox, lists, keeps = (place(db, remote, path, role) for path, role in (("INBOX", "inbox"), ("Lists", ""), ("Keep", "")))
    old, new = put(db, inbox, remote, 1), put(db, inbox, remote, 2, NEW)
    listed, kept = put(db, lists, remote, 3, NEW), put(db, keeps, remote, 4)
    both = put(db, lists, remote, 5)
    with db.write():
        placements.add(db, keeps, 5, both, Flag(0))
    chosen = {lists: NEVER, keeps: 0}
    assert pruning.prune(db, remote, LIMIT, stored_before=1 << 40, folders=chosen) == 2
    assert [bodies.raw(db, id) is not None for id in (old, new, listed, kept, both)] == [False, True, False, True, True]
    assert pruning.prune(db, remote, 0, stored_before=1 << 40, folders={}) == 0
    assert well(db)


def test_a_damaged_mail_does_not_keep_the_others(db: Database, remote: int) -> None:
    inbox = folders.ensure(db, remote, "INBOX", role="inbox").id
    with db.write():
        ids = [arrive_mail(db, inbox, remote, mail(id=f"{n}@x"), uid=n) for n in range(1, 4)]
        db.run("UPDATE raw SET data = x'00' WHERE id = (SELECT raw FROM message WHERE id = ?)", (ids[0],))
    assert pruning.prune(db, remote, 1 << 40, stored_before=1 << 40) == 2
    assert db.read("SELECT body FROM message ORDER BY id") == [(2,), (0,), (0,)]
