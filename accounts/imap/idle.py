"""Waiting for news: IDLE (RFC 2177) with NOTIFY (RFC 5465) where there is one, re-armed before routers forget the line.

While it waits, it looks at the clocks: after the machine has slept, or when it is in another network, the line is tried
at once, for nobody else would notice that it is dead.
"""

from __future__ import annotations

import os
import selectors
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from accounts.deadline import guarded
from accounts.imap import folder_state
from accounts.imap.session import Session
from accounts.imap.work import Work
from core.errors import NetworkError, ProtocolError, ServerRefused
from core.store.folders import Folder

REARM = 9 * 60.0
"""Seconds after which IDLE is said anew: many routers drop a silent line after ten minutes (servers do after 30)."""
TICK = 60.0
"""Seconds between two looks at the clocks."""
SLEPT = 20.0
"""Seconds by which the clocks may part: the steady one stands still while the machine sleeps."""
SUSPECT = 10.0
"""Seconds for an answer over a line that is probably dead."""
MOST_NEWS = 10_000
"""Responses during one IDLE; who says more is mad."""
_NOTIFY = (
    "(selected (MessageNew MessageExpunge FlagChange))",
    "(personal (MessageNew MessageExpunge FlagChange))",
)


@dataclass(frozen=True, slots=True)
class Clocks:
    """What time it is, for tests to turn."""

    steady: Callable[[], float] = time.monotonic
    wall: Callable[[], float] = time.time


CLOCKS = Clocks()
"""Those of the machine."""


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


def wait(
    work: Work, folder: Folder | None, seconds: float, bell: Bell, clocks: Clocks = CLOCKS, *, push: bool = True
) -> bool:  # fmt: skip
    """Wait at most so long; True when the server told of a change in the folder (with NOTIFY: in any), False when time is
    up or the bell rang. `push`: whether the server may be asked to tell; without that only time and bell end it."""
    session = work.session
    end = clocks.steady() + seconds
    if bell.rung():
        return False
    if folder is None or not push or not session.can("IDLE"):
        return _sleep(bell, end, clocks)
    before = work.selected.get(folder.id)
    selected = work.open(folder)
    if before is None:
        # This connection has not had the folder open yet: the store has what an earlier pass saw.
        state = folder_state.read(work.db, folder.id)
        if (state.uidnext, state.modseq) != (selected.uidnext, selected.modseq):
            return True
    elif before != selected or work.uidnexts.get(folder.id, selected.uidnext) != selected.uidnext:
        # Opening the folder for something else may have shown what no pass has seen. It is said once.
        work.uidnexts[folder.id] = selected.uidnext
        return True
    notify(session)
    try:
        return listen(session, end, bell, clocks)
    except ServerRefused:
        session.capabilities -= {"IDLE"}
        return _sleep(bell, end, clocks)


def notify(session: Session) -> bool:
    """Have the server tell of changes in all folders of one's own, where it can and will; whether it does. Once a session."""
    if session.notifying is None:
        session.notifying = session.can("NOTIFY") and session.run_all([("NOTIFY", "SET", *_NOTIFY)]) == [None]
    return session.notifying


def listen(session: Session, end: float, bell: Bell, clocks: Clocks = CLOCKS) -> bool:
    """IDLE on the open folder until the steady clock is at `end`; True for news, False for the bell or the end.

    ServerRefused where the server will not, though it says that it can.
    """
    while True:
        left = min(end - clocks.steady(), REARM)
        if left <= 0:
            return False
        news, rung = _idle(session, left, bell, clocks)
        if news or rung:
            return news


def _sleep(bell: Bell, end: float, clocks: Clocks) -> bool:
    """Until the bell or the end; True after the machine has slept, for who knows what has come meanwhile."""
    watch = _Watch(clocks, None)
    with selectors.DefaultSelector() as waiting:
        waiting.register(bell, selectors.EVENT_READ)
        while (left := end - clocks.steady()) > 0:
            if waiting.select(min(left, TICK)):
                bell.rung()
                return False
            if watch.suspicious():
                return True
    return False


def _idle(session: Session, seconds: float, bell: Bell, clocks: Clocks) -> tuple[bool, bool]:
    """One IDLE; (something changed, the bell rang)."""
    wire = session.client.wire
    watch = _Watch(clocks, wire.sock)
    with session.named_errors():
        with guarded(wire.sock, session.patience, session.name):
            tag = session.send("IDLE")
            while wire._get_response() is not None:
                if wire.tagged_commands[tag] is not None:
                    raise _unwilling(session, tag)
        news, rung = _listen(session, tag, seconds, bell, watch)
        patience = min(SUSPECT, session.patience) if watch.suspicious() else session.patience
        with guarded(wire.sock, patience, session.name):
            wire.send(b"DONE\r\n")
            session.finish(tag)
    return news, rung


def _unwilling(session: Session, tag: bytes) -> ServerRefused | ProtocolError:
    """IDLE was answered before anything was told: no, where the server can do it only elsewhere or at other times."""
    status, words = session.finish(tag)
    if status == "OK":
        return ProtocolError("answer-senseless", server=session.name, answer="IDLE")
    return ServerRefused("server-refused", server=session.name, answer=words, code="", command="IDLE")


def _listen(session: Session, tag: bytes, seconds: float, bell: Bell, watch: _Watch) -> tuple[bool, bool]:
    wire = session.client.wire
    end = watch.clocks.steady() + seconds
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
            if wire.tagged_commands[tag] is not None or "NOTIFICATIONOVERFLOW" in wire.untagged_responses:
                # It tells nothing any more: it has ended IDLE by itself, or forgotten NOTIFY (RFC 5465 §5.8).
                raise NetworkError("server-goodbye", server=session.name, answer="IDLE")
            if session.has_news() or (session.notifying and "STATUS" in wire.untagged_responses):
                return True, False
            left = end - watch.clocks.steady()
            if left <= 0 or watch.suspicious():
                return False, False
            ready = {key.fileobj for key, _ in waiting.select(min(left, TICK))}
            if bell in ready:
                bell.rung()
                return False, True
            if ready:
                with guarded(wire.sock, session.patience, session.name):
                    wire.reader.fill()


class _Watch:
    """Whether something has happened to the machine since this was made."""

    def __init__(self, clocks: Clocks, sock: socket.socket | None) -> None:
        self.clocks = clocks
        self._apart = clocks.wall() - clocks.steady()
        self._sock = sock

    def suspicious(self) -> bool:
        """The machine has slept (or its clock was set), or would reach the server from another address now."""
        apart = self.clocks.wall() - self.clocks.steady()
        return abs(apart - self._apart) > SLEPT or (self._sock is not None and moved(self._sock))


def moved(sock: socket.socket) -> bool:
    """Whether a new connection to the same place would come from another address: the network is another one."""
    if sock.family not in (socket.AF_INET, socket.AF_INET6):
        return False  # a command's line has no address
    try:
        ours, theirs = sock.getsockname(), sock.getpeername()
        with socket.socket(sock.family, socket.SOCK_DGRAM) as probe:
            probe.connect(theirs)  # which sends nothing
            return bool(probe.getsockname()[0] != ours[0])
    except OSError:
        return True
