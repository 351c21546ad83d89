"""`correio engine`: one at a time, several screens, passwords, servers that go and come back."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
from pathlib import Path

import pytest

from accounts.engine.lock import EngineLock
from accounts.engine.protocol import Line
from core.errors import NetworkError
from core.paths import Home
from core.store import accounts, outbox
from core.store.database import Database
from tests.accounts.engine.listener import Listener
from tests.commands.house import House, PostOffice, letter
from tests.servers.proxy import FaultProxy
from tests.terminal.program import processes_of
from tui import wiring
from tui.commands import engine as engine_commands
from tui.commands.engine import end_engine
from tui.commands.session import Session

CANARY = "kanarienvogel-7f3a"


def state(db: Database) -> str:
    return accounts.states(db)[0].state


def test_it_starts_answers_and_stops(house: House) -> None:
    assert house.json("engine", "status", status=3) == {"running": False}
    pid = house.json("engine", "start")["pid"]
    assert house.json("engine", "start")["pid"] == pid, "the one that runs is used"
    status = house.json("engine", "status")
    assert (status["running"], status["pid"]) == (True, pid)
    assert set(status) == {"running", "pid", "since", "accounts", "outbox", "waiting"}
    assert status["accounts"] == {"loc": {"state": "", "pending": 0, "error": None, "offline": False}}
    assert house.json("engine", "stop") == {"stopped": True}
    assert house.json("engine", "stop") == {"stopped": False}
    house.eventually(lambda: not processes_of(house.path))  # it says so while Python still tidies up


def test_a_second_engine_refuses_politely(house: House) -> None:
    pid = house.json("engine", "start")["pid"]
    said = house.run("engine", "run", status=1).stderr
    assert said.startswith("correio: ")
    assert str(pid) in said
    house.run("engine", "stop")


def test_it_holds_none_of_the_callers_streams(house: House) -> None:
    """`subprocess.run` would wait for the end of file, and time out, if the engine held standard output open."""
    pid = house.json("engine", "start")["pid"]
    kept = {str(Path(f"/proc/{pid}/fd/{number}").readlink()) for number in (0, 1, 2)}
    assert kept == {"/dev/null", str(house.home.logs / "engine.log")}
    assert Path(f"/proc/{pid}/cwd").readlink() == Path("/")
    assert (house.home.logs / "engine.log").stat().st_mode & 0o077 == 0
    house.run("engine", "stop")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT], ids=lambda n: n.name)
def test_a_signal_ends_it_in_order(house: House, number: signal.Signals) -> None:
    engine = house.start("engine", "run")
    with contextlib.closing(wait_for_engine(house.home)) as listener:
        os.kill(engine.pid, number)
        listener.wait_for_end()
    assert engine.wait(60) == 0
    assert EngineLock(house.home.lock).holder() is None
    assert not house.home.socket.exists()
    out, err = engine.communicate()
    assert (out, err) == (b"", b"")


def wait_for_engine(home: Home) -> Listener:
    """A line to an engine that is just starting."""
    import threading
    import time

    from core.errors import NetworkError

    end = time.monotonic() + 60
    pause = threading.Event()
    while True:
        try:
            return Listener(home)
        except NetworkError:
            assert time.monotonic() < end, "the engine does not start"
            pause.wait(0.05)  # who asks without end takes the time that the start needs


def test_a_killed_engine_leaves_nothing_in_the_way(house: House) -> None:
    pid = house.json("engine", "start")["pid"]
    with contextlib.closing(Listener(house.home)) as listener:
        os.kill(pid, signal.SIGKILL)
        listener.wait_for_end()
    assert house.json("engine", "status", status=3) == {"running": False}
    assert house.json("engine", "start")["pid"] != pid
    house.run("engine", "stop")


def test_an_engine_that_is_just_ending_is_none(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """The system takes its socket away before its lock."""
    lock = EngineLock(house.home.lock, house.home.socket)
    lock.acquire()
    looked: list[NetworkError | None] = []
    look = EngineLock.unreachable

    def and_end(self: EngineLock) -> NetworkError | None:
        looked.append(look(self))
        lock.release()
        return looked[-1]

    monkeypatch.setattr(EngineLock, "unreachable", and_end)
    assert engine_commands._status(Session(house.home)) == 3
    assert [one is None for one in looked] == [False, True]


def test_an_engine_whose_socket_was_swept_away_is_not_said_to_be_none(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    pid = house.json("engine", "start")["pid"]
    house.home.socket.unlink()
    assert f"process {pid}" in house.run("engine", "status", status=5).stderr
    monkeypatch.setattr(engine_commands, "LEAVE", 0.1)
    monkeypatch.setattr(wiring, "ENGINE_START", 0.1)
    for work in (lambda: end_engine(Session(house.home)), wiring.Wiring(house.home).start_engine):
        with pytest.raises(NetworkError) as caught:
            work()
        assert (caught.value.id, caught.value.values["pid"]) == ("engine-unreachable", pid)
    os.kill(pid, signal.SIGTERM)
    house.eventually(lambda: EngineLock(house.home.lock).holder() is None)


def test_it_survives_its_screen_and_serves_two(house: House) -> None:
    house.run("engine", "start")
    first, second = Listener(house.home), Listener(house.home)
    first.close()
    with contextlib.closing(second):
        assert second.ask("status")["pid"] == house.json("engine", "status")["pid"]
    assert house.json("engine", "status")["running"]
    house.run("engine", "stop")


def test_it_is_found_from_a_session_with_another_runtime_folder(house: House) -> None:
    """As after `su` or over a plain SSH line: XDG_RUNTIME_DIR is another, or none."""
    pid = house.json("engine", "start")["pid"]
    other = house.path.parent / "elsewhere"
    other.mkdir(mode=0o700)
    assert f"{pid}" in house.run("engine", "status", XDG_RUNTIME_DIR=str(other)).stdout
    house.run("engine", "stop", XDG_RUNTIME_DIR=str(other))
    assert EngineLock(house.home.lock).holder() is None


def test_a_home_named_by_a_relative_path(house: House) -> None:
    where = {"CORREIO_HOME": os.path.relpath(house.path, house.path.parent)}
    house.run("engine", "start", **where)
    house.run("engine", "status")
    house.run("engine", "stop", **where)


@pytest.mark.parametrize("words", [["engine", "start"], ["sync"], ["count", "*"]], ids=" ".join)
def test_an_older_engine_is_asked_to_leave(house: House, words: list[str]) -> None:
    """It understands `leave`; whatever else it says is not for us."""
    with socket.socket(socket.AF_UNIX) as door, EngineLock(house.home.lock, house.home.socket) as lock:
        door.bind(str(house.home.socket))
        door.listen()
        command = house.start(*words)
        if words[0] != "count":  # that one needs no engine and does not disturb it
            caller, _ = door.accept()
            line = Line(caller)
            assert (line.receive() or {})["hello"] == 1
            line.send({"hello": 0, "pid": os.getpid()})
            assert (line.receive() or {})["do"] == "leave"
        door.close()
        lock.release()
        house.home.socket.unlink()
        _, err = command.communicate(timeout=60)
    assert command.returncode == 0, err
    house.run("engine", "stop")


# passwords ----------------------------------------------------------------


@pytest.mark.server
def test_a_password_is_asked_for_and_then_it_goes_on(new_post: PostOffice) -> None:
    new_post.run(*new_post.account_words(), "--password-stdin", "--store", "ask", stdin=new_post.mailbox.password + "\n")
    new_post.dovecot.deliver(new_post.mailbox, letter())
    with new_post.engine() as engine:
        event = engine.wait_for("password")
        assert (event["user"], event["server"]) == (new_post.mailbox.user, new_post.dovecot.host)
        engine.until(lambda: new_post.ask(state) == "password")
        new_post.run("sync", status=4)
        first, why = new_post.run("engine", "status").stdout.splitlines()[1:]
        assert first == "  work: wants its password" and why.startswith("    The password for ")
        assert new_post.run("account", "list").stdout.rstrip().endswith(" wants its password")
        engine.ask("password", credential=event["credential"], password=new_post.mailbox.password)
        engine.wait_for("state", state="")
        assert new_post.run("count", "*").stdout == "1\n"


@pytest.mark.server
def test_a_screen_that_comes_later_is_asked_too(new_post: PostOffice) -> None:
    new_post.add_account(password="wrong")
    with new_post.engine() as engine:
        engine.wait_for("password")
        with contextlib.closing(Listener(new_post.home)) as later:
            event = later.wait_for("password")
            # What the user does meanwhile must not make the question come up again.
            later.forget()
            later.ask("look")
            engine.forget()
            later.ask("status")
            assert not later.events
            later.ask("password", credential=event["credential"], password="wrong again")
            engine.wait_for("password")
            later.ask("password", credential=event["credential"], password=new_post.mailbox.password)
            later.wait_for("state", state="")
        with contextlib.closing(Listener(new_post.home)) as last:
            last.ask("status")
            assert not [event for event in last.events if event["event"] == "password"]


@pytest.mark.server
def test_a_wrong_password_for_sending_keeps_the_mail(post: PostOffice) -> None:
    post.smtp.password = CANARY
    assert post.json("send", "--to", "bob@example.net", "--wait", stdin="x", status=4)["state"] == "waiting"
    post.run("sync", status=4)
    with post.engine() as engine:
        engine.until(post.is_well)
        id = post.json("outbox")[0]["id"]
        post.run("outbox", "retry", str(id))
        event = engine.wait_for("password")
        post.smtp.password = post.mailbox.password
        engine.ask("password", credential=event["credential"], password=post.mailbox.password)
        engine.wait_for("outbox", id=id, state="sent")
    assert len(post.smtp.deliveries) == 1


@pytest.mark.server
def test_no_password_stands_anywhere(new_post: PostOffice) -> None:
    """Not in logs, settings, the store, arguments or the environment; not after failures either."""
    new_post.dovecot.deliver(new_post.mailbox, letter())
    new_post.dovecot.set_password(new_post.mailbox, CANARY)
    new_post.smtp.password = CANARY
    new_post.add_account(password=CANARY)
    typed = CANARY + "-typed"
    with new_post.engine() as engine:
        engine.until(new_post.is_well)
        new_post.run("send", "--to", "bob@example.net", "--wait", stdin="x")
        pid = int(engine.ask("status")["pid"])
        proc = [Path(f"/proc/{pid}/{name}").read_bytes() for name in ("cmdline", "environ")]
        assert not [one for one in proc if CANARY.encode() in one]
        new_post.smtp.password = "another"
        new_post.dovecot.set_password(new_post.mailbox, "another")
        new_post.dovecot.kick(new_post.mailbox)
        event = engine.wait_for("password")
        engine.forget()
        engine.ask("password", credential=event["credential"], password=typed)
        engine.wait_for("password")
        new_post.run("send", "--to", "bob@example.net", "--wait", stdin="x", status=4)
    holders = [file for file in new_post.path.rglob("*") if file.is_file() and CANARY.encode() in file.read_bytes()]
    assert not holders
    assert new_post.home.lock.is_file()


# servers that go and come back --------------------------------------------


@pytest.mark.server
def test_a_server_that_is_away_is_waited_for(new_post: PostOffice) -> None:
    with FaultProxy(new_post.dovecot.host, new_post.dovecot.ports.imaps) as proxy:
        new_post.add_account(imap_port=proxy.port)
        new_post.dovecot.deliver(new_post.mailbox, letter())
        with new_post.engine() as engine:
            engine.until(new_post.is_well)
            proxy.refuse()
            engine.wait_for("state", state="offline")
            assert new_post.ask(state) == "offline"
            assert new_post.run("sync", status=5).stderr.startswith("correio: work: ")
            new_post.run("flag", "<lunch@farol.example>")
            engine.forget()
            proxy.go_on()
            engine.wait_for("state", state="")
            engine.until(lambda: new_post.server_flags()["lunch@farol.example"] == {"\\Flagged"})
            assert new_post.ask(state) == ""


@pytest.mark.server
def test_a_sending_server_that_is_away_is_waited_for(post: PostOffice) -> None:
    post.smtp.stop()
    assert post.json("send", "--to", "bob@example.net", "--wait", stdin="x", status=5)["state"] == "waiting"
    assert post.json("outbox")[0]["reason"]
    with post.engine() as engine:
        engine.until(lambda: post.json("outbox")[0]["attempts"] >= 2, "not tried again")
        post.smtp.start()
        post.smtp.wait_for(1)
        engine.until(lambda: post.json("outbox") == [])
    assert post.ask(outbox.rows) == []


# settings -----------------------------------------------------------------


@pytest.mark.server
def test_an_account_that_comes_or_goes_is_noticed(new_post: PostOffice) -> None:
    new_post.dovecot.deliver(new_post.mailbox, letter())
    with new_post.engine() as engine:
        new_post.add_account()
        engine.wait_for("state", state="")
        assert new_post.run("count", "*").stdout == "1\n"
        new_post.run("account", "remove", "work", "--yes")
        assert engine.ask("status")["accounts"] == {}
        assert new_post.run("count", "*").stdout == "0\n"
        assert [thread for thread in threads_of(engine) if thread.startswith("account")] == []


def threads_of(engine: Listener) -> list[str]:
    """The names of the engine's threads, as Linux has them."""
    tasks = Path(f"/proc/{engine.client.pid}/task").glob("*/comm")
    return [task.read_text().strip() for task in tasks]


