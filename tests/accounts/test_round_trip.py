"""Every kind of mail that can be written goes through SMTP over TLS into a real mailbox and is there as it was meant."""

from __future__ import annotations

import email
import email.policy
import imaplib
import ssl
import threading
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest

from accounts.engine.handing_over import hand_over
from accounts.smtp import SmtpOutgoing
from core.flowed import tidy, unflow
from core.secret import Secret
from core.settings.schema import Server
from core.sharing import Told, unheard
from core.store import outbox
from core.store.database import Database
from tests.accounts.every_kind import Desk, Expected, Part, answering, desk, others, written
from tests.empty_store import empty_store
from tests.servers.post import Post


class Cloud:
    """A place for files that are sent as links."""

    watches = False

    def place_for(self, name: str) -> str:
        return name

    def upload(self, name: str, source: Path | bytes, days: int, place: str = "", told: Told = unheard) -> tuple[str, str]:
        return f"https://cloud.example.org/{name}", name

    def withdraw(self, url: str, place: str) -> None:
        """Nothing was kept."""

    def fetched(self, url: str, place: str) -> int:
        return 0


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    database = empty_store(tmp_path / "state" / "correio.db")
    yield database
    database.close()


def test_every_kind_arrives_part_by_part(post: Post, db: Database, tmp_path: Path) -> None:
    server = Server(
        kind="smtp", host=post.smtp.host, port=post.smtp.port, security="tls", trust=str(post.dovecot.authority.file),
        user=post.smtp.user,
    )  # fmt: skip
    post.smtp.deliver = lambda one: post.dovecot.receive(post.mailbox, one.raw, one.sender or "<>")
    here = desk(db, tmp_path, server, post.mailbox.address)
    meant = put_all(here)
    outgoing = SmtpOutgoing(server, Secret(post.smtp.password))
    account = here.settings.accounts[0]
    wires = {}
    for name, (row, _) in meant.items():
        wires[name] = outbox.wire(db, row)
        assert hand_over(db, outbox.get(db, row), account, lambda _: outgoing, threading.Event()) == ("sent", None), name
    arrived = {key(raw): raw for raw in fetched(post)}
    assert len(arrived) == len(meant)
    for name, (_, expected) in meant.items():
        raw = arrived[key(wires[name])]
        assert raw.endswith(wires[name]), f"{name}: not one byte differs below what the server puts on top"
        compare(name, raw, expected, tmp_path)


def put_all(here: Desk) -> dict[str, tuple[int, Expected]]:
    """Every kind in the outbox: row and what is to arrive."""
    found = {}
    for name, draft, expected in (*written(here), *answering(here)):
        found[name] = (here.put(draft, subject=f"{name} ü", cc=draft.cc), expected)
    for name, row, expected in others(here, Cloud):
        found[name] = (row, expected)
    return found


def compare(name: str, raw: bytes, expected: Expected, folder: Path) -> None:
    """The mail as a parser reads it that shares no code with Correio, against what somebody wrote."""
    assert b"hidden@" not in raw and b"secret@" not in raw and str(folder).encode() not in raw, name
    mail = email.message_from_bytes(raw, policy=email.policy.default)
    for field, value in expected.fields.items():
        told = mail[field]
        assert (None if told is None else str(told)) == value, f"{name}: {field}"
    parts = list(leaves(mail))
    assert [part.get_content_type() for part in parts] == [one.type for one in expected.parts], name
    for part, one in zip(parts, expected.parts, strict=True):
        assert one.name is None or part.get_filename() == one.name, name
        compare_content(f"{name}: {part.get_content_type()}", part, one)


def leaves(mail: EmailMessage) -> Iterator[EmailMessage]:
    """The parts that hold something; an enclosed mail is one of them."""
    assert not mail.defects, mail.defects
    if mail.get_content_maintype() == "multipart":
        for part in mail.iter_parts():
            assert isinstance(part, EmailMessage)
            yield from leaves(part)
    else:
        yield mail


def compare_content(name: str, part: EmailMessage, one: Part) -> None:
    """What a part holds; soft line breaks of a flowed text are none."""
    if one.type == "message/rfc822":
        assert part.as_bytes(policy=email.policy.SMTP).endswith(b"\r\n\r\n" + one.content), name  # type: ignore[operator]
        return
    if one.content is None:
        return
    content = part.get_content()
    if isinstance(content, bytes):
        assert content == one.content, name
        return
    content = content.replace("\r\n", "\n")
    if part.get_param("format") == "flowed":
        content = unflow(content)
    if isinstance(one.content, str):
        assert tidy(content).rstrip("\n") == tidy(one.content).rstrip("\n"), name
    else:
        assert isinstance(one.content, tuple)
        assert [words for words in one.content if words not in content] == [], name


def key(raw: bytes) -> str:
    """What a mail is known by; a redirected one keeps the Message-ID that it had."""
    mail = email.message_from_bytes(raw, policy=email.policy.compat32)
    return str(mail["Resent-Message-ID"] or mail["Message-ID"])


def fetched(post: Post) -> list[bytes]:
    """What lies in the mailbox, by IMAP over TLS."""
    context = ssl.create_default_context(cafile=str(post.dovecot.authority.file))
    with imaplib.IMAP4_SSL(post.dovecot.host, post.dovecot.ports.imaps, ssl_context=context) as imap:
        imap.login(post.mailbox.user, post.mailbox.password)
        imap.select("INBOX", readonly=True)
        _state, (numbers,) = imap.search(None, "ALL")
        found = []
        for number in numbers.split():
            _state, answer = imap.fetch(number.decode(), "(BODY.PEEK[])")
            found.append(answer[0][1])
        return found
