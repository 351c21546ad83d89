"""How little is asked when little has changed, and folders that another program has renamed."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import pytest
from msgspec.structs import replace

from accounts.demo.imap_command import COMMANDS, Call
from accounts.demo.imap_parser import Refused
from accounts.demo.imap_server import CAPABILITIES
from accounts.demo.imap_session import Session
from core import operations
from core.flags import Flag
from core.store import folders
from core.store.database import Database
from tests.accounts.imap.conftest import Demo, place_on
from tests.accounts.mail_place import check_counts, folder_id, letter, stored
from tests.plans import Statements
from tests.servers.dovecot import Dovecot
from tests.servers.dovecot_options import Options

NAMES = [f"Lists/list {number}" for number in range(12)]


def filled(demo: Demo) -> None:
    """A mail in the Inbox and in each of a dozen folders."""

    def fill() -> None:
        for name in NAMES:
            demo.server.account.create(name)
        for name in ("INBOX", *NAMES):
            demo.server.account.add(name, letter())

    demo.loop.call(fill)


def asked(demo: Demo) -> list[str]:
    """The commands since this was last called."""
    found = [name for _, name in demo.server.heard]
    demo.server.heard.clear()
    return found


@pytest.mark.parametrize("subscribed", [False, True])
def test_nothing_new_costs_one_round_trip(make_demo: Callable[..., Demo], db: Database, subscribed: bool) -> None:
    demo = make_demo()
    filled(demo)
    incoming = demo.place.incoming(db)
    incoming.settings = replace(incoming.settings, subscribed=subscribed)
    incoming.sync()
    incoming.wait(0.01)  # which opens the Inbox
    asked(demo)
    incoming.sync()
    assert asked(demo) == ["LIST", "NOOP"]
    incoming.close()


def test_a_pass_goes_through_no_large_table(
    make_demo: Callable[..., Demo], db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However much is there: what another program changes, and what is changed here."""
    demo = make_demo()
    filled(demo)
    statements = Statements(monkeypatch)
    statements.watch(db)
    incoming = demo.place.incoming(db)
    incoming.sync()
    inbox, other = folder_id(db, "INBOX"), folder_id(db, NAMES[0])
    (message,) = stored(db, "INBOX")
    for change in (
        lambda: operations.set_flag(db, [(inbox, message)], Flag.FLAGGED, True),
        lambda: operations.set_tag(db, [(inbox, message)], "later", True),
        lambda: operations.move(db, [(inbox, message)], other),
        lambda: demo.loop.call(lambda: demo.server.account.add("INBOX", letter())),
        lambda: operations.expunge(db, [(other, message)]),
    ):
        change()
        incoming.sync()
    incoming.close()
    assert statements.that_grow(db) == []


def test_only_what_has_changed_is_visited(make_demo: Callable[..., Demo], db: Database) -> None:
    demo = make_demo()
    filled(demo)
    incoming = demo.place.incoming(db)
    incoming.sync()
    incoming.wait(0.01)
    asked(demo)
    demo.loop.call(lambda: demo.server.account.add(NAMES[3], letter()))
    demo.loop.call(lambda: demo.server.account.add("INBOX", letter()))
    incoming.sync()
    assert asked(demo).count("SELECT") <= 4  # two folders, once for the headers and once for the bodies
    for name in ("INBOX", *NAMES):
        assert stored(db, name) == demo.place.mails(name)
    incoming.close()


def test_without_list_status_one_flight_of_status_is_enough(make_demo: Callable[..., Demo], db: Database) -> None:
    demo = make_demo(capabilities=CAPABILITIES - {"LIST-STATUS"})
    filled(demo)
    incoming = demo.place.incoming(db)
    incoming.sync()
    incoming.wait(0.01)
    asked(demo)
    incoming.sync()
    assert asked(demo) == ["LIST", "NOOP", *["STATUS"] * (len(NAMES) + 2)]  # with `Lists` itself
    demo.place.flag(1, "\\Flagged", folder=NAMES[5])
    incoming.sync()
    assert stored(db, NAMES[5]) == demo.place.mails(NAMES[5])
    incoming.close()


def test_a_flag_in_the_open_folder_is_seen(make_demo: Callable[..., Demo], db: Database) -> None:
    demo = make_demo()
    filled(demo)
    incoming = demo.place.incoming(db)
    incoming.sync()
    incoming.wait(0.01)
    demo.place.flag(1, "\\Flagged")
    incoming.sync()
    assert stored(db) == demo.place.mails()
    incoming.close()


SUBSETS = {
    "whole": CAPABILITIES, "no-qresync": CAPABILITIES - {"QRESYNC"}, "no-enable": CAPABILITIES - {"QRESYNC", "ENABLE"},
    "no-condstore": CAPABILITIES - {"QRESYNC", "CONDSTORE"}, "bare": frozenset(("IMAP4rev1",)),
}  # fmt: skip


@pytest.mark.parametrize("name", SUBSETS)
def test_changes_are_found_whatever_the_server_can(name: str, make_demo: Callable[..., Demo], db: Database) -> None:
    """Flags, keywords, deletions in the middle and arrivals, between two passes and over a new connection."""
    demo = make_demo(capabilities=SUBSETS[name])
    demo.loop.call(lambda: [demo.server.account.add("INBOX", letter()) for _ in range(12)])
    incoming = demo.place.incoming(db)
    incoming.sync()
    before = db.value("SELECT count(*) FROM message")
    demo.place.flag(2, "\\Flagged", "work")
    demo.place.flag(3, "\\Seen")
    demo.place.delete(5, 6, 12)
    demo.place.put(letter())
    incoming.close()
    result = incoming.sync()
    assert stored(db) == demo.place.mails()
    assert (result.new, result.removed) == (1, 3)
    demo.place.flag(2, "work", on=False)
    demo.place.delete(13)
    incoming.sync()
    assert stored(db) == demo.place.mails()
    assert db.value("SELECT count(*) FROM message") == before + 1
    commands = asked(demo)
    # Only who cannot count changes has all flags fetched: CHANGEDSINCE is a FETCH too, a comparison needs UID FETCH 1:*.
    assert ("ENABLE" in commands) == (name in ("whole", "no-qresync"))
    check_counts(db)
    incoming.close()


