"""What another program expunges goes here too, whenever it does so: between two commands of a pass, or before we looked."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from accounts.demo.imap_server import CAPABILITIES
from core import operations
from core.store import folders
from core.store.database import Database
from tests.accounts.imap.conftest import Demo
from tests.accounts.imap.test_replay import Clock
from tests.accounts.mail_place import check_counts, folder_id, letter, message_at, stored

SERVERS = {
    "whole": CAPABILITIES,
    "no QRESYNC": CAPABILITIES - {"QRESYNC"},
    "no CONDSTORE": CAPABILITIES - {"QRESYNC", "CONDSTORE"},
    "bare": frozenset(("IMAP4rev1",)),
}


@pytest.fixture(params=list(SERVERS))
def demo(request: pytest.FixtureRequest, make_demo: Callable[..., Demo]) -> Demo:
    made = make_demo(capabilities=SERVERS[request.param])
    for _ in range(5):
        made.place.put(letter())
    made.place.put(letter(), "Archive")
    return made


def expunge(demo: Demo, *uids: int) -> None:
    """Another program expunges mails of the Inbox. On the server's loop."""
    box = demo.server.account.boxes["INBOX"]
    box.expunge([box.mails[uid] for uid in uids if uid in box.mails])


def before(demo: Demo, command: str, deed: Callable[[], None], nth: int = 1) -> None:
    """Do something just before the server carries out the nth such command."""
    left = [nth]

    def on_command(session: object, tag: str, name: str, args: object) -> None:
        if name == command:
            left[0] -= 1
            if left[0] == 0:
                demo.server.on_command = None
                deed()

    demo.server.on_command = on_command


def own_mail_in_the_inbox(db: Database, demo: Demo, replay: Callable[[], int]) -> int:
    """Correio moves a mail into the Inbox, beyond what a pass has seen of that; its UID there."""
    (spot,) = [(folder_id(db, "Archive"), message_at(db, uid, "Archive")) for uid in stored(db, "Archive")]
    operations.move(db, [spot], folder_id(db))
    replay()
    return max(demo.place.mails())


def test_a_new_mail_that_goes_again_does_not_hide_that_another_is_gone(demo: Demo, db: Database) -> None:
    incoming = demo.place.incoming(db, clock=Clock())
    incoming.sync()
    own = own_mail_in_the_inbox(db, demo, incoming.replay)
    passing = demo.place.put(letter())
    demo.loop.call(lambda: expunge(demo, own))
    # The folder opens with a mail that is gone when its header is asked for: as many as the store has.
    before(demo, "UID FETCH", lambda: expunge(demo, passing))
    incoming.sync()
    assert stored(db) == demo.place.mails()
    check_counts(db)
    incoming.close()


def test_an_old_mail_that_goes_meanwhile_does_not_hide_that_another_is_gone(demo: Demo, db: Database) -> None:
    incoming = demo.place.incoming(db, clock=Clock())
    incoming.sync()
    own = own_mail_in_the_inbox(db, demo, incoming.replay)
    demo.loop.call(lambda: expunge(demo, own))
    before(demo, "UID FETCH", lambda: expunge(demo, 2))
    incoming.sync()
    assert own not in stored(db)
    incoming.sync()
    assert stored(db) == demo.place.mails()
    check_counts(db)
    incoming.close()


def test_an_own_move_meanwhile_does_not_hide_that_another_is_gone(demo: Demo, db: Database) -> None:
    incoming = demo.place.incoming(db, clock=Clock())
    incoming.sync()
    own = own_mail_in_the_inbox(db, demo, incoming.replay)
    demo.place.put(letter())
    demo.loop.call(lambda: expunge(demo, own))

    def breathe() -> None:
        incoming.breathe = lambda: None
        operations.move(db, [(folder_id(db), message_at(db, 3))], folder_id(db, "Archive"))
        incoming.replay()  # as the engine does, in the middle of a pass

    incoming.breathe = breathe
    incoming.sync()
    assert own not in stored(db)
    incoming.sync()  # what waited for its UID goes when a pass was not disturbed
    assert stored(db) == demo.place.mails()
    assert stored(db) == demo.place.mails()
    assert folders.get(db, folder_id(db)).total == len(demo.place.mails())
    incoming.close()
