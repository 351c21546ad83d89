"""CONDSTORE and QRESYNC (RFC 7162), several sessions, and hooks that make the server misbehave."""

from __future__ import annotations

import asyncio
import imaplib
import socket
import ssl
import threading
from collections.abc import Callable

import pytest
import trustme
from imapclient import IMAPClient

from accounts.demo.imap_session import Session
from tests.accounts.demo.conftest import MAIL, Running

Start = Callable[..., Running]


def contexts() -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """TLS for a server named localhost, and for a client that trusts it."""
    authority = trustme.CA()
    there, here = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
    authority.issue_cert("localhost").configure_cert(there)
    authority.configure_trust(here)
    return there, here


def test_changed_since(imap: Running) -> None:
    client, other = imap.client(), imap.client(select="INBOX")
    before = client.select_folder("INBOX")[b"HIGHESTMODSEQ"]
    other.add_flags([2], [b"\\Flagged"])
    kind, lines = client._imap._simple_command("UID", "FETCH", "1:*", "(FLAGS)", f"(CHANGEDSINCE {before})")
    assert kind == "OK", lines
    changed = [line for line in client._imap.untagged_responses["FETCH"] if b"MODSEQ" in line]
    assert len(changed) >= 1
    assert all(b"UID 2 " in line for line in changed)


def test_conditional_store_keeps_what_others_changed(imap: Running) -> None:
    client, other = imap.client(), imap.client(select="INBOX")
    before = client.select_folder("INBOX")[b"HIGHESTMODSEQ"]
    other.add_flags([2], [b"\\Flagged"])
    kind, lines = client._imap._simple_command("UID", "STORE", "1:3", f"(UNCHANGEDSINCE {before})", "+FLAGS.SILENT", "(\\Seen)")
    assert kind == "OK"
    assert lines[0].startswith(b"[MODIFIED 2]")
    assert client.search(["SEEN"]) == [1, 3]


def test_search_and_status_by_modseq(imap: Running) -> None:
    client = imap.plain()
    client.select()
    client.uid("STORE", "2", "+FLAGS", "(\\Seen)")
    assert client.search(None, "MODSEQ 5")[1][0].startswith(b"2 (MODSEQ 5)")


def test_resync_after_being_away(imap: Running) -> None:
    client, other = imap.plain(), imap.client(select="INBOX")
    client.select()
    validity, modseq = client.response("UIDVALIDITY")[1][0], client.response("HIGHESTMODSEQ")[1][0]
    client.unselect()
    other.add_flags([2], [b"\\Flagged"])
    other.delete_messages([1])
    other.expunge()
    imap.add("four")
    client.enable("QRESYNC")
    kind, _ = client._simple_command("SELECT", "INBOX", f"(QRESYNC ({validity.decode()} {modseq.decode()} 1:3))")  # type: ignore[attr-defined]
    assert kind == "OK"
    assert client.response("VANISHED")[1] == [b"(EARLIER) 1"]
    fetched = client.response("FETCH")[1]
    assert [line.split()[2] for line in fetched if line] == [b"2", b"4"]
    client.state = "SELECTED"
    other.delete_messages([2])
    other.expunge()
    client.noop()
    assert client.response("VANISHED")[1] == [b"2"]
    assert client.response("EXPUNGE")[1] == [None]


def test_rename_keeps_the_open_mailbox_open(imap: Running) -> None:
    one, other = imap.client(), imap.client()
    one.create_folder("Old")
    one.append("Old", MAIL % b"x")
    one.select_folder("Old")
    other.rename_folder("Old", "New")
    other.append("New", MAIL % b"y")
    one.noop()
    assert one.search() == [1, 2]


def test_hook_answers_instead(imap: Running) -> None:
    def refuse(session: Session, tag: str, name: str, args: object) -> bytes | None:
        return f"{tag} NO [OVERQUOTA] Full\r\n".encode() if name == "APPEND" else None

    imap.server.on_command = refuse
    client = imap.client()
    with pytest.raises(imaplib.IMAP4.error, match="OVERQUOTA"):
        client.append("INBOX", MAIL % b"x")
    assert client.folder_status("INBOX", ["MESSAGES"])[b"MESSAGES"] == 3
    assert (client.noop()[0], imap.server.heard[-1]) == (b"NOOP completed.", (1, "NOOP"))


