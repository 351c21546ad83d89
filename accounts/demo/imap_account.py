"""The mailboxes of one demo account: a tree of names, subscriptions, special uses."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable
from datetime import UTC, datetime

from accounts.demo.imap_mailbox import Mailbox, StoredMail
from accounts.demo.imap_parser import Refused

SPECIAL_USES = ("\\All", "\\Archive", "\\Drafts", "\\Flagged", "\\Junk", "\\Sent", "\\Trash")


def wire_name(path: str) -> str:
    """A folder path in modified UTF-7, as names are kept here (RFC 3501 §5.1.3)."""
    return re.sub(r"[^\x20-\x7e]+", _shifted, path.replace("&", "&-"))


def _shifted(found: re.Match[str]) -> str:
    encoded = base64.b64encode(found[0].encode("utf-16-be")).decode("ascii")
    return f"&{encoded.rstrip('=').replace('/', ',')}-"


class MailAccount:
    """Mailboxes by wire name; `INBOX` always exists. All calls belong on the server's event loop."""

    def __init__(self, delimiter: str = "/", uidvalidity: int = 1_700_000_000) -> None:
        self.delimiter = delimiter
        self.boxes: dict[str, Mailbox] = {}
        self.subscribed: set[str] = set()
        self._next_uidvalidity = uidvalidity
        self._next_email_id = 1
        self.create("INBOX")
        self.subscribed.add("INBOX")

    def key(self, name: str) -> str:
        """INBOX in any case is INBOX, also as the first level of a longer name (RFC 3501 §5.1)."""
        if name[:5].upper() == "INBOX" and name[5:6] in ("", self.delimiter):
            name = "INBOX" + name[5:]
        return name

    def box(self, name: str, code: str = "NONEXISTENT") -> Mailbox:
        """The mailbox of that wire name; raises Refused with the response code."""
        found = self.boxes.get(self.key(name))
        if found is None:
            raise Refused(f"[{code}] No such mailbox: {name[:60]!r}")
        return found

    def create(self, name: str, use: str = "") -> Mailbox:
        """Make a mailbox and the levels above it; raises Refused if it exists or the name is no name."""
        name = self.key(name).removesuffix(self.delimiter)
        if "" in name.split(self.delimiter) or re.search(r"[\x00-\x1f*%]", name):
            raise Refused("[CANNOT] Not a name for a mailbox")
        if name in self.boxes:
            raise Refused("[ALREADYEXISTS] Mailbox exists")
        levels = name.split(self.delimiter)
        for count in range(1, len(levels)):
            above = self.delimiter.join(levels[:count])
            if above not in self.boxes:
                self._add(above)
        return self._add(name, use)

    def _add(self, name: str, use: str = "") -> Mailbox:
        box = self.boxes[name] = Mailbox(name, self._next_uidvalidity, use)
        self._next_uidvalidity += 1
        return box

    def delete(self, name: str) -> None:
        """Remove a mailbox with its mail; mailboxes below it stay. Raises Refused."""
        box = self.box(name)
        if box.name == "INBOX":
            raise Refused("[CANNOT] INBOX stays")
        del self.boxes[box.name]
        for watcher in list(box.watchers):
            watcher.deleted()

    def rename(self, old: str, new: str) -> None:
        """Rename a mailbox and those below it; INBOX stays and gives away its mail. Raises Refused."""
        box = self.box(old)
        new = self.key(new).removesuffix(self.delimiter)
        source = box.name
        below = source + self.delimiter
        if new.startswith(below):
            raise Refused("[CANNOT] A mailbox cannot move below itself")
        target = self.create(new, box.use)
        if box.name == "INBOX":
            mails = list(box.mails.values())
            for mail in mails:
                target.append(mail.raw, mail.flags, mail.received, mail.email_id)
            box.expunge(mails)
            return
        for name in [name for name in self.boxes if name == source or name.startswith(below)]:
            moved = self.boxes.pop(name)
            moved.name = new + name[len(source) :]
            self.boxes[moved.name] = moved

    def add(
        self, name: str, raw: bytes, flags: Iterable[str] = (), received: datetime | None = None
    ) -> tuple[Mailbox, StoredMail]:
        """Append a mail as delivery does it: to a wire name, received now where nothing else is said."""
        box = self.box(name, "TRYCREATE")
        email_id = f"M{self._next_email_id:08d}"
        self._next_email_id += 1
        return box, box.append(raw, flags, received or datetime.now(UTC), email_id)

    def attributes(self, name: str, special_use: bool = True) -> list[str]:
        """LIST attributes of a name: children, special use, and `\\Noselect` for a bare level."""
        below = name + self.delimiter
        has_children = any(other.startswith(below) for other in self.boxes)
        found = ["\\HasChildren" if has_children else "\\HasNoChildren"]
        box = self.boxes.get(name)
        if box is None:
            found.append("\\Noselect" if has_children else "\\NonExistent")
        elif box.use and special_use:
            found.append(box.use)
        return found

    def names(self, patterns: Iterable[str], among: Iterable[str] | None = None) -> list[str]:
        """Wire names that match a LIST pattern (`*`, `%`), bare levels included; INBOX first."""
        known = set(self.boxes if among is None else among)
        for name in list(known):
            levels = name.split(self.delimiter)
            known.update(self.delimiter.join(levels[:count]) for count in range(1, len(levels)))
        wanted = [self._pattern(pattern) for pattern in patterns]
        found = [name for name in known if any(pattern.fullmatch(name) for pattern in wanted)]
        return sorted(found, key=lambda name: (self.key(name) != "INBOX", name))

    def _pattern(self, pattern: str) -> re.Pattern[str]:
        stop = re.escape(self.delimiter)
        pieces = {"*": ".*", "%": f"[^{stop}]*"}
        shape = "".join(pieces.get(letter) or re.escape(letter) for letter in self.key(pattern))
        return re.compile(shape, re.DOTALL | (re.IGNORECASE if pattern.upper() == "INBOX" else 0))