def test_a_broken_settings_file_stops_nothing_that_runs(house: House) -> None:
    house.run("engine", "start")
    good = house.home.settings_file.read_text()
    house.home.settings_file.write_text(good + "\n[ui]\nkeymap = 7\n")
    with contextlib.closing(Listener(house.home)) as listener:
        from core.errors import SettingsError

        with pytest.raises(SettingsError):
            listener.ask("reload")
        assert listener.ask("status")["pid"]
        house.home.settings_file.write_text(good)
        assert listener.ask("reload")
    house.run("engine", "stop")
    house.home.settings_file.write_text("nonsense = ")
    said = house.run("engine", "start", status=5).stderr
    assert str(house.home.logs / "engine.log") in said
    assert "line 1" in (house.home.logs / "engine.log").read_text()


def test_commands_that_need_the_lock_wait_for_each_other(house: House) -> None:
    with EngineLock(house.home.lock) as lock:
        command = house.start("sync", "--json")
        with pytest.raises(subprocess.TimeoutExpired):
            command.communicate(timeout=1.5)
        lock.release()
        out, _ = command.communicate(timeout=60)
    assert (command.returncode, out) == (0, b"[]\n")


def test_the_unit_for_systemd(house: House, tmp_path: Path) -> None:
    printed = house.run("engine", "unit").stdout
    assert "engine run\n" in printed and f"CORREIO_HOME={house.path}" in printed
    said = house.run("engine", "unit", "--install", XDG_CONFIG_HOME=str(tmp_path)).stdout
    assert (tmp_path / "systemd" / "user" / "correio.service").read_text() == printed
    assert "systemctl --user enable" in said
