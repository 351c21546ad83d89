"""Gateways to phones over the web: the contract of all that sends, what is filled in where, and that a value is only that."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
from msgspec.structs import replace

from accounts.deadline import Deadline
from accounts.outgoing import Begin, Limits, Outgoing, SendResult, always
from accounts.web_gateway import WebGateway, place_of
from core.address import Address
from core.draft import Attachment, ComposeError, Draft
from core.errors import CorreioError, PasswordNeeded
from core.gateways import pieces
from core.secret import Secret
from core.settings.file import load
from core.settings.gateway import Gateway
from tests.accounts.outgoing_contract import FIRST, SECOND, SECONDS, SENDER, WIRE, Lane, OutgoingContract
from tests.accounts.test_providers import STATUS
from tests.accounts.test_smtp import free_port
from tests.core.test_sending import SETTINGS
from tests.servers.authority import Authority
from tests.servers.providers import KEY, ProviderSink
from tests.servers.web import HOST, WebSink, says

PHONES = {FIRST: "32475123456@sms", SECOND: "32475999999@sms"}
HOSTILE = 'a"b\\c}{secret}&to=1\r\nX: y\r\n\r\né€'


class OnePhone:
    """A gateway that is given the contract's recipients."""

    def __init__(self, inner: WebGateway) -> None:
        self.inner = inner

    def send(
        self, wire: bytes, sender: str, recipients: Sequence[str], deadline: float | Deadline, begin: Begin = always
    ) -> SendResult:
        return self.inner.send(wire, sender, [PHONES.get(one, one) for one in recipients], deadline, begin)

    def test(self, deadline: float | Deadline) -> Limits:
        return self.inner.test(deadline)

    def limits(self) -> Limits | None:
        return self.inner.limits()

    def cancel(self) -> None:
        self.inner.cancel()


@pytest.fixture
def sink(authority: Authority) -> Iterator[ProviderSink]:
    with ProviderSink(authority) as found:
        yield found


class TestWebGateway(OutgoingContract):
    @pytest.fixture
    def lane(self, sink: ProviderSink, authority: Authority) -> Lane:
        def way(secret: str, port: int) -> Outgoing:
            own = Gateway(name="sms", url=f"https://{sink.host}:{port}/phones/sms", body="to={number}&text={text}", user="api",
                          credential="sms", trust=str(authority.file))  # fmt: skip
            return OnePhone(WebGateway(own, place_of(own), Secret(secret), refused=lambda: refused.append(secret)))

        def refuse(recipient: str, answer: str) -> None:
            sink.orders.refusals.append((STATUS[answer[0]], answer[4:]))

        refused: list[str] = []
        return Lane(
            way(KEY, sink.port), way("wrong", sink.port), way(KEY, free_port()), lambda: tuple(sink.deliveries), refuse,
            sink.orders.cuts.append, exact=False, one_by_one=False, logs_in=False, answers=False,
        )  # fmt: skip

    def test_a_mail_arrives_byte_for_byte(self, lane: Lane) -> None:
        result = lane.outgoing.send(WIRE, SENDER, [FIRST], SECONDS)
        assert (result.state, result.accepted, result.answer) == ("sent", (PHONES[FIRST],), "Queued. Thank you.")
        [mail] = lane.deliveries()
        assert (mail.recipients, mail.raw) == (("32475123456",), b".\n..\n.x\n   \nlast line.\n.")

    def test_one_message_is_for_one_phone(self, lane: Lane) -> None:
        for people in ([FIRST, SECOND], ["ana@example.org"]):
            with pytest.raises(CorreioError) as caught:
                lane.outgoing.send(WIRE, SENDER, people, SECONDS)
            assert caught.value.id == "gateway-unfit"
        assert lane.deliveries() == ()

    def test_a_refused_secret_is_asked_for_anew(self, lane: Lane) -> None:
        with pytest.raises(PasswordNeeded) as caught:
            lane.wrong_password.send(WIRE, SENDER, [FIRST], SECONDS)
        assert caught.value.id == "password-refused"
        assert caught.value.values["credential"] == "sms", "its own, and not that of the account that sends"
        assert "wrong" not in str(caught.value) and lane.deliveries() == ()

    @pytest.mark.parametrize(("status", "state"), [(403, "failed"), (307, "failed"), (503, "retry"), (502, "uncertain")])
    def test_what_a_status_means(self, lane: Lane, sink: ProviderSink, status: int, state: str) -> None:
        sink.orders.refusals.append((status, "no credit"))
        result = lane.outgoing.send(WIRE, SENDER, [FIRST], SECONDS)
        assert (result.state, result.error and result.error.values["answer"]) == (state, "no credit")


Asked = tuple[str, dict[str, str], bytes, SendResult]
"""The line, header and body of a request, and what came of it."""


def request_of(authority: Authority, own: Gateway, wire: bytes, answer: bytes = b"ok") -> Asked:
    with WebSink(authority, says(200, answer)) as web:
        own = replace(own, trust=str(authority.file))
        way = WebGateway(own, place_of(own), Secret("s3&cr?t"), lambda title, text: b"%PDF page", resolver=web.resolver)
        result = way.send(wire, "me@example.org", ["32475123456@fax"], 30)
        [(line, headers, body)] = web.requests
    return line, {name.lower(): value for name, value in headers.items()}, body, result


