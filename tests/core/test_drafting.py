"""Drafts: written down, one copy in the Drafts folder, gone when sent, found again after a crash."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from core import drafting
from core.address import Address
from core.draft import Attachment, ComposeError, Draft
from core.errors import NotFound
from core.flags import Flag
from core.sending import queue
from core.server_draft import from_bytes
from core.settings import Account, Identity, Settings
from core.store import accounts, bodies, drafts, folders, journal, outbox, placements
from core.store.database import Database
from tests.empty_store import empty_store

UID = "5e44e400"
SETTINGS = Settings(
    accounts=(Account(id=UID, name="work", email="me@example.org"),),
    identities=(Identity(id="1d000001", account=UID, address="me@example.org", name="Me"),),
)
DRAFT = Draft(to=(Address("Ana", "ana@example.org"),), subject="Lunch", body="At one?\n")


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    database = empty_store(tmp_path / "state" / "correio.db")
    yield database
    database.close()


def shown(db: Database) -> list[int]:
    """The messages that the Drafts folder shows."""
    row = accounts.row_of(db, UID)
    folder = folders.by_role(db, row, "drafts")
    if folder is None:
        return []
    return [m for (m,) in db.read("SELECT message FROM placement WHERE folder = ? AND hidden = 0", (folder.id,))]


def pending(db: Database) -> list[str]:
    return [operation.kind for operation in journal.pending(db, accounts.row_of(db, UID))]


def test_what_is_saved_is_there(db: Database, tmp_path: Path) -> None:
    id = drafting.save(db, SETTINGS, DRAFT, None)
    assert drafting.save(db, SETTINGS, replace(DRAFT, body="At two?\n"), id) == id
    other = Database(tmp_path / "state" / "correio.db")
    stored = drafts.get(other, id)
    other.close()
    assert Draft.from_json(stored.data) == replace(DRAFT, body="At two?\n")
    assert (stored.subject, stored.recipients, stored.message) == ("Lunch", "Ana", None)
    assert shown(db) == []


def test_a_copy_in_the_drafts_folder(db: Database) -> None:
    id = drafting.save(db, SETTINGS, DRAFT, None)
    drafting.file(db, SETTINGS, id)
    [message] = shown(db)
    assert drafts.get(db, id).message == message
    assert drafts.of_message(db, message) == drafts.get(db, id)
    [placement] = placements.of_message(db, message)
    assert placement.flags == Flag.DRAFT | Flag.SEEN
    back = from_bytes(bodies.raw(db, message) or b"", SETTINGS.identities)
    assert (back.to, back.subject, back.body) == (DRAFT.to, DRAFT.subject, DRAFT.body)
    assert pending(db) == ["append"]


def test_the_copy_is_replaced(db: Database) -> None:
    id = drafting.save(db, SETTINGS, DRAFT, None)
    for n in range(4):
        drafting.save(db, SETTINGS, replace(DRAFT, body=f"Version {n}\n"), id)
        drafting.file(db, SETTINGS, id)
    [message] = shown(db)
    assert b"Version 3" in (bodies.raw(db, message) or b"")
    assert drafts.unfiled(db) == []


def test_sending_takes_it_away(db: Database) -> None:
    id = drafting.save(db, SETTINGS, DRAFT, None)
    drafting.file(db, SETTINGS, id)
    row = queue(db, SETTINGS, DRAFT, draft_id=id)
    assert row.state == "queued"
    assert (drafts.all_drafts(db), shown(db)) == ([], [])


def test_sending_a_draft_that_has_gone(db: Database) -> None:
    """Thrown away on another screen meanwhile: the mail is sent all the same."""
    id = drafting.save(db, SETTINGS, DRAFT, None)
    drafting.throw_away(db, id)
    drafting.throw_away(db, id)
    assert queue(db, SETTINGS, DRAFT, draft_id=id).state == "queued"


def test_a_mail_that_cannot_be_built_leaves_the_draft(db: Database) -> None:
    broken = replace(DRAFT, to=(Address("", "no address"),))
    id = drafting.save(db, SETTINGS, broken, None)
    with pytest.raises(ComposeError):
        queue(db, SETTINGS, broken, draft_id=id)
    assert Draft.from_json(drafts.get(db, id).data) == broken
    assert outbox.rows(db, all=True) == []


def test_throwing_it_away(db: Database) -> None:
    id = drafting.save(db, SETTINGS, DRAFT, None)
    drafting.file(db, SETTINGS, id)
    drafting.throw_away(db, id)
    assert (drafts.all_drafts(db), shown(db)) == ([], [])
    with pytest.raises(NotFound):
        drafting.file(db, SETTINGS, id)


def test_taking_a_mail_back_makes_it_a_draft_again(db: Database) -> None:
    row = queue(db, SETTINGS, DRAFT, not_before=4_000_000_000)
    taken = drafting.take_back(db, SETTINGS, row.id)
    assert taken is not None
    assert taken.id is not None
    assert Draft.from_json(drafts.get(db, taken.id).data).body == DRAFT.body
    assert outbox.get(db, row.id).state == "cancelled"
    assert drafting.take_back(db, SETTINGS, row.id) is None


def test_who_has_it_already_does_not_get_the_edited_mail(db: Database) -> None:
    """One of two was put off by the server; the other has it."""
    ana, bob = Address("Ana", "ana@example.net"), Address("Bob", "bob@BÜCHER.example")
    row = queue(db, SETTINGS, replace(DRAFT, to=(ana,), cc=(bob,)))
    outbox.sending(db, row.id)
    answers = {"ana@example.net": (450, "later"), "bob@xn--bcher-kva.example": (250, "ok")}
    outbox.finish(db, row.id, "waiting", answers=answers, still=("ana@example.net",))
    taken = drafting.take_back(db, SETTINGS, row.id)
    assert taken is not None
    assert taken.draft is not None
    assert (taken.draft.recipients, taken.partly) == ((ana,), True)
    assert outbox.get(db, row.id).state == "sent", "as it was, to one of them"


def test_what_failed_leaves_the_outbox_when_something_takes_its_place(db: Database) -> None:
    row = queue(db, SETTINGS, DRAFT)
    outbox.finish(db, row.id, "failed")
    taken = drafting.take_back(db, SETTINGS, row.id)
    assert taken is not None and taken.draft is not None and taken.draft.body == DRAFT.body
    assert (taken.left, outbox.get(db, row.id).state) == ((row.id,), "failed")
    drafting.settle(db, taken.left)
    assert outbox.get(db, row.id).state == "cancelled"


def test_a_draft_for_bcc_alone_says_for_whom(db: Database) -> None:
    id = drafting.save(db, SETTINGS, replace(DRAFT, to=(), cc=(), bcc=(Address("Ana", "ana@example.net"),)), None)
    drafting.file(db, SETTINGS, id)
    assert db.value("SELECT recipients FROM message WHERE id = ?", (drafts.get(db, id).message,)) == "Ana"


def test_after_a_crash_everything_goes_to_drafts(db: Database, tmp_path: Path) -> None:
    file = tmp_path / "photo.jpg"
    file.write_bytes(b"x")
    with_file = replace(DRAFT, subject="With a file", attachments=(Attachment("photo.jpg", path=str(file)),))
    never = drafting.save(db, SETTINGS, DRAFT, None)
    changed = drafting.save(db, SETTINGS, replace(DRAFT, subject="Changed"), None)
    drafting.file(db, SETTINGS, changed)
    drafting.save(db, SETTINGS, replace(DRAFT, subject="Changed", body="since then\n"), changed)
    lost = drafting.save(db, SETTINGS, with_file, None)
    empty = drafting.save(db, SETTINGS, Draft(), None)
    file.unlink()
    assert drafting.file_unfinished(db, SETTINGS) == 3
    assert len(shown(db)) == 3
    assert drafts.find(db, empty) is None
    assert Draft.from_json(drafts.get(db, lost).data).attachments, "the draft itself still names its file"
    assert b"since then" in (bodies.raw(db, drafts.get(db, changed).message or 0) or b"")
    assert drafts.get(db, never).message in shown(db)
    assert drafting.file_unfinished(db, SETTINGS) == 0


def test_a_draft_of_a_removed_account_waits(db: Database) -> None:
    id = drafting.save(db, SETTINGS, DRAFT, None)
    assert drafting.file_unfinished(db, Settings()) == 0
    assert Draft.from_json(drafts.get(db, id).data) == DRAFT
    assert drafting.file_unfinished(db, SETTINGS) == 1


def test_a_draft_of_another_program_is_taken_up_once(db: Database) -> None:
    first = drafting.save(db, SETTINGS, DRAFT, None)
    drafting.file(db, SETTINGS, first)
    [message] = shown(db)
    drafts.drop(db, first)
    id = drafting.adopt(db, message, DRAFT, SETTINGS)
    assert drafting.adopt(db, message, DRAFT, SETTINGS) == id
    drafting.save(db, SETTINGS, replace(DRAFT, body="Going on\n"), id)
    drafting.file(db, SETTINGS, id)
    assert len(shown(db)) == 1
    assert shown(db) != [message]
