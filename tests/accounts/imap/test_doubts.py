"""What is believed only on a second look: empty folders, new UIDVALIDITY, folders that are gone."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from core import operations
from core.flags import Flag
from core.store import folders
from core.store.database import Database
from tests.accounts.imap.conftest import Demo, place_on
from tests.accounts.mail_place import check_counts, folder_id, letter, message_at, stored


class Clock:
    """A clock that the test turns."""

    def __init__(self) -> None:
        self.now = 1_700_100_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


BARE = frozenset(("IMAP4rev1",))


@pytest.fixture(params=["whole", "bare"])
def demo(request: pytest.FixtureRequest, make_demo: Callable[..., Demo]) -> Demo:
    return make_demo() if request.param == "whole" else make_demo(capabilities=BARE)


def renumber(demo: Demo, folder: str = "INBOX") -> None:
    """Give the folder a new UIDVALIDITY and its mails other UIDs, as after a restore from backup."""

    def change() -> None:
        box = demo.server.account.boxes[folder]
        mails = list(box.mails.values())
        box.uidvalidity += 1000
        box.uidnext = 1
        box.mails.clear()
        for mail in reversed(mails):
            box.append(mail.raw, mail.flags, mail.received, mail.email_id)

    demo.loop.call(change)


def empty(demo: Demo) -> list:  # type: ignore[type-arg]
    """The server shows the Inbox empty, its numbers unchanged; what it held is returned."""

    def change() -> list:  # type: ignore[type-arg]
        box = demo.server.account.boxes["INBOX"]
        mails = list(box.mails.values())
        box.mails.clear()
        box.modseq += 1
        return mails

    return demo.loop.call(change)


def test_a_new_uidvalidity_is_believed_on_the_second_look(demo: Demo, db: Database, clock: Clock) -> None:
    for number in range(6):
        demo.place.put(letter(), flags=["\\Seen"] if number % 2 else ["work"])
    incoming = demo.place.incoming(db, clock=clock)
    incoming.sync()
    before = stored(db)
    ids = {row[0] for row in db.read("SELECT id FROM message")}
    renumber(demo)

    incoming.close()
    incoming.sync()
    assert stored(db) == before
    assert folders.get(db, folder_id(db)).total == 6
    clock.now += 100
    incoming.close()
    incoming.sync()
    assert stored(db) == before
    clock.now += 300
    result = incoming.sync()
    # The account has made itself a new connection for the second look.
    assert result.removed == 0
    assert stored(db) == demo.place.mails()
    assert {row[0] for row in db.read("SELECT id FROM message")} == ids
    assert db.value("SELECT count(*) FROM placement WHERE uid IS NULL") == 0
    assert db.value("SELECT doubtful FROM folder WHERE id = ?", (folder_id(db),)) == 0
    check_counts(db)
    incoming.close()


def test_another_uidvalidity_each_time_is_never_believed(demo: Demo, db: Database, clock: Clock) -> None:
    demo.place.put(letter())
    incoming = demo.place.incoming(db, clock=clock)
    incoming.sync()
    before = stored(db)
    for _ in range(3):
        renumber(demo)
        clock.now += 400
        incoming.close()
        incoming.sync()
        assert stored(db) == before
    incoming.close()


def test_operations_follow_their_mail_through_a_renumbering(demo: Demo, db: Database, clock: Clock) -> None:
    uids = [demo.place.put(letter()) for _ in range(4)]
    demo.place.put(letter(), "Archive")
    incoming = demo.place.incoming(db, clock=clock)
    incoming.sync()
    renumber(demo)
    incoming.close()
    incoming.sync()
    clock.now += 400
    operations.set_flag(db, [(folder_id(db), message_at(db, uids[0]))], Flag.FLAGGED, True)
    operations.move(db, [(folder_id(db), message_at(db, uids[1]))], folder_id(db, "Archive"))
    incoming.close()
    for _ in range(3):
        incoming.sync()
        clock.now += 60
    for path in ("INBOX", "Archive"):
        assert stored(db, path) == demo.place.mails(path)
    assert len(stored(db, "Archive")) == 2
    assert [flags for _, flags in stored(db).values()].count(frozenset(["\\flagged"])) == 1
    incoming.close()


def test_mail_missing_after_a_renumbering_goes_at_its_end(demo: Demo, db: Database, clock: Clock) -> None:
    uids = [demo.place.put(letter()) for _ in range(4)]
    incoming = demo.place.incoming(db, clock=clock)
    incoming.sync()
    demo.place.delete(uids[2])
    renumber(demo)
    for _ in range(2):
        incoming.close()
        result = incoming.sync()
        clock.now += 400
    assert result.removed == 1
    assert stored(db) == demo.place.mails()
    assert len(stored(db)) == 3
    incoming.close()


def test_an_empty_inbox_is_believed_on_the_second_look(demo: Demo, db: Database, clock: Clock) -> None:
    for _ in range(3):
        demo.place.put(letter())
    incoming = demo.place.incoming(db, clock=clock)
    incoming.sync()
    before = stored(db)
    mails = empty(demo)
    for _ in range(3):
        incoming.sync()
        assert stored(db) == before
    clock.now += 400
    incoming.sync()
    assert stored(db) == {}
    # Deleted here, but undo and a second thought of the server find the bytes.
    assert db.value("SELECT count(*) FROM message WHERE orphaned IS NOT NULL") == len(mails)
    incoming.close()


def test_a_doubt_in_the_second_of_the_connection_is_settled_over_another_one(demo: Demo, db: Database, clock: Clock) -> None:
    demo.place.put(letter())
    incoming = demo.place.incoming(db, clock=clock)
    incoming.sync()
    incoming.close()
    empty(demo)
    clock.now += 1000.2
    incoming.open()
    clock.now += 0.5
    incoming.sync()
    assert len(stored(db)) == 1
    clock.now += 400
    incoming.sync()
    assert stored(db) == {}
    assert db.value("SELECT count(*) FROM folder WHERE doubtful > 0") == 0
    incoming.close()


def test_mail_that_comes_back_was_never_dropped(demo: Demo, db: Database, clock: Clock) -> None:
    demo.place.put(letter())
    incoming = demo.place.incoming(db, clock=clock)
    incoming.sync()
    before = stored(db)
    mails = empty(demo)
    incoming.sync()
    clock.now += 200
    demo.loop.call(lambda: demo.server.account.boxes["INBOX"].mails.update({mail.uid: mail for mail in mails}))
    result = incoming.sync()
    assert (result.new, result.removed) == (0, 0)
    assert stored(db) == before
    assert db.value("SELECT count(*) FROM folder WHERE doubtful > 0") == 0
    incoming.close()


def test_a_folder_emptied_from_here_is_no_surprise(demo: Demo, db: Database, clock: Clock) -> None:
    uid = demo.place.put(letter())
    incoming = demo.place.incoming(db, clock=clock)
    incoming.sync()
    operations.expunge(db, [(folder_id(db), message_at(db, uid))])
    incoming.sync()
    assert stored(db) == demo.place.mails() == {}
    assert db.value("SELECT doubtful FROM folder WHERE id = ?", (folder_id(db),)) == 0
    incoming.close()


def test_a_folder_that_is_gone_goes_on_the_second_look(demo: Demo, db: Database, clock: Clock) -> None:
    demo.place.put(letter(), "Lists")
    incoming = demo.place.incoming(db, clock=clock)
    incoming.sync()
    assert len(stored(db, "Lists")) == 1
    with demo.place.client() as client:
        client.delete_folder("Lists")
    incoming.close()
    incoming.sync()
    assert len(stored(db, "Lists")) == 1
    clock.now += 400
    incoming.sync()
    assert folders.by_path(db, 1, "Lists") is None
    living = "SELECT id FROM folder UNION SELECT 0"
    left = f"SELECT name FROM meta WHERE name LIKE 'imap %' AND CAST(substr(name, 6) AS INTEGER) NOT IN ({living})"
    assert db.read(left) == []
    incoming.close()


@pytest.mark.parametrize("real", [False, True], ids=["demo", "Dovecot"])
def test_the_mail_of_a_folder_that_only_holds_others_now_goes_on_the_second_look(
    real: bool, demo: Demo, request: pytest.FixtureRequest, db: Database, clock: Clock
) -> None:
    place = place_on(request.getfixturevalue("dovecot")) if real else demo.place
    place.put(letter(), "Lists")
    place.put(letter(), "Lists/Below")
    incoming = place.incoming(db, clock=clock)
    incoming.sync()
    with place.client() as client:
        client.delete_folder("Lists")
    incoming.close()
    incoming.sync()
    assert len(stored(db, "Lists")) == 1
    clock.now += 400
    incoming.close()
    incoming.sync()
    assert stored(db, "Lists") == {}
    assert stored(db, "Lists/Below") == place.mails("Lists/Below")
    with place.client() as client:
        client.create_folder("Lists")
    place.put(letter(), "Lists")
    incoming.sync()
    assert stored(db, "Lists") == place.mails("Lists")
    check_counts(db)
    incoming.close()


def test_a_folder_that_comes_back_stays(demo: Demo, db: Database, clock: Clock) -> None:
    demo.place.put(letter(), "Lists")
    incoming = demo.place.incoming(db, clock=clock)
    incoming.sync()
    id = folder_id(db, "Lists")
    box = demo.loop.call(lambda: demo.server.account.boxes.pop("Lists"))
    incoming.sync()
    assert db.value("SELECT doubtful FROM folder WHERE id = ?", (id,)) > 0
    demo.loop.call(lambda: demo.server.account.boxes.update({"Lists": box}))
    incoming.sync()
    assert folder_id(db, "Lists") == id
    assert db.value("SELECT doubtful FROM folder WHERE id = ?", (id,)) == 0
    clock.now += 400
    incoming.close()
    incoming.sync()
    assert stored(db, "Lists") == demo.place.mails("Lists")
    incoming.close()


def test_a_folder_that_is_renamed_elsewhere_is_seen_under_its_new_name(demo: Demo, db: Database, clock: Clock) -> None:
    demo.place.put(letter(), "Old")
    incoming = demo.place.incoming(db, clock=clock)
    incoming.sync()
    with demo.place.client() as client:
        client.rename_folder("Old", "Neu & schön")
    incoming.sync()
    assert stored(db, "Neu & schön") == demo.place.mails("Neu & schön")
    assert db.value("SELECT count(*) FROM message") == 1
    clock.now += 400
    incoming.close()
    incoming.sync()
    assert folders.by_path(db, 1, "Old") is None
    assert len(stored(db, "Neu & schön")) == 1
    incoming.close()


def test_what_a_server_lied_about_once_is_put_right_some_day(make_demo: Callable[..., Demo], db: Database, clock: Clock) -> None:
    """A server that counts changes tells of none: only a look at every mail shows that its word was wrong."""
    demo = make_demo()
    uid = demo.place.put(letter(), flags=["\\Flagged"])
    demo.server.on_answer = lambda session, command, answer: answer.replace(b"FLAGS (\\Flagged", b"FLAGS (lie \\Seen")
    incoming = demo.place.incoming(db, clock=clock)
    incoming.sync()
    demo.server.on_answer = None
    incoming.sync()
    assert stored(db)[uid][1] == {"lie", "\\seen"}
    clock.now += 8 * 86_400
    assert incoming.sync().changed == 1
    assert stored(db) == demo.place.mails()
    demo.server.heard.clear()
    incoming.sync()
    assert "UID FETCH" not in [name for _, name in demo.server.heard], "and then not again"
    incoming.close()


@pytest.mark.parametrize("jump", [-40 * 86_400, -90, 40 * 86_400])
def test_doubts_survive_a_clock_that_jumps(jump: int, demo: Demo, db: Database, clock: Clock) -> None:
    for _ in range(3):
        demo.place.put(letter())
    incoming = demo.place.incoming(db, clock=clock)
    incoming.sync()
    renumber(demo)
    incoming.close()
    incoming.sync()
    clock.now += jump
    for _ in range(3):
        incoming.close()
        incoming.sync()
        clock.now += 301
    assert stored(db) == demo.place.mails()
    check_counts(db)
    incoming.close()


@pytest.mark.parametrize("jump", [-40 * 86_400, 40 * 86_400])
def test_what_was_put_off_does_not_wait_for_a_clock_that_was_set_back(jump: int, demo: Demo, db: Database, clock: Clock) -> None:
    uid = demo.place.put(letter())
    incoming = demo.place.incoming(db, clock=clock)
    incoming.sync()
    operations.set_flag(db, [(folder_id(db), message_at(db, uid))], Flag.FLAGGED, True)
    demo.server.on_answer = lambda session, name, answer: (
        answer.splitlines()[-1].split()[0] + b" NO [INUSE] later\r\n" if name == "UID STORE" else None
    )
    assert incoming.replay() == 0
    demo.server.on_answer = None
    assert incoming.replay() == 0, "it is not its turn yet"
    clock.now += jump
    assert incoming.replay() == 1
    assert demo.place.mails()[uid][1] == {"\\flagged"}
    incoming.close()
