"""Folders made, renamed, moved and removed at random, here and by another program, mail moved among them and all of it taken
back, on servers that refuse this or that. In the end nothing waits, the store shows what the servers have, no mail is lost."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from imapclient.exceptions import IMAPClientError

from accounts.demo.imap_server import CAPABILITIES
from core import folder_moves, operations
from core.errors import CorreioError, NetworkError, ServerRefused
from core.flags import Flag
from core.store import doctor, folders, journal
from tests.accounts.imap.conftest import Demo
from tests.accounts.imap.test_crossing import Two
from tests.accounts.mail_place import letter
from tests.depth import depth

Make = Callable[..., Demo]
NAMES = ("Work", "Home", "Work/2026", "Home/Old", "Trips", "Trips/Norway/1999")
REFUSED = ("CREATE", "RENAME", "DELETE", "MOVE", "UID MOVE", "COPY", "UID COPY", "APPEND", "STORE", "UID STORE", "SELECT")
EXPECTED = {"undo-gone", "folder-exists", "folder-has-role", "folder-into-itself", "no-folder", "folder-not-empty", "no-body"}
"""What may be said to the user at once."""
SERVERS = {
    "whole": CAPABILITIES,
    "no OBJECTID": CAPABILITIES - {"OBJECTID"},
    "bare": frozenset(("IMAP4rev1",)),
}


class Trial:
    """Two accounts, a user, and another program."""

    def __init__(self, folder: Path, make_demo: Make, can: frozenset[str], seed: int) -> None:
        self.two = Two(folder, make_demo, keep="all", capabilities=can)
        self.rng = random.Random(seed)
        self.log: list[str] = []
        for n in (0, 1):
            for _ in range(3):
                self.two.demos[n].place.put(letter())
            for name in NAMES[:2]:
                self.two.demos[n].place.put(letter(), name)
        for one in self.two.incoming:
            one.sync()
        self.mails = set(self.on_servers())
        self.gone: set[bytes] = set()
        """What another program has deleted with a folder."""

    def boxes(self, n: int) -> dict[str, list[bytes]]:
        """Mails by folder on a server."""
        demo = self.two.demos[n]
        return demo.loop.call(
            lambda: {name: [mail.raw for mail in box.mails.values()] for name, box in demo.server.account.boxes.items()}
        )

    def on_servers(self) -> Counter[bytes]:
        return Counter(raw for n in (0, 1) for mails in self.boxes(n).values() for raw in mails)

    def some_folder(self) -> folders.Folder | None:
        row = self.two.rows[self.rng.randrange(2)]
        found = [one for one in folders.all_folders(self.two.db, row) if one.selectable]
        return self.rng.choice(found) if found else None

    def act(self) -> None:
        """One key press."""
        rng, db = self.rng, self.two.db
        deed = rng.choice(("create", "rename", "rename", "over", "move", "move", "copy", "flag", "undo", "undo", "undo"))
        try:
            self.log.append(f"{deed} {self.do(deed, db)}")
        except CorreioError as error:
            self.log.append(f"{deed} {error}")
            assert error.id in EXPECTED, self.log

    def do(self, deed: str, db: object) -> object:
        rng, two = self.rng, self.two
        if deed == "undo":
            return operations.undo(two.db)
        if deed == "create":
            name = rng.choice(NAMES)
            return name, operations.create_folder(two.db, two.rows[rng.randrange(2)], name)
        folder = self.some_folder()
        if folder is None:
            return None
        if deed in ("rename", "over"):
            row = folder.account if deed == "rename" else two.rows[rng.randrange(2)]
            name = rng.choice(NAMES)
            return folder.path, name, row, folder_moves.move_folder(two.db, folder.id, row, name)
        rows = two.db.read("SELECT message FROM placement WHERE folder = ? AND hidden = 0", (folder.id,))
        places = [(folder.id, row[0]) for row in rng.sample(rows, min(len(rows), 2))]
        if not places:
            return None
        if deed == "flag":
            return folder.path, operations.set_flag(two.db, places, Flag.FLAGGED, rng.random() < 0.5)
        target = self.some_folder()
        if target is None:
            return None
        step = (operations.move if deed == "move" else operations.copy)(two.db, places, target.id)
        return folder.path, target.path, places, step

    def another_program(self) -> None:
        """Deletes or renames a folder."""
        n = self.rng.randrange(2)
        names = [name for name in self.boxes(n) if name in NAMES]
        if not names:
            return
        name = self.rng.choice(names)
        new = self.rng.choice(NAMES)
        demo = self.two.demos[n]
        before = demo.server.on_command
        demo.server.on_command = None
        try:
            with demo.place.client("INBOX") as client:
                if self.rng.random() < 0.5:
                    there = self.boxes(n)[name]
                    client.delete_folder(name)
                    self.gone.update(there)
                    self.log.append(f"another program deletes {n} {name}")
                else:
                    client.rename_folder(name, new)
                    self.log.append(f"another program renames {n} {name} {new}")
        except IMAPClientError as error:  # the server says no
            self.log.append(f"another program is refused {error}")
        finally:
            demo.server.on_command = before

    def refuse(self) -> None:
        """A server says no to some commands for a while."""
        demo = self.two.demos[self.rng.randrange(2)]
        wanted = set(self.rng.sample(REFUSED, 3))
        temporary = "[UNAVAILABLE] " if self.rng.random() < 0.3 else ""

        def say(session: object, tag: str, name: str, args: object) -> bytes | None:
            return f"{tag} NO {temporary}you may not\r\n".encode() if name in wanted else None

        demo.server.on_command = say
        self.log.append(f"refused: {wanted} {temporary}")

    def work(self) -> None:
        """What the engine does in between."""
        n = self.rng.randrange(2)
        incoming = self.two.incoming[n]
        self.log.append(f"engine {n}")
        try:
            incoming.replay() if self.rng.random() < 0.5 else incoming.sync()
        except CorreioError as error:
            self.log.append(f"engine: {error}")
            assert isinstance(error, NetworkError | ServerRefused), self.log
        self.two.clock.now += self.rng.choice((1, 120, 400))

    def end(self) -> None:
        for demo in self.two.demos:
            demo.server.on_command = None
        for _ in range(12):
            for one in self.two.incoming:
                self.two.clock.now += 400
                one.close()  # what is hard to believe is believed when another connection says it too
                one.sync()
                one.replay()
        assert not journal.waiting(self.two.db), self.log
        for n in (0, 1):
            theirs = {name: len(mails) for name, mails in self.boxes(n).items() if mails}
            ours = {one.path: one.total for one in folders.all_folders(self.two.db, self.two.rows[n]) if one.total}
            ours = {("INBOX" if path.upper() == "INBOX" else path): total for path, total in ours.items()}
            assert ours == theirs, (n, ours, theirs, self.log)
        lost = self.mails - self.gone - set(self.on_servers())
        assert not lost, (lost, self.log)
        assert [finding for finding in doctor.examine(self.two.db) if finding.count] == []


@pytest.mark.parametrize("can", SERVERS)
def test_nothing_waits_for_ever_and_nothing_is_lost(can: str, make_demo: Make, tmp_path: Path) -> None:
    for seed in range(depth(2, 40)):
        trial = Trial(tmp_path / str(seed), make_demo, SERVERS[can], seed)
        for _ in range(30):
            trial.act()
            if trial.rng.random() < 0.15:
                trial.another_program()
            if trial.rng.random() < 0.15:
                trial.refuse()
            elif trial.rng.random() < 0.3:
                for demo in trial.two.demos:
                    demo.server.on_command = None
            if trial.rng.random() < 0.5:
                trial.work()
        trial.end()
        trial.two.close()
