"""The comparison of store and server finds what differs: after a sync nothing, after a change the change."""

from __future__ import annotations

from pathlib import Path

from tests.servers.comparison import differences
from tests.servers.post import Post
from tests.terminal.program import run_correio

RAW = b"From: Ana <ana@example.org>\r\nSubject: one\r\nMessage-ID: <1@example.org>\r\n\r\nbom dia\r\n"


def test_differences(post: Post, correio_home: Path) -> None:
    dovecot, mailbox = post.dovecot, post.mailbox
    first = dovecot.deliver(mailbox, RAW, flags=["\\Seen", "$Label1"])
    second = dovecot.deliver(mailbox, RAW.replace(b"one", b"two"))
    post.add_to(correio_home)
    assert run_correio(["sync"], correio_home).returncode == 0
    assert differences(correio_home, dovecot, mailbox) == []
    with dovecot.client(mailbox, "INBOX") as client:
        client.add_flags([first], ["\\Flagged"])
        client.delete_messages([second])
        client.uid_expunge([second])
    third = dovecot.deliver(mailbox, RAW.replace(b"one", b"three"))
    found = differences(correio_home, dovecot, mailbox)
    assert len(found) == 3
    assert any(f"UID {first}:" in line and "\\\\flagged" in line for line in found)
    assert any(f"UID {second} only in the store" in line for line in found)
    assert any(f"UID {third} only on the server" in line for line in found)
    assert run_correio(["sync"], correio_home).returncode == 0
    assert differences(correio_home, dovecot, mailbox) == []
