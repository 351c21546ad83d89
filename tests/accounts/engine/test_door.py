"""The socket: greeting, requests, events, and callers who behave badly."""

from __future__ import annotations

import contextlib
import queue
import shutil
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from accounts.engine import client as client_module
from accounts.engine import door as door_module
from accounts.engine import protocol
from accounts.engine.client import EngineClient
from accounts.engine.door import Door, Reply
from accounts.engine.lock import EngineLock
from accounts.engine.protocol import LONGEST, Line, Message
from core.errors import AuthenticationError, CorreioError, NetworkError
from core.paths import Home
from tests.accounts.engine.listener import Listener
from tests.accounts.engine.players import PATIENCE, home_in


class Echo:
    """Answers with what was asked; `later` keeps the answers."""

    def __init__(self) -> None:
        self.kept: queue.SimpleQueue[tuple[Message, Reply]] = queue.SimpleQueue()
        self.gone = threading.Semaphore(0)

    def handle(self, message: Message, reply: Reply) -> None:
        if message["do"] == "later":
            self.kept.put((message, reply))
        elif message["do"] == "fail":
            reply({"error": AuthenticationError("login-refused", server="x", user="me").as_json()})
        else:
            reply({"ok": message})


@pytest.fixture
def home(tmp_path: Path, runtime: Path) -> Home:
    home = home_in(tmp_path, runtime)
    home.make()
    return home


@pytest.fixture
def echo() -> Echo:
    return Echo()


@pytest.fixture
def door(home: Home, echo: Echo) -> Iterator[Door]:
    made = Door(home.socket, echo.handle, "1.0")
    made.on_leave = echo.gone.release
    made.open()
    with EngineLock(home.lock, home.socket):
        yield made
    made.close()


def raw_line(home: Home, *, greet: bool = True) -> Line:
    sock = socket.socket(socket.AF_UNIX)
    sock.connect(str(home.socket))
    line = Line(sock)
    if greet:
        line.send({"hello": protocol.VERSION, "role": "command"})
        assert line.receive()
    return line


def test_requests_are_answered_in_any_order(home: Home, door: Door, echo: Echo) -> None:
    with contextlib.closing(EngineClient(home)) as client:
        assert client.ask("echo", word="é\n")["word"] == "é\n"
        answers: queue.SimpleQueue[object] = queue.SimpleQueue()
        waiting = threading.Thread(target=lambda: answers.put(client.ask("later", n=1)))
        waiting.start()
        _, reply = echo.kept.get(timeout=PATIENCE)
        assert client.ask("echo", n=2)["n"] == 2
        reply({"ok": "at last"})
        assert answers.get(timeout=PATIENCE) == "at last"
        waiting.join()


def test_errors_cross_the_socket(home: Home, door: Door) -> None:
    with contextlib.closing(EngineClient(home)) as client, pytest.raises(AuthenticationError) as caught:
        client.ask("fail")
    assert caught.value.values == {"server": "x", "user": "me"}


def test_nobody_there(home: Home) -> None:
    with pytest.raises(NetworkError) as caught:
        EngineClient(home)
    assert caught.value.id == "no-engine"
    home.socket.touch()
    with pytest.raises(NetworkError):
        EngineClient(home)


def test_an_engine_that_goes_ends_what_waits_for_it(home: Home, door: Door, echo: Echo) -> None:
    ended = threading.Event()
    client = EngineClient(home, on_end=ended.set)
    errors: queue.SimpleQueue[CorreioError] = queue.SimpleQueue()

    def ask() -> None:
        try:
            client.ask("later")
        except NetworkError as error:
            errors.put(error)

    thread = threading.Thread(target=ask)
    thread.start()
    echo.kept.get(timeout=PATIENCE)
    door.close()
    assert errors.get(timeout=PATIENCE).id == "engine-gone"
    assert ended.wait(PATIENCE)
    assert client.ended
    with pytest.raises(NetworkError):
        client.ask("echo")
    client.tell("echo")
    thread.join()


def test_an_engine_that_says_nothing(home: Home, door: Door) -> None:
    with contextlib.closing(EngineClient(home)) as client, pytest.raises(NetworkError) as caught:
        client.ask("later", timeout=0.01)
    assert caught.value.id == "engine-silent"