def test_hook_cuts_before_and_after_the_deed(imap: Running) -> None:
    def cut(session: Session, tag: str, name: str, args: object) -> bytes | None:
        if name == "UID STORE":
            session.cut()
            return b""
        return None

    imap.server.on_command = cut
    with pytest.raises((imaplib.IMAP4.abort, OSError)):
        imap.client(select="INBOX").add_flags([1], [b"\\Seen"])
    imap.server.on_command = None

    def lose(session: Session, name: str, answer: bytes) -> bytes | None:
        if name == "UID STORE":
            session.cut()
        return None

    imap.server.on_answer = lose
    with pytest.raises((imaplib.IMAP4.abort, OSError)):
        imap.client(select="INBOX").add_flags([2], [b"\\Seen"])
    imap.server.on_answer = None
    assert imap.client(select="INBOX").search(["SEEN"]) == [2]


def test_hook_changes_an_answer(imap: Running) -> None:
    imap.server.on_answer = lambda session, name, answer: answer.replace(b"one", b"uno")
    client = imap.client(select="INBOX")
    assert b"Subject: uno" in client.fetch([1], ["BODY.PEEK[]"])[1][b"BODY[]"]


def test_hook_may_wait(imap: Running) -> None:
    asked, go_on = threading.Event(), asyncio.Event()

    async def wait(session: Session, tag: str, name: str, args: object) -> bytes | None:
        if name == "NOOP":
            asked.set()
            await go_on.wait()
        return None

    imap.server.on_command = wait
    slow, other = imap.client(), imap.client()
    slow._imap.send(b"s1 NOOP\r\n")
    assert asked.wait(60)
    assert other.folder_status("INBOX", ["MESSAGES"])[b"MESSAGES"] == 3, "others are served meanwhile"
    imap.loop.call(go_on.set)
    assert slow._imap.readline() == b"s1 OK NOOP completed.\r\n"


def test_greeting_can_be_replaced(imap: Running) -> None:
    imap.server.on_connect = lambda session: b"* BYE Closed for lunch\r\n"
    with socket.create_connection(("127.0.0.1", imap.server.port), timeout=60) as line:
        assert line.recv(99) == b"* BYE Closed for lunch\r\n"


def test_cut_all_drops_idle_connections(imap: Running) -> None:
    client = imap.client(select="INBOX")
    client.idle()
    imap.loop.call(imap.server.cut_all)
    with pytest.raises((imaplib.IMAP4.abort, OSError)):
        client.idle_check(timeout=60)
        client.idle_done()


def test_tls_and_starttls(start_imap: Start) -> None:
    there, here = contexts()
    implicit = start_imap(security="tls", tls=there)
    client = IMAPClient("localhost", implicit.server.port, ssl_context=here, timeout=60)
    client.login("maria@correio.example", "demo")
    client.shutdown()
    explicit = start_imap(security="starttls", tls=there)
    client = IMAPClient("localhost", explicit.server.port, ssl=False, timeout=60)
    assert b"STARTTLS" in client.capabilities()
    client.starttls(here)
    client.login("maria@correio.example", "demo")
    assert b"STARTTLS" not in client.capabilities()
    client.shutdown()


def test_what_came_before_the_handshake_is_dropped(start_imap: Start) -> None:
    there, here = contexts()
    running = start_imap(security="starttls", tls=there)
    with socket.create_connection(("localhost", running.server.port), timeout=60) as line:
        assert line.recv(999).startswith(b"* OK")
        line.sendall(b"a STARTTLS\r\nb LOGIN maria@correio.example demo\r\n")
        assert line.recv(999) == b"a OK Begin TLS\r\n"
        with here.wrap_socket(line, server_hostname="localhost") as secure:
            secure.sendall(b"c NOOP\r\n")
            assert secure.recv(999) == b"c OK NOOP completed.\r\n"


def test_endless_line_is_answered_and_closed(imap: Running) -> None:
    with socket.create_connection(("127.0.0.1", imap.server.port), timeout=60) as line:
        file = line.makefile("rb")
        file.readline()
        line.sendall(b"a" * 70_000)
        assert file.readline() == b"* BYE Line too long\r\n"
        assert file.read() == b""
