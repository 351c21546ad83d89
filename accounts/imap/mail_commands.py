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
from core.errors import NetworkError, ProtocolError
from core.flags import Flag, to_imap
from core.idset import Runs

SLOWEST = 4096
"""Bytes a second: who is slower than this, but for the patience that every command gets, is taken for dead."""
SHORTEST = 0.05
"""Seconds that are worth another look."""
SPARE = 16 * 1024 * 1024
"""Bytes that the answers to one FETCH command may have beyond four times what the caller expects."""
VAIN = 16
"""Refusals in a row that bring nothing, after which it is not about single mails."""
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


class _Asked:
    """What a FETCH has still to ask for, and what has been answered of it."""

    def __init__(self, session: Session, sets: Iterable[tuple[str, int]], items: str, apart: bool) -> None:
        self._session = session
        self._sets = iter(sets)
        self._text = "BODY" in items
        self._apart = apart
        self._halves: deque[tuple[str, int]] = deque()
        self._vain = 0
        self.sent: deque[tuple[bytes, tuple[str, int]]] = deque()
        self.current = ""
        """The set whose answers are due."""
        self.got: list[Fetched] = []

    def next(self) -> tuple[str, int] | None:
        """A set and the bytes expected."""
        return self._halves.popleft() if self._halves else next(self._sets, None)

    def take(self) -> list[Fetched]:
        """The answers since they were last taken."""
        got, self.got = self.got, []
        return got

    def left(self) -> Runs:
        """The UIDs of the current set of which nothing was given. (Dovecot says NIL of what it cannot read, then goodbye.)"""
        asked = Runs(sorted(uid_ranges(self._session, self.current.encode())))
        return asked - Runs.of(one.uid for one in self.got if one.body or one.structure or not self._text)

    def refused(self, expected: int) -> None:
        """Some of the mails were expunged meanwhile (RFC 2180 §4.1.2), or the server cannot give one of them: what others it has
        not given then is asked for again in halves."""
        self._vain = 0 if self.got else self._vain + 1
        if not self._apart or self._vain > VAIN or len(left := self.left()) < 2:
            return
        for half in (left[: len(left) // 2], left[len(left) // 2 :]):
            self._halves += [(part, expected) for part in idset.sequence_sets(half)]


def fetch(
    session: Session, sets: Iterable[tuple[str, int]], items: str, *, uid: bool = True, ahead: int = 2,
    apart: bool = False, refused: list[str] | None = None,
) -> Iterator[list[Fetched]]:  # fmt: skip
    """The answers to a FETCH for each (sequence set, bytes expected), in order; `ahead` commands are in the line.

    `apart`: where the server says no, the mails that it has not given are asked for in smaller sets. `refused` takes the words
    of each NO. What had come before an error is given too; `session.stuck` is the UID whose answer was due then.

    Nothing else may be asked before the iterator is at its end or closed (which breaks the session).
    """
    asked = _Asked(session, sets, items, apart and uid)
    session.stuck = 0
    try:
        yield from _answers(session, asked, "UID FETCH" if uid else "FETCH", items, ahead, refused)
    except (NetworkError, ProtocolError) as error:
        left = asked.left() if uid and asked.current else Runs()
        session.stuck = left[0] if left else 0
        if asked.got and error.id != "cancelled":
            yield asked.take()
        raise


def _answers(
    session: Session, asked: _Asked, command: str, items: str, ahead: int, refused: list[str] | None
) -> Iterator[list[Fetched]]:
    wire = session.client.wire
    name, *rest = command.split()
    sent, over = asked.sent, False
    try:
        with session.named_errors():
            wire.on_fetch = lambda pieces: asked.got.append(read_fetched(pieces, session.name))
            wire.on_usual = lambda head, literal: asked.got.append(usual_fetched(head, literal))
            wire.usual = USUAL
            while True:
                while len(sent) < ahead and (following := asked.next()) is not None:
                    sent.append((session.send(name, (*rest, following[0], items)), following))
                if not sent:
                    break
                tag, (asked.current, expected) = sent.popleft()
                wire.reader.budget = expected * 4 + SPARE
                with guarded(wire.sock, session.patience, session.name, _time_earned(session)):
                    status, words = session.finish(tag)
                if status == "BAD":
                    raise session.refusal("FETCH", status, words)
                if status == "NO":
                    asked.refused(expected)
                    if refused is not None:
                        refused.append(words)
                batch = asked.take()
                session.streaming = bool(sent)
                yield batch
            over = True
    finally:
        wire.on_fetch = wire.usual = None
        if not over:
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


def changes(session: Session, modseq: int, known: str) -> tuple[list[Fetched], list[tuple[int, int]], bool]:
    """Flags changed since `modseq` among the UIDs `known`, and the ranges that vanished, where the server tells
    (RFC 7162 §3.1.4, §3.2.6); whether that is all."""
    also = " VANISHED" if session.qresync else ""
    session.take("VANISHED")
    found: list[Fetched] = []
    refused: list[str] = []
    for batch in fetch(session, [(known, 0)], f"(UID FLAGS) (CHANGEDSINCE {modseq}{also})", refused=refused):
        found += batch
    return found, vanished(session), not refused


def vanished(session: Session) -> list[tuple[int, int]]:
    """The ranges of UIDs that VANISHED responses named since they were last taken; they may be mostly air."""
    gone: list[tuple[int, int]] = []
    for text in session.take("VANISHED"):
        gone += uid_ranges(session, text.rsplit(b" ", 1)[-1])
    return gone


def search(session: Session, *criteria: str | bytes, literal: Sequence[bytes] | None = None) -> Runs:
    """UID SEARCH; text in `criteria` is quoted already, `literal` as in `Session.run`. The UIDs."""
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
            if isinstance(name, bytes) and name.upper() == b"ALL" and isinstance(value, bytes):
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
        try:
            old, new = _listed(session, words[1]), _listed(session, words[2])
        except ProtocolError:
            continue  # nonsense tells nothing: what was asked for is done all the same
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
