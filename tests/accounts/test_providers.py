"""Sending over the web interfaces of providers, and by a command: the contract of all that sends, and what is their own."""

from __future__ import annotations

import base64
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from accounts.elasticemail import ElasticEmailOutgoing
from accounts.http_sending import HttpOutgoing
from accounts.mailgun import MailgunOutgoing
from accounts.probe import test_account as try_account
from accounts.sendmail import SendmailOutgoing
from accounts.ways_out import outgoing_of
from core.errors import AuthenticationError, NetworkError, ServerRefused
from core.secret import Secret
from core.settings.schema import Server
from tests.accounts.outgoing_contract import FIRST, SECOND, SECONDS, SENDER, WIRE, Lane, OutgoingContract
from tests.accounts.test_smtp import free_port
from tests.servers.authority import Authority
from tests.servers.providers import DOMAIN, KEY, ProviderSink
from tests.servers.smtp import Delivery

STATUS = {"5": 400, "4": 429}


@pytest.fixture
def sink(authority: Authority) -> Iterator[ProviderSink]:
    with ProviderSink(authority) as found:
        yield found


def server_at(sink: ProviderSink, authority: Authority, kind: str, port: int = 0) -> Server:
    return Server(kind=kind, host=sink.host, port=port or sink.port, domain=DOMAIN, trust=str(authority.file), credential="api")


class ProviderContract(OutgoingContract):
    kind = ""
    exact = True

    @pytest.fixture
    def lane(self, sink: ProviderSink, authority: Authority) -> Lane:
        server = server_at(sink, authority, self.kind)

        def refuse(recipient: str, answer: str) -> None:
            sink.orders.refusals.append((STATUS[answer[0]], answer[4:]))

        return Lane(
            outgoing=outgoing_of(server, Secret(KEY)),
            wrong_password=outgoing_of(server, Secret("wrong")),
            nowhere=outgoing_of(server_at(sink, authority, self.kind, free_port()), Secret(KEY)),
            deliveries=lambda: tuple(sink.deliveries),
            refuse=refuse, cut=sink.orders.cuts.append, exact=self.exact, one_by_one=False, answers=False,
        )  # fmt: skip

    @pytest.mark.parametrize(("status", "state"), [(400, "failed"), (402, "failed"), (429, "retry"), (503, "retry")])
    def test_what_a_status_means(self, lane: Lane, sink: ProviderSink, status: int, state: str) -> None:
        sink.orders.refusals.append((status, "said so"))
        result = lane.outgoing.send(WIRE, SENDER, [FIRST], SECONDS)
        assert (result.state, result.answer) == (state, "said so")
        assert lane.outgoing.send(WIRE, SENDER, [FIRST], SECONDS).state == "sent"

    def test_the_key_is_in_no_error(self, lane: Lane) -> None:
        with pytest.raises(AuthenticationError) as caught:
            lane.wrong_password.send(WIRE, SENDER, [FIRST], SECONDS)
        assert "wrong" not in str(caught.value).replace("wrong_password", "")
        assert isinstance(lane.outgoing, HttpOutgoing)
        assert KEY not in repr(vars(lane.outgoing))

    def test_a_mail_that_nobody_asked_to_begin(self, lane: Lane) -> None:
        with pytest.raises(NetworkError) as caught:
            lane.outgoing.send(WIRE, SENDER, [FIRST], SECONDS, lambda: False)
        assert caught.value.id == "sending-cancelled"
        assert lane.deliveries() == ()


class TestMailgun(ProviderContract):
    kind = "mailgun"


class TestElasticEmail(ProviderContract):
    kind = "elasticemail"
    exact = False


MAIL = (
    b"From: Ana <ana@example.org>\r\nTo: joao@example.com\r\nCc: Rita <rita@example.net>\r\nSubject: =?utf-8?q?Ol=C3=A1?=\r\n"
    b"Message-ID: <2@example.org>\r\nReply-To: answers@example.org\r\nX-Own: yes\r\nMIME-Version: 1.0\r\n"
    b'Content-Type: multipart/mixed; boundary="x"\r\n\r\n--x\r\nContent-Type: multipart/alternative; boundary="y"\r\n\r\n'
    b"--y\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nOl\xc3\xa1\r\n"
    b"--y\r\nContent-Type: text/html\r\n\r\n<b>hi</b>\r\n--y--\r\n"
    b'--x\r\nContent-Type: application/pdf; name="a.pdf"\r\nContent-Disposition: attachment; filename="a.pdf"\r\n'
    b"Content-Transfer-Encoding: base64\r\n\r\nJVBERg==\r\n--x--\r\n"
)


