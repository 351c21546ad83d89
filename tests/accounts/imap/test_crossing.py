"""Moves and copies between accounts: cut at any step, undone at any time, nothing lost and nothing twice."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from accounts.demo.imap_server import CAPABILITIES
from accounts.imap.account import ImapAccount
from core import folder_moves, operations
from core.arrival import arrive_mail
from core.errors import CorreioError, NetworkError
from core.flags import Flag
from core.secret import Secret
from core.settings.schema import Account
from core.store import accounts, bodies, doctor, folders, journal, notices
from core.store.database import Database
from tests.accounts.imap.conftest import Demo
from tests.accounts.imap.test_replay import Clock, Cutter, bodies_in
from tests.accounts.mail_place import letter, open_store

Make = Callable[..., Demo]


class Two:
    """Two servers as the accounts of one store, and a local account."""

    def __init__(self, folder: Path, make_demo: Make, *, keep: str = "headers", **options: object) -> None:
        self.db = open_store(folder)
        self.clock = Clock()
        self.demos = [make_demo(**options), make_demo(**options)]
        self.rows = [accounts.row_of(self.db, uid) for uid in ("aaaa0000", "bbbb0000")]
        self.local = accounts.row_of(self.db, "10ca1000", local=True)
        self.keep = keep
        self.incoming = [self._account(n) for n in (0, 1)]
        self.mails = [letter(f"Mail {n}") for n in range(3)]
        for raw in self.mails:
            self.demos[0].place.put(raw, flags=["\\Flagged", "todo"])
        self.demos[1].place.put(letter("old"), "Archive")
        for one in self.incoming:
            one.sync()

    def _account(self, n: int) -> ImapAccount:
        place = self.demos[n].place
        settings = Account(id="ab"[n] * 4 + "0000", name=str(n), email="a@b.example", keep=self.keep, incoming=place.settings)
        secret = Secret(place.password)
        return ImapAccount(settings, lambda server: secret, self.db, self.rows[n], lambda p: None, clock=self.clock)

    def folder(self, n: int, role: str = "inbox") -> folders.Folder:
        row = self.local if n == 2 else self.rows[n]
        found = folders.by_role(self.db, row, role)
        assert found is not None
        return found

    def places(self, n: int) -> list[operations.Place]:
        """What is shown in an Inbox."""
        folder = self.folder(n).id
        rows = self.db.read("SELECT message FROM placement WHERE folder = ? AND hidden = 0 ORDER BY message", (folder,))
        return [(folder, row[0]) for row in rows]

    def turn(self, n: int) -> None:
        with contextlib.suppress(NetworkError):
            self.incoming[n].replay()
        self.clock.now += 120

    def finish(self) -> None:
        """As the engine does it: again and again, until nothing waits."""
        for _ in range(20):
            self.turn(0)
            self.turn(1)
            if not journal.waiting(self.db):
                break
        else:
            raise AssertionError(self.db.read("SELECT kind, state, attempts, reason FROM operation"))

    def there(self, n: int) -> Counter[bytes]:
        return bodies_in(self.demos[n], "INBOX")

    def same_as_servers(self) -> None:
        """Shown is what the servers have, and the store is well."""
        for n, incoming in enumerate(self.incoming):
            incoming.sync()
            assert len(self.places(n)) == sum(self.there(n).values())
        assert [finding for finding in doctor.examine(self.db) if finding.count] == []

    def close(self) -> None:
        for one in self.incoming:
            one.close()
        self.db.close()


@pytest.fixture
def two(tmp_path: Path, make_demo: Make):  # type: ignore[no-untyped-def]
    made = Two(tmp_path, make_demo)
    yield made
    made.close()


def times(demo: Demo) -> list[object]:
    with demo.place.client("INBOX") as client:
        return [data[b"INTERNALDATE"] for data in client.fetch(client.search(), ["INTERNALDATE"]).values()]


def test_a_move_takes_flags_tags_and_time_along(two: Two) -> None:
    before = times(two.demos[0])
    operations.move(two.db, two.places(0), two.folder(1).id)
    assert not two.places(0) and len(two.places(1)) == 3, "at once on the screen"
    assert journal.waiting(two.db) == 1, "one change, whatever it takes"
    two.finish()
    assert not two.there(0) and two.there(1) == Counter(two.mails)
    assert {flags for _, flags in two.demos[1].place.mails().values()} == {frozenset(("\\flagged", "todo"))}
    assert times(two.demos[1]) == before
    two.same_as_servers()


def test_what_is_changed_on_the_way_arrives_so(two: Two) -> None:
    operations.move(two.db, two.places(0), two.folder(1).id)
    operations.set_flag(two.db, two.places(1), Flag.SEEN, True)
    operations.set_flag(two.db, two.places(1), Flag.FLAGGED, False)
    operations.set_tag(two.db, two.places(1), "done", True)
    operations.move(two.db, two.places(1)[:1], two.folder(1, "archive").id)
    two.turn(1)
    assert not two.there(1), "the first account has not been reached yet"
    two.finish()
    assert {flags for _, flags in two.demos[1].place.mails().values()} == {frozenset(("\\seen", "todo", "done"))}
    assert two.there(1) == Counter(two.mails[1:])
    assert bodies_in(two.demos[1], "Archive")[two.mails[0]] == 1
    two.same_as_servers()


def test_a_copy_stays_and_is_not_made_twice(two: Two) -> None:
    operations.copy(two.db, two.places(0), two.folder(1).id)
    two.finish()
    assert operations.copy(two.db, two.places(0), two.folder(1).id) == 0
    assert two.there(0) == two.there(1) == Counter(two.mails)
    operations.undo(two.db)
    two.finish()
    assert not two.there(1)
    two.same_as_servers()


@pytest.mark.parametrize(
    ("can", "where"), [(CAPABILITIES, 1), (frozenset(("IMAP4rev1",)), 0)], ids=["target", "source that can little"]
)
def test_cut_at_every_step(can: frozenset[str], where: int, make_demo: Make, tmp_path: Path) -> None:
    for place in range(1, 40):
        after = place % 2 == 0
        folder = tmp_path / str(place)
        folder.mkdir()
        two = Two(folder, make_demo, capabilities=can)
        operations.move(two.db, two.places(0), two.folder(1).id)
        cutter = Cutter(two.demos[where], place, after)
        two.finish()
        two.demos[where].server.on_command = two.demos[where].server.on_answer = None
        assert two.there(1) == Counter(two.mails), (place, after)
        assert not two.there(0)
        two.same_as_servers()
        two.close()
        if not cutter.done:
            break
    else:
        raise AssertionError("never came to its end without a cut")


def test_a_pass_between_two_tries_does_not_make_it_twice(two: Two) -> None:
    operations.move(two.db, two.places(0), two.folder(1).id)
    two.turn(0)
    two.demos[1].server.on_answer = lambda session, name, answer: session.cut() or b"" if name == "APPEND" else None
    two.turn(1)
    two.demos[1].server.on_answer = None
    two.clock.now -= 120  # the second try has to wait, a pass has not
    two.incoming[1].sync()
    two.finish()
    assert two.there(1) == Counter(two.mails)
    two.same_as_servers()


@pytest.mark.parametrize("nth", [1, 2])
@pytest.mark.parametrize("heard", [False, True])
def test_mails_that_differ_in_their_bodies_only_are_told_apart_after_a_cut(nth: int, heard: bool, two: Two) -> None:
    one = letter("the same head", body="This one.\r\n")
    mails = Counter((one, one.replace(b"This one.", b"That one.")))
    with two.db.write():
        for raw in mails:
            arrive_mail(two.db, two.folder(2).id, two.local, raw)
    operations.move(two.db, two.places(2), two.folder(1).id)
    left = [nth]

    def cut(session: object, name: str) -> bytes | None:
        left[0] -= name == "APPEND"
        return session.cut() or b"" if name == "APPEND" and left[0] == 0 else None  # type: ignore[attr-defined]

    if heard:
        two.demos[1].server.on_answer = lambda session, name, answer: cut(session, name)
    else:
        two.demos[1].server.on_command = lambda session, tag, name, args: cut(session, name)
    two.finish()
    assert two.there(1) == mails and not two.places(2)
    two.incoming[1].sync()
    assert len(two.places(1)) == 2
    assert {bodies.raw(two.db, message) for _, message in two.places(1)} == set(mails)


@pytest.mark.parametrize("turns", ["", "0", "01", "010"])
def test_undone_at_any_time_and_after_a_restart(turns: str, two: Two) -> None:
    operations.move(two.db, two.places(0), two.folder(1).id)
    for turn in turns:
        two.turn(int(turn))
    path = two.db.path
    with contextlib.closing(Database(path)) as other:
        undone = operations.undo(other)
    assert undone is not None and (undone.kind, undone.messages) == ("move", 3)
    assert len(two.places(0)) == 3 and not two.places(1)
    two.finish()
    assert two.there(0) == Counter(two.mails) and not two.there(1)
    assert {flags for _, flags in two.demos[0].place.mails().values()} == {frozenset(("\\flagged", "todo"))}
    two.same_as_servers()


def test_undone_after_the_append_that_nobody_answered(two: Two) -> None:
    operations.move(two.db, two.places(0), two.folder(1).id)
    two.turn(0)
    two.demos[1].server.on_answer = lambda session, name, answer: session.cut() or b"" if name == "APPEND" else None
    two.turn(1)
    two.demos[1].server.on_answer = None
    operations.undo(two.db)
    two.finish()
    assert two.there(0) == Counter(two.mails) and not two.there(1)
    two.same_as_servers()


def refuse(demo: Demo, command: str) -> None:
    """From now on the server says no to that."""
    demo.server.on_command = lambda session, tag, name, args: (
        f"{tag} NO [NOPERM] not here\r\n".encode() if name == command else None
    )


def cut_at(demo: Demo, command: str, *, before: bool) -> None:
    """The line drops at that command: unheard, or carried out and not answered."""
    deed = lambda session, name: session.cut() or b"" if name == command else None  # noqa: E731
    if before:
        demo.server.on_command = lambda session, tag, name, args: deed(session, name)
    else:
        demo.server.on_answer = lambda session, name, answer: deed(session, name)


@pytest.mark.parametrize("expunged", [False, True], ids=["still there", "gone already"])
def test_undone_while_the_mail_leaves_and_the_server_then_refuses_that(expunged: bool, two: Two) -> None:
    operations.move(two.db, two.places(0), two.folder(1).id)
    two.turn(0)
    two.turn(1)
    cut_at(two.demos[0], "UID EXPUNGE" if expunged else "UID STORE", before=not expunged)
    two.turn(0)
    two.demos[0].server.on_answer = None
    operations.undo(two.db)
    assert len(two.places(0)) == 3 and not two.places(1)
    refuse(two.demos[0], "UID STORE")
    two.finish()
    two.demos[0].server.on_command = None
    assert two.there(0) == Counter(two.mails) and not two.there(1)
    assert len(two.places(0)) == 3
    two.same_as_servers()


def test_undone_while_the_mail_leaves_a_folder_that_can_no_longer_be_opened(two: Two) -> None:
    operations.move(two.db, two.places(0), two.folder(1).id)
    two.turn(0)
    two.turn(1)
    cut_at(two.demos[0], "UID STORE", before=True)
    two.turn(0)
    operations.undo(two.db)
    refuse(two.demos[0], "SELECT")
    two.finish()
    two.demos[0].server.on_command = None
    assert (two.there(0) | two.there(1)) == Counter(two.mails), "nothing is lost where nothing could be proven"


def test_a_target_that_is_full_keeps_what_went_over_and_gives_back_the_rest(two: Two) -> None:
    operations.move(two.db, two.places(0), two.folder(1).id)
    appended = []

    def full(session: object, tag: str, name: str, args: object) -> bytes | None:
        if name != "APPEND":
            return None
        appended.append(name)
        return f"{tag} NO [OVERQUOTA] full\r\n".encode() if len(appended) > 1 else None

    two.demos[1].server.on_command = full
    two.finish()
    two.demos[1].server.on_command = None
    assert sum(two.there(1).values()) == 1 and sum(two.there(0).values()) == 2
    assert two.there(0) + two.there(1) == Counter(two.mails)
    [(_, told)] = notices.unseen(two.db)
    assert (told.id, told.values["count"], told.values["target"]) == ("refused-bring", 2, "INBOX")
    two.same_as_servers()


def test_what_somebody_deletes_meanwhile_stays_deleted(two: Two) -> None:
    operations.move(two.db, two.places(0), two.folder(1).id)
    two.demos[0].place.delete(1)
    two.demos[0].place.put(letter("which stays"))
    two.finish()
    assert two.there(1) == Counter(two.mails[1:])
    [(_, told)] = notices.unseen(two.db)
    assert (told.id, told.values["count"]) == ("refused-take", 1)
    two.same_as_servers()


def test_to_this_machine_and_back(two: Two) -> None:
    operations.move(two.db, two.places(0), two.folder(2).id)
    assert len(two.places(2)) == 3
    two.finish()
    assert not two.there(0) and len(two.places(2)) == 3
    assert two.db.value("SELECT count(*) FROM message WHERE account = ? AND body = 2", (two.local,)) == 3
    operations.move(two.db, two.places(2), two.folder(1).id)
    two.finish()
    assert two.there(1) == Counter(two.mails) and not two.places(2)
    two.same_as_servers()
    operations.undo(two.db)
    operations.undo(two.db)
    two.finish()
    assert two.there(0) == Counter(two.mails) and not two.there(1)
    two.same_as_servers()


@pytest.mark.parametrize("turns", ["", "0", "01"])
@pytest.mark.parametrize("removed", [0, 1])
def test_an_account_that_is_removed_takes_nothing_along(turns: str, removed: int, two: Two) -> None:
    operations.move(two.db, two.places(0), two.folder(1).id)
    for turn in turns:
        two.turn(int(turn))
    accounts.forget(two.db, two.rows[removed])
    journal.forget_old(two.db, 1 << 40)
    two.turn(1 - removed)
    assert not (two.there(0) | two.there(1)) - Counter(two.mails)
    assert two.there(0) | two.there(1) == Counter(two.mails)
    assert operations.undo(two.db) is None
    assert not journal.waiting(two.db)
    assert len(two.places(1 - removed)) == sum(two.there(1 - removed).values())


def test_many_go_over_in_turns(two: Two, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.crossing.CHUNK", 2)
    operations.move(two.db, two.places(0), two.folder(1).id)
    two.turn(0)
    two.turn(1)
    two.turn(0)
    operations.undo(two.db)
    two.finish()
    assert two.there(0) == Counter(two.mails) and not two.there(1)
    two.same_as_servers()


def tree_on(two: Two) -> folders.Folder:
    """A folder with a subfolder on the first server, mails in both, known here."""
    two.demos[0].place.put(letter("in the folder"), "Projects")
    two.demos[0].place.put(letter("below it"), "Projects/2026")
    two.demos[0].place.put(letter("there too"), "Projects/2026")
    two.incoming[0].sync()
    found = folders.by_path(two.db, two.rows[0], "Projects")
    assert found is not None
    return found


def subjects(two: Two, n: int) -> dict[str, int]:
    """Folder → mails of those below `Projects` and `Old` on a server."""

    def read() -> dict[str, int]:
        boxes = two.demos[n].server.account.boxes
        return {name: len(box.mails) for name, box in boxes.items() if name.startswith(("Projects", "Old"))}

    return two.demos[n].loop.call(read)


WHOLE = {"Old": 1, "Old/2026": 2}


@pytest.mark.parametrize("to", [0, 1], ids=["within the account", "to another account"])
def test_a_whole_folder_moves_and_comes_back(to: int, two: Two) -> None:
    folder_moves.move_folder(two.db, tree_on(two).id, two.rows[to], "Old")
    two.finish()
    assert subjects(two, to) == WHOLE and not (subjects(two, 0) if to else {})
    assert folders.by_path(two.db, two.rows[0], "Projects") is None
    undone = operations.undo(two.db)
    assert undone is not None and undone.kind == "remove"
    two.finish()
    assert subjects(two, 0) == {"Projects": 1, "Projects/2026": 2} and not (subjects(two, 1) if to else {})
    two.same_as_servers()
    assert notices.unseen(two.db) == []


@pytest.mark.parametrize("turns", ["", "0", "01", "010"])
def test_a_folder_on_its_way_is_taken_back(turns: str, two: Two) -> None:
    folder_moves.move_folder(two.db, tree_on(two).id, two.rows[1], "Old")
    for turn in turns:
        two.turn(int(turn))
    operations.undo(two.db)
    two.finish()
    assert subjects(two, 0) == {"Projects": 1, "Projects/2026": 2} and not subjects(two, 1)
    two.same_as_servers()


def test_a_folder_into_which_mail_comes_meanwhile_stays(two: Two) -> None:
    folder_moves.move_folder(two.db, tree_on(two).id, two.rows[1], "Old")
    two.demos[0].place.put(letter("late"), "Projects/2026")
    two.finish()
    assert subjects(two, 1) == WHOLE and subjects(two, 0) == {"Projects": 0, "Projects/2026": 1}
    assert {told.id for _, told in notices.unseen(two.db)} == {"refused-remove"}
    two.same_as_servers()


def test_a_folder_to_this_machine_and_back(two: Two) -> None:
    folder_moves.move_folder(two.db, tree_on(two).id, two.local, "Old")
    two.finish()
    here = folders.by_path(two.db, two.local, "Old")
    assert here is not None and here.total == 1 and not subjects(two, 0)
    folder_moves.move_folder(two.db, here.id, two.rows[1], "Old")
    two.finish()
    assert subjects(two, 1) == WHOLE and folders.by_path(two.db, two.local, "Old") is None
    assert notices.unseen(two.db) == []


def test_a_folder_that_cannot_be_moved(two: Two) -> None:
    source = tree_on(two)
    for folder, row, path, id in (
        (two.folder(0).id, two.rows[1], "Old", "folder-has-role"),
        (source.id, two.rows[0], "Projects/2027", "folder-into-itself"),
        (source.id, two.rows[1], "Archive", "folder-exists"),
        (source.id, two.rows[1], " ", "folder-exists"),
    ):
        with pytest.raises(CorreioError) as caught:
            folder_moves.move_folder(two.db, folder, row, path)
        assert caught.value.id == id
    assert not journal.waiting(two.db)


@pytest.mark.parametrize("before", [True, False], ids=["unheard", "unanswered"])
@pytest.mark.parametrize("undone", [False, True], ids=["on", "back"])
@pytest.mark.parametrize("command", ["CREATE", "DELETE"])
def test_a_folder_on_its_way_survives_a_cut(command: str, undone: bool, before: bool, two: Two) -> None:
    folder_moves.move_folder(two.db, tree_on(two).id, two.rows[1], "Old")
    where = 1 if command == "CREATE" else 0
    cut_at(two.demos[where], command, before=before)
    for turn in (0, 1, 0):
        two.turn(turn)
    two.demos[where].server.on_command = two.demos[where].server.on_answer = None
    if undone:
        operations.undo(two.db)
    two.finish()
    assert subjects(two, 0) == ({"Projects": 1, "Projects/2026": 2} if undone else {})
    assert subjects(two, 1) == ({} if undone else WHOLE)
    two.same_as_servers()
    assert notices.unseen(two.db) == []


def test_a_mail_whose_bytes_were_lost_on_the_way_stays_where_it_is(two: Two) -> None:
    operations.move(two.db, two.places(0), two.folder(1).id)
    two.turn(0)
    lost = two.places(1)[1][1]
    with two.db.write():  # as a store that was rescued from a damaged disk may be
        two.db.run("UPDATE message SET raw = NULL, body = 2, indexed = 1 WHERE id = ?", (lost,))
    two.finish()
    assert two.there(1) == Counter([two.mails[0]]), "no empty mail in place of the one that is lost"
    assert two.there(0) == Counter(two.mails[1:])
    assert notices.unseen(two.db)
