"""Commands on the mail of the open folder: FETCH in a stream, SEARCH, STORE, COPY, MOVE, APPEND, EXPUNGE."""

from __future__ import annotations

import itertools
import re
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence

from msgspec import Struct

from accounts.deadline import guarded
from accounts.imap.fetched import USUAL, Fetched, read_fetched, usual_fetched
from accounts.imap.session import Session, quoted
from accounts.imap.tokens import LARGEST_UID, number
from accounts.imap.wire import shown
from core import idset
from core.errors import ProtocolError
from core.flags import Flag, to_imap
from core.idset import Runs

SLOWEST = 4096
"""Bytes a second: who is slower than this, but for the patience that every command gets, is taken for dead."""
SHORTEST = 0.05
"""Seconds that are worth another look."""
SPARE = 16 * 1024 * 1024
"""Bytes that the answers to one FETCH command may have beyond four times what the caller expects."""
SLACK = 100_000
"""UIDs that a server may name beyond the number of mails in the folder: it may be growing."""
_SET = re.compile(rb"\d{1,10}(:\d{1,10})?(,\d{1,10}(:\d{1,10})?)*")
_WORD = re.compile(rb"[^ ]+")
SEARCH_LIMIT = 64 * 1024 * 1024
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class Copied(Struct, frozen=True):
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
            wire.on_usual = lambda head, literal: got.append(usual_fetched(head, literal))
            wire.usual = USUAL
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
                with guarded(wire.sock, session.patience, session.name, _time_earned(session)):
                    status, words = session.finish(tag)
                if status == "BAD":
                    raise session.refusal("FETCH", status, words)
                # NO: some of the mails were expunged meanwhile (RFC 2180 §4.1.2); the others came.
                batch, got = got, []
                session.streaming = bool(sent)
                yield batch
    finally:
        wire.on_fetch = wire.usual = None
        if sent or not over:
            session.broken = True
        session.streaming = False


def _time_earned(session: Session) -> Callable[[], float]:
    """For `guarded`: a drip earns nothing, however much the server has announced; a slow line may go on."""
    begun, before = time.monotonic(), session.received

    def more() -> float:
        left = session.patience + (session.received - before) / SLOWEST - (time.monotonic() - begun)
        return left if left > SHORTEST else 0.0

    return more


def fetch_one(session: Session, uid: int, items: str, expected: int = 0) -> Fetched | None:
    """The answer to a FETCH for one mail, or None when it is gone."""
    found = [one for batch in fetch(session, [(str(uid), expected)], items) for one in batch if one.uid == uid]
    merged = found[0] if found else None
    for other in found[1:]:
        if merged is not None:
            # Flags that changed just now may have been told in an answer of their own.
            merged.body.update(other.body)
            merged.structure = merged.structure or other.structure
    return merged


def changes(session: Session, modseq: int, known: str) -> tuple[list[Fetched], list[tuple[int, int]]]:
    """Flags changed since `modseq` among the UIDs `known`, and the ranges that vanished, where the server tells
    (RFC 7162 §3.1.4, §3.2.6)."""
    also = " VANISHED" if session.qresync else ""
    session.take("VANISHED")
    found: list[Fetched] = []
    for batch in fetch(session, [(known, 0)], f"(UID FLAGS) (CHANGEDSINCE {modseq}{also})"):
        found += batch
    return found, vanished(session)


def vanished(session: Session) -> list[tuple[int, int]]:
    """The ranges of UIDs that VANISHED responses named since they were last taken; they may be mostly air."""
    gone: list[tuple[int, int]] = []
    for text in session.take("VANISHED"):
        gone += uid_ranges(session, text.rsplit(b" ", 1)[-1])
    return gone


def search(session: Session, *criteria: str | bytes, literal: bytes | None = None) -> Runs:
    """UID SEARCH; text in `criteria` is quoted already, `literal` comes last. The UIDs."""
    extended = session.can("ESEARCH")
    session.take("SEARCH")
    session.take("ESEARCH")
    words: list[str | bytes] = ["RETURN", "(ALL)"] if extended else []
    words += criteria
    session.run("UID", "SEARCH", *words, literal=literal, limit=SEARCH_LIMIT)
    # The words of a million mails are not made all at once.
    found = Runs.of(int(word[0]) for line in session.take("SEARCH") for word in _WORD.finditer(line) if _is_uid(word[0]))
    told = [*found.runs]
    for tokens in session.take_tokens("ESEARCH"):
        for name, value in itertools.pairwise(tokens):
            if name == b"ALL" and isinstance(value, bytes):
                told += uid_ranges(session, value)
    exists = max(session.exists() or 0, session.selected.exists if session.selected else 0)
    return _believable(session, sorted(told), exists + SLACK)


def all_uids(session: Session) -> Runs:
    """Every UID of the open folder."""
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
        words = data.split()
        if len(words) != 3 or not _is_uid(words[0]):
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
    return (int(words[0]), int(words[1])) if len(words) == 2 and _is_uid(words[0]) and _is_uid(words[1]) else None


def expunge(session: Session, uids: Iterable[int]) -> set[int]:
    """Remove mails that bear \\Deleted, and nobody else's; the UIDs that had to stay, marked.

    Without UIDPLUS there is only EXPUNGE, which takes everything marked: used when nothing else is. What another program marks
    in the round trip between the look and EXPUNGE goes too, for these servers have no command that names mails. Taking others'
    marks off around EXPUNGE would not close that gap, and cut off in between their deletions would be forgotten.
    """
    wanted = set(uids)
    if session.can("UIDPLUS"):
        for chunk in idset.sequence_sets(wanted):
            session.run("UID", "EXPUNGE", chunk, slowness=3)
        return set()
    if search(session, "DELETED") - Runs.of(wanted):
        return wanted
    session.run("EXPUNGE", slowness=3)
    return set()


def uid_ranges(session: Session, text: bytes) -> list[tuple[int, int]]:
    """A sequence set as (low, high), in the order in which it is written. Raises ProtocolError for nonsense."""
    if not text:
        return []
    if not _SET.fullmatch(text):
        raise ProtocolError("answer-senseless", server=session.name, answer=shown(text))
    found = []
    for part in text.split(b","):
        first, _, last = part.partition(b":")
        low, high = sorted((int(first), int(last or first)))
        found.append((low, high))
    return found


def _believable(session: Session, ranges: Sequence[tuple[int, int]], most: int) -> Runs:
    """The numbers of ascending ranges; ProtocolError when there are more than there can be: a few bytes may name four
    thousand millions."""
    if ranges and max(high for _, high in ranges) <= LARGEST_UID:
        found = Runs(ranges)
        if len(found) <= most:
            return found
    elif not ranges:
        return Runs()
    low, high = ranges[-1]
    raise ProtocolError("answer-senseless", server=session.name, answer=f"{low}:{high}")


def _listed(session: Session, text: bytes) -> list[int]:
    """The UIDs of COPYUID in the order in which they are written: they pair by place."""
    found: list[int] = []
    for low, high in uid_ranges(session, text):
        if len(found) + high - low + 1 > SLACK:
            raise ProtocolError("answer-senseless", server=session.name, answer=shown(text))
        found += range(low, high + 1)
    return found


def _is_uid(word: bytes) -> bool:
    return number(word, LARGEST_UID) is not None
