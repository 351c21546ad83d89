"""The pseudo-terminal shows what a program paints, and sends what a person types."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.terminal import snapshot
from tests.terminal.keys import key_bytes
from tests.terminal.leaks import find_leaks
from tests.terminal.program import environment, processes_of, temporary_home
from tests.terminal.terminal import Terminal

ECHO = """
import os, signal, sys, termios, tty
tty.setraw(0)
print("ready", end="\\r\\n", flush=True)
def read():
    try:
        return os.read(0, 1000) or signal.pause()
    except OSError:  # the line is lost: the signal that says so may come a moment later
        signal.pause()
while (data := read()) != b"q":
    print(ascii(data.decode()), end="\\r\\n", flush=True)
print("bye", end="", flush=True)
"""


@pytest.fixture
def echo(terminal: Callable[..., Terminal]) -> Terminal:
    return terminal(command=[sys.executable, "-c", ECHO]).wait_for("ready")


def test_keys_arrive_and_answers_are_shown(echo: Terminal) -> None:
    echo.type("é").wait_for(r"'\xe9'").press("ctrl+d").wait_for(r"\x04").press("shift+tab").wait_for("[Z")
    assert echo.line(0) == "ready"
    assert echo.find("ready") == (0, 0)
    assert echo.press("q").wait_exit() == 0
    assert echo.text.rstrip().endswith("bye")


def test_what_passes_by_is_seen(echo: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    def two_pictures_at_once(done: Callable[[], bool], timeout: float) -> bool:
        for data in (b"flash", b"\x1b[2J\x1b[H"):
            echo._take(data)
        return done()

    monkeypatch.setattr(echo, "_wait", two_pictures_at_once)
    assert not echo.wait_for("flash").shows("flash")


def test_what_was_seen_once_is_not_asked_again(echo: Terminal) -> None:
    shown = iter((True, False))
    echo.wait_for(lambda _terminal: next(shown))


def test_escape_and_a_key_are_two(echo: Terminal) -> None:
    echo.press("escape", "x").wait_for(r"\x1b[Ix").press("escape", "up").wait_for(r"\x1b[A").type("y").wait_for("'y'")


def test_a_missing_text_shows_the_screen(echo: Terminal) -> None:
    with pytest.raises(AssertionError, match=r"(?s)waited for 'never'.*│ready"):
        echo.wait_for("never", timeout=0.1)


def test_an_ended_program_is_noticed_at_once(terminal: Callable[..., Terminal]) -> None:
    ended = terminal(command=[sys.executable, "-c", "print('bye'); raise SystemExit(3)"])
    with pytest.raises(AssertionError, match=r"(?s)ended with status 3.*bye"):
        ended.wait_for("never")


def test_bytes_are_counted(echo: Terminal) -> None:
    start = echo.reset_bytes()
    echo.type("x").wait_for("'x'").wait_output(start + 4)
    assert echo.bytes_written() == len("'x'\r\n")
    assert echo.leaks(since=start) == []


def test_the_window_changes_size(terminal: Callable[..., Terminal]) -> None:
    script = r"""
import os, signal
show = lambda *a: os.write(1, b"%dx%d\n" % tuple(os.get_terminal_size()))
signal.signal(signal.SIGWINCH, show); show()
while True: signal.pause()
"""
    window = terminal(command=[sys.executable, "-c", script], columns=100, rows=30).wait_for("100x30")
    window.resize(60, 10).wait_for("60x10")
    assert len(window.lines) == 10
    window.kill(signal.SIGTERM)
    assert window.wait_exit() == -signal.SIGTERM


def test_it_is_a_controlling_terminal(terminal: Callable[..., Terminal]) -> None:
    shown = terminal(command=[sys.executable, "-c", "open('/dev/tty', 'w').write('mine')"])
    shown.wait_for("mine")


def test_a_lost_line_hangs_the_program_up(echo: Terminal) -> None:
    echo.hang_up()
    assert echo.wait_exit() == -signal.SIGHUP


def test_wide_characters_take_two_cells(terminal: Callable[..., Terminal]) -> None:
    shown = terminal(command=[sys.executable, "-c", "print('漢字 here')"]).wait_for("漢字 here")
    assert shown.find("here") == (5, 0)


def test_sequences_pyte_does_not_know_stay_off_the_screen(terminal: Callable[..., Terminal]) -> None:
    script = r"""
