"""Waiting for news: IDLE (RFC 2177), re-armed before routers forget the line; where there is none, only the time."""

from __future__ import annotations

import os
import selectors
import time
from contextlib import suppress

from accounts.deadline import guarded
from accounts.imap import folder_state
from accounts.imap.session import Session
from accounts.imap.work import Work
from core.errors import NetworkError, ProtocolError
from core.store.folders import Folder

REARM = 9 * 60.0
"""Seconds after which IDLE is said anew: many routers drop a silent line after ten minutes."""
MOST_NEWS = 10_000
"""Responses during one IDLE; who says more is mad."""


class Bell:
    """Something that another thread can ring to end a wait."""

    def __init__(self) -> None:
        self._out, self._in = os.pipe()
        os.set_blocking(self._out, False)
        os.set_blocking(self._in, False)

    def ring(self) -> None:
        """End the wait that is running, or the next one."""
        with suppress(BlockingIOError, OSError):
            self._write()

    def _write(self) -> None:
        os.write(self._in, b"!")

    def fileno(self) -> int:
        """What becomes readable."""
        return self._out

    def rung(self) -> bool:
        """Whether it was rung since it was last asked."""
        try:
            return bool(os.read(self._out, 4096))
        except BlockingIOError:
            return False

    def __del__(self) -> None:
        for end in (self._out, self._in):
            with suppress(OSError):
                os.close(end)


def wait(work: Work, folder: Folder | None, seconds: float, bell: Bell) -> bool:
    """Wait at most so long; True when the server told of a change in the folder, False when time is up or the bell rang."""
    session = work.session
    end = time.monotonic() + seconds
    if bell.rung():
        return False
    if folder is None or not session.can("IDLE"):
        _sleep(bell, end)
        return False
    before = work.selected.get(folder.id)
    selected = work.open(folder)
    session.client.wire.loose = 0
    if before is None:
        # This connection has not had the folder open yet: the store has what an earlier pass saw.
        state = folder_state.read(work.db, folder.id)
        if (state.uidnext, state.modseq) != (selected.uidnext, selected.modseq):
            return True
    elif before != selected:
        return True
    while True:
        left = min(end - time.monotonic(), REARM)
        if left <= 0:
            return False
        news, rung = _idle(session, left, bell)
        if news or rung:
            return news


def _sleep(bell: Bell, end: float) -> None:
    with selectors.DefaultSelector() as waiting:
        waiting.register(bell, selectors.EVENT_READ)
        if waiting.select(max(0.0, end - time.monotonic())):
            bell.rung()


def _idle(session: Session, seconds: float, bell: Bell) -> tuple[bool, bool]:
    """One IDLE; (something changed, the bell rang)."""
    wire = session.client.wire
    with session.named_errors():
        with guarded(wire.sock, session.patience, session.name):
            tag = session.send("IDLE")
            while wire._get_response() is not None:
                if wire.tagged_commands[tag] is not None:
                    raise ProtocolError("answer-senseless", server=session.name, answer="IDLE")
        news, rung = _listen(session, seconds, bell)
        with guarded(wire.sock, session.patience, session.name):
            wire.send(b"DONE\r\n")
            session.finish(tag)
    return news, rung


def _listen(session: Session, seconds: float, bell: Bell) -> tuple[bool, bool]:
    wire = session.client.wire
    end = time.monotonic() + seconds
    said = 0
    with selectors.DefaultSelector() as waiting:
        waiting.register(wire.sock, selectors.EVENT_READ)
        waiting.register(bell, selectors.EVENT_READ)
        while True:
            while wire.reader.waiting:
                said += 1
                with guarded(wire.sock, session.patience, session.name):
                    wire._get_response()
                if "BYE" in wire.untagged_responses:
                    raise NetworkError("server-goodbye", server=session.name, answer="")
                if said > MOST_NEWS:
                    raise ProtocolError("answer-too-large", server=session.name, answer="")
            if wire.loose or any(kind in wire.untagged_responses for kind in ("EXISTS", "EXPUNGE", "VANISHED")):
                return True, False
            left = end - time.monotonic()
            if left <= 0:
                return False, False
            ready = {key.fileobj for key, _ in waiting.select(left)}
            if bell in ready:
                bell.rung()
                return False, True
            if ready:
                with guarded(wire.sock, session.patience, session.name):
                    wire.reader.fill()
