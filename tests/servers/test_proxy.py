"""The proxy passes everything, until it is told to be a bad line."""

from __future__ import annotations

import imaplib
from collections.abc import Iterator

import pytest

from tests.servers.authority import Authority
from tests.servers.dovecot import Dovecot
from tests.servers.mailbox import Mailbox
from tests.servers.proxy import FaultProxy


@pytest.fixture
def proxy(dovecot: Dovecot) -> Iterator[FaultProxy]:
    with FaultProxy(dovecot.host, dovecot.ports.imaps) as proxy:
        yield proxy


def connect(proxy: FaultProxy, mailbox: Mailbox, authority: Authority) -> imaplib.IMAP4_SSL:
    client = imaplib.IMAP4_SSL(proxy.host, proxy.port, ssl_context=authority.client_context(), timeout=30)
    client.login(mailbox.user, mailbox.password)
    return client


def test_it_passes_everything(proxy: FaultProxy, mailbox: Mailbox, authority: Authority) -> None:
    mailbox.fill([(b"Subject: big\r\n\r\n" + b"x" * 300_000 + b"\r\n", (), 1_700_000_000)])
    client = connect(proxy, mailbox, authority)
    client.select("INBOX")
    _, got = client.fetch("1", "(BODY[])")
    assert isinstance(got[0], tuple)
    assert len(got[0][1]) == 300_018
    proxy.wait_for_bytes(300_000)
    client.logout()
    proxy.wait_for_none()


def test_cuts(proxy: FaultProxy, mailbox: Mailbox, authority: Authority) -> None:
    client = connect(proxy, mailbox, authority)
    assert proxy.cut() == 1
    with pytest.raises((OSError, imaplib.IMAP4.abort)):
        client.noop()
    client = connect(proxy, mailbox, authority)
    proxy.cut_after(1)
    with pytest.raises((OSError, imaplib.IMAP4.abort)):
        client.noop()
    with pytest.raises((OSError, imaplib.IMAP4.abort)):
        connect(proxy, mailbox, authority)
    proxy.cut_after(None)
    connect(proxy, mailbox, authority).logout()
    assert proxy.connections == 4


def test_holding_and_refusing(proxy: FaultProxy, mailbox: Mailbox, authority: Authority) -> None:
    client = connect(proxy, mailbox, authority)
    proxy.hold()
    client.sock.settimeout(0.2)
    with pytest.raises((OSError, imaplib.IMAP4.abort)):
        client.noop()
    proxy.go_on()
    connect(proxy, mailbox, authority).logout()
    proxy.refuse()
    with pytest.raises((OSError, imaplib.IMAP4.abort)):
        connect(proxy, mailbox, authority)
    proxy.go_on()
    connect(proxy, mailbox, authority).logout()
    client.shutdown()
