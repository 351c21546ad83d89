"""What a server tells of its folders: LIST, STATUS, NAMESPACE and NOOP in one round trip."""

from __future__ import annotations

import re

from msgspec import Struct, structs

from accounts.imap import namespace
from accounts.imap.session import Session, quoted
from accounts.imap.tokens import Token, number
from accounts.imap.work import Work, chunks, wire_of
from core.store.folders import Folder

LIMIT = 32 * 1024 * 1024
"""Bytes of a list: tens of thousands of folders."""
MOST = 20_000
FLIGHT = 100
"""STATUS commands that are in the line at a time."""
_UNSENDABLE = re.compile(r"[\r\n\0]")


class Status(Struct, frozen=True):
    """STATUS of a folder (RFC 3501 §6.3.10); None for what was not told."""

    messages: int | None
    uidvalidity: int | None
    uidnext: int | None
    modseq: int | None


class Listed(Struct, frozen=True):
    """One folder as LIST tells it."""

    wire: str
    path: str
    delimiter: str
    attributes: frozenset[str]

    @property
    def selectable(self) -> bool:
        """Whether it can hold mail."""
        return not self.attributes & {"\\noselect", "\\nonexistent"} and not _UNSENDABLE.search(self.wire)


class Listing(Struct, frozen=True):
    """The folders as the server has just told them."""

    listed: list[Listed]
    told: dict[str, Status]
    """By name on the server, where STATUS came along."""
    stale: bytes | None
    """The open folder, where something has happened in it: its STATUS need not be fresh."""


def ask(work: Work, *, subscribed: bool = False) -> Listing:
    """LIST, with SPECIAL-USE (RFC 6154), STATUS (RFC 5819) and subscriptions (RFC 5258) where the server can, and what
    has happened in the open folder: all in one round trip."""
    session = work.session
    for kind in ("LIST", "LSUB", "STATUS", "NAMESPACE"):
        session.take(kind)
    extended = session.can("LIST-EXTENDED")
    commands: list[tuple[str, ...]] = [("LIST", '""', '"*"', *_options(work, subscribed))]
    if subscribed and not extended:
        commands.append(("LSUB", '""', '"*"'))
    if session.folder is not None:
        commands.append(("NOOP",))
    if session.prefix is None and session.can("NAMESPACE"):
        commands.insert(0, ("NAMESPACE",))
    for error in session.run_all(commands, limit=LIMIT, slowness=4):
        if error is not None and error.values.get("command") != "NAMESPACE":
            raise error
    rows = [tokens for tokens in session.take_tokens("LIST")[:MOST] if _is_row(tokens)]
    listed = _named(rows, _prefix(work, rows), session.others)
    if subscribed and not extended:
        chosen = {_name(tokens[2]) for tokens in session.take_tokens("LSUB") if _is_row(tokens)}
        listed = [
            structs.replace(one, attributes=one.attributes | {"\\subscribed"}) if one.wire in chosen else one for one in listed
        ]
    return Listing(listed, _told(session), session.folder if session.has_news() else None)


def _options(work: Work, subscribed: bool) -> list[str]:
    session = work.session
    options = []
    if session.can("SPECIAL-USE"):
        options.append("SPECIAL-USE")
    if subscribed:
        options.append("SUBSCRIBED")
    if session.can("LIST-STATUS"):
        options.append(f"STATUS ({_items(session)})")
    return ["RETURN", f"({' '.join(options)})"] if options and session.can("LIST-EXTENDED") else []


def _items(session: Session) -> str:
    modseq = " HIGHESTMODSEQ" if session.can("CONDSTORE") else ""
    # Not MAILBOXID: Cyrus 3.6 has bytes of its memory there, line ends among them; what SELECT says of it is right.
    return f"MESSAGES UIDNEXT UIDVALIDITY{modseq}"


def _prefix(work: Work, rows: list[list[Token]]) -> str:
    """What the names of one's own folders begin with; asked once a session."""
    session = work.session
    if session.prefix is None and session.can("NAMESPACE"):
        prefix, session.others, session.public = namespace.told(session)
        session.prefix = prefix or ""
        namespace.remember_others(work.db, work.account, session.others)
    elif not session.can("NAMESPACE"):
        delimiter = next((row[1].decode("latin-1")[:1] for row in rows if isinstance(row[1], bytes)), "")
        session.prefix = namespace.guessed([_name(row[2]) for row in rows if isinstance(row[2], bytes)], delimiter)
    prefix = session.prefix or ""
    namespace.remember(work.db, work.account, prefix)
    return prefix


