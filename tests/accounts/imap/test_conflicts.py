"""What the user did here meets what another program did meanwhile: nothing is lost, and only what was meant is touched."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from accounts.demo.imap_server import CAPABILITIES
from core import operations
from core.flags import Flag
from core.store import folders, notices
from core.store.database import Database
from tests.accounts.imap.conftest import Demo
from tests.accounts.imap.test_crossing import Two
from tests.accounts.imap.test_replay import SERVERS, bodies_in
from tests.accounts.mail_place import check_counts, folder_id, letter, message_at, stored

Make = Callable[..., Demo]


@pytest.fixture
def two(tmp_path: Path, make_demo: Make) -> Iterator[Two]:
    made = Two(tmp_path, make_demo)
    yield made
    made.close()


def spot(db: Database, uid: int, folder: str = "INBOX") -> list[operations.Place]:
    return [(folder_id(db, folder), message_at(db, uid, folder))]


def same(demo: Demo, db: Database) -> None:
    for path in ("INBOX", "Archive"):
        assert stored(db, path) == demo.place.mails(path)
    check_counts(db)


# the same mail twice --------------------------------------------------------------------------------------


@pytest.mark.parametrize("can", ["whole", "no MOVE", "bare"])
@pytest.mark.parametrize("heard", [False, True])
def test_taking_a_move_back_leaves_what_stood_there_before(can: str, heard: bool, make_demo: Make, db: Database) -> None:
    demo = make_demo(capabilities=SERVERS[can])
    raw = letter()
    uid = demo.place.put(raw)
    demo.place.put(raw, "Archive")
    incoming = demo.place.incoming(db)
    incoming.sync()
    operations.move(db, spot(db, uid), folder_id(db, "Archive"))
    if heard:
        incoming.sync()
    operations.undo(db)
    incoming.sync()
    incoming.sync()
    assert bodies_in(demo, "INBOX")[raw] == 1
    assert bodies_in(demo, "Archive")[raw] == 1
    same(demo, db)
    incoming.close()


@pytest.mark.parametrize("undone", [0, 2, 4])
def test_taking_a_move_to_another_account_back_leaves_what_stood_there_before(
    undone: int, make_demo: Make, tmp_path: Path
) -> None:
    two = Two(tmp_path, make_demo, capabilities=CAPABILITIES - {"OBJECTID"})
    raw = two.mails[0]
    two.demos[1].place.put(raw)
    two.incoming[1].sync()
    operations.move(two.db, two.places(0)[:1], two.folder(1).id)
    for n in range(undone):
        two.turn(n % 2)
    operations.undo(two.db)
    two.finish()
    assert two.there(0)[raw] == 1 and two.there(1)[raw] == 1
    two.same_as_servers()
    two.close()


@pytest.mark.parametrize("can", ["whole", "no MOVE", "no UIDPLUS"])
@pytest.mark.parametrize("kind", ["expunge", "move"])
def test_what_another_program_puts_beside_it_meanwhile_stays(can: str, kind: str, make_demo: Make, db: Database) -> None:
    demo = make_demo(capabilities=SERVERS[can])
    raw = letter()
    uid = demo.place.put(raw)
    demo.place.put(letter(), "Archive")
    incoming = demo.place.incoming(db)
    incoming.sync()
    if kind == "move":
        operations.move(db, spot(db, uid), folder_id(db, "Archive"))
    else:
        operations.expunge(db, spot(db, uid))
    db.run("UPDATE operation SET not_before = ?", (incoming._clock() + 30,))
    again = demo.place.put(raw)
    incoming.sync()  # sees the new one, with the change still waiting
    assert again in stored(db)
    db.run("UPDATE operation SET not_before = 0")
    incoming.sync()
    incoming.sync()
    assert set(demo.place.mails()) == {again}
    same(demo, db)
    incoming.close()


# folders renamed elsewhere --------------------------------------------------------------------------------


@pytest.mark.parametrize("can", ["whole", "bare"])
@pytest.mark.parametrize("kind", ["flag", "tag", "move into", "move out of", "copy into", "expunge", "append"])
def test_a_folder_renamed_elsewhere_while_a_change_waits(can: str, kind: str, make_demo: Make, db: Database) -> None:
    demo = make_demo(capabilities=CAPABILITIES if can == "whole" else SERVERS["bare"])
    uid, new = demo.place.put(letter()), letter()
    inside = letter()
    there = demo.place.put(inside, "Projects")
    incoming = demo.place.incoming(db)
    incoming.sync()
    projects = folder_id(db, "Projects")
    incoming.close()
    with demo.place.client() as client:
        client.rename_folder("Projects", "Work")
    if kind == "flag":
        operations.set_flag(db, spot(db, there, "Projects"), Flag.FLAGGED, True)
    elif kind == "tag":
        operations.set_tag(db, spot(db, there, "Projects"), "todo", True)
    elif kind == "move into":
        operations.move(db, spot(db, uid), projects)
    elif kind == "copy into":
        operations.copy(db, spot(db, uid), projects)
    elif kind == "move out of":
        operations.move(db, spot(db, there, "Projects"), folder_id(db))
    elif kind == "append":
        from core.arrival import keep_mail

        with db.write():
            message = keep_mail(db, 1, new)
        operations.append(db, projects, message, Flag.SEEN)
    else:
        operations.expunge(db, spot(db, there, "Projects"))
    incoming.sync()
    incoming.sync()
    assert notices.unseen(db) == []
    assert folder_id(db, "Work") == projects and folders.by_path(db, 1, "Projects") is None
    for path in ("INBOX", "Work"):
        assert stored(db, path) == demo.place.mails(path)
    work = bodies_in(demo, "Work")
    expected = {"move into": 2, "copy into": 2, "append": 2, "move out of": 0, "expunge": 0}.get(kind, 1)
    assert sum(work.values()) == expected
    if kind in ("flag", "tag"):
        [(_, flags)] = demo.place.mails("Work").values()
        assert flags == {"\\flagged" if kind == "flag" else "todo"}
    incoming.close()


# what a server does not keep -------------------------------------------------------------------------------


@pytest.mark.parametrize("can", ["whole", "no UIDPLUS", "neither", "bare"])
def test_tags_that_only_this_machine_keeps_go_along_with_a_move(can: str, make_demo: Make, db: Database) -> None:
    demo = make_demo(capabilities=SERVERS[can], keywords=False)
    uid = demo.place.put(letter())
    demo.place.put(letter(), "Archive")
    incoming = demo.place.incoming(db)
    incoming.sync()
    operations.set_tag(db, spot(db, uid), "todo", True)
    operations.set_flag(db, spot(db, uid), Flag.FORWARDED, True)
    incoming.sync()
    message = message_at(db, uid)
    operations.move(db, spot(db, uid), folder_id(db, "Archive"))
    incoming.sync()
    incoming.sync()
    [flags] = [flags for place, (_, flags) in stored(db, "Archive").items() if message_at(db, place, "Archive") == message]
    assert flags == {"todo", "$forwarded"}
    incoming.close()


def test_tags_that_only_this_machine_keeps_outlive_new_numbers(make_demo: Make, db: Database) -> None:
    demo = make_demo(keywords=False)
    uid = demo.place.put(letter())
    now = [1_700_100_000.0]
    incoming = demo.place.incoming(db, clock=lambda: now[0])
    incoming.sync()
    operations.set_tag(db, spot(db, uid), "todo", True)
    operations.set_flag(db, spot(db, uid), Flag.FORWARDED, True)
    incoming.sync()

    def renumber() -> None:
        box = demo.server.account.boxes["INBOX"]
        box.uidvalidity += 1

    demo.loop.call(renumber)
    for _ in range(3):
        incoming.close()
        now[0] += 400
        incoming.sync()
    [(_, flags)] = stored(db).values()
    assert flags == {"todo", "$forwarded"}
    assert db.value("SELECT count(*) FROM placement WHERE uid IS NULL") == 0
    incoming.close()
