"""The Dovecot that the tests start does what the tests believe of it."""

from __future__ import annotations

import imaplib
import poplib
import socket
import ssl
import sys
from collections.abc import Callable

import pytest

from tests.servers.authority import Authority
from tests.servers.dovecot import Dovecot
from tests.servers.dovecot_options import Options
from tests.servers.mailbox import Mailbox

RAW = b"From: Ana <ana@example.org>\r\nSubject: caf\xc3\xa9\r\nMessage-ID: <1@example.org>\r\n\r\nbom dia\r\n"


def test_users_are_separate_and_empty(dovecot: Dovecot) -> None:
    one, two = dovecot.user(), dovecot.user()
    dovecot.deliver(one, RAW)
    with dovecot.client(one, "INBOX") as client:
        assert len(client.search()) == 1
    with dovecot.client(two, "INBOX") as client:
        assert client.search() == []


def test_deliver_keeps_bytes_flags_and_date(dovecot: Dovecot, mailbox: Mailbox) -> None:
    uid = dovecot.deliver(mailbox, RAW, "Órgãos/1", ["\\Seen", "$Forwarded"], 1_700_000_000)
    with dovecot.client(mailbox, "Órgãos/1") as client:
        got = client.fetch([uid], ["BODY.PEEK[]", "FLAGS", "INTERNALDATE"])[uid]
    assert got[b"BODY[]"] == RAW
    assert {b"\\Seen", b"$Forwarded"} <= set(got[b"FLAGS"])
    assert got[b"INTERNALDATE"].timestamp() == 1_700_000_000


def test_fill_is_numbered_in_order(dovecot: Dovecot, mailbox: Mailbox) -> None:
    mails = [(b"Subject: %d\r\n\r\nx\r\n" % n, ("\\Seen",) if n % 2 else (), 1_700_000_000 + n) for n in range(300)]
    assert mailbox.fill(mails) == 300
    with dovecot.client(mailbox, "INBOX") as client:
        uids = client.search()
        got = client.fetch(uids, ["BODY.PEEK[]", "FLAGS"])
    assert [got[uid][b"BODY[]"] for uid in sorted(uids)] == [raw for raw, _, _ in mails]
    assert sum(b"\\Seen" in got[uid][b"FLAGS"] for uid in uids) == 150
    assert mailbox.stored() == [raw for raw, _, _ in mails]


