"""Bad lines at random, but always the same ones for a seed: cut, reset, delayed, dripping, or swallowing everything."""

from __future__ import annotations

import contextlib
import random
import select
import socket
import struct
import threading
from collections import Counter
from dataclasses import dataclass
from typing import Self

from tests.servers.callers import callers, close_listener

KINDS = ("cut", "reset", "delay", "drip", "hole", "none")
_CHUNK = 16_384


@dataclass(frozen=True, slots=True)
class Fault:
    """What happens to one connection, after so many bytes in one direction."""

    kind: str
    after: int
    down: bool
    """On the way from the server; else on the way to it."""


class Weather:
    """Listens on the loopback and passes everything to `host`:`port`; each connection has a fault drawn from `seed`.

    A black hole and a delay last until the client gives up or `clear_up` is called, a drip sends byte by byte for a
    while: no time is slept away. `kinds` are drawn from with equal chances.
    """

    host = "127.0.0.1"

    def __init__(self, host: str, port: int, seed: int, kinds: tuple[str, ...] = KINDS, reach: int = 20_000) -> None:
        self._target = (host, port)
        self._rng = random.Random(seed)
        self._kinds = kinds
        self._reach = reach
        self._clear = threading.Event()
        self._open: set[socket.socket] = set()
        self._guard = threading.Lock()
        self.struck: Counter[str] = Counter()
        """How often each kind of fault came true."""
        self.connections = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._accept, name="weather", daemon=True).start()

    def clear_up(self) -> None:
        """From now on every line is a good one; what was held goes on."""
        self._clear.set()

    def close(self) -> None:
        """Stop listening and cut everything."""
        self._clear.set()
        close_listener(self._listener)
        self.cut()

    def cut(self) -> None:
        """Cut the lines that there are."""
        with self._guard:
            still = tuple(self._open)
        for one in still:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *ended: object) -> None:
        self.close()

    # inside --------------------------------------------------------------------------------------------

    def _draw(self) -> Fault:
        """Half of the faults strike in the first kilobyte: greeting, log-in, the list of folders."""
        kind = self._rng.choice(self._kinds)
        after = self._rng.randrange(1_000 if self._rng.random() < 0.5 else self._reach)
        return Fault("none" if self._clear.is_set() else kind, after, self._rng.random() < 0.7)

    def _accept(self) -> None:
        for client, server in callers(self._listener, self._target):
            self.connections += 1
            with self._guard:
                self._open |= {client, server}
            fault = self._draw()
            done = threading.Barrier(2)
            for down in (False, True):
                ends = (server, client) if down else (client, server)
                threading.Thread(target=self._pump, args=(*ends, fault, fault.down == down, done), daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket, fault: Fault, mine: bool, done: threading.Barrier) -> None:
        passed = 0
        with contextlib.suppress(OSError):
            while data := source.recv(_CHUNK):
                if mine and fault.kind != "none" and passed + len(data) > fault.after and not self._clear.is_set():
                    mine = False
                    self.struck[fault.kind] += 1
                    if not self._strike(source, sink, fault, data, max(0, fault.after - passed)):
                        break
                else:
                    sink.sendall(data)
                passed += len(data)
        for one in (source, sink):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        done.wait()
        # Only when neither direction uses them any more: their numbers may be given away.
        with self._guard:
            self._open -= {source, sink}
        source.close()
        sink.close()

    def _strike(self, source: socket.socket, sink: socket.socket, fault: Fault, data: bytes, place: int) -> bool:
        """What befalls these bytes from `place` on; False when the line ends with it."""
        sink.sendall(data[:place])
        if fault.kind == "reset":
            for one in (source, sink):
                one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        if fault.kind in ("cut", "reset"):
            return False
        if fault.kind == "drip":
            for n in range(place, min(len(data), place + 200)):
                sink.sendall(data[n : n + 1])
            sink.sendall(data[place + 200 :])
            return True
        if self._held(source, sink, 0.2 if fault.kind == "delay" else None):
            return False
        sink.sendall(data[place:])
        return True

    def _held(self, source: socket.socket, sink: socket.socket, most: float | None) -> bool:
        """Pass nothing until the weather clears, time is up, or somebody hangs up (then True)."""
        waited = 0.0
        while not self._clear.wait(0.05):
            waited += 0.05
            if most is not None and waited >= most:
                return False
            for one in (source, sink):
                readable, _, broken = select.select([one], [], [one], 0)
                if broken or (readable and not one.recv(1, socket.MSG_PEEK)):
                    return True
        return False
