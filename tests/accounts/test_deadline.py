"""One deadline for a whole piece of work, even against a server that drips."""

from __future__ import annotations

import socket
import threading

import pytest

from accounts.deadline import Deadline, guarded
from core.errors import NetworkError


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_time_runs_out_once_for_everything() -> None:
    clock = Clock()
    deadline = Deadline(10, clock)
    assert deadline.left() == 10
    clock.now += 4
    assert deadline.left() == 6
    assert deadline.sooner(2).left() == 2
    assert deadline.sooner(60).left() == 6
    assert not deadline.over
    clock.now += 6
    assert deadline.over
    for wait in (lambda: deadline.left("x:1"), lambda: deadline.arm(socket.socket(), "x:1")):
        with pytest.raises(NetworkError) as caught:
            wait()
        assert (caught.value.id, caught.value.values["server"]) == ("connection-timeout", "x:1")
    assert deadline.sooner(5).over


def test_a_reader_of_drips_is_stopped() -> None:
    """Every single read is quick; only the whole takes for ever."""
    ours, theirs = socket.socketpair()
    stopped = threading.Event()

    def drip() -> None:
        try:
            while not stopped.wait(0.01):
                theirs.sendall(b"x")
        except OSError:
            stopped.set()

    dripping = threading.Thread(target=drip, daemon=True)
    dripping.start()
    with pytest.raises(NetworkError) as caught, guarded(ours, 0.2, "x:1"), ours.makefile("rb") as file:
        file.readline()
    stopped.set()
    dripping.join()
    assert (caught.value.id, caught.value.values["server"]) == ("connection-timeout", "x:1")
    ours.close()
    theirs.close()


def test_what_is_achieved_earns_more_time() -> None:
    ours, theirs = socket.socketpair()
    asked: list[float] = []

    def more() -> float:
        asked.append(0.02 if len(asked) < 3 else 0.0)
        return asked[-1]

    with pytest.raises(NetworkError) as caught, guarded(ours, 0.01, "x:1", more):
        ours.recv(1)  # nothing ever comes
        raise OSError
    assert caught.value.id == "connection-timeout"
    assert asked == [0.02, 0.02, 0.02, 0.0]
    theirs.close()
    ours.close()


def test_work_done_in_time_keeps_its_socket_and_its_errors() -> None:
    ours, theirs = socket.socketpair()
    with guarded(ours, 30):
        ours.sendall(b"x")
    with pytest.raises(KeyError), guarded(ours, 30):
        raise KeyError
    assert theirs.recv(1) == b"x"
    ours.sendall(b"y")
    assert theirs.recv(1) == b"y"
    ours.close()
    theirs.close()


def test_a_nearer_deadline_set_later_comes_first() -> None:
    slow, slow_end = socket.socketpair()
    quick, quick_end = socket.socketpair()
    with guarded(slow, 60):
        with pytest.raises(NetworkError), guarded(quick, 0.05):
            quick.recv(1)
        slow_end.sendall(b"x")
        assert slow.recv(1) == b"x"
    for one in (slow, slow_end, quick, quick_end):
        one.close()