def test_elastic_email_is_told_what_the_mail_says(sink: ProviderSink, authority: Authority) -> None:
    outgoing = ElasticEmailOutgoing(server_at(sink, authority, "elasticemail"), Secret(KEY))
    assert outgoing.send(MAIL, SENDER, [FIRST, SECOND, "secret@example.net"], SECONDS).state == "sent"
    [told] = sink.contents
    assert told["Recipients"] == {"To": [FIRST], "CC": ["Rita <rita@example.net>"], "BCC": ["secret@example.net"]}
    content = told["Content"]
    assert (content["From"], content["ReplyTo"], content["Subject"]) == ("Ana <ana@example.org>", "answers@example.org", "Olá")
    bodies = {one["ContentType"]: one["Content"].strip() for one in content["Body"]}
    assert bodies == {"PlainText": "Olá", "HTML": "<b>hi</b>"}
    [file] = content["Attachments"]
    assert (file["Name"], base64.b64decode(file["BinaryContent"])) == ("a.pdf", b"%PDF")
    assert content["Headers"] == {"Message-ID": "<2@example.org>", "X-Own": "yes"}


def test_elastic_email_does_not_break_a_signature(sink: ProviderSink, authority: Authority) -> None:
    outgoing = ElasticEmailOutgoing(server_at(sink, authority, "elasticemail"), Secret(KEY))
    signed = MAIL.replace(b"multipart/mixed", b"multipart/signed")
    with pytest.raises(ServerRefused) as caught:
        outgoing.send(signed, SENDER, [FIRST], SECONDS)
    assert caught.value.id == "mail-taken-apart"
    assert sink.deliveries == []


def test_mailgun_in_europe() -> None:
    assert Server(kind="mailgun", domain=DOMAIN).host == "api.mailgun.net"
    assert Server(kind="elasticemail").port == 443
    outgoing = MailgunOutgoing(Server(kind="mailgun", host="api.eu.mailgun.net", domain=DOMAIN), Secret(KEY))
    assert outgoing._endpoint.host == "api.eu.mailgun.net"


# sendmail --------------------------------------------------------------------

COMMAND = """
import os, sys, json, signal
folder = {folder!r}
order = os.path.join(folder, "order")
said = open(order).read().split(" ", 1) if os.path.exists(order) else []
if said:
    os.remove(order)
    if said[0] == "kill":
        raw = sys.stdin.buffer.read(20)
        os.kill(os.getpid(), signal.SIGKILL)
raw = sys.stdin.buffer.read()
if said and said[0] != "after":
    print(said[1])
    sys.exit(int(said[0]))
assert sys.argv[1] == "-i" and sys.argv[2] == "-f" and sys.argv[4] == "--", sys.argv
name = os.path.join(folder, "mail-%03d" % len(os.listdir(folder)))
with open(name, "wb") as file:
    file.write(json.dumps([sys.argv[3], sys.argv[5:]]).encode() + b"\\n" + raw)
if said:
    os.kill(os.getpid(), signal.SIGKILL)
"""


class TestSendmail(OutgoingContract):
    @pytest.fixture
    def lane(self, tmp_path: Path) -> Lane:
        folder = tmp_path / "spool"
        folder.mkdir()
        script = tmp_path / "sendmail.py"
        script.write_text(COMMAND.format(folder=str(folder)))
        command = shlex.join([sys.executable, "-S", "-E", str(script)])

        def deliveries() -> tuple[Delivery, ...]:
            import json

            found = []
            for path in sorted(folder.glob("mail-*")):
                head, _, raw = path.read_bytes().partition(b"\n")
                sender, people = json.loads(head)
                found.append(Delivery(sender, tuple(people), raw.replace(b"\n", b"\r\n"), "", False))
            return tuple(found)

        def refuse(recipient: str, answer: str) -> None:
            (folder / "order").write_text(f"{75 if answer[0] == '4' else 65} {answer[4:]}")

        def cut(where: str) -> None:
            if where == "before":
                missing.append(True)
            else:
                (folder / "order").write_text("kill " if where == "within" else "after ")

        missing: list[bool] = []
        way = SendmailOutgoing(Server(kind="sendmail", command=command, auth=False))
        find = way._find

        def look() -> None:
            if missing and missing.pop():
                raise NetworkError("sendmail-missing", server="x", answer="")
            find()

        way._find = look  # type: ignore[method-assign]
        gone = SendmailOutgoing(Server(kind="sendmail", command=str(tmp_path / "nothing"), auth=False))
        return Lane(way, way, gone, deliveries, refuse, cut, one_by_one=False, logs_in=False, answers=False)

    def test_nothing_but_addresses_reaches_the_command(self, lane: Lane) -> None:
        assert lane.outgoing.send(WIRE, "", ["-oQ/tmp@example.org"], SECONDS).state == "sent"
        [mail] = lane.deliveries()
        assert mail.recipients == ("-oQ/tmp@example.org",), "after --, where it is no option"


@pytest.mark.parametrize("kind", ["mailgun", "elasticemail"])
def test_the_test_of_an_account(kind: str, sink: ProviderSink, authority: Authority) -> None:
    server = server_at(sink, authority, kind)
    assert try_account(None, server, Secret(KEY), lambda check: None).ok
    refused = try_account(None, server, Secret("wrong"), lambda check: None)
    assert refused.error is not None and refused.error.id == "login-refused"
    lost = try_account(None, replace(server, proxy="gone"), Secret(KEY), lambda check: None)
    assert lost.error is not None and lost.error.id == "proxy-unknown"
    assert sink.deliveries == []
