"""What every piece of work on an IMAP account shares: its session, the store, whom to tell, when to let others in."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

from accounts.imap import folder_state, mail_commands, stuck, utf7
from accounts.imap.fetched import Fetched
from accounts.imap.session import Selected, Session, quoted
from accounts.incoming import Progress, Report
from core import idset
from core.errors import NetworkError, ProtocolError
from core.idset import Runs
from core.store.database import Database
from core.store.folders import Folder
from core.store.turns import Turns

WRITE_SECONDS = 0.010
"""Work in one turn of writing: others want to write too (measured: 10 ms turns let a one-row write in within 17 ms)."""
LONGEST_WRITE = 0.050
"""Seconds by the clock, on a machine that is busy with other things as well."""

TURN = 0.3
"""Seconds for which a stream of mails keeps the session to itself: what somebody wants to read overtakes it then."""

Item = TypeVar("Item")
Batch = tuple[str, int]


class FolderMoved(Exception):
    """The folder has been renumbered (another UIDVALIDITY) since its UIDs were learned."""


@dataclass(slots=True)
class Work:
    """One account's work over one session."""

    session: Session
    db: Database
    account: int
    """The account's row id."""
    report: Report
    breathe: Callable[[], None] = lambda: None
    """Lets others use the session between two commands; they may leave another folder open."""
    clock: Callable[[], float] = time.time
    hurried: Callable[[], bool] = lambda: False
    """Whether somebody waits for `breathe` now: a turn ends early then."""
    look_at_folders: Callable[[], object] = lambda: None
    """Learns which folders there are, and which have other names now."""
    wanted: Callable[[], bool] = lambda: True
    """Whether somebody still waits for what is being fetched."""
    replays: int = 0
    """How many operations have been carried out: what was learned before may be old."""
    whole_until: float = math.inf
    """When (`time.monotonic`) whole mails should all be here, or headers come first."""
    selected: dict[int, Selected] = field(default_factory=dict)
    uidnexts: dict[int, int | None] = field(default_factory=dict)
    """UIDNEXT of each folder when the last pass over it began."""
    header_turns: Turns = field(init=False)
    body_turns: Turns = field(init=False)
    flag_turns: Turns = field(init=False)

    def __post_init__(self) -> None:
        self.header_turns, self.body_turns, self.flag_turns = Turns(self.db), Turns(self.db), Turns(self.db)

    def tell(self, what: str, done: int, total: int = 0, folder: int | None = None) -> None:
        """Report progress."""
        self.report(Progress(self.account, folder, done, total, what))

    def open(self, folder: Folder) -> Selected:
        """SELECT a folder, even if it is open: what it says is fresh."""
        self.selected[folder.id] = selected = self.session.select(wire_of(folder))
        return selected

    def open_known(self, folder: Folder) -> Selected:
        """SELECT a folder whose UIDs are going to be used. Raises FolderMoved when they are others now."""
        known = folder_state.read(self.db, folder.id).uidvalidity
        selected = self.open(folder)
        if known not in (None, selected.uidvalidity):
            raise FolderMoved
        return selected

    def reopen(self, folder: Folder) -> None:
        """`open_known`, where the folder is not the open one: after `breathe`."""
        if self.session.folder != quoted(wire_of(folder)):
            self.open_known(folder)

    def use(self, folder: Folder) -> Selected:
        """What is known of a folder that is open now, `open_known` else."""
        known = self.selected.get(folder.id)
        return known if known is not None and self.session.folder == quoted(wire_of(folder)) else self.open_known(folder)

    def stream(self, folder: Folder, sets: Iterable[Batch], items: str) -> Iterator[list[Fetched]]:
        """FETCH each (sequence set, bytes expected) of a folder, `sets` taken one by one; others may use the session every
        `TURN` seconds. Mails that have ended that some times are left out."""
        waiting = self._willing(folder, sets)
        while (first := next(waiting, None)) is not None:
            self.reopen(folder)
            with self.noting_ends(folder):
                yield from mail_commands.fetch(self.session, _for_a_turn(first, waiting, self.hurried), items, apart=True)
            self.breathe()

    def _willing(self, folder: Folder, sets: Iterable[Batch]) -> Iterator[Batch]:
        without = Runs.of(stuck.left_out(self.db, folder.id, self.clock()))
        for words, expected in sets:
            if without:
                asked = Runs(sorted(mail_commands.uid_ranges(self.session, words.encode())))
                words = idset.to_sequence_set(asked - without)
            if words:
                yield words, expected

    @contextmanager
    def noting_ends(self, folder: Folder) -> Iterator[None]:
        """At which mail a FETCH came to a bad end is remembered."""
        try:
            yield
        except (NetworkError, ProtocolError) as error:
            stuck.note(self.db, self.account, folder.id, self.session.stuck, error, self.clock())
            raise

    def each(self, items: Sequence[Item], write: Callable[[Item], int]) -> int:
        """`write` each of the items, in transactions of about `WRITE_SECONDS` of work; the sum of what it returned."""
        place = total = 0
        while place < len(items):
            with self.db.write():
                enough, late = time.thread_time() + WRITE_SECONDS, time.monotonic() + LONGEST_WRITE
                while place < len(items) and time.thread_time() < enough and time.monotonic() < late:
                    total += write(items[place])
                    place += 1
        return total


def _for_a_turn(first: Batch, waiting: Iterator[Batch], hurried: Callable[[], bool]) -> Iterator[Batch]:
    end = time.monotonic() + TURN
    yield first
    while time.monotonic() < end and not hurried() and (following := next(waiting, None)) is not None:
        yield following


def wire_of(folder: Folder) -> str:
    """A folder's name as the server spells it, each character a byte."""
    return folder.wire or utf7.encode(folder.path)


def chunks(items: Sequence[Item], size: int) -> Iterator[Sequence[Item]]:
    """The items in runs of at most `size`."""
    for start in range(0, len(items), size):
        yield items[start : start + size]
