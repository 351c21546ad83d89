"""Deadlines for a whole piece of work: a time-out for each read does not stop a server that drips."""

from __future__ import annotations

import heapq
import itertools
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from core.errors import NetworkError


class Deadline:
    """A point in time by which a piece of work must be over; `clock` is injectable for tests."""

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._end = clock() + seconds

    def left(self, server: str = "") -> float:
        """Seconds left, more than 0; NetworkError `connection-timeout` when there are none."""
        left = self._end - self._clock()
        if left <= 0:
            raise NetworkError("connection-timeout", server=server, answer="")
        return left

    @property
    def over(self) -> bool:
        """Whether the time is up."""
        return self._end <= self._clock()

    def arm(self, sock: socket.socket, server: str = "") -> None:
        """Let the next read or write on `sock` wait no longer than to the deadline."""
        sock.settimeout(self.left(server))

    def sooner(self, seconds: float) -> Deadline:
        """A deadline `seconds` from now, or this one where it comes first."""
        return Deadline(min(seconds, max(0.0, self._end - self._clock())), self._clock)


class Watch:
    """One daemon thread that shuts sockets down when their time is up, whoever reads from them."""

    def __init__(self) -> None:
        self._wake = threading.Condition()
        self._waiting: list[tuple[float, int]] = []
        self._sockets: dict[int, tuple[socket.socket, Callable[[], float]]] = {}
        self._numbers = itertools.count()
        self._thread: threading.Thread | None = None

    def add(self, sock: socket.socket, seconds: float, more: Callable[[], float]) -> int:
        """Shut `sock` down in so many seconds, unless `drop` is called with the number given back; `more` is asked then
        how many seconds are to be added."""
        with self._wake:
            number = next(self._numbers)
            self._sockets[number] = (sock, more)
            heapq.heappush(self._waiting, (time.monotonic() + seconds, number))
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="deadlines", daemon=True)
                self._thread.start()
            elif self._waiting[0][1] == number:
                self._wake.notify()
            return number

    def drop(self, number: int) -> bool:
        """Forget about the socket; False if it has been shut down already."""
        with self._wake:
            return self._sockets.pop(number, None) is not None

    def _run(self) -> None:
        with self._wake:
            while True:
                while self._waiting and self._waiting[0][1] not in self._sockets:
                    heapq.heappop(self._waiting)
                if not self._waiting:
                    self._wake.wait()
                    continue
                when, number = self._waiting[0]
                left = when - time.monotonic()
                if left > 0:
                    self._wake.wait(left)
                    continue
                sock, more = self._sockets[number]
                if (seconds := more()) > 0:
                    heapq.heapreplace(self._waiting, (time.monotonic() + seconds, number))
                    continue
                del self._sockets[number]
                # Not close: another thread is reading from it, and its number could be given away.
                with suppress(OSError):
                    sock.shutdown(socket.SHUT_RDWR)


_watch = Watch()


def _no_more() -> float:
    return 0.0


@contextmanager
def guarded(sock: socket.socket, seconds: float, server: str = "", more: Callable[[], float] = _no_more) -> Iterator[None]:
    """Whatever is done with `sock` inside must be over in so many seconds, or the socket is shut down.

    `more`: asked when they are over, by another thread: the seconds to be added for what has been achieved, 0 for none.

    Then NetworkError `connection-timeout` is raised in place of what the reader made of it. For libraries
    that read by themselves (imaplib, smtplib, http.client).
    """
    number = _watch.add(sock, seconds, more)
    try:
        yield
    except Exception as error:
        if not _watch.drop(number):
            raise NetworkError("connection-timeout", server=server, answer="") from error
        raise
    except BaseException:
        _watch.drop(number)
        raise
    if not _watch.drop(number):
        raise NetworkError("connection-timeout", server=server, answer="")
