"""A user of a test server: name, password, and the Maildir that the server keeps for them."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from imapclient.imap_utf7 import encode as encode_utf7

_LETTERS = {"\\draft": "D", "\\flagged": "F", "\\answered": "R", "\\seen": "S", "\\deleted": "T"}
_serial = count(1)


@dataclass(frozen=True, slots=True)
class Owner:
    """The Unix user whose files the server's mail processes may write."""

    name: str
    group: str
    uid: int
    gid: int


@dataclass(frozen=True, slots=True)
class Mailbox:
    """One user; `home` is their folder on the server's disk."""

    user: str
    password: str = field(repr=False)
    home: Path
    owner: Owner

    @property
    def address(self) -> str:
        """The mail address that belongs to the user."""
        return f"{self.user}@example.org"

    def maildir(self, folder: str = "INBOX") -> Path:
        """Where the server keeps the folder (`/` separates levels)."""
        if folder.upper() == "INBOX":
            return self.home / "inbox"
        return self.home / "mail" / bytes(encode_utf7(folder)).decode("ascii")

    def fill(self, mails: Iterable[tuple[bytes, tuple[str, ...], int]], folder: str = "INBOX") -> int:
        """Write mails straight into the Maildir, thousands a second; returns how many.

        A mail is (raw bytes, system flags, INTERNALDATE in Unix seconds). The folder must exist unless it is
        INBOX. Keywords need `Dovecot.deliver`. The server numbers what it finds in the order given here.
        """
        target = self._ready(folder) / "cur"
        written = 0
        for raw, flags, received in mails:
            letters = "".join(sorted(_LETTERS[flag.lower()] for flag in flags))
            # As Dovecot names what it has delivered itself: with the size on the disk, and with CRLF.
            lone = raw.count(b"\n") - raw.count(b"\r\n")
            sizes = f"S={len(raw)},W={len(raw) + lone}"
            name = f"{received}.M{next(_serial):09d}P{os.getpid()}.test,{sizes}:2,{letters}"
            path = target / name
            path.write_bytes(raw)
            os.utime(path, (received, received))
            self._own(path)
            written += 1
        return written

    def stored(self, folder: str = "INBOX") -> list[bytes]:
        """The bytes of every mail in the folder on the server's disk, oldest file name first.

        What came by IMAP lies there as it was sent; what came by `Dovecot.receive` has LF for CRLF.
        """
        maildir = self.maildir(folder)
        files = [path for part in ("cur", "new") for path in (maildir / part).glob("*")]
        return [path.read_bytes() for path in sorted(files, key=lambda path: path.name)]

    def filter(self, script: str) -> None:
        """Make the text the user's active Sieve script, for mail that comes by `Dovecot.receive`."""
        self._ready("INBOX")
        path = self.home / ".dovecot.sieve"
        path.write_text(script)
        self._own(path)

    def _own(self, path: Path) -> None:
        if os.geteuid() == 0:
            os.chown(path, self.owner.uid, self.owner.gid)

    def _ready(self, folder: str) -> Path:
        maildir = self.maildir(folder)
        if folder.upper() != "INBOX" and not maildir.is_dir():
            raise FileNotFoundError(f"make the folder {folder} on the server first")
        for path in (self.home, maildir, *(maildir / part for part in ("cur", "new", "tmp"))):
            if not path.is_dir():
                path.mkdir(mode=0o700)
                self._own(path)
        return maildir
