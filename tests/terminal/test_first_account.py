"""Somebody new, at 80x24: address, corrected servers, password, test; then the inbox with its mail."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.servers.dovecot import Dovecot
from tests.servers.mailbox import Mailbox
from tests.servers.smtp import SmtpSink
from tests.terminal.program import processes_of, run_correio
from tests.terminal.terminal import Terminal

NOWHERE = "maria@nowhere.invalid"
"""An address for which nothing can be found: .invalid never exists (RFC 2606)."""
SUBJECTS = ("Release on Friday?", "jantar sábado", "\x1b]0;CANARY\x07 [/x] [bold]")


@pytest.fixture
def sink(make_smtp: Callable[..., SmtpSink], mailbox: Mailbox) -> SmtpSink:
    """An SMTP server that knows the mailbox's user."""
    sink = make_smtp("tls")
    sink.user, sink.password = mailbox.user, mailbox.password
    return sink


def fill(dovecot: Dovecot, mailbox: Mailbox) -> None:
    """Mail that waits on the server."""
    for number, subject in enumerate(SUBJECTS):
        head = f"From: Ana Sousa <ana@example.org>\r\nTo: {mailbox.address}\r\nMessage-ID: <{number}@example.org>\r\n"
        text = f"{head}Date: Mon, 3 Mar 2025 10:0{number}:00 +0000\r\nSubject: {subject}\r\n\r\nHello.\r\n"
        dovecot.deliver(mailbox, text.encode(), date=1_741_000_000 + number)


def type_servers(screen: Terminal, mailbox: Mailbox, sides: tuple[tuple[int, str], ...]) -> None:
    """From the server field of IMAP on: name, (security stays), port, user, trust, for both sides."""
    for port, trust in sides:
        for word in ("localhost", "", str(port), mailbox.user, trust):
            screen.type(word).press("tab")


def to_form(screen: Terminal) -> None:
    """The address, and what is found for it: nothing."""
    screen.wait_for("Your mail address").type(NOWHERE).press("enter")
    screen.wait_for("these are the usual names").wait_for("imap.nowhere.invalid")


def test_from_the_address_to_the_inbox(
    terminal: Callable[..., Terminal], dovecot: Dovecot, mailbox: Mailbox, sink: SmtpSink, correio_home: Path
) -> None:
    fill(dovecot, mailbox)
    screen = terminal(columns=80, rows=24, cold=True)
    to_form(screen)
    start = screen.reset_bytes()
    screen.type("Maria Santos").press("tab").type(mailbox.password).press("tab", "tab")
    trust = str(dovecot.authority.file)
    type_servers(screen, mailbox, ((dovecot.ports.imaps, trust), (sink.port, trust)))
    screen.press("tab", "tab").press("enter")
    screen.wait_for("Inbox").wait_for("Release on Friday?").wait_for("jantar sábado").wait_for("[/x] [bold]")
    assert screen.leaks(mailbox.password.encode(), since=start) == []
    for process in processes_of(correio_home):
        for about in ("cmdline", "environ"):
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # it has ended meanwhile
                assert mailbox.password.encode() not in Path(f"/proc/{process}/{about}").read_bytes()
    screen.press("q").wait_exit()
    files = [path for path in correio_home.rglob("*") if path.is_file()]
    assert not [path for path in files if mailbox.password.encode() in path.read_bytes()]
    assert sink.seen["MAIL"] == 1 and sink.deliveries == ()


def test_a_wrong_password_and_an_unknown_certificate_are_no_dead_end(
    terminal: Callable[..., Terminal], dovecot: Dovecot, mailbox: Mailbox, sink: SmtpSink
) -> None:
    fill(dovecot, mailbox)
    screen = terminal(columns=80, rows=24)
    to_form(screen)
    screen.type("Maria").press("tab").type("wrong").press("tab", "tab")
    type_servers(screen, mailbox, ((dovecot.ports.imaps, "system"), (sink.port, "system")))
    screen.press("tab", "tab", "enter")
    screen.wait_for("not signed by anyone").wait_for(f"sha256:{dovecot.certificate.fingerprint}")
    screen.wait_for("[ Trust the certificate ]").press("tab", "enter")
    screen.wait_for("refused the user").press("escape")
    screen.wait_for("Another address").wait_for("sha256:").type(mailbox.password).press("enter")
    screen.wait_for("Release on Friday?")


@pytest.mark.parametrize("way", ["passphrase", "ask"])
def test_what_is_kept_nowhere_is_typed_once_and_asked_for_after_the_next_start(
    terminal: Callable[..., Terminal], dovecot: Dovecot, mailbox: Mailbox, sink: SmtpSink, correio_home: Path, way: str
) -> None:
    fill(dovecot, mailbox)
    screen = terminal(columns=80, rows=24)
    to_form(screen)
    screen.type("Maria").press("tab").type(mailbox.password).press("tab")
    kept, presses = {"passphrase": ("passphrase of your own", 1), "ask": ("ask me each time", 3)}[way]
    screen.press(*["right"] * presses).wait_for(kept)
    if way == "passphrase":
        screen.wait_for("Once more").press("tab").type("open sesame").press("tab").type("open sesame")
    screen.press("tab")
    trust = str(dovecot.authority.file)
    type_servers(screen, mailbox, ((dovecot.ports.imaps, trust), (sink.port, trust)))
    screen.press("tab", "tab", "enter").wait_for("Release on Friday?").press("q").wait_exit()

    assert_engine_ended(correio_home)
    again = terminal(columns=80, rows=24)
    wanted = {"passphrase": "It opens the file with your passwords", "ask": f"wants the password of {mailbox.user}"}[way]
    again.wait_for(wanted)
    if way == "passphrase":
        again.type("nonsense").press("enter").wait_for("That was not the passphrase").type("open sesame").press("enter")
    else:
        again.type("nonsense").press("enter").wait_for(f"refused the password of {mailbox.user}")
        again.wait_for("Enter goes on, Esc closes").type(mailbox.password).press("enter")
    again.wait_gone("password").wait_gone("Password")
    dovecot.deliver(mailbox, b"From: ana@example.org\r\nSubject: After the start\r\nMessage-ID: <new@x>\r\n\r\nHello.\r\n")
    again.wait_for("After the start")


def assert_engine_ended(home: Path) -> None:
    """End the engine, so that the next start has to ask."""
    assert run_correio(["engine", "stop"], home).returncode == 0


def test_a_tiny_window_does_not_hurt(terminal: Callable[..., Terminal]) -> None:
    screen = terminal(columns=20, rows=5).wait_for("maria@")
    screen.type("x@nowhere.invalid").press("enter").wait_for("Your name")
    screen.resize(80, 24).wait_for("Receiving (IMAP)").resize(20, 5).press("ctrl+q")
    assert screen.wait_exit() == 0


def test_the_demo_is_one_key_away(terminal: Callable[..., Terminal], correio_home: Path) -> None:
    screen = terminal(columns=100, rows=30).wait_for("Try the demo").press("tab", "enter")
    screen.wait_for("maria@correio.example").press("q")
    assert screen.wait_exit() == 0
    assert not (correio_home / "config" / "correio.toml").exists()
