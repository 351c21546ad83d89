"""The demo's SMTP server: log-in, delivery into the mailbox, answers and bounces that really come."""

from __future__ import annotations

import email
import smtplib
from collections.abc import Iterator
from email.message import EmailMessage
from email.policy import default

import pytest
from imapclient import IMAPClient

from accounts.demo.imap_account import MailAccount
from accounts.demo.imap_server import ImapServer
from accounts.demo.loop_thread import LoopThread
from accounts.demo.mailroom import MailRoom
from accounts.demo.smtp_server import SmtpOptions, SmtpServer

MARIA = "maria@correio.example"


class Post:
    """An IMAP and an SMTP server around one account."""

    def __init__(self) -> None:
        self.account = MailAccount()
        self.account.create("Lists/farol-devel")
        self.imap = ImapServer(self.account)
        self.room = MailRoom(self.account, patience=0)
        self.smtp = SmtpServer(self.room, SmtpOptions(largest=100_000))

    def sender(self) -> smtplib.SMTP:
        client = smtplib.SMTP("127.0.0.1", self.smtp.port, timeout=60)
        client.login(MARIA, "demo")
        return client

    def send(self, to: str, text: str = "Friday?", **headers: str) -> None:
        message = EmailMessage()
        message["From"] = f"Maria Santos <{MARIA}>"
        message["To"] = to
        message["Subject"] = "Olá"
        message["Date"] = "Fri, 01 Mar 2024 10:00:00 +0000"
        message["Message-ID"] = "<first@correio.example>"
        for name, value in headers.items():
            message[name.replace("_", "-")] = value
        message.set_content(text)
        with self.sender() as client:
            client.send_message(message)

    def first(self, folder: str = "INBOX", count: int = 1) -> EmailMessage:
        """The `count`-th mail of a folder, as soon as it is there."""
        client = IMAPClient("127.0.0.1", self.imap.port, ssl=False, timeout=60)
        client.login(MARIA, "demo")
        there = client.select_folder(folder)[b"EXISTS"]
        client.idle()
        while there < count:
            there = max([there, *(line[0] for line in client.idle_check(timeout=60) if line[1] == b"EXISTS")])
        client.idle_done()
        raw = client.fetch([count], ["BODY.PEEK[]"])[count][b"BODY[]"]
        client.logout()
        found = email.message_from_bytes(raw, policy=default)
        assert isinstance(found, EmailMessage)
        return found


@pytest.fixture
def post() -> Iterator[Post]:
    post = Post()
    with LoopThread(post.imap, post.smtp):
        yield post


def test_offers_what_a_submission_server_offers(post: Post) -> None:
    client = smtplib.SMTP("127.0.0.1", post.smtp.port, timeout=60)
    client.ehlo()
    assert {"8bitmime", "smtputf8", "size", "auth"} <= set(client.esmtp_features)
    assert client.esmtp_features["size"] == "100000"
    assert {"PLAIN", "LOGIN"} <= set(client.esmtp_features["auth"].split())
    client.quit()


@pytest.mark.parametrize("method", ["auth_plain", "auth_login"])
def test_logs_in_by_plain_and_login(post: Post, method: str) -> None:
    client = smtplib.SMTP("127.0.0.1", post.smtp.port, timeout=60)
    client.ehlo()
    client.user, client.password = MARIA, "demo"
    assert client.auth(method.removeprefix("auth_"), getattr(client, method))[0] == 235


def test_wrong_password_and_no_login_are_refused(post: Post) -> None:
    client = smtplib.SMTP("127.0.0.1", post.smtp.port, timeout=60)
    with pytest.raises(smtplib.SMTPAuthenticationError):
        client.login(MARIA, "wrong")
    assert client.docmd(f"MAIL FROM:<{MARIA}>")[0] == 530


@pytest.mark.parametrize("to", ["maria@correio.example", "maria.santos@work.example", "Maria+shop@correio.example"])
def test_mail_to_own_addresses_arrives(post: Post, to: str) -> None:
    post.send(to)
    found = post.first()
    assert found["Return-Path"] == f"<{MARIA}>"
    assert found["Delivered-To"] == to
    assert f"for <{to}>" in found["Received"]
    assert found["Subject"] == "Olá"


def test_ana_answers_in_the_thread_and_quotes(post: Post) -> None:
    post.send("Ana Sousa <ana.sousa@farol.example>", "Can we meet?\n> old\n-- \nMaria", References="<zero@correio.example>")
    found = post.first()
    assert found["From"].addresses[0].addr_spec == "ana.sousa@farol.example"
    assert found["To"] == f"Maria Santos <{MARIA}>"
    assert found["Subject"] == "Re: Olá"
    assert found["In-Reply-To"] == "<first@correio.example>"
    assert found["References"] == "<zero@correio.example> <first@correio.example>"
    text = found.get_content().replace("\r\n", "\n")
    assert "Maria Santos wrote:\n> Can we meet?\n>> old\n\n" in text
    assert "-- \nMaria" not in text
    assert "Ana" in text.partition(">> old")[2]


