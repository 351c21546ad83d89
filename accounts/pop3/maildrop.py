"""A POP3 session: from the log-in to QUIT, commands with deadlines, every error one of ours."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager

from msgspec import Struct

from accounts import out_of_step
from accounts.deadline import Deadline
from accounts.dial import Resolver, dial, endpoint_of
from accounts.pop3.line import MailLine
from accounts.pop3_talk import Pop3Talk
from accounts.talk import words
from core.errors import CorreioError, NetworkError, ProtocolError, ServerRefused
from core.secret import Secret
from core.settings.schema import Server

SECONDS = 60.0
"""For each command."""
LARGEST = 256 * 1024 * 1024
"""Bytes of a mail; of larger ones nobody tells the truth."""
LONGEST_LIST = 128 * 1024 * 1024
LONGEST_HEADER = 4 * 1024 * 1024
AHEAD = 20
"""Commands that are under way at once where the server takes that (RFC 2449 §6.8) …"""
AHEAD_BYTES = 512 * 1024
"""… as long as their answers are no more than this."""
_BREAKS = ("connection-closed", "connection-timeout", "not-pop3")
_NUMBER = re.compile(rb"(\d{1,9})(?:[ \t]+(\S.*))?")


class Standing(Struct, frozen=True):
    """A mail in the maildrop."""

    number: int
    """Its number in this session."""
    uid: bytes = b""
    """Its unique id (RFC 1939 §7); empty where the server tells none, or the same of several mails."""
    size: int = 0
    """Bytes, as the server says; 0 where it does not."""


class Maildrop:
    """One logged-in session. Of one thread; only `cancel` may come from another."""

    def __init__(self, server: Server, *, resolver: Resolver | None = None, patience: float = SECONDS) -> None:
        self._server = server
        self._endpoint = endpoint_of(server)
        self._resolver = resolver
        self._patience = patience
        self._line: MailLine | None = None
        self._talk: Pop3Talk | None = None
        self._cancelled = False
        self.received = 0
        """Bytes of mails, headers and lists that have come."""

    @property
    def name(self) -> str:
        """host:port."""
        return self._endpoint.name

    def open(self, secret: Callable[[Server], Secret]) -> None:
        """Connect, encrypt, log in."""
        deadline = Deadline(self._patience)
        line = self._line = MailLine(dial(self._endpoint, deadline, self._resolver), self._endpoint, deadline)
        if self._cancelled:
            line.cancel()
        try:
            talk = Pop3Talk(line)
            talk.greet()
            if self._endpoint.security == "starttls":
                talk.start_tls()
            if self._server.auth:
                talk.log_in(self._server.user, secret(self._server), self._server.method)
        except ServerRefused as error:
            self.hang_up()
            raise self._unavailable(error) from error
        except CorreioError:
            self.hang_up()
            raise
        self._talk = talk

    def cancel(self) -> None:
        """End what is under way; from any thread."""
        self._cancelled = True
        if self._line is not None:
            self._line.cancel()

    def hang_up(self) -> None:
        """Close the line without QUIT: what was marked for deletion stays (RFC 1939 §6)."""
        if self._line is not None:
            self._line.close()

    def listing(self) -> list[Standing]:
        """What is there: LIST, and UIDL where the server knows it."""
        sizes = dict(self._numbers(b"LIST", self._list(b"LIST")))
        uids = self._unique()
        if uids is None:
            return [Standing(number, b"", _size(size)) for number, size in sorted(sizes.items())]
        numbers = sorted({*sizes, *uids})
        return [Standing(number, uids.get(number, b""), _size(sizes.get(number, b""))) for number in numbers]

    def header(self, number: int) -> bytes | None:
        """The header block of a mail (TOP), None where the server does not give it."""
        fine, _text = self._say(b"TOP %d 0" % number)
        return self._mail(LONGEST_HEADER) if fine else None

    @property
    def gives_headers(self) -> bool:
        """Whether the server says that it knows TOP."""
        return self._ready().has("TOP")

    def headers(self, wanted: Sequence[Standing]) -> Iterator[tuple[Standing, bytes | None]]:
        """The header blocks of mails (TOP), in this order; None for one that it does not give out."""
        most = AHEAD if self._takes_many else 1
        for start in range(0, len(wanted), most):
            group = wanted[start : start + most]
            with self._together(len(group)):
                self._write(b"\r\n".join(b"TOP %d 0" % one.number for one in group))
            for one in group:
                with self._together(len(group)):
                    fine, _text = self._answer()
                    header = self._mail(LONGEST_HEADER) if fine else None
                yield one, header
            self._came_through(len(group))

    def mails(self, wanted: Sequence[Standing]) -> Iterator[tuple[Standing, bytes | None, str]]:
        """The bytes of mails, in this order; None and the server's words for one that it does not give out."""
        for group in groups(wanted, AHEAD if self._takes_many else 1):
            with self._together(len(group)):
                self._write(b"\r\n".join(b"RETR %d" % one.number for one in group))
            for one in group:
                with self._together(len(group)):
                    fine, text = self._answer()
                    raw = self._mail(LARGEST) if fine else None
                yield one, raw, text
            self._came_through(len(group))

    def check_step(self) -> None:
        """ProtocolError `not-pop3` where the server says more than it was asked for."""
        if more := self._ready().line.unread:
            raise ProtocolError("not-pop3", server=self.name, answer=words(more))

    def delete(self, numbers: Iterable[int]) -> int:
        """Mark mails for deletion, which happens with `leave`; how many the server agreed to."""
        return sum(self._say(b"DELE %d" % number)[0] for number in numbers)

    def leave(self) -> bool:
        """QUIT: what is marked is deleted now. False where the server says that it could not do all of it, or nothing that makes
        sense: the next session shows what is left."""
        try:
            fine, _text = self._say(b"QUIT")
        except (NetworkError, ProtocolError):
            if self._cancelled:
                raise
            fine = False
        self.hang_up()
        return fine

    # ------------------------------------------------------------ inside

    @property
    def _takes_many(self) -> bool:
        return self._ready().has("PIPELINING") and not out_of_step.breaks(self.name)

    @contextmanager
    def _together(self, commands: int) -> Iterator[None]:
        """While answers to so many commands come: what breaks then may break by their number, and if it does so again
        they are sent singly."""
        try:
            yield
        except (NetworkError, ProtocolError) as error:
            if commands > 1 and error.id in _BREAKS:
                out_of_step.stumbled(self.name)
            raise

    def _came_through(self, commands: int) -> None:
        if commands > 1:
            out_of_step.kept_step(self.name)

    def _unique(self) -> dict[int, bytes] | None:
        """The unique ids, without those that are not unique; None where the server tells none."""
        fine, _text = self._say(b"UIDL")
        if not fine:
            return None
        found = dict(self._numbers(b"UIDL", self._mail(LONGEST_LIST)))
        twice: set[bytes] = set()
        once: set[bytes] = set()
        for uid in found.values():
            (twice if uid in once else once).add(uid)
        # RFC 1939 allows that for mails that are the same; of a server that is mistaken none must be missed.
        return {number: uid for number, uid in found.items() if uid not in twice}

    def _list(self, command: bytes) -> bytes:
        fine, text = self._say(command)
        if not fine:
            raise ServerRefused("command-refused", server=self.name, command=command.decode(), answer=text, code="-ERR")
        return self._mail(LONGEST_LIST)

    def _numbers(self, command: bytes, lines: bytes) -> Iterator[tuple[int, bytes]]:
        for line in lines.split(b"\r\n"):
            if not line.strip():
                continue
            found = _NUMBER.fullmatch(line.strip())
            if found is None:
                words = line[:100].decode("utf-8", "replace")
                raise ProtocolError("answer-senseless", server=self.name, answer=f"{command.decode()}: {words}")
            yield int(found[1]), (found[2] or b"")[:1000].strip()

    def _mail(self, most: int) -> bytes:
        line = self._line
        if line is None:
            raise NetworkError("connection-closed", server=self.name, answer="")
        try:
            data = line.read_mail(self._patience, most)
        except NetworkError as error:
            raise self._cut(error) from error
        self.received += len(data)
        return data

    def _say(self, command: bytes) -> tuple[bool, str]:
        self._write(command)
        return self._answer()

    def _write(self, command: bytes) -> None:
        if self._line is not None:
            self._line.begin(self._patience)
        try:
            self._ready().line.write(command)
        except NetworkError as error:
            raise self._cut(error) from error

    def _answer(self) -> tuple[bool, str]:
        if self._line is not None:
            self._line.begin(self._patience)
        try:
            fine, text = self._ready().answer()
        except NetworkError as error:
            raise self._cut(error) from error
        if not fine and text.upper().startswith("[SYS/TEMP]"):  # RFC 3206: not about what was asked
            raise NetworkError("server-unavailable", server=self.name, answer=text)
        return fine, text

    def _ready(self) -> Pop3Talk:
        if self._talk is None or self._cancelled:
            raise NetworkError("cancelled" if self._cancelled else "connection-closed", server=self.name, answer="")
        return self._talk

    def _cut(self, error: NetworkError) -> NetworkError:
        return NetworkError("cancelled", server=self.name, answer="") if self._cancelled else error

    def _unavailable(self, error: ServerRefused) -> CorreioError:
        """Another program has the maildrop, or the server is busy: it is tried again."""
        return NetworkError("server-unavailable", server=self.name, answer=error.values.get("answer", ""))


def groups(mails: Sequence[Standing], most: int = AHEAD) -> Iterator[list[Standing]]:
    """The mails in turns, none of more than so many or (but for a single one) of too many bytes."""
    group: list[Standing] = []
    size = 0
    for one in mails:
        if group and (len(group) >= most or size + (one.size or AHEAD_BYTES) > AHEAD_BYTES):
            yield group
            group, size = [], 0
        group.append(one)
        size += one.size or AHEAD_BYTES
    if group:
        yield group


def _size(word: bytes) -> int:
    first = word.split(b" ", 1)[0]
    return int(first) if first.isdigit() and len(first) < 16 else 0
