"""Commands on the mail of the open folder: FETCH in a stream, SEARCH, STORE, COPY, MOVE, APPEND, EXPUNGE."""

from __future__ import annotations

import itertools
import time
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from accounts.deadline import guarded
from accounts.imap.fetched import Fetched, read_fetched
from accounts.imap.session import Session, quoted, quoted_bytes
from core import idset
from core.errors import ProtocolError
from core.flags import Flag, to_imap

SLOWEST = 1024
"""Bytes a second: who is slower than this over a whole batch is taken for dead."""
SPARE = 16 * 1024 * 1024
"""Bytes that the answers to one FETCH command may have beyond four times what the caller expects."""
SEARCH_LIMIT = 64 * 1024 * 1024
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True)
class Copied:
    """COPYUID (RFC 4315): the target's UIDVALIDITY, and old UID → new UID."""

    uidvalidity: int
    pairs: dict[int, int]


def fetch(
    session: Session, sets: Iterable[tuple[str, int]], items: str, *, uid: bool = True, ahead: int = 2
) -> Iterator[list[Fetched]]:
    """The answers to a FETCH for each (sequence set, bytes expected), in order; `ahead` commands are in the line.

    Nothing else may be asked before the iterator is at its end or closed (which breaks the session).
    """
    wire = session.client.wire
    waiting = iter(sets)
    sent: deque[tuple[bytes, int]] = deque()
    got: list[Fetched] = []
    over = False
    try:
        with session.named_errors():
            wire.on_fetch = lambda pieces: got.append(read_fetched(pieces, session.name))
            while not over or sent:
                while not over and len(sent) < ahead:
                    following = next(waiting, None)
                    over = following is None
                    if following is not None:
                        args = ("FETCH", following[0], items) if uid else (following[0], items)
                        sent.append((session.send("UID" if uid else "FETCH", args), following[1]))
                if not sent:
                    break
                tag, expected = sent.popleft()
                wire.reader.budget = expected * 4 + SPARE
                with guarded(wire.sock, session.patience + expected / SLOWEST, session.name):
                    status, words = session.finish(tag)
                if status == "BAD":
                    raise session.refusal("FETCH", status, words)
                # NO: some of the mails were expunged meanwhile (RFC 2180 §4.1.2); the others came.
                batch, got = got, []
                session.streaming = bool(sent)
                yield batch
    finally:
        wire.on_fetch = None
        if sent or not over:
            session.broken = True
        session.streaming = False


def fetch_one(session: Session, uid: int, items: str, expected: int = 0) -> Fetched | None:
    """The answer to a FETCH for one mail, or None when it is gone."""
    found = [one for batch in fetch(session, [(str(uid), expected)], items) for one in batch if one.uid == uid]
    merged = found[0] if found else None
    for other in found[1:]:
        if merged is not None:
            merged.body.update(other.body)
    return merged


def changes(session: Session, modseq: int, known: str) -> tuple[list[Fetched], list[int] | None]:
    """Flags changed since `modseq` among the UIDs `known`, and the UIDs that vanished (None where the server does
    not tell, RFC 7162 §3.1.4, §3.2.6)."""
    also = " VANISHED" if session.qresync else ""
    session.take("VANISHED")
    found: list[Fetched] = []
    for batch in fetch(session, [(known, 0)], f"(UID FLAGS) (CHANGEDSINCE {modseq}{also})"):
        found += batch
    return found, vanished(session) if session.qresync else None


def vanished(session: Session) -> list[int]:
    """UIDs that VANISHED responses named since they were last taken."""
    gone: list[int] = []
    for text in session.take("VANISHED"):
        said = text.decode("ascii", "replace")
        gone += _set(session, said.rsplit(" ", 1)[-1])
    return gone


