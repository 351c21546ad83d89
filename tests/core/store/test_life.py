"""The store's life at random: whatever comes in whatever order, it is sound, and undo leads back to what was shown."""

from __future__ import annotations

from pathlib import Path

from hypothesis import HealthCheck, Phase, assume, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from core import operations
from core.arrival import arrive_body, arrive_header, arrive_mail
from core.flags import Flag
from core.header import header_block
from core.store import accounts, bodies, compression, doctor, folders, journal, pruning, repacking, room
from core.store.database import Database
from tests.core.store.mails import mail
from tests.depth import examples

NAMES = ("INBOX", "Archive", "Lists")
TAGS = ("work", "home")
PICK = st.integers(0, 1 << 30)
Shown = dict[tuple[int, int], tuple[int, frozenset[str]]]


class Life(RuleBasedStateMachine):
    """A store with one server account, and a model of what is shown: (folder, message) → (flags, tags)."""

    @initialize()
    def begin(self) -> None:
        import tempfile

        self.place = tempfile.TemporaryDirectory()
        self.path = Path(self.place.name, "state", "correio.db")
        self.db = Database(self.path)
        self.account = accounts.row_of(self.db, "5e44e400")
        self.folders = [folders.ensure(self.db, self.account, name).id for name in NAMES]
        self.raws: dict[int, bytes] = {}
        self.shown: Shown = {}
        self.steps: list[Shown] = []
        """For each step that can be undone: what its messages looked like before."""
        self.uid = 0

    def teardown(self) -> None:
        if hasattr(self, "db"):
            self.db.close()
            self.place.cleanup()

    # mail comes, the server speaks -------------------------------------------

    @rule(pick=PICK, whole=st.booleans(), flags=st.sampled_from([0, Flag.SEEN, Flag.SEEN | Flag.FLAGGED]))
    def arrives(self, pick: int, whole: bool, flags: int) -> None:
        self.uid += 1
        place = self.folders[pick % 3]
        raw = mail(id=f"{self.uid}@x", references=f"{pick % 5 + 1}@x", body=f"text {pick}")
        received = 1_700_000_000 + pick % 1000 * 60
        with self.db.write():
            if whole:
                id = arrive_mail(self.db, place, self.account, raw, uid=self.uid, flags=Flag(flags), internal=received)
            else:
                id = arrive_header(
                    self.db, place, self.account, header_block(raw), len(raw), uid=self.uid, flags=Flag(flags), internal=received
                )  # fmt: skip
        self.raws[id] = raw
        self.shown[place, id] = (int(flags), frozenset())

    @rule()
    def bodies_come(self) -> None:
        for (id,) in self.db.read("SELECT id FROM message WHERE body = 0"):
            with self.db.write():
                arrive_body(self.db, id, self.raws[id])

    @rule(part=st.booleans())
    def the_server_hears(self, part: bool) -> None:
        for operation in journal.pending(self.db, self.account)[: 1 if part else None]:
            assert journal.started(self.db, operation)
            uids = {}
            if operation.target is not None:
                for message in operation.messages:
                    self.uid += 1
                    uids[message] = self.uid
            journal.done(self.db, operation, uids)

    # the user -----------------------------------------------------------------

    def pick(self, pick: int, count: int) -> list[tuple[int, int]]:
        places = sorted(self.shown)
        assume(places)
        return [places[(pick + n * 7) % len(places)] for n in range(count)]

    def step(self, number: int, before: Shown, touched: list[tuple[int, int]]) -> None:
        if number:
            messages = {message for _, message in touched}
            self.steps.append({key: value for key, value in before.items() if key[1] in messages})

    @precondition(lambda self: self.shown)
    @rule(pick=PICK, count=st.integers(1, 3), flag=st.sampled_from([Flag.SEEN, Flag.FLAGGED]), on=st.booleans())
    def flags(self, pick: int, count: int, flag: Flag, on: bool) -> None:
        places, before = self.pick(pick, count), dict(self.shown)
        number = operations.set_flag(self.db, places, flag, on)
        for place in places:
            old, tags = self.shown[place]
            self.shown[place] = (old | flag if on else old & ~flag, tags)
        self.step(number, before, places)

    @precondition(lambda self: self.shown)
    @rule(pick=PICK, count=st.integers(1, 3), tag=st.sampled_from(TAGS), on=st.booleans())
    def tags(self, pick: int, count: int, tag: str, on: bool) -> None:
        places, before = self.pick(pick, count), dict(self.shown)
        number = operations.set_tag(self.db, places, tag, on)
        for place in places:
            old, tags = self.shown[place]
            self.shown[place] = (old, tags | {tag} if on else tags - {tag})
        self.step(number, before, places)

    @precondition(lambda self: self.shown)
    @rule(pick=PICK, count=st.integers(1, 3), to=st.integers(0, 2))
    def moves(self, pick: int, count: int, to: int) -> None:
        target = self.folders[to]
        places = [place for place in dict.fromkeys(self.pick(pick, count)) if (target, place[1]) not in self.shown]
        before = dict(self.shown)
        number = operations.move(self.db, places, target)
        for place in places:
            self.shown[target, place[1]] = self.shown.pop(place)
        self.step(number, before, places)

    @precondition(lambda self: self.shown)
    @rule(pick=PICK, count=st.integers(1, 3))
    def expunges(self, pick: int, count: int) -> None:
        places, before = list(dict.fromkeys(self.pick(pick, count))), dict(self.shown)
        places = [place for place in places if self.db.value("SELECT body FROM message WHERE id = ?", (place[1],)) == 2]
        number = operations.expunge(self.db, places)
        for place in places:
            del self.shown[place]
        self.step(number, before, places)

    @rule()
    def undoes(self) -> None:
        undone = operations.undo(self.db)
        assert (undone is not None) == bool(self.steps)
        if undone is None:
            return
        before = self.steps.pop()
        messages = {message for _, message in before}
        self.shown = {key: value for key, value in self.shown.items() if key[1] not in messages} | before

    # keeping house -------------------------------------------------------------

    @rule()
    def prunes(self) -> None:
        pruning.prune(self.db, self.account, 1 << 40, stored_before=1 << 40)

    @rule()
    def sweeps(self) -> None:
        """As after the days that undo reaches back: what was deleted and heard of cannot be brought back."""
        while room.sweep(self.db, 1 << 40):
            continue
        here = {row[0] for row in self.db.read("SELECT id FROM message")}
        self.steps = [{key: value for key, value in step.items() if key[1] in here} for step in self.steps]
        while room.give_back(self.db, spare=0):
            continue

    @rule()
    def compresses(self) -> None:
        compression.learn(self.db)
        while repacking.repack(self.db):
            continue

    @rule()
    def starts_again(self) -> None:
        self.db.close()
        self.db = Database(self.path)

    @rule()
    def is_repaired(self) -> None:
        doctor.repair(self.db)

    # always --------------------------------------------------------------------

    @invariant()
    def is_sound(self) -> None:
        if hasattr(self, "db"):
            assert [finding for finding in doctor.examine(self.db, deep=True) if finding.count] == []

    @invariant()
    def shows_what_was_done(self) -> None:
        if not hasattr(self, "db"):
            return
        found: Shown = {}
        for id, place, message, flags in self.db.read("SELECT id, folder, message, flags FROM placement WHERE hidden = 0"):
            assert (place, message) not in found
            tags = {row[0] for row in self.db.read("SELECT name FROM keyword WHERE placement = ? AND shown = 1", (id,))}
            found[place, message] = (flags, frozenset(tags))
        assert found == self.shown

    @invariant()
    def loses_nothing(self) -> None:
        if hasattr(self, "db"):
            for _, message in self.shown:
                raw = bodies.raw(self.db, message)
                assert raw in (None, self.raws[message])
                assert raw is not None or bodies.header(self.db, message) == header_block(self.raws[message])


# Without the phase that explains a failure, which takes minutes here.
Life.TestCase.settings = settings(
    max_examples=examples(20), stateful_step_count=30, deadline=None, suppress_health_check=[HealthCheck.too_slow],
    phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink],
)  # fmt: skip
TestLife = Life.TestCase
