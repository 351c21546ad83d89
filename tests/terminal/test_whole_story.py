"""The whole story on real servers: welcome, inbox, reply, delivered, filed in Sent, marked as answered."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from imapclient import IMAPClient

from tests.depth import DEEP
from tests.servers.dovecot import Dovecot
from tests.servers.mailbox import Mailbox
from tests.servers.smtp import SmtpSink
from tests.terminal.terminal import Terminal
from tests.terminal.test_first_account import fill, to_form, type_servers

SIZES = [(160, 48), *([(80, 24)] if DEEP else [])]
"""At 80x24 the beginning is in `test_first_account`, and the rest in `test_story_writing`."""


@pytest.mark.parametrize(("columns", "rows"), SIZES)
def test_from_welcome_to_delivered(
    terminal: Callable[..., Terminal],
    make_smtp: Callable[..., SmtpSink],
    dovecot: Dovecot,
    mailbox: Mailbox,
    columns: int,
    rows: int,
) -> None:
    sink = make_smtp("tls")
    sink.user, sink.password = mailbox.user, mailbox.password
    fill(dovecot, mailbox)
    screen = terminal(columns=columns, rows=rows)
    to_form(screen)
    screen.type("Maria Santos").press("tab").type(mailbox.password).press("tab", "tab")
    trust = str(dovecot.authority.file)
    type_servers(screen, mailbox, ((dovecot.ports.imaps, trust), (sink.port, trust)))
    screen.press("tab", "tab", "enter").wait_for("Release on Friday?")

    screen.press("G").press("enter").wait_for("Hello.").wait_for("reply")
    screen.press("r").wait_for("review and send")
    screen.type("Yes, on Friday.").wait_for("Yes, on Friday.")
    screen.press("ctrl+x").wait_for("Ready to send?").press("y").wait_for("takes it back")
    screen.wait_for("Sent.")
    [delivery] = sink.wait_for(1, timeout=60)
    assert b"Yes, on Friday." in delivery.raw
    assert b"\r\nIn-Reply-To: <0@example.org>\r\n" in delivery.raw
    assert list(delivery.recipients) == ["ana@example.org"]
    with dovecot.client(mailbox, "INBOX") as client:
        wait_until(client, lambda: b"\\Answered" in client.get_flags(client.search("ALL"))[1])
    with dovecot.client(mailbox, "Sent") as client:
        wait_until(client, lambda: len(client.search(["HEADER", "In-Reply-To", "<0@example.org>"])) == 1)


def wait_until(client: IMAPClient, true: Callable[[], bool]) -> None:
    """Ask again whenever the server tells of a change in the folder, for a minute."""
    limit = time.monotonic() + 60
    while not true():
        assert time.monotonic() < limit, "the server has not heard of it"
        client.idle()
        client.idle_check(timeout=5)
        client.idle_done()
