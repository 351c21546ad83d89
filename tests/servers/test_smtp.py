"""The SMTP server that the tests start accepts, records and misbehaves as planned."""

from __future__ import annotations

import smtplib
import socket
from collections.abc import Callable

import pytest

from tests.servers.authority import Authority
from tests.servers.post import Post
from tests.servers.scripted import Deed, ScriptedServer, Step
from tests.servers.smtp import CUT_AFTER_DOT, CUT_BEFORE_DATA, CUT_BEFORE_DOT, SmtpSink

RAW = b"From: a@example.org\r\nSubject: x\r\n\r\n.dot at the start\r\nend\r\n"


def connect(sink: SmtpSink, authority: Authority) -> smtplib.SMTP:
    if sink.security == "tls":
        client: smtplib.SMTP = smtplib.SMTP_SSL(sink.host, sink.port, context=authority.client_context(), timeout=30)
    else:
        client = smtplib.SMTP(sink.host, sink.port, timeout=30)
        if sink.security == "starttls":
            client.starttls(context=authority.client_context())
    if sink.auth:
        client.login(sink.user, sink.password)
    return client


@pytest.mark.parametrize("security", ["tls", "starttls", "none"])
def test_accepted_mail_is_kept_byte_by_byte(make_smtp: Callable[..., SmtpSink], authority: Authority, security: str) -> None:
    sink = make_smtp(security)
    with connect(sink, authority) as client:
        client.sendmail("a@example.org", ["b@example.org", "c@example.org"], RAW)
    (mail,) = sink.wait_for(1)
    assert mail.raw == RAW
    assert (mail.sender, mail.recipients) == ("a@example.org", ("b@example.org", "c@example.org"))
    assert (mail.user, mail.tls) == (sink.user, security != "none")


def test_wrong_password(smtp: SmtpSink, authority: Authority) -> None:
    smtp.password = "another"
    client = smtplib.SMTP(smtp.host, smtp.port, timeout=30)
    client.starttls(context=authority.client_context())
    with pytest.raises(smtplib.SMTPAuthenticationError):
        client.login(smtp.user, "wrong")
    client.close()


def test_refusals(smtp: SmtpSink, authority: Authority) -> None:
    smtp.plan.refusals = {
        "gone@example.org": "550 5.1.1 No such user",
        "later@example.org": "450 4.2.1 Try again",
    }
    with connect(smtp, authority) as client:
        refused = client.sendmail("a@example.org", ["gone@example.org", "later@example.org", "b@example.org"], RAW)
    assert {address: code for address, (code, _) in refused.items()} == {
        "gone@example.org": 550,
        "later@example.org": 450,
    }
    assert smtp.wait_for(1)[0].recipients == ("b@example.org",)


@pytest.mark.parametrize(("cut", "kept"), [(CUT_BEFORE_DATA, 0), (CUT_BEFORE_DOT, 0), (CUT_AFTER_DOT, 1)])
def test_cuts(smtp: SmtpSink, authority: Authority, cut: str, kept: int) -> None:
    smtp.plan.cuts = [cut]
    client = connect(smtp, authority)
    with pytest.raises((smtplib.SMTPServerDisconnected, OSError)):
        client.sendmail("a@example.org", ["b@example.org"], RAW)
    assert len(smtp.deliveries) == kept
    with connect(smtp, authority) as client:
        client.sendmail("a@example.org", ["b@example.org"], RAW)
    assert len(smtp.wait_for(kept + 1)) == kept + 1


def test_stop_and_start_on_the_same_port(smtp: SmtpSink, authority: Authority) -> None:
    port = smtp.port
    smtp.stop()
    with pytest.raises(OSError):
        connect(smtp, authority)
    smtp.start()
    assert smtp.port == port
    connect(smtp, authority).quit()


def test_a_round_trip_into_a_mailbox(post: Post, authority: Authority) -> None:
    friend = post.dovecot.user()
    with connect(post.smtp, authority) as client:
        client.sendmail(post.mailbox.address, [friend.address, "stranger@example.com"], RAW)
    post.smtp.wait_for(1)
    assert friend.stored()[0].endswith(RAW.replace(b"\r\n", b"\n"))
    assert post.mailbox.stored() == []


def test_a_scripted_server_follows_its_script(authority: Authority) -> None:
    script = [
        Step(None, b"* OK ready\r\n"),
        Step("starttls", b"{tag} OK go\r\n", Deed.TLS),
        Step("noop", b"{tag} OK\r\n", Deed.CLOSE),
    ]
    with ScriptedServer(script, certificate=authority.certificate()) as server:
        line = socket.create_connection((server.host, server.port), 30)
        assert line.recv(100) == b"* OK ready\r\n"
        line.sendall(b"a1 STARTTLS\r\n")
        assert line.recv(100) == b"a1 OK go\r\n"
        secure = authority.client_context().wrap_socket(line, server_hostname="localhost")
        secure.sendall(b"a2 NOOP\r\n")
        assert secure.recv(100) == b"a2 OK\r\n"
        assert secure.recv(100) == b""
        secure.close()
        assert server.wait_for_line("^a2 noop$") == b"a2 NOOP"
        server.check()


def test_a_scripted_server_records_what_it_did_not_expect() -> None:
    with ScriptedServer([Step(None, b"+OK\r\n"), Step("user", b"+OK\r\n")]) as server:
        line = socket.create_connection((server.host, server.port), 30)
        line.sendall(b"quit\r\n")
        server.wait_for_line("quit")
        assert line.makefile("rb").read() == b"+OK\r\n"
        with pytest.raises(AssertionError, match="expected 'user'"):
            server.check()
        line.close()