def test_very_many_mails_are_packed_in_few_files(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.servers.dovecot.AT_ONCE", 2)
    mails = [(b"Subject: %d\r\n\r\nx\r\n" % n, n % 2 > 0, 1_700_000_000 + n) for n in range(5)]
    with Dovecot(authority, options=Options(packed=True)) as dovecot:
        mailbox = dovecot.user()
        dovecot.load(mailbox, mails)
        with dovecot.client(mailbox, "INBOX") as client:
            assert client.search() == [1, 2, 3, 4, 5]
            got = client.fetch([1, 2, 3, 4, 5], ["BODY.PEEK[]", "FLAGS", "INTERNALDATE"])
    assert [(one[b"BODY[]"], b"\\Seen" in one[b"FLAGS"], one[b"INTERNALDATE"].timestamp()) for one in got.values()] == mails


def test_special_folders_are_announced(dovecot: Dovecot, mailbox: Mailbox) -> None:
    with dovecot.client(mailbox) as client:
        roles = {name: flags for flags, _, name in client.list_folders()}
        able = client.capabilities()
    assert b"\\Trash" in roles["Trash"]
    assert b"\\Archive" in roles["Archive"]
    assert {b"QRESYNC", b"UIDPLUS", b"MOVE", b"IDLE", b"COMPRESS=DEFLATE", b"METADATA"} <= set(able)


def test_starttls_pop3_and_managesieve(dovecot: Dovecot, mailbox: Mailbox, authority: Authority) -> None:
    dovecot.deliver(mailbox, RAW)
    imap = imaplib.IMAP4(dovecot.host, dovecot.ports.imap)
    imap.starttls(authority.client_context())
    assert imap.login(mailbox.user, mailbox.password)[0] == "OK"
    imap.logout()
    pop = poplib.POP3_SSL(dovecot.host, dovecot.ports.pop3s, context=authority.client_context())
    pop.user(mailbox.user)
    pop.pass_(mailbox.password)
    assert pop.stat()[0] == 1
    pop.quit()
    with socket.create_connection((dovecot.host, dovecot.ports.sieve), 30) as sieve:
        assert b"IMPLEMENTATION" in sieve.recv(4096)


def test_a_stranger_authority_does_not_trust_it(dovecot: Dovecot) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        imaplib.IMAP4_SSL(dovecot.host, dovecot.ports.imaps, ssl_context=ssl.create_default_context())


def test_wrong_password_is_refused(dovecot: Dovecot, mailbox: Mailbox, authority: Authority) -> None:
    imap = imaplib.IMAP4_SSL(dovecot.host, dovecot.ports.imaps, ssl_context=authority.client_context())
    with pytest.raises(imaplib.IMAP4.error, match="AUTHENTICATIONFAILED"):
        imap.login(mailbox.user, "wrong")
    imap.shutdown()


def test_a_changed_password_takes_the_place_of_the_old(dovecot: Dovecot, authority: Authority) -> None:
    mailbox = dovecot.user()
    with dovecot.client(mailbox):
        pass
    dovecot.set_password(mailbox, "another")
    imap = imaplib.IMAP4_SSL(dovecot.host, dovecot.ports.imaps, ssl_context=authority.client_context())
    assert imap.login(mailbox.user, "another")[0] == "OK"
    with pytest.raises(imaplib.IMAP4.error, match="AUTHENTICATIONFAILED"), dovecot.client(mailbox):
        pass
    imap.logout()


def test_kick_cuts_the_line(dovecot: Dovecot, mailbox: Mailbox) -> None:
    with dovecot.client(mailbox, "INBOX") as client:
        dovecot.kick(mailbox)
        with pytest.raises((imaplib.IMAP4.abort, OSError)):
            client.noop()


def test_restart_keeps_ports_and_mail(make_dovecot: Callable[..., Dovecot]) -> None:
    server = make_dovecot()
    mailbox = server.user()
    server.deliver(mailbox, RAW)
    before = server.ports
    server.restart()
    assert server.ports == before
    with server.client(mailbox, "INBOX") as client:
        assert len(client.search()) == 1
    server.stop()
    with pytest.raises(OSError), server.client(mailbox):
        pass


def test_receive_runs_the_sieve_script(dovecot: Dovecot, mailbox: Mailbox) -> None:
    mailbox.filter('require "fileinto"; if header :contains "subject" "caf" { fileinto "Archive"; }')
    dovecot.receive(mailbox, RAW)
    dovecot.receive(mailbox, b"Subject: tea\r\n\r\nx\r\n")
    with dovecot.client(mailbox, "Archive") as client:
        (uid,) = client.search()
        assert client.fetch([uid], ["BODY.PEEK[TEXT]"])[uid][b"BODY[TEXT]"] == b"bom dia\r\n"
    assert len(mailbox.stored()) == 1


def test_options(make_dovecot: Callable[..., Dovecot]) -> None:
    server = make_dovecot(Options(capability="IMAP4rev1", special_use=False, separator=".", quota="10k"))
    mailbox = server.user()
    with server.client(mailbox) as client:
        assert client.capabilities() == (b"IMAP4REV1",)
        assert [(sep, name) for _, sep, name in client.list_folders()] == [(b".", "INBOX")]
    with pytest.raises(imaplib.IMAP4.error, match="OVERQUOTA"):
        server.deliver(mailbox, RAW + b"x" * 20_000)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has 127.0.0.2")
def test_a_guarded_server_takes_no_password_before_starttls(make_dovecot: Callable[..., Dovecot], authority: Authority) -> None:
    server = make_dovecot(Options(guarded=True))
    mailbox = server.user()
    imap = imaplib.IMAP4(server.host, server.ports.imap)
    assert "LOGINDISABLED" in imap.capabilities
    with pytest.raises(imaplib.IMAP4.error):
        imap.login(mailbox.user, mailbox.password)
    imap.starttls(authority.client_context())
    assert imap.login(mailbox.user, mailbox.password)[0] == "OK"
    imap.logout()