def search(session: Session, criteria: str, *values: bytes) -> list[int]:
    """UID SEARCH; `values` are appended quoted. The UIDs, ascending."""
    extended = session.can("ESEARCH")
    session.take("SEARCH")
    session.take("ESEARCH")
    words: list[str | bytes] = ["RETURN", "(ALL)"] if extended else []
    words += [criteria, *(quoted_bytes(value) for value in values)]
    session.run("UID", "SEARCH", *words, limit=SEARCH_LIMIT)
    found: set[int] = set()
    for line in session.take("SEARCH"):
        found.update(int(word) for word in line.split() if word.isdigit())
    for tokens in session.take_tokens("ESEARCH"):
        for name, value in itertools.pairwise(tokens):
            if name == b"ALL" and isinstance(value, bytes):
                found.update(_set(session, value.decode("ascii", "replace")))
    return sorted(found)


def all_uids(session: Session) -> list[int]:
    """Every UID of the open folder, ascending."""
    return search(session, "ALL")


def store(session: Session, uids: Iterable[int], names: Iterable[str], on: bool) -> None:
    """Set or clear flags by UID. ServerRefused when the server will not."""
    words = "(" + " ".join(names) + ")"
    for chunk in idset.sequence_sets(uids):
        session.run("UID", "STORE", chunk, ("+" if on else "-") + "FLAGS.SILENT", words)


def copy(session: Session, uids: str, target: str, *, move: bool = False) -> Copied | None:
    """UID COPY or UID MOVE of a sequence set; COPYUID where the server tells it."""
    session.take("COPYUID")
    session.run("UID", "MOVE" if move else "COPY", uids, quoted(target), slowness=3)
    return _copied(session)


def _copied(session: Session) -> Copied | None:
    pairs: dict[int, int] = {}
    validity = 0
    for data in session.take("COPYUID"):
        words = data.decode("ascii", "replace").split()
        if len(words) != 3 or not words[0].isdigit():
            continue
        old, new = _listed(session, words[1]), _listed(session, words[2])
        if len(old) == len(new):
            validity = int(words[0])
            pairs.update(zip(old, new, strict=True))
    return Copied(validity, pairs) if pairs else None


def append(session: Session, target: str, raw: bytes, flags: Flag, keywords: Iterable[str], when: int) -> tuple[int, int] | None:
    """APPEND a mail with its INTERNALDATE (unix seconds); (UIDVALIDITY, UID) where the server tells it."""
    session.take("APPENDUID")
    names = " ".join([*to_imap(flags), *keywords])
    date = time.strftime("%d-", time.gmtime(when)) + _MONTHS[time.gmtime(when).tm_mon - 1]
    date += time.strftime("-%Y %H:%M:%S +0000", time.gmtime(when))
    slowness = 1 + len(raw) / SLOWEST / session.patience
    session.run("APPEND", quoted(target), f"({names})", f'"{date}"', literal=raw, slowness=slowness)
    told = session.take("APPENDUID")
    words = told[-1].split() if told else []
    return (int(words[0]), int(words[1])) if len(words) == 2 and words[0].isdigit() and words[1].isdigit() else None


def expunge(session: Session, uids: Iterable[int]) -> set[int]:
    """Remove mails that bear \\Deleted, and nobody else's; the UIDs that had to stay, marked.

    Without UIDPLUS there is only EXPUNGE, which takes everything marked: used when nothing else is.
    """
    wanted = set(uids)
    if session.can("UIDPLUS"):
        for chunk in idset.sequence_sets(wanted):
            session.run("UID", "EXPUNGE", chunk, slowness=3)
        return set()
    if set(search(session, "DELETED")) - wanted:
        return wanted
    session.run("EXPUNGE", slowness=3)
    return set()


def _set(session: Session, text: str) -> list[int]:
    try:
        return idset.from_sequence_set(text)
    except ValueError as error:
        raise ProtocolError("answer-senseless", server=session.name, answer=text[:200]) from error


def _listed(session: Session, text: str) -> list[int]:
    """A sequence set in the order in which it is written: COPYUID pairs by place."""
    found: list[int] = []
    for part in text.split(","):
        some = _set(session, part)
        first, _, last = part.partition(":")
        found += reversed(some) if last and int(last) < int(first) else some
    return found
