"""What one session knows of its selected mailbox: numbers, and the changes it has not been told."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable

from accounts.demo.imap_mailbox import SYSTEM_FLAGS, Mailbox, StoredMail
from accounts.demo.imap_parser import BadCommand, compact, ranges


class View:
    """A session's picture of a mailbox. `stirred` is called when there is something new to tell."""

    def __init__(self, mailbox: Mailbox, read_only: bool, stirred: Callable[[], None]) -> None:
        self.mailbox = mailbox
        self.read_only = read_only
        self.stirred = stirred
        self.mails = list(mailbox.mails.values())
        self.uids = list(mailbox.mails)
        self.recent: set[int] = set()
        """UIDs that are \\Recent in this session."""
        self.lost = False
        """The mailbox was deleted under the session."""
        self._gone: set[int] = set()
        self._fresh: list[StoredMail] = []
        self._changed: dict[int, StoredMail] = {}
        self._keywords_told = len(mailbox.keywords)
        self._claim_recent(self.mails)
        mailbox.watchers.add(self)

    def close(self) -> None:
        """Stop watching."""
        self.mailbox.watchers.discard(self)

    def _claim_recent(self, mails: list[StoredMail]) -> None:
        for mail in mails:
            if mail.recent:
                self.recent.add(mail.uid)
                mail.recent = self.read_only

    def appended(self, mail: StoredMail) -> None:
        """Watcher: a mail has come."""
        self._fresh.append(mail)
        self.stirred()

    def expunged(self, mail: StoredMail) -> None:
        """Watcher: a mail is gone; it keeps its number until the client has been told."""
        if mail in self._fresh:
            self._fresh.remove(mail)
        else:
            self._gone.add(mail.uid)
            self._changed.pop(mail.uid, None)
        self.stirred()

    def changed(self, mail: StoredMail) -> None:
        """Watcher: somebody else changed flags."""
        if mail not in self._fresh:
            self._changed[mail.uid] = mail
        self.stirred()

    def deleted(self) -> None:
        """Watcher: the mailbox is gone."""
        self.lost = True
        self.stirred()

    def number(self, mail: StoredMail) -> int:
        """The sequence number of a mail in this view."""
        return bisect_left(self.uids, mail.uid) + 1

    def pick(self, set_: str, by_uid: bool, *, lenient: bool = False) -> list[StoredMail]:
        """The mails a set names, ascending. Unknown UIDs are passed over.

        Numbers beyond the last mail raise BadCommand, unless `lenient`, as in SEARCH.
        """
        top = (self.uids[-1] if self.uids else 0) if by_uid else len(self.mails)
        chosen: set[int] = set()
        for low, high in ranges(set_, top):
            if by_uid:
                chosen.update(range(bisect_left(self.uids, low), bisect_left(self.uids, high + 1)))
            elif not lenient and (low < 1 or high > len(self.mails)):
                raise BadCommand("Invalid message set")
            else:
                chosen.update(range(max(low - 1, 0), min(high, len(self.mails))))
        return [self.mails[index] for index in sorted(chosen)]

    def flags(self, mail: StoredMail) -> str:
        """The flags of a mail as FETCH shows them to this session, with parentheses."""
        shown = [flag for flag in SYSTEM_FLAGS if flag in mail.flags]
        shown += sorted(flag for flag in mail.flags if not flag.startswith("\\"))
        if mail.uid in self.recent:
            shown.append("\\Recent")
        return f"({' '.join(shown)})"

    def flags_line(self) -> str:
        """`FLAGS (…)` with the keywords in use here."""
        return f"FLAGS ({' '.join([*SYSTEM_FLAGS, *sorted(self.mailbox.keywords.values())])})"

    def news(self, *, expunges: bool, modseq: bool, vanished: bool) -> list[str]:
        """The untagged lines that bring the client up to date, without `*`.

        `expunges`: whether numbers may shift now (not in answers to FETCH, STORE, SEARCH: RFC 3501 §7.4.1);
        `modseq`: tell MODSEQ with flags (CONDSTORE is on); `vanished`: VANISHED for EXPUNGE (QRESYNC is on).
        """
        lines: list[str] = []
        if expunges and self._gone:
            lines += self._tell_gone(vanished)
        if self._fresh:
            self._claim_recent(self._fresh)
            self.mails += self._fresh
            self.uids += [mail.uid for mail in self._fresh]
            self._fresh = []
            lines += [f"{len(self.mails)} EXISTS", f"{len(self.recent)} RECENT"]
        if len(self.mailbox.keywords) != self._keywords_told:
            self._keywords_told = len(self.mailbox.keywords)
            lines.append(self.flags_line())
        for uid, mail in sorted(self._changed.items()):
            extra = f" MODSEQ ({mail.modseq})" if modseq else ""
            lines.append(f"{self.number(mail)} FETCH (UID {uid} FLAGS {self.flags(mail)}{extra})")
        self._changed = {}
        return lines

    def _tell_gone(self, vanished: bool) -> list[str]:
        gone = sorted(self._gone)
        lines = [f"VANISHED {compact(gone)}"] if vanished else []
        for uid in gone:
            index = bisect_left(self.uids, uid)
            if not vanished:
                lines.append(f"{index + 1} EXPUNGE")
            del self.mails[index], self.uids[index]
        self.recent -= self._gone
        self._gone = set()
        return lines