def mail(text: str = HOSTILE, file: bytes = b"") -> bytes:
    made = EmailMessage()
    made["Message-ID"], made["Subject"] = "<ab-12@example.org>", "Plän"
    made.set_content(text, cte="base64")
    if file:
        made.add_attachment(file, maintype="text", subtype="plain", filename='../a".txt')
    return made.as_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def gateway(**values: str) -> Gateway:
    return Gateway(**{"name": "gate", "kind": "fax", "url": f"https://{HOST}/send", **values})  # type: ignore[arg-type]


TEXT = HOSTILE.replace("\r\n", "\n")


def test_by_get_every_value_stays_one(authority: Authority) -> None:
    own = gateway(url=f"https://{HOST}/ü/{{secret}}?to={{plus_number}}&text={{text}}&id={{id}}&{{other}}={{")
    line, _headers, body, result = request_of(authority, own, mail())
    method, target, _version = line.split(" ")
    assert (method, body, result.state) == ("GET", b"", "sent")
    assert urlsplit(target).path == "/%C3%BC/s3%26cr%3Ft"
    found = dict(parse_qsl(urlsplit(target).query))
    assert (found["to"], found["text"], found["id"]) == ("+32475123456", TEXT, "ab12")


def test_a_form_and_a_header_line(authority: Authority) -> None:
    own = gateway(body="to={number}&from=me&text={text}&u={user}", header="X-Api-Key: {secret}", user="ana")
    line, headers, body, _result = request_of(authority, own, mail())
    assert line.startswith("POST /send ") and headers["content-type"] == "application/x-www-form-urlencoded"
    assert parse_qsl(body.decode()) == [("to", "32475123456"), ("from", "me"), ("text", TEXT), ("u", "ana")]
    assert headers["x-api-key"] == "s3&cr?t" and "authorization" not in headers and "x" not in headers


def test_json(authority: Authority) -> None:
    own = gateway(body='{"to": ["{plus_number}"], "{text}": "{text}", "pdf": "{page}", "other": "{x}"}')
    _line, headers, body, _result = request_of(authority, own, mail())
    assert headers["content-type"] == "application/json"
    assert json.loads(body) == {"to": ["+32475123456"], TEXT: TEXT, "pdf": "JVBERiBwYWdl", "other": "{x}"}


def test_a_fax_with_its_files(authority: Authority) -> None:
    own = gateway(body="to={number}&note={text}", files="file[]", user="ana")
    _line, headers, body, _result = request_of(authority, own, mail("Hello\n", b"the plan"))
    parts = body.split(b"--" + headers["content-type"].partition("boundary=")[2].encode())[1:-1]
    heads = [part.partition(b"\r\n\r\n")[0].decode() for part in parts]
    assert ['name="to"' in heads[0], 'name="note"' in heads[1]] == [True, True]
    assert 'name="file[]"; filename="page.pdf"' in heads[2] and b"\r\n\r\n%PDF page\r\n" in parts[2]
    assert 'name="file[]"; filename="_a_.txt"' in heads[3] and b"the plan" in parts[3], heads[3]


@pytest.mark.parametrize(
    ("answer", "state", "said"),
    [(b'{"messages":[{"status":"0"}]}', "sent", ""),
     (b'{"messages":[{"status":"4","error-text":"Bad \x1b[31mlogin"}]}', "failed", "Bad"),
     (b"<html><h1>Welcome</h1></html>", "failed", "200 OK"), (b"\xff" * 5000, "failed", "\ufffd")],
)  # fmt: skip
def test_what_the_answer_has_when_it_was_taken(authority: Authority, answer: bytes, state: str, said: str) -> None:
    result = request_of(authority, gateway(body="to={number}", answer='"status":"0"'), mail(), answer)[3]
    assert result.state == state and said in result.answer
    assert "\x1b" not in result.answer and len(result.answer) <= 200


def test_a_secret_that_no_header_can_hold(authority: Authority) -> None:
    own = gateway(header="X-Key: {secret}")
    way = WebGateway(own, place_of(own), Secret("a\r\nX: y"))
    with pytest.raises(CorreioError) as caught:
        way.send(mail(), "me@example.org", ["32475123456@fax"], 30)
    assert caught.value.id == "gateway-unfit"


def test_files_that_it_cannot_take_are_told_before(tmp_path: Path) -> None:
    file = tmp_path / "correio.toml"
    file.write_text('[[gateway]]\nid = "5a500001"\nname = "x"\nkind = "fax"\nurl = "https://fax.example.org/"\n'
                    'body = "{\\"to\\": \\"{number}\\"}"\ncredential = "x"\n[[credential]]\nname = "x"\n')  # fmt: skip
    settings = replace(SETTINGS, gateways=load(file).gateways)
    assert load(file).used_credentials() == {"x"}
    draft = Draft(to=(Address("", "32475123456@fax"),), body="x", attachments=(Attachment("a", data=b"x"),))
    with pytest.raises(ComposeError) as caught:
        pieces(settings, draft)
    assert caught.value.id == "gateway-no-files"
    file.write_text('[[gateway]]\nid = "5a500001"\nname = "x"\nurl = "https://x.example/"\nbody = "{number: x}"\n')
    with pytest.raises(CorreioError):
        load(file)
