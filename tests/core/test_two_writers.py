"""A change is made from what holds when it is written, not from what was read before another process wrote."""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import apsw
import pytest

from core import conversations, mute, operations
from core.arrival import arrive_mail
from core.errors import CorreioError
from core.flags import Flag
from core.operations import Place
from core.store import accounts, folders
from core.store.database import Database
from tests.core.store.mails import mail

Deed = Callable[[Database, list[Place]], object]


class Second(Database):
    """A connection to which another process is always just ahead: it writes right before this one gets the store."""

    ahead: Callable[[], object] = staticmethod(lambda: None)

    @contextlib.contextmanager
    def write(self, *, durable: bool = False, reserve: bool | None = None) -> Iterator[Database]:
        ahead, self.ahead = self.ahead, lambda: None
        ahead()
        with super().write(durable=durable, reserve=reserve) as tx:
            yield tx


@pytest.fixture
def both(tmp_path: Path) -> Iterator[tuple[Database, Second, list[Place]]]:
    """Two connections, and a conversation of two messages beside a message that has nothing to do with them."""
    first, second = Database(tmp_path / "correio.db"), Second(tmp_path / "correio.db")
    row = accounts.row_of(first, "10ca1000", local=True)
    inbox = folders.ensure(first, row, "Inbox").id
    with first.write():
        mails = (mail(id="1@x"), mail(id="2@x", references="1@x"), mail("Else", id="3@x"))
        places = [(inbox, arrive_mail(first, inbox, row, raw)) for raw in mails]
    yield first, second, places
    first.close()
    second.close()


@pytest.mark.parametrize(
    "deed",
    [
        lambda db, places: conversations.split(db, places[1][1]),
        lambda db, places: conversations.join(db, [places[0][1], places[2][1]]),
        lambda db, places: operations.set_flag(db, places, Flag.FLAGGED, True),
        lambda db, places: operations.set_tag(db, places, "work", True),
        lambda db, places: mute.mute(db, places[:1], True)[1],
    ],
    ids=["split", "join", "flag", "tag", "mute"],
)
def test_what_another_has_just_done_is_not_done_again(deed: Deed, both: tuple[Database, Second, list[Place]]) -> None:
    first, second, places = both
    second.ahead = lambda: deed(first, places)
    assert deed(second, places) == 0
    assert first.value("SELECT count(DISTINCT step) FROM operation") == 1


def test_a_new_store_is_waited_for_while_another_process_makes_it(tmp_path: Path) -> None:
    """SQLite itself does not wait when a file that somebody writes is to keep a write-ahead log from now on."""
    path = tmp_path / "correio.db"
    maker = apsw.Connection(str(path))
    maker.execute("CREATE TABLE half_made (a); BEGIN IMMEDIATE")
    opened: queue.SimpleQueue[int | CorreioError] = queue.SimpleQueue()

    def open_it() -> None:
        try:
            with contextlib.closing(Database(path)) as db:
                opened.put(len(accounts.states(db)))
        except CorreioError as error:
            opened.put(error)

    thread = threading.Thread(target=open_it)
    thread.start()
    with pytest.raises(queue.Empty):
        opened.get(timeout=0.2)
    maker.execute("ROLLBACK")
    maker.close()
    assert opened.get(timeout=60) == 0
    thread.join()
