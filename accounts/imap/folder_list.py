"""The folders of an account: LIST, their roles (SPECIAL-USE, else by name), and how much of them has changed."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from accounts.imap import folder_state, utf7
from accounts.imap.role_names import NAMES
from accounts.imap.session import quoted
from accounts.imap.tokens import Token, number
from accounts.imap.work import Work, wire_of
from core.store import folders, journal
from core.store.folders import Folder

LIMIT = 32 * 1024 * 1024
"""Bytes of a list: tens of thousands of folders."""
MOST = 20_000
_USES = {
    "\\drafts": "drafts", "\\sent": "sent", "\\archive": "archive", "\\junk": "junk", "\\trash": "trash", "\\all": "all",
}  # fmt: skip
_UNSENDABLE = re.compile(r"[\r\n\0]")


@dataclass(frozen=True, slots=True)
class Status:
    """STATUS of a folder (RFC 3501 §6.3.10); None for what was not told."""

    messages: int | None
    uidvalidity: int | None
    uidnext: int | None
    modseq: int | None


@dataclass(frozen=True, slots=True)
class Listed:
    """One folder as LIST tells it."""

    wire: str
    path: str
    delimiter: str
    attributes: frozenset[str]

    @property
    def selectable(self) -> bool:
        """Whether it can hold mail."""
        return not self.attributes & {"\\noselect", "\\nonexistent"} and not _UNSENDABLE.search(self.wire)


def update(
    work: Work, hand_made: Mapping[str, str], *, subscribed: bool = False
) -> tuple[list[Folder], dict[int, Status]]:
    """Ask for the folders and bring the store up to date: those that can hold mail, Inbox first, and their STATUS by
    row id where the server tells it along.

    `hand_made`: role → path, chosen by the user. `subscribed`: only those, and the folders that have a role.
    """
    listed, told = ask(work)
    roles = roles_of(listed, hand_made)
    if subscribed:
        chosen = _subscribed(work)
        listed = [one for one in listed if one.wire in chosen or one.path in roles]
    known = {folder.path: folder for folder in folders.all_folders(work.db, work.account)}
    found = []
    statuses = {}
    for one in listed:
        folder = known.pop(one.path, None)
        role = roles.get(one.path, "")
        wanted = (one.wire, one.delimiter, role, one.selectable)
        if folder is None or (folder.wire, folder.delimiter, folder.role, folder.selectable) != wanted:
            folder = folders.ensure(
                work.db, work.account, one.path, wire=one.wire, delimiter=one.delimiter, role=role, selectable=one.selectable
            )
        folder_state.trust(work.db, folder.id, "gone")
        if folder.selectable:
            found.append(folder)
            if one.wire in told:
                statuses[folder.id] = told[one.wire]
    _vanished(work, list(known.values()))
    return sorted(found, key=folders.order), statuses


def ask(work: Work) -> tuple[list[Listed], dict[str, Status]]:
    """LIST, in one round trip with SPECIAL-USE (RFC 6154) and STATUS (RFC 5819) where the server can."""
    session = work.session
    session.take("LIST")
    session.take("STATUS")
    options = []
    if session.can("SPECIAL-USE"):
        options.append("SPECIAL-USE")
    if session.can("LIST-STATUS"):
        modseq = " HIGHESTMODSEQ" if session.can("CONDSTORE") else ""
        options.append(f"STATUS (MESSAGES UIDNEXT UIDVALIDITY{modseq})")
    extended = ["RETURN", f"({' '.join(options)})"] if options and session.can("LIST-EXTENDED") else []
    session.run("LIST", '""', '"*"', *extended, limit=LIMIT, slowness=4)
    found: dict[str, Listed] = {}
    paths: set[str] = set()
    for tokens in session.take_tokens("LIST")[:MOST]:
        one = _listed(tokens)
        if one is None or one.wire in found:
            continue
        if one.path in paths:
            # Two spellings that read the same: the second one keeps its own.
            one = Listed(one.wire, one.wire, one.delimiter, one.attributes)
        paths.add(one.path)
        found[one.wire] = one
    told = {}
    for tokens in session.take_tokens("STATUS"):
        if len(tokens) > 1 and isinstance(tokens[0], bytes) and isinstance(tokens[1], list):
            told[_name(tokens[0])] = _status(tokens[1])
    return list(found.values()), told


def _subscribed(work: Work) -> set[str]:
    work.session.take("LSUB")
    work.session.run("LSUB", '""', '"*"', limit=LIMIT)
    return {one.wire for one in map(_listed, work.session.take_tokens("LSUB")) if one is not None}


def status(work: Work, folder: Folder) -> Status | None:
    """STATUS of one folder."""
    work.session.take("STATUS")
    modseq = " HIGHESTMODSEQ" if work.session.can("CONDSTORE") else ""
    work.session.run("STATUS", quoted(wire_of(folder)), f"(MESSAGES UIDNEXT UIDVALIDITY{modseq})")
    for tokens in work.session.take_tokens("STATUS"):
        if len(tokens) > 1 and isinstance(tokens[1], list):
            return _status(tokens[1])
    return None


def roles_of(listed: list[Listed], hand_made: Mapping[str, str]) -> dict[str, str]:
    """Path → role, each role once: INBOX, what the user chose, SPECIAL-USE, known names (shallow ones first)."""
    paths = {one.path for one in listed}
    found: dict[str, str] = {}
    for one in listed:
        if one.path.upper() == "INBOX":
            found.setdefault(one.path, "inbox")
    for role, path in hand_made.items():
        if path in paths and path not in found:
            found[path] = role
    taken = set(found.values()) | set(hand_made)
    guesses = [(0, *_by_use(one), one.path) for one in listed] + [(1, *_by_name(one), one.path) for one in listed]
    usable = {one.path for one in listed if one.selectable}
    for _, _, role, path in sorted(guesses, key=lambda guess: (guess[0], guess[1], len(guess[3]))):
        if role and role not in taken and path in usable and path not in found:
            found[path] = role
            taken.add(role)
    return found


def _by_use(one: Listed) -> tuple[tuple[int, int], str]:
    return (_depth(one), 0), next((_USES[use] for use in sorted(one.attributes) if use in _USES), "")


def _by_name(one: Listed) -> tuple[tuple[int, int], str]:
    name = one.path.rsplit(one.delimiter, 1)[-1] if one.delimiter else one.path
    rank, role = NAMES.get(unicodedata.normalize("NFC", name).strip().casefold(), (0, ""))
    return (_depth(one), rank), role


def _depth(one: Listed) -> int:
    return one.path.count(one.delimiter) if one.delimiter else 0


def _listed(tokens: list[Token]) -> Listed | None:
    if len(tokens) < 3 or not isinstance(tokens[0], list) or not isinstance(tokens[2], bytes) or not tokens[2]:
        return None
    wire = _name(tokens[2])
    delimiter = tokens[1].decode("latin-1")[:1] if isinstance(tokens[1], bytes) else ""
    attributes = frozenset(one.decode("latin-1").lower() for one in tokens[0] if isinstance(one, bytes))
    return Listed(wire, utf7.decode(wire.encode("latin-1")), delimiter, attributes)


def _name(wire: bytes) -> str:
    """INBOX may come in any case (RFC 3501 §5.1)."""
    return "INBOX" if wire.upper() == b"INBOX" else wire.decode("latin-1")


def _status(items: list[Token]) -> Status:
    told = {
        name.upper(): count
        for name, value in zip(items[::2], items[1::2], strict=False)
        if isinstance(name, bytes) and (count := number(value)) is not None
    }
    modseq = told.get(b"HIGHESTMODSEQ")
    return Status(told.get(b"MESSAGES"), told.get(b"UIDVALIDITY"), told.get(b"UIDNEXT"), modseq or None)


def _vanished(work: Work, missing: list[Folder]) -> None:
    """Folders that are no longer listed go when that is seen a second time, and nothing waits to be done in them."""
    waiting = {
        id for operation in journal.pending(work.db, work.account, 100_000) for id in (operation.folder, operation.target)
    }
    for folder in missing:
        if folder.id in waiting:
            continue
        now = work.clock()
        if folder_state.doubt(work.db, folder.id, "gone", "", connected=work.session.opened, now=now):
            with work.db.write():
                folder_state.forget(work.db, folder.id)
                folders.remove(work.db, [folder.id])
