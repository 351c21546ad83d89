"""Folders renamed within an account: cut at any step, refused, taken back, looked at meanwhile; no mail is fetched for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from accounts.demo.imap_server import CAPABILITIES
from core import folder_moves, operations
from core.errors import CorreioError
from core.flags import Flag
from core.store import folders, journal, notices
from tests.accounts.imap.conftest import Demo
from tests.accounts.imap.test_crossing import WHOLE, Two, subjects, tree_on
from tests.accounts.imap.test_replay import Cutter
from tests.accounts.mail_place import letter

Make = Callable[..., Demo]
BEFORE = {"Projects": 1, "Projects/2026": 2}


@pytest.fixture
def two(tmp_path: Path, make_demo: Make) -> Iterator[Two]:
    made = Two(tmp_path, make_demo)
    yield made
    made.close()


def said(demo: Demo) -> list[str]:
    """The names of the commands that the server hears from now on."""
    names: list[str] = []

    def hear(session: object, tag: str, name: str, args: object) -> None:
        names.append(name)

    demo.server.on_command = hear
    return names


def answers(demo: Demo, command: str, answer: str) -> None:
    """The server answers a command in these words, and does not carry it out."""

    def say(session: object, tag: str, name: str, args: object) -> bytes | None:
        return f"{tag} {answer}\r\n".encode() if name == command else None

    demo.server.on_command = say


def paths(two: Two, row: int = 0) -> dict[str, int]:
    """Path → mails, of those of an account (the first one) that have no role."""
    return {one.path: one.total for one in folders.all_folders(two.db, row or two.rows[0]) if not one.role}


def test_no_mail_is_touched(two: Two) -> None:
    source = tree_on(two)
    subscribed = two.demos[0].server.account.subscribed
    two.demos[0].loop.call(lambda: subscribed.intersection_update({"Projects/2026"}))
    names = said(two.demos[0])
    folder_moves.move_folder(two.db, source.id, two.rows[0], "Old")
    assert paths(two) == WHOLE and subjects(two, 0) == BEFORE, "here at once"
    two.finish()
    assert subjects(two, 0) == WHOLE
    assert "RENAME" in names and not {"FETCH", "COPY", "MOVE", "DELETE"} & set(names)
    assert two.demos[0].loop.call(lambda: {name for name in subscribed if name.startswith(("Projects", "Old"))}) == {"Old/2026"}
    assert folders.get(two.db, source.id).path == "Old"
    two.same_as_servers()
    assert "FETCH" not in names
    assert operations.undo(two.db)
    two.finish()
    assert subjects(two, 0) == paths(two) == BEFORE
    two.same_as_servers()
    assert notices.unseen(two.db) == []


@pytest.mark.parametrize(
    ("can", "undone"), [(CAPABILITIES, False), (CAPABILITIES, True), (frozenset(("IMAP4rev1",)), False)],
    ids=["on", "back", "bare"],
)  # fmt: skip
def test_cut_at_every_step(can: frozenset[str], undone: bool, make_demo: Make, tmp_path: Path) -> None:
    for after in (False, True):
        for place in range(1, 20):
            two = Two(tmp_path / f"{place}-{after}", make_demo, capabilities=can)
            source = tree_on(two)
            two.demos[0].loop.call(lambda two=two: two.demos[0].server.account.subscribed.add("Projects"))
            cutter = Cutter(two.demos[0], place, after)
            folder_moves.move_folder(two.db, source.id, two.rows[0], "Old")
            two.turn(0)
            if undone:
                operations.undo(two.db)
            two.finish()
            two.demos[0].server.on_command = two.demos[0].server.on_answer = None
            assert subjects(two, 0) == (BEFORE if undone else WHOLE)
            subscribed = two.demos[0].loop.call(lambda two=two: set(two.demos[0].server.account.subscribed))
            assert subscribed & {"Projects", "Old"} == {"Projects" if undone else "Old"}
            two.same_as_servers()
            assert paths(two).items() >= (BEFORE if undone else WHOLE).items()
            assert notices.unseen(two.db) == [] and folders.get(two.db, source.id).total == 1
            two.close()
            if not cutter.done:
                break
        else:
            raise AssertionError("there is no end to it")


def test_a_pass_while_the_server_has_yet_to_hear_of_it(two: Two) -> None:
    source = tree_on(two)
    answers(two.demos[0], "RENAME", "NO [UNAVAILABLE] later")
    folder_moves.move_folder(two.db, source.id, two.rows[0], "Old")
    two.demos[0].place.put(letter("late"), "Projects/2026")
    two.incoming[0].sync()
    assert paths(two) == {"Old": 1, "Old/2026": 3}
    two.demos[0].server.on_command = None
    two.clock.now += 600
    two.finish()
    assert subjects(two, 0) == {"Old": 1, "Old/2026": 3}
    two.same_as_servers()


def test_renamed_twice_and_a_part_of_it_elsewhere(two: Two) -> None:
    source = tree_on(two)
    folder_moves.move_folder(two.db, source.id, two.rows[0], "Old")
    below = folders.by_path(two.db, two.rows[0], "Old/2026")
    assert below is not None
    folder_moves.move_folder(two.db, below.id, two.rows[0], "Years/2026")
    folder_moves.move_folder(two.db, source.id, two.rows[0], "Older")
    operations.create_folder(two.db, two.rows[0], "Older/new")
    two.finish()
    two.same_as_servers()
    boxes = two.demos[0].server.account.boxes
    there = two.demos[0].loop.call(lambda: {name: len(boxes[name].mails) for name in boxes})
    assert there.items() >= {"Older": 1, "Years/2026": 2, "Older/new": 0}.items() and "Projects" not in there
    assert paths(two).items() >= {"Older": 1, "Years/2026": 2, "Older/new": 0}.items()
    assert notices.unseen(two.db) == []


def test_where_the_server_will_not_the_mails_go_one_by_one(two: Two) -> None:
    source = tree_on(two)
    answers(two.demos[0], "RENAME", "NO [CANNOT] not here")
    folder_moves.move_folder(two.db, source.id, two.rows[0], "Old")
    two.finish()
    assert subjects(two, 0) == WHOLE
    two.same_as_servers()
    assert [told.id for _, told in notices.unseen(two.db)] == ["refused-rename"]
    assert operations.undo(two.db)
    two.finish()
    assert subjects(two, 0) == BEFORE
    two.same_as_servers()


def test_a_folder_that_somebody_else_has_made_meanwhile_is_left_alone(two: Two) -> None:
    source = tree_on(two)
    folder_moves.move_folder(two.db, source.id, two.rows[0], "Old")
    two.demos[0].place.put(letter("theirs"), "Old")
    two.finish()
    two.incoming[0].sync()
    assert subjects(two, 0) == {**BEFORE, "Old": 1} and paths(two) == {**BEFORE, "Old": 1}
    assert [told.values["why"]["id"] for _, told in notices.unseen(two.db)] == ["folder-exists"]
    two.same_as_servers()


def test_a_folder_that_is_gone_stays_gone(two: Two) -> None:
    source = tree_on(two)
    folder_moves.move_folder(two.db, source.id, two.rows[0], "Old")
    two.demos[0].loop.call(lambda: [two.demos[0].server.account.delete(name) for name in BEFORE])
    two.finish()
    assert subjects(two, 0) == {}
    assert [told.id for _, told in notices.unseen(two.db)] == ["refused-rename"]


def test_taken_back_before_the_server_has_heard_and_not_where_the_name_is_taken(two: Two) -> None:
    source = tree_on(two)
    folder_moves.move_folder(two.db, source.id, two.rows[0], "Old")
    operations.undo(two.db)
    assert paths(two) == BEFORE and not journal.waiting(two.db)
    folder_moves.move_folder(two.db, source.id, two.rows[0], "Old")
    two.finish()
    operations.create_folder(two.db, two.rows[0], "Projects")
    two.finish()
    operations.undo(two.db)  # the new folder
    two.finish()
    two.demos[0].place.put(letter("theirs"), "Projects")
    two.incoming[0].sync()
    with pytest.raises(CorreioError) as caught:
        operations.undo(two.db)
    assert caught.value.id == "folder-exists"


def test_on_this_machine(two: Two) -> None:
    folder_moves.move_folder(two.db, tree_on(two).id, two.local, "Old")
    two.finish()
    here = folders.by_path(two.db, two.local, "Old")
    assert here is not None
    folder_moves.move_folder(two.db, here.id, two.local, "Older")
    assert not journal.waiting(two.db)
    assert paths(two, two.local) == {"Older": 1, "Older/2026": 2}
    operations.undo(two.db)
    assert paths(two, two.local) == WHOLE


def test_a_folder_that_was_renamed_before_the_server_refused_to_make_it_holds_nothing_back(two: Two) -> None:
    operations.create_folder(two.db, two.rows[0], "New")
    made = folders.by_path(two.db, two.rows[0], "New")
    assert made is not None
    folder_moves.move_folder(two.db, made.id, two.rows[0], "Other")
    operations.set_flag(two.db, two.places(0), Flag.SEEN, True)
    answers(two.demos[0], "CREATE", "NO you may not")
    two.finish()
    assert {"New", "Other"}.isdisjoint(paths(two))
    assert {"\\seen" in flags for _, flags in two.demos[0].place.mails().values()} == {True}, "what comes behind is done"
    assert notices.unseen(two.db)
