"""One pass over one folder: afterwards the store shows what the server has.

The state of the folder (UIDVALIDITY, UIDNEXT, HIGHESTMODSEQ) is noted only at the end, with the numbers of the
beginning: a pass that was cut short is simply done again and finds most of its work done.
"""

from __future__ import annotations

from accounts.imap import flag_changes, folder_state, headers, left_marks, mail_commands, remote_ids, renamed, stuck
from accounts.imap.folder_state import FolderState
from accounts.imap.session import Selected
from accounts.imap.work import FolderMoved, Work
from accounts.incoming import SyncResult
from core.idset import Runs
from core.packers import prepare
from core.store import journal, placements
from core.store.folders import Folder

FEW = 200
"""New mails up to this number are fetched without asking for their UIDs first."""


class FolderPass:
    """Brings a folder up to date; `run` it once."""

    def __init__(self, work: Work, folder: Folder, keep: str = "headers") -> None:
        """`keep`: what is kept of the folder's mails, as in the settings."""
        self.work = work
        self.folder = folder
        self.keep = keep
        self.new = self.changed = self.removed = 0
        self._all_flags = True
        """Whether the server has told all that has changed."""
        self.complete = False
        """Whether the folder is now as the server showed it at the beginning."""

    def run(self) -> SyncResult:
        """Do it. Raises what `Session` raises; ServerRefused when the folder cannot be opened."""
        before = self.work.session.received
        try:
            self._run()
        except FolderMoved:
            pass
        return SyncResult(self.new, self.changed, self.removed, self.work.session.received - before)

    def _run(self) -> None:
        work, folder = self.work, self.folder
        replays = work.replays
        selected = work.open(folder)
        work.uidnexts[folder.id] = selected.uidnext
        state = folder_state.read(work.db, folder.id)
        if not self._believable(selected, state):
            return
        renamed.note_id(work, folder, selected)
        if state.uidvalidity != selected.uidvalidity:
            self._renumber(state)
            state = FolderState(selected.uidvalidity, None, None, state.keywords)
        keeps = selected.readonly or selected.keeps("any")
        if state.keywords != keeps or state.uidnext is None:
            state = FolderState(selected.uidvalidity, state.uidnext, state.modseq, keeps)
            folder_state.write(work.db, folder.id, state, 0)
        uidnext = self._first(selected) if state.uidnext is None else self._again(selected, state)
        if uidnext is None:
            return
        left_marks.settle(work, folder)
        if work.replays == replays and folder_state.has_waiting(work.db, folder.id):
            self._drop_leftovers()
        modseq = selected.modseq if self._all_flags else state.modseq
        done = FolderState(selected.uidvalidity, uidnext, modseq, keeps)
        folder_state.write(work.db, folder.id, done, int(work.clock()))
        self.complete = True

    # what to believe ------------------------------------------------------------------------------------

    def _believable(self, selected: Selected, state: FolderState) -> bool:
        work, id = self.work, self.folder.id
        known = work.db.value("SELECT 1 FROM placement WHERE folder = ? AND uid IS NOT NULL LIMIT 1", (id,))
        if known and state.uidvalidity not in (None, selected.uidvalidity):
            if not self._doubt("renumbered", selected.uidvalidity):
                return False
        elif known and not selected.exists and not self._doubt("empty", selected.uidvalidity):
            return False
        folder_state.trust(work.db, id, "empty", "renumbered")
        return True

    def _doubt(self, what: str, value: int) -> bool:
        work = self.work
        return folder_state.doubt(work.db, self.folder.id, what, value, connected=work.session.opened, now=work.clock())

    def _renumber(self, state: FolderState) -> None:
        """New UIDs: every mail waits until a header of the same hash takes it over."""
        if state.uidvalidity is None:
            return
        with self.work.db.write():
            remote_ids.forget(self.work, self.folder)
            placements.forget_uids(self.work.db, self.folder.id)
            stuck.forget(self.work.db, self.folder.id)
            folder_state.note(self.work.db, self.folder.id, "marked", None)

    # a first pass, or one that was cut short -------------------------------------------------------------

    def _first(self, selected: Selected) -> int | None:
        work, folder = self.work, self.folder
        before = self._known()
        prepare(work.db, selected.exists - len(before))
        self.new += headers.newest(work, folder, selected.exists)
        work.breathe()
        work.reopen(folder)
        server, certain = self._listed(selected)
        known = self._known()
        if certain:
            self.removed += flag_changes.drop(work, folder, known - server)
        self.new += headers.bring(work, folder, server - known, done=len(known), whole=self.keep == "all")
        still = before & server
        if still:
            # Taken in by an earlier pass, which may be long ago.
            changed, gone, _, self._all_flags = flag_changes.compare(work, folder, still)
            self.changed += changed
            self.removed += flag_changes.drop(work, folder, gone)
        if not certain:
            return None
        if self._all_flags:
            self._compared()
        return selected.uidnext or (server[-1] + 1 if server else 1)

    def _listed(self, selected: Selected) -> tuple[Runs, bool]:
        """All UIDs; and whether that is certain: where the server contradicts itself, nothing should be dropped on its word."""
        session = self.work.session
        found = Runs()
        for _ in range(2):
            found = mail_commands.all_uids(session)
            told = self.work.selected[self.folder.id]
            if len(found) == (session.exists() if session.exists() is not None else told.exists):
                return found, True
            # Mails came or went just now: look at both numbers again.
            if self.work.open(self.folder).uidvalidity != selected.uidvalidity:
                raise FolderMoved
        return found, False

    def _known(self) -> Runs:
        """The UIDs that the store has."""
        return placements.uids_in(self.work.db, self.folder.id)

    # every other pass -----------------------------------------------------------------------------------

    def _again(self, selected: Selected, state: FolderState) -> int | None:
        work, folder = self.work, self.folder
        start = state.uidnext or 1
        doubtful = self._beyond(selected.uidnext)
        replays = work.replays
        self._flags(selected, state, start)
        uidnext = selected.uidnext or start
        if selected.uidnext is None or selected.uidnext > start:
            last, all_there = self._arrived(start, selected)
            uidnext = max(uidnext, last)
            doubtful = doubtful or not all_there
        # The number of mails proves something only if no mail has gone since it was told: one that has, by another hand
        # or by ours, would make up for one that the store has too many.
        doubtful = doubtful or work.replays != replays
        if doubtful or folder_state.known_below(work.db, folder.id, uidnext) != selected.exists:
            work.reopen(folder)
            server, certain = self._listed(selected)
            known = self._known()
            if certain:
                self.removed += flag_changes.drop(work, folder, known - server)
            self.new += headers.bring(work, folder, server - known)
            if not certain:
                return None
        return uidnext

    def _beyond(self, uidnext: int | None) -> bool:
        """Whether the store has UIDs that the server has not given out yet: somebody lied, then or now."""
        return uidnext is not None and bool(
            self.work.db.value("SELECT 1 FROM placement WHERE folder = ? AND uid >= ? LIMIT 1", (self.folder.id, uidnext))
        )

    def _flags(self, selected: Selected, state: FolderState, start: int) -> None:
        work, folder = self.work, self.folder
        due = folder_state.comparison_due(work.db, folder.id, work.clock())
        if state.modseq is not None and selected.modseq is not None and not due:
            if selected.modseq == state.modseq or start <= 1:
                return
            told, vanished, self._all_flags = mail_commands.changes(work.session, state.modseq, f"1:{start - 1}")
            self.changed += flag_changes.apply(work, folder, told)
            self.removed += flag_changes.drop_ranges(work, folder, vanished)
            return
        if start > 1:
            changed, gone, missing, self._all_flags = flag_changes.compare(work, folder, self._known())
            self.changed += changed
            self.removed += flag_changes.drop(work, folder, gone)
            self.new += headers.bring(work, folder, Runs.of(missing))
        if due and self._all_flags:
            self._compared()

    def _compared(self) -> None:
        folder_state.note(self.work.db, self.folder.id, "compared", str(int(self.work.clock())))

    def _arrived(self, start: int, selected: Selected) -> tuple[int, bool]:
        """Fetch what came since; the UID after the last one, and whether everything that was asked for is there."""
        work, folder = self.work, self.folder
        work.reopen(folder)
        if selected.uidnext is not None and selected.uidnext - start <= FEW:
            uids = Runs([(start, selected.uidnext - 1)])
        else:
            # `n:*` always names the last mail too (RFC 3501 §6.4.8).
            uids = mail_commands.search(work.session, f"UID {start}:*")
            uids -= Runs([(0, start - 1)])
        told: set[int] = set()
        new_mail = self.keep != "headers" and len(uids) <= FEW
        self.new += headers.bring(work, folder, uids, told=told, whole=new_mail or self.keep == "all")
        return max(uids, default=start - 1) + 1, told.issuperset(uids)

    # the end --------------------------------------------------------------------------------------------

    def _drop_leftovers(self) -> None:
        """What still waits for a UID although the whole folder has been seen is not there, unless it is on its way."""
        db, id = self.work.db, self.folder.id
        with db.write():
            coming = {
                message
                for operation in journal.pending(db, self.work.account, 100_000)
                if id in (operation.folder, operation.target)
                for message in operation.messages
            }
            rows = db.read("SELECT id, message FROM placement WHERE folder = ? AND uid IS NULL", (id,))
            left = [row[0] for row in rows if row[1] not in coming]
            placements.drop(db, left)
        self.removed += len(left)
