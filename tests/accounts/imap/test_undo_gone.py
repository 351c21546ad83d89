"""Undo where a folder has gone meanwhile: another program has deleted it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from core import folder_moves, operations
from core.errors import CorreioError
from core.flags import Flag
from core.store import folders, journal
from tests.accounts.imap.conftest import Demo
from tests.accounts.imap.test_crossing import Two

Make = Callable[..., Demo]


@pytest.fixture
def two(tmp_path: Path, make_demo: Make) -> Iterator[Two]:
    made = Two(tmp_path, make_demo)
    yield made
    made.close()


def _gone(two: Two, path: str) -> None:
    """Another program deletes the folder, and that is believed."""
    with two.demos[0].place.client("INBOX") as client:
        client.delete_folder(path)
    for _ in range(3):
        two.clock.now += 400
        two.incoming[0].close()
        two.incoming[0].sync()
    assert folders.by_path(two.db, two.rows[0], path) is None


def _made(two: Two, path: str) -> int:
    operations.create_folder(two.db, two.rows[0], path)
    two.finish()
    two.incoming[0].sync()
    found = folders.by_path(two.db, two.rows[0], path)
    assert found is not None
    return found.id


@pytest.mark.parametrize("what", ["create", "rename", "into", "from", "flag"])
def test_what_was_done_before_can_still_be_undone(what: str, two: Two) -> None:
    operations.set_flag(two.db, two.places(0)[:1], Flag.SEEN, True)
    first = two.places(0)[0]
    folder = _made(two, "X")
    name = "X"
    if what == "rename":
        folder_moves.move_folder(two.db, folder, two.rows[0], "Y")
        name = "Y"
    elif what in ("into", "from", "flag"):
        operations.move(two.db, two.places(0)[1:2], folder)
        if what != "into":
            two.finish()
            two.incoming[0].sync()
            (message,) = [row[0] for row in two.db.read("SELECT message FROM placement WHERE folder = ?", (folder,))]
            if what == "from":
                operations.move(two.db, [(folder, message)], _made(two, "Z"))
            else:
                operations.set_flag(two.db, [(folder, message)], Flag.FLAGGED, False)
    two.finish()
    _gone(two, name)
    said = []
    for _ in range(8):
        try:
            if operations.undo(two.db) is None:
                break
        except CorreioError as error:
            said.append(error.id)
    else:
        raise AssertionError(f"there is no end to it: {said}")
    two.finish()
    assert set(said) == {"undo-gone"}
    row = two.db.one("SELECT flags FROM placement WHERE folder = ? AND message = ?", first)
    assert row is not None and not row[0] & Flag.SEEN
    assert not journal.waiting(two.db)
    two.same_as_servers()


def test_what_went_to_another_account_stays_there_where_the_folder_it_came_from_has_gone(two: Two) -> None:
    folder = _made(two, "X")
    operations.move(two.db, two.places(0)[:1], folder)
    two.finish()
    two.incoming[0].sync()
    (message,) = [row[0] for row in two.db.read("SELECT message FROM placement WHERE folder = ?", (folder,))]
    operations.move(two.db, [(folder, message)], two.folder(1).id)
    two.finish()
    _gone(two, "X")
    with pytest.raises(CorreioError, match="undo-gone"):
        operations.undo(two.db)
    two.finish()
    assert two.there(1) == Counter(two.mails[:1])
    two.same_as_servers()