def test_events_go_to_screens_only(home: Home, door: Door) -> None:
    heard: list[Message] = []
    with contextlib.closing(Listener(home)) as screen, contextlib.closing(EngineClient(home, on_event=heard.append)) as client:
        assert (door.screens, door.callers) == (1, 2)
        door.tell({"event": "state", "state": "well"})
        screen.wait_for("state", state="well")
        client.ask("echo")
    assert not heard


def test_a_screen_is_greeted_when_it_comes(home: Home, door: Door) -> None:
    door.on_arrive = lambda screen: screen.send({"event": "password", "user": "me"})
    with contextlib.closing(Listener(home)) as screen:
        screen.wait_for("password", user="me")


def test_a_bad_event_does_not_cut_the_line(home: Home, door: Door) -> None:
    heard: queue.SimpleQueue[str] = queue.SimpleQueue()

    def hear(event: Message) -> None:
        heard.put(event["event"])
        if event["event"] == "bad":
            raise ValueError(event)

    with contextlib.closing(EngineClient(home, role="screen", on_event=hear)) as client:
        client.ask("echo")
        door.tell({"event": "bad"})
        door.tell({"event": "good"})
        assert [heard.get(timeout=PATIENCE), heard.get(timeout=PATIENCE)] == ["bad", "good"]


@pytest.mark.parametrize(
    "line", [b"nonsense\n", b"[" * 100_000 + b"\n", b"[1, 2]\n", b"\xff\xfe\n", b'{"hello"\n', b"{}\n", b"null\n"], ids=len
)
def test_nonsense_is_hung_up_on(home: Home, door: Door, echo: Echo, line: bytes) -> None:
    caller = raw_line(home, greet=False)
    caller.sock.sendall(line)
    assert caller.receive() is None
    assert echo.gone.acquire(timeout=PATIENCE)
    with contextlib.closing(EngineClient(home)) as client:
        assert client.ask("echo")