def test_japanese_answer_can_be_read(post: Post) -> None:
    post.send("yuki.tanaka@minato.example")
    assert "Maria 様" in post.first().get_content()


@pytest.mark.parametrize("header", [{"Auto_Submitted": "auto-replied"}, {"Precedence": "bulk"}, {"List_Id": "<x.example>"}])
def test_robots_get_no_answer(post: Post, header: dict[str, str]) -> None:
    post.send("ana.sousa@farol.example", **header)
    post.send(MARIA)
    assert post.first()["Delivered-To"] == MARIA
    assert len(post.account.boxes["INBOX"].mails) == 1


def test_the_same_mail_is_answered_once(post: Post) -> None:
    for _ in range(3):
        post.send("ana.sousa@farol.example")
    post.send("sam.okafor@farol.example")
    assert post.first(count=2)["From"].addresses[0].username == "sam.okafor"


def test_a_bounce_is_a_delivery_report(post: Post) -> None:
    post.send("nobody@far.example")
    found = post.first()
    assert found["Return-Path"] == "<>"
    assert found.get_content_type() == "multipart/report"
    assert found.get_param("report-type") == "delivery-status"
    notice, report, headers = found.iter_parts()
    assert "<nobody@far.example>" in notice.get_content()
    fields = report.get_payload()[1]
    assert fields["Final-Recipient"] == "rfc822; nobody@far.example"
    assert fields["Status"] == "5.1.1"
    assert headers.get_content_type() == "text/rfc822-headers"
    assert "Message-ID: <first@correio.example>" in headers.get_content()


def test_unknown_people_of_own_domains_are_refused_at_once(post: Post) -> None:
    with post.sender() as client, pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
        client.sendmail(MARIA, ["nosuch@correio.example"], b"Subject: x\r\n\r\n")
    assert refused.value.recipients["nosuch@correio.example"][0] == 550


def test_greylisting_ends(post: Post) -> None:
    with post.sender() as client:
        with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
            client.sendmail(MARIA, ["later@far.example"], b"Subject: x\r\n\r\n")
        assert refused.value.recipients["later@far.example"][0] == 451
        client.sendmail(MARIA, ["later@far.example"], b"Subject: x\r\n\r\n")
    assert post.room.accepted[0][1] == ("later@far.example",)


def test_too_large_is_refused(post: Post) -> None:
    with post.sender() as client, pytest.raises(smtplib.SMTPException, match="552"):
        client.sendmail(MARIA, [MARIA], b"Subject: x\r\n\r\n" + b"x" * 120_000)


def test_mail_to_the_list_comes_back_through_it(post: Post) -> None:
    post.send("farol-devel@lists.example")
    found = post.first("Lists/farol-devel")
    assert found["List-Id"] == "<farol-devel.lists.example>"
    answer = post.first("Lists/farol-devel", count=2)
    assert answer["Cc"] == "farol-devel@lists.example"
    assert answer["In-Reply-To"] == "<first@correio.example>"


def test_bytes_and_utf8_addresses_survive(post: Post) -> None:
    raw = "From: ana@farol.example\r\nSubject: 日本\r\n\r\n.dot\r\nnaïve\r\n".encode()
    with post.sender() as client:
        client.sendmail("åsa@correio.example", [MARIA], raw, mail_options=["SMTPUTF8", "BODY=8BITMIME"])
    assert post.room.accepted == [("åsa@correio.example", (MARIA,), raw)]


@pytest.mark.parametrize("command", ["MAIL", "RCPT", "DATA"])
def test_scripts_may_answer_instead_or_cut(post: Post, command: str) -> None:
    def refuse(connection: object, name: str, argument: str) -> str | None:
        return "452 4.3.1 Disk full" if name == command else None

    post.smtp.on_command = refuse
    with post.sender() as client, pytest.raises(smtplib.SMTPException, match="452"):
        client.sendmail(MARIA, [MARIA], b"Subject: x\r\n\r\n")

    def cut(connection: object, name: str, argument: str) -> str | None:
        if name == command:
            connection.transport.abort()  # type: ignore[attr-defined]
        return None

    post.smtp.on_command = cut
    with pytest.raises((smtplib.SMTPServerDisconnected, ConnectionError)):
        post.sender().sendmail(MARIA, [MARIA], b"Subject: x\r\n\r\n")