import sys, time
link = "\x1b]8;;http://example.org\x1b\\link"
for part in ("\x1b[>1", "u\x1b[?2026$p\x1b[<u\x1bP+q544e\x1b", "\\" + link, "\x1b]8;;\x1b\\ end"):
    sys.stdout.write(part); sys.stdout.flush()
"""
    shown = terminal(command=[sys.executable, "-c", script])
    shown.wait_exit()
    assert shown.line(0) == "link end"


def test_snapshots(echo: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshot, "FOLDER", tmp_path)
    with pytest.raises(AssertionError, match="no snapshot"):
        echo.snapshot("echo")
    monkeypatch.setenv("CORREIO_UPDATE_SNAPSHOTS", "1")
    echo.snapshot("echo", ("re..y", "word"))
    monkeypatch.delenv("CORREIO_UPDATE_SNAPSHOTS")
    assert (tmp_path / "echo.txt").read_text() == "word\n"
    echo.snapshot("echo", ("re..y", "word"))
    with pytest.raises(AssertionError, match=r"(?s)-word.*\+ready"):
        echo.snapshot("echo", timeout=0.1)


@pytest.mark.parametrize(
    ("name", "data"),
    [("enter", b"\r"), ("ctrl+x", b"\x18"), ("alt+b", b"\x1bb"), ("shift+up", b"\x1b[1;2A"), ("ç", "ç".encode())],
)
def test_key_bytes(name: str, data: bytes) -> None:
    assert key_bytes(name) == data


def test_unknown_keys_are_an_error() -> None:
    with pytest.raises(ValueError, match="no such key"):
        key_bytes("hyper+x")


@pytest.mark.parametrize(
    "bad",
    [b"\x1b]0;CANARY\x07", b"\x1b]52;c;aGk=\x07", b"\x1bc", "\x9b31m".encode(), "a\u202eb".encode(), b"\x00", b"\x08"],
)
def test_leaks_are_found(bad: bytes) -> None:
    assert find_leaks(b"before" + bad + b"after")
    assert find_leaks("plain \x1b[1m text é 漢字".encode()) == []
    assert find_leaks(b"abc", b"bc") == ["forbidden b'bc' at byte 1: b'abc'"]


def test_the_environment_is_nobodys_own(correio_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GNUPGHOME", "/somewhere/real")
    env = environment(correio_home)
    top = str(correio_home.parent)
    own = {name: value for name, value in env.items() if re.match(r"HOME|XDG_|GNUPGHOME|CORREIO_", name)}
    assert all(value.startswith(top) for value in own.values()), own
    assert len(str(correio_home.parent / "gnupg" / "S.gpg-agent.browser")) < 80


def test_gpg_works_in_a_home_of_its_own(gnupg_home: Path) -> None:
    make = ["gpg", "--batch", "--passphrase", "", "--quick-gen-key", "Ana <ana@example.org>", "ed25519", "sign", "1d"]
    subprocess.run(make, check=True, capture_output=True, timeout=60)
    listed = subprocess.run(["gpg", "--list-keys", "--with-colons"], check=True, capture_output=True, text=True, timeout=60)
    assert listed.stdout.count("\nuid:") == 1
    assert (gnupg_home / "pubring.kbx").exists()


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs /proc to find processes")
def test_processes_left_behind_are_ended() -> None:
    with temporary_home() as home:
        child = Terminal([sys.executable, "-c", "print('up', flush=True); input()"], environment(home)).wait_for("up")
        assert processes_of(home) == [child.process.pid]
    assert child.wait_exit() == -signal.SIGKILL
    assert not os.path.lexists(home)
    child.close()