# renamed elsewhere ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["whole", "no-condstore", "bare"])
def test_a_renamed_folder_keeps_its_mail(name: str, make_demo: Callable[..., Demo], db: Database) -> None:
    demo = make_demo(capabilities=SUBSETS[name])
    filled(demo)
    incoming = demo.place.incoming(db)
    incoming.sync()
    ids = {path: folder_id(db, path) for path in ("Lists", *NAMES)}
    bodies = db.read("SELECT id, raw FROM message ORDER BY id")
    with demo.place.client() as client:
        client.rename_folder("Lists", "Archived")
    demo.place.put(letter(), "Archived/list 4")
    result = incoming.sync()
    assert result.new == 1
    for path in NAMES:
        moved = path.replace("Lists", "Archived")
        assert folder_id(db, moved) == ids[path]
        assert stored(db, moved) == demo.place.mails(moved)
        assert folders.by_path(db, 1, path) is None
    assert db.read("SELECT id, raw FROM message WHERE id IN (SELECT id FROM message) ORDER BY id")[: len(bodies)] == bodies
    incoming.close()


def test_what_only_looks_like_a_renamed_folder_is_another(make_demo: Callable[..., Demo], db: Database) -> None:
    demo = make_demo(capabilities=CAPABILITIES - {"OBJECTID"})
    demo.place.put(letter(), "Old")
    incoming = demo.place.incoming(db)
    incoming.sync()
    old = folder_id(db, "Old")

    def swap() -> None:
        account = demo.server.account
        validity = account.boxes["Old"].uidvalidity
        account.delete("Old")
        account.create("New").uidvalidity = validity
        account.add("New", letter())

    incoming.close()
    demo.loop.call(swap)
    incoming.sync()
    assert folder_id(db, "New") != old
    assert len(stored(db, "Old")) == 1, "nothing goes before a second look"
    assert stored(db, "New") == demo.place.mails("New")
    incoming.close()


def test_a_new_folder_that_lets_nobody_look_stops_nothing(
    make_demo: Callable[..., Demo], db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While another one is missing, which may be it under a new name."""
    demo = make_demo(capabilities=CAPABILITIES - {"LIST-STATUS", "CONDSTORE", "QRESYNC"})
    demo.place.put(letter(), "Old")
    incoming = demo.place.incoming(db)
    incoming.sync()
    ask = COMMANDS["STATUS"]

    async def status(session: Session, call: Call) -> str | None:
        if call.args[0] == b"Shared":
            raise Refused("no such right")
        return await ask.run(session, call)

    monkeypatch.setitem(COMMANDS, "STATUS", dataclasses.replace(ask, run=status))

    def share() -> None:
        demo.server.account.delete("Old")
        demo.server.account.create("Shared")
        demo.server.account.create("New")

    incoming.close()
    demo.loop.call(share)
    demo.place.put(letter(), "New")
    incoming.sync()
    assert stored(db, "New") == demo.place.mails("New")
    assert folders.by_path(db, 1, "Shared") is not None
    incoming.close()


# all folders below INBOX ---------------------------------------------------------------------------------


def test_a_server_that_keeps_all_below_inbox_shows_a_natural_tree(make_dovecot: Callable[..., Dovecot], db: Database) -> None:
    extra = "namespace inbox {\n  prefix = INBOX.\n}\n"
    place = place_on(make_dovecot(Options(separator=".", extra=extra)))
    place.put(letter(), "INBOX.Projects.2024")
    incoming = place.incoming(db)
    incoming.sync()
    known = {folder.path: folder for folder in folders.all_folders(db, 1)}
    assert {path: folder.role for path, folder in known.items() if folder.role} == {
        "INBOX": "inbox", "Drafts": "drafts", "Sent": "sent", "Trash": "trash", "Junk": "junk", "Archive": "archive",
    }  # fmt: skip
    assert known["Projects.2024"].wire == "INBOX.Projects.2024"
    operations.create_folder(db, 1, "Projects.März")
    made = folder_id(db, "Projects.März")
    incoming.sync()
    incoming.sync()
    assert "INBOX.Projects.März" in place.folders()
    assert folder_id(db, "Projects.März") == made
    assert len(folders.all_folders(db, 1)) == len(known) + 1
    incoming.close()


def test_a_server_that_cannot_tell_its_prefix(make_demo: Callable[..., Demo], db: Database) -> None:
    demo = make_demo(capabilities=frozenset(("IMAP4rev1",)))
    for name in ("INBOX/Sent", "INBOX/Trash", "INBOX/Lists/One"):
        demo.place.put(letter(), name)
    incoming = demo.place.incoming(db)
    incoming.settings = replace(incoming.settings, folders={"sent": "INBOX/Lists/One"})
    incoming.sync()
    found = {folder.path: folder.role for folder in folders.all_folders(db, 1)}
    assert found == {"INBOX": "inbox", "Sent": "", "Trash": "trash", "Lists": "", "Lists/One": "sent"}
    incoming.close()
