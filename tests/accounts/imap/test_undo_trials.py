"""What the user does and takes back, at random, over lines that drop, on servers that lack this or that; one account may be
offline for long. In the end the servers have exactly what a simple model says: each mail where it belongs, as it was marked."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from accounts.demo.imap_server import CAPABILITIES
from core import operations
from core.flags import Flag
from core.store import bodies, doctor, folders, journal, notices
from tests.accounts.imap.conftest import Demo
from tests.accounts.imap.test_crossing import Two
from tests.accounts.mail_place import letter
from tests.depth import depth

Make = Callable[..., Demo]
Where = tuple[int, str]
"""(account, folder)"""
Model = dict[Where, list[tuple[bytes, frozenset[str]]]]
"""The mails in each folder, with flags and tags."""
PLACES: tuple[Where, ...] = tuple((n, path) for n in (0, 1) for path in ("INBOX", "Archive", "Lists"))
WHOLE = CAPABILITIES - {"OBJECTID"}
SERVERS = {
    "whole": WHOLE,
    **{f"no {name}": WHOLE - {name} for name in ("UIDPLUS", "MOVE", "CONDSTORE", "ESEARCH", "LITERAL+", "LIST-STATUS")},
    "neither": WHOLE - {"UIDPLUS", "MOVE"},
    "bare": frozenset(("IMAP4rev1",)),
}
FLAGS = {Flag.SEEN: "\\seen", Flag.FLAGGED: "\\flagged", Flag.ANSWERED: "\\answered"}


class Trial:
    """Two accounts, a user, and what should be."""

    def __init__(self, folder: Path, make_demo: Make, can: frozenset[str], seed: int) -> None:
        self.two = Two(folder, make_demo, keep="all", capabilities=can)
        self.rng = random.Random(seed)
        self.log: list[str] = []
        for n, path in PLACES:
            for _ in range(2):
                self.two.demos[n].place.put(letter(), path, self.rng.sample(sorted(FLAGS.values()), 1))
        for one in self.two.incoming:
            one.sync()
        self.model = self.there()
        self.before: list[Model] = []
        self.online = [True, True]

    def there(self) -> Model:
        """What the servers have."""
        found: Model = {}
        for n, path in PLACES:
            demo = self.two.demos[n]
            mails = demo.loop.call(
                lambda demo=demo, path=path: [
                    (mail.raw, frozenset(flag.lower() for flag in mail.flags if flag != "\\Recent"))
                    for mail in demo.server.account.boxes[path].mails.values()
                ]
            )
            found[n, path] = list(mails)
        return found

    def shown(self, where: Where) -> list[tuple[bytes, frozenset[str]]]:
        """What the screen shows."""
        db, found = self.two.db, []
        for id, message, flags in db.read(
            "SELECT id, message, flags FROM placement WHERE folder = ? AND hidden = 0", (self.folder(where),)
        ):
            tags = {row[0] for row in db.read("SELECT name FROM keyword WHERE placement = ? AND shown = 1", (id,))}
            raw = bodies.raw(db, message) or b""
            found.append((raw, frozenset(tags | {name for flag, name in FLAGS.items() if flags & flag})))
        return found

    def folder(self, where: Where) -> int:
        found = folders.by_path(self.two.db, self.two.rows[where[0]], where[1])
        assert found is not None
        return found.id

    def act(self) -> None:
        """One key press."""
        rng, db = self.rng, self.two.db
        if self.before and rng.random() < 0.4:
            self.log.append(f"undo {operations.undo(db)}")
            self.model = self.before.pop()
            return
        where = rng.choice(PLACES)
        rows = db.read(
            "SELECT message FROM placement WHERE folder = ? AND hidden = 0 GROUP BY message HAVING count(*) = 1",
            (self.folder(where),),
        )
        messages = rng.sample([row[0] for row in rows], min(len(rows), rng.randint(1, 3)))
        if not messages:
            return
        raws = {bodies.raw(db, message) or b"" for message in messages}
        places = [(self.folder(where), message) for message in messages]
        new = {place: list(mails) for place, mails in self.model.items()}
        deed = rng.choice(("flag", "tag", "move", "move", "copy", "expunge"))
        target = rng.choice([place for place in PLACES if place != where])
        if deed in ("flag", "tag"):
            on, flag = rng.random() < 0.6, rng.choice(list(FLAGS))
            name = FLAGS[flag] if deed == "flag" else rng.choice(("todo", "work"))
            step = operations.set_flag(db, places, flag, on) if deed == "flag" else operations.set_tag(db, places, name, on)
            new[where] = [
                (raw, (flags | {name} if on else flags - {name}) if raw in raws else flags) for raw, flags in new[where]
            ]
        elif deed == "expunge":
            step = operations.expunge(db, places)
            new[where] = [mail for mail in new[where] if mail[0] not in raws]
        else:
            standing = {raw for raw, _ in new[target]}
            if target[0] != where[0] and standing & raws:
                return
            step = (operations.move if deed == "move" else operations.copy)(db, places, self.folder(target))
            new[target] += [mail for mail in new[where] if mail[0] in raws and (deed == "move" or mail[0] not in standing)]
            if deed == "move":
                new[where] = [mail for mail in new[where] if mail[0] not in raws]
        self.log.append(f"{step}: {deed} {where} {target} {[self.subject(raw) for raw in raws]}")
        if step:
            self.before.append(self.model)
            self.model = new

    def subject(self, raw: bytes) -> str:
        return raw.split(b"Subject: ")[1].split(b"\r\n")[0].decode()

    def cut_soon(self, n: int) -> None:
        """The line drops at one of the next commands: before it is heard, or before the answer is."""
        left, after, server = self.rng.randint(1, 6), self.rng.random() < 0.5, self.two.demos[n].server
        seen = 0

        def meet(session: object, before: bool) -> bytes | None:
            nonlocal seen
            seen += before
            if seen < left or before == after:
                return None
            server.on_command = server.on_answer = None
            session.cut()  # type: ignore[attr-defined]
            return b""

        server.on_command = lambda session, tag, name, args: meet(session, True)
        server.on_answer = lambda session, name, answer: meet(session, False)

    def work(self) -> None:
        """What the engine does in between."""
        from contextlib import suppress

        from core.errors import CorreioError

        n = self.rng.randrange(2)
        if self.rng.random() < 0.15:
            self.online[n] = not self.online[n]
        if not self.online[n]:
            return
        if self.rng.random() < 0.3:
            self.cut_soon(n)
        incoming = self.two.incoming[n]
        self.log.append(f"engine {n}")
        with suppress(CorreioError):
            if self.rng.random() < 0.5:
                incoming.replay()
            else:
                incoming.sync()
        self.two.clock.now += self.rng.choice((1, 120))

    def compare(self, found: Model, what: str) -> None:
        for place, mails in found.items():
            ours = Counter((self.subject(raw), *sorted(flags)) for raw, flags in mails)
            wanted = Counter((self.subject(raw), *sorted(flags)) for raw, flags in self.model[place])
            assert ours == wanted, (what, place, ours - wanted, wanted - ours, self.log)

    def end(self) -> None:
        for demo in self.two.demos:
            demo.server.on_command = demo.server.on_answer = None
        self.compare({place: self.shown(place) for place in PLACES}, "shown before the end")
        self.two.finish()
        self.compare(self.there(), "on the servers")
        for one in self.two.incoming:
            one.sync()
            one.sync()
        self.compare({place: self.shown(place) for place in PLACES}, "shown in the end")
        assert notices.unseen(self.two.db) == []
        assert journal.waiting(self.two.db) == 0
        assert [finding for finding in doctor.examine(self.two.db) if finding.count] == []


@pytest.mark.parametrize("can", SERVERS)
def test_what_is_done_and_taken_back_ends_as_the_user_meant(can: str, make_demo: Make, tmp_path: Path) -> None:
    for seed in range(depth(1, 20)):
        trial = Trial(tmp_path / str(seed), make_demo, SERVERS[can], seed)
        for _ in range(40):
            for _ in range(trial.rng.randint(0, 2)):
                trial.act()
            if trial.rng.random() < 0.6:
                trial.work()
        trial.end()
        trial.two.close()