def _named(rows: list[list[Token]], prefix: str, others: tuple[str, ...]) -> list[Listed]:
    found: dict[str, Listed] = {}
    paths = {"INBOX"}
    for tokens in rows:
        one = _listed(tokens, prefix, others)
        if one is None or one.wire in found or namespace.is_root(one.wire, others, one.delimiter):
            continue
        if one.path in paths and one.wire != "INBOX":
            # Two spellings that read the same: the second one keeps its own.
            one = structs.replace(one, path=one.wire)
        paths.add(one.path)
        found[one.wire] = one
    return list(found.values())


def _told(session: Session) -> dict[str, Status]:
    told = {}
    for tokens in session.take_tokens("STATUS"):
        if len(tokens) > 1 and isinstance(tokens[0], bytes) and isinstance(tokens[1], list):
            one = _status(tokens[1])
            if one.messages is not None and one.uidvalidity is not None:  # news of NOTIFY may tell less
                told[_name(tokens[0])] = one
    return told


def statuses(work: Work, wires: list[str]) -> dict[str, Status]:
    """STATUS of folders, many to a round trip, where it can spare a visit: where servers count changes (CONDSTORE)."""
    session = work.session
    told: dict[str, Status] = {}
    if not session.can("CONDSTORE"):
        return told
    for some in chunks(wires, FLIGHT):
        session.run_all([("STATUS", quoted(wire), f"({_items(session)})") for wire in some], limit=LIMIT)
        told.update(_told(session))
    return told


def subscriptions(work: Work) -> list[str]:
    """The names that are subscribed, whether there are such folders or not (LSUB, RFC 3501 §6.3.9)."""
    work.session.take("LSUB")
    work.session.run("LSUB", '""', '"*"', limit=LIMIT, quiet=True)
    rows = [tokens for tokens in work.session.take_tokens("LSUB") if _is_row(tokens)]
    found = [one for one in (_listed(tokens, "") for tokens in rows) if one is not None]
    return [one.wire for one in found if "\\noselect" not in one.attributes]


def everything(work: Work) -> list[Listed]:
    """Every folder the server has, whether it is subscribed or not; the open folder is left as it is."""
    session = work.session
    session.take("LIST")
    session.run("LIST", '""', '"*"', limit=LIMIT)
    rows = [tokens for tokens in session.take_tokens("LIST")[:MOST] if _is_row(tokens)]
    return [one for one in _named(rows, session.prefix or "", session.others) if one.selectable]


def status(work: Work, folder: Folder) -> Status | None:
    """STATUS of one folder."""
    return status_of(work, wire_of(folder))


def status_of(work: Work, wire: str) -> Status | None:
    """STATUS of the folder with this name on the server. ServerRefused where there is none."""
    work.session.take("STATUS")
    work.session.run("STATUS", quoted(wire), f"({_items(work.session)})")
    for tokens in work.session.take_tokens("STATUS"):
        if len(tokens) > 1 and isinstance(tokens[1], list):
            return _status(tokens[1])
    return None


def _is_row(tokens: list[Token]) -> bool:
    return len(tokens) > 2 and isinstance(tokens[0], list) and isinstance(tokens[2], bytes) and bool(tokens[2])


def _listed(tokens: list[Token], prefix: str, others: tuple[str, ...] = ()) -> Listed | None:
    if not isinstance(tokens[0], list) or not isinstance(tokens[2], bytes):
        return None
    wire = _name(tokens[2])
    delimiter = tokens[1].decode("latin-1")[:1] if isinstance(tokens[1], bytes) else ""
    attributes = frozenset(one.decode("latin-1").lower() for one in tokens[0] if isinstance(one, bytes))
    return Listed(wire, namespace.shown(wire, prefix, others), delimiter, attributes)


def _name(wire: bytes) -> str:
    """INBOX may come in any case (RFC 3501 §5.1)."""
    return "INBOX" if wire.upper() == b"INBOX" else wire.decode("latin-1")


def _status(items: list[Token]) -> Status:
    told = {
        name.upper(): count
        for name, value in zip(items[::2], items[1::2], strict=False)
        if isinstance(name, bytes) and (count := number(value)) is not None
    }
    return Status(told.get(b"MESSAGES"), told.get(b"UIDVALIDITY"), told.get(b"UIDNEXT"), told.get(b"HIGHESTMODSEQ") or None)