def test_an_endless_line_is_hung_up_on(home: Home, door: Door, echo: Echo) -> None:
    caller = raw_line(home)
    with contextlib.suppress(OSError):
        for _ in range(LONGEST // 65536 + 8):
            caller.sock.sendall(b"x" * 65536)
    assert echo.gone.acquire(timeout=PATIENCE)


def test_a_screen_that_does_not_listen_is_dropped(home: Home, door: Door, echo: Echo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door_module, "STOPPED", 1)
    asleep = raw_line(home, greet=False)
    asleep.send({"hello": protocol.VERSION, "role": "screen"})
    assert asleep.receive()
    with contextlib.closing(Listener(home)) as awake:
        assert door.screens == 2
        while door.screens == 2:
            door.tell({"event": "changed", "more": "x" * 100_000})
        assert echo.gone.acquire(timeout=PATIENCE)
        door.tell({"event": "still here"})
        awake.wait_for("still here")
    asleep.close()


def test_a_command_that_is_stopped_in_an_answer_hears_its_end(
    home: Home, door: Door, echo: Echo, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With Ctrl-Z, say: the rest of the answer never comes, and it must not wait for it."""
    monkeypatch.setattr(door_module, "STOPPED", 1)
    asleep = raw_line(home)
    asleep.send({"id": 1, "do": "echo", "word": "x" * 1_000_000})
    assert echo.gone.acquire(timeout=PATIENCE)
    assert asleep.receive() is None


def test_an_answer_about_all_of_a_large_folder(home: Home, door: Door, echo: Echo) -> None:
    found = list(range(7_500_000_000, 7_501_000_000))
    with contextlib.closing(EngineClient(home)) as client:
        assert client.ask("echo", found=found)["found"] == found


def test_another_version_that_is_leaving_already(home: Home) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(home.socket))
        listener.listen()

        def answer() -> None:
            caller, _ = listener.accept()
            line = Line(caller)
            line.receive()
            line.send({"hello": 0, "pid": 1})
            line.close()

        thread = threading.Thread(target=answer)
        thread.start()
        with pytest.raises(CorreioError) as caught:
            EngineClient(home)
        thread.join(PATIENCE)
    assert caught.value.id == "engine-other-version"


def test_another_version_is_asked_to_leave(home: Home, door: Door, echo: Echo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "VERSION", 99)
    asked: queue.SimpleQueue[str] = queue.SimpleQueue()
    monkeypatch.setattr(door, "_handler", lambda message, reply: asked.put(message["do"]))
    with pytest.raises(CorreioError) as caught:
        EngineClient(home)
    assert caught.value.id == "engine-other-version"
    assert asked.get(timeout=PATIENCE) == "leave"


def test_somebody_elses_process_is_not_talked_to(home: Home, door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "same_user", lambda sock: False)
    with pytest.raises(CorreioError) as caught:
        EngineClient(home)
    assert caught.value.id == "engine-not-ours"


def test_somebody_elses_caller_is_not_answered(home: Home, door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door_module, "same_user", lambda sock: False)
    with pytest.raises(NetworkError):
        EngineClient(home)


def test_what_was_left_of_a_killed_engine_is_no_hindrance(home: Home, echo: Echo) -> None:
    left = socket.socket(socket.AF_UNIX)
    left.bind(str(home.socket))
    left.close()
    made = Door(home.socket, echo.handle, "1.0")
    made.open()
    with contextlib.closing(EngineClient(home)) as client:
        assert client.ask("echo")
    made.close()
    assert not home.socket.exists()


def test_a_socket_that_was_swept_away_comes_back(home: Home, door: Door) -> None:
    before = at_the_door()
    home.socket.unlink()
    with pytest.raises(NetworkError):
        EngineClient(home)
    door.renew()
    with contextlib.closing(EngineClient(home)) as client:
        assert client.ask("echo")
    assert home.socket.stat().st_mode & 0o077 == 0
    for thread in before:
        thread.join(PATIENCE)
    assert len(at_the_door()) == 1, "nobody waits at a socket that has gone"


def at_the_door() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "door"]


@pytest.mark.parametrize("answer", ["no way there", "not private"])
def test_a_folder_that_goes_with_the_last_log_in(home: Home, door: Door, answer: str) -> None:
    """As /run/user/1000 does; it comes back with the next one."""
    shutil.rmtree(home.runtime)
    if answer == "no way there":
        home.runtime.write_bytes(b"")  # nobody can make a folder there
    else:
        home.runtime.mkdir(mode=0o777)
        home.runtime.chmod(0o777)
    door.renew()
    door.renew()
    home.runtime.unlink() if home.runtime.is_file() else home.runtime.rmdir()
    home.runtime.mkdir(mode=0o700)
    door.renew()
    with contextlib.closing(EngineClient(home)) as client:
        assert client.ask("echo")


def test_who_comes_early_waits_until_the_door_opens(home: Home, echo: Echo) -> None:
    made = Door(home.socket, echo.handle, "1.0")
    greeted: queue.SimpleQueue[EngineClient] = queue.SimpleQueue()
    threading.Thread(target=lambda: greeted.put(EngineClient(home))).start()
    with pytest.raises(queue.Empty):
        greeted.get(timeout=0.1)
    made.open()
    greeted.get(timeout=PATIENCE).close()
    made.close()


def test_who_waits_at_a_door_that_stays_shut_is_told(home: Home, echo: Echo, monkeypatch: pytest.MonkeyPatch) -> None:
    made = Door(home.socket, echo.handle, "1.0")

    monkeypatch.setattr(Line, "send", lambda line, message: made.close())  # just when the caller has knocked
    with pytest.raises(NetworkError) as caught:
        EngineClient(home)
    assert caught.value.id == "no-engine"


def test_a_folder_that_others_can_write_to_is_refused(home: Home, echo: Echo) -> None:
    home.runtime.chmod(0o777)
    with pytest.raises(CorreioError) as caught:
        Door(home.socket, echo.handle, "1.0")
    assert caught.value.id == "runtime-folder-open"


def test_a_name_that_no_socket_can_have(home: Home, echo: Echo, tmp_path: Path) -> None:
    with pytest.raises(CorreioError) as caught:
        Door(tmp_path / ("x" * 200) / "y.sock", echo.handle, "1.0")
    assert caught.value.id == "socket-not-made"
