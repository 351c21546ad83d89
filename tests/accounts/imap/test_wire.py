"""FETCH answers off the line: the usual ones are taken without a look at each line, and nobody can tell."""

from __future__ import annotations

import socket
import threading
from collections.abc import Sequence
from contextlib import closing

import pytest

from accounts.imap.fetched import USUAL, Fetched, read_fetched, usual_fetched
from accounts.imap.wire import Wire
from core.errors import ProtocolError

USUAL_ONES = (
    b'* 1 FETCH (UID 5 FLAGS (\\Seen work) INTERNALDATE "01-Feb-2024 10:00:00 +0100" RFC822.SIZE 9 BODY[HEADER] {9}\r\n'
    b"From: a\r\n)\r\n"
    b"* 2 FETCH (UID 6 BODY[] {0}\r\n)\r\n"
    b"* 3 FETCH (UID 7 BODY[]<0> {3}\r\na)\r)\r\n"
)
ODD_ONES = (
    b"* 4 FETCH (UID 8 BODY[] {3}\r\nabc FLAGS (\\Seen))\r\n"
    b"* 5 FETCH (UID 9 BODY[] {3}\r\nabc BODY[HEADER] {2}\r\nde)\r\n"
    b"* 6 FETCH (UID 10 FLAGS ())\r\n* 9 EXISTS\r\n"
    b"* 7 FETCH (UID 11 BODY[] {3}\nabc)\n"
    b"* 8 FETCH (UID 12 BODY[] {3}\r\nabc )\r\n"
)


class Line:
    """A wire whose other end says what a test wants, in pieces."""

    def __init__(self, said: bytes, step: int) -> None:
        near, self.far = socket.socketpair()
        self.got: list[Fetched] = []
        self.far.sendall(b"* OK [CAPABILITY IMAP4rev1] hello\r\n")
        self.wire = Wire(near, "server")
        self._speaker = threading.Thread(target=self._speak, args=(said, step))
        self._speaker.start()

    def _speak(self, said: bytes, step: int) -> None:
        for at in range(0, len(said), step):
            self.far.sendall(said[at : at + step])
        self.far.shutdown(socket.SHUT_WR)

    def read(self, *, quickly: bool) -> list[Fetched]:
        """Everything up to the end of a command."""
        wire = self.wire
        wire.on_fetch = lambda pieces: self.got.append(read_fetched(pieces, "server"))
        wire.on_usual = lambda head, literal: self.got.append(usual_fetched(head, literal))
        wire.usual = USUAL if quickly else None
        tag = b"A1"
        wire.tagged_commands[tag] = None
        while wire.tagged_commands[tag] is None:
            wire._get_response()
        return self.got

    def close(self) -> None:
        """Both ends."""
        self.wire.sock.close()
        self._speaker.join()
        self.far.close()


def read(said: bytes, step: int, *, quickly: bool) -> Sequence[Fetched]:
    """The answers to a command."""
    with closing(Line(said + b"A1 OK done\r\n", step)) as line:
        return line.read(quickly=quickly)


@pytest.mark.parametrize("step", [1, 7, 4096])
def test_quickly_or_slowly_the_answers_are_the_same(step: int) -> None:
    said = USUAL_ONES + ODD_ONES + USUAL_ONES
    quick = read(said, step, quickly=True)
    assert quick == read(said, step, quickly=False)
    assert [one.uid for one in quick] == [5, 6, 7, 8, 9, 10, 11, 12, 5, 6, 7]
    assert quick[0].body == {"HEADER": b"From: a\r\n"} and quick[2].body == {"": b"a)\r"}


def test_the_budget_counts_usual_answers_too() -> None:
    with closing(Line(USUAL_ONES, 4096)) as line:
        line.wire.reader.budget = 250
        with pytest.raises(ProtocolError, match="answer-too-large"):
            line.read(quickly=True)
    with closing(Line(b"* 1 FETCH (UID 5 BODY[] {999999999}\r\nabc", 4096)) as line, pytest.raises(ProtocolError):
        line.read(quickly=True)
