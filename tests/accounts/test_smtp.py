"""SMTP against a real server with TLS, and against servers that lie, inject, drip and hang."""

from __future__ import annotations

import base64
import dataclasses
import hmac
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from accounts.deadline import Deadline
from accounts.outgoing import Reports, SendResult, patience
from accounts.smtp import SmtpOutgoing
from core.address import Address
from core.compose import build
from core.draft import Attachment, Draft
from core.errors import AuthenticationError, CorreioError, NetworkError, ProtocolError, ServerRefused, TLSError
from core.secret import Secret
from core.settings.schema import Identity, Server
from tests.accounts.outgoing_contract import FIRST, SECOND, SECONDS, SENDER, WIRE, Lane, OutgoingContract
from tests.servers.authority import Authority
from tests.servers.scripted import Deed, ScriptedServer, Step
from tests.servers.smtp import CUT_AFTER_DOT, CUT_BEFORE_DATA, CUT_BEFORE_DOT, PASSWORD, USER, SmtpSink

CUTS = {"before": CUT_BEFORE_DATA, "within": CUT_BEFORE_DOT, "after": CUT_AFTER_DOT}
EHLO = b"250-test\r\n250-SIZE 1000000\r\n250-AUTH PLAIN LOGIN\r\n250 8BITMIME\r\n"
MakeSmtp = Callable[..., SmtpSink]


def server_of(sink: SmtpSink | ScriptedServer, security: str, trust: str = "ignore", **fields: object) -> Server:
    return replace(Server(kind="smtp", host="localhost", port=sink.port, security=security, trust=trust, user=USER), **fields)  # type: ignore[arg-type]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        return int(sock.getsockname()[1])


@pytest.mark.parametrize("security", ["tls", "starttls", "none"])
class TestSmtp(OutgoingContract):
    @pytest.fixture
    def lane(self, security: str, make_smtp: MakeSmtp, authority: Authority) -> Lane:
        sink = make_smtp(security)
        server = server_of(sink, security, str(authority.file))

        def refuse(recipient: str, answer: str) -> None:
            if recipient:
                sink.plan.refusals[recipient] = answer
            else:
                sink.plan.data_answer = answer

        return Lane(
            outgoing=SmtpOutgoing(server, Secret(PASSWORD)),
            wrong_password=SmtpOutgoing(server, Secret("wrong")),
            nowhere=SmtpOutgoing(replace(server, port=free_port()), Secret(PASSWORD)),
            deliveries=lambda: sink.deliveries,
            refuse=refuse,
            cut=lambda where: sink.plan.cuts.append(CUTS[where]),
        )

    def test_who_logs_in_and_over_what(self, lane: Lane, security: str) -> None:
        lane.outgoing.send(WIRE, SENDER, [FIRST], SECONDS)
        [mail] = lane.deliveries()
        assert (mail.user, mail.tls) == (USER, security != "none")


def test_what_the_composer_builds_arrives_unchanged(make_smtp: MakeSmtp, authority: Authority) -> None:
    sink = make_smtp("starttls")
    draft = Draft(
        to=(Address("João", FIRST),), bcc=(Address("", SECOND),), subject="Olá", body=".\nFrom me\n" + "é" * 300,
        attachments=(Attachment("a.bin", data=bytes(range(256)) * 999),),
    )  # fmt: skip
    me = Identity(account="aaaaaaaa", address=SENDER, name="Ana")
    built = build(draft, me, now=datetime(2024, 5, 3, tzinfo=UTC))
    outgoing = SmtpOutgoing(server_of(sink, "starttls", str(authority.file)), Secret(PASSWORD))
    assert outgoing.send(built.wire, built.sender, built.recipients, SECONDS).accepted == (FIRST, SECOND)
    assert sink.deliveries[0].raw == built.wire
    assert SECOND.encode() not in sink.deliveries[0].raw


# ---------------------------------------------------------------- TLS and log-in


@pytest.mark.parametrize("security", ["tls", "starttls"])
@pytest.mark.parametrize(
    ("trouble", "id"), [("name", "certificate-name"), ("expired", "certificate-expired"), ("stranger", "certificate-untrusted")]
)
def test_a_certificate_that_is_wrong(
    security: str, trouble: str, id: str, make_smtp: MakeSmtp, authority: Authority, tmp_path_factory: pytest.TempPathFactory
) -> None:
    signer = Authority(tmp_path_factory.mktemp("stranger")) if trouble == "stranger" else authority
    certificate = signer.certificate(*(["mail.other.example"] if trouble == "name" else []), expired=trouble == "expired")
    sink = make_smtp(security, certificate=certificate)
    outgoing = SmtpOutgoing(server_of(sink, security, str(authority.file)), Secret(PASSWORD))
    with pytest.raises(TLSError) as caught:
        outgoing.send(WIRE, SENDER, [FIRST], SECONDS)
    assert caught.value.id == id
    assert caught.value.values["fingerprint"] == certificate.fingerprint
    assert trouble != "name" or caught.value.values["names"] == "mail.other.example"
    assert sink.seen["AUTH"] == 0
    assert sink.deliveries == ()


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_a_pinned_certificate(security: str, make_smtp: MakeSmtp, authority: Authority) -> None:
    certificate = authority.certificate("mail.other.example", expired=True)
    sink = make_smtp(security, certificate=certificate)
    right = SmtpOutgoing(server_of(sink, security, f"sha256:{certificate.fingerprint}"), Secret(PASSWORD))
    assert right.send(WIRE, SENDER, [FIRST], SECONDS).state == "sent"
    wrong = SmtpOutgoing(server_of(sink, security, "sha256:" + "0" * 64), Secret(PASSWORD))
    with pytest.raises(TLSError) as caught:
        wrong.send(WIRE, SENDER, [FIRST], SECONDS)
    assert caught.value.id == "certificate-pin-differs"
    assert caught.value.values["fingerprint"] == certificate.fingerprint
    assert sink.seen["AUTH"] == 1


def test_no_password_when_starttls_is_stripped() -> None:
    with ScriptedServer([Step(None, b"220 hi\r\n"), Step("EHLO", EHLO)], otherwise=b"250 ok\r\n") as server:
        with pytest.raises(TLSError) as caught:
            SmtpOutgoing(server_of(server, "starttls"), Secret(PASSWORD)).send(WIRE, SENDER, [FIRST], SECONDS)
        assert caught.value.id == "starttls-missing"
        assert not any(line.startswith(b"AUTH") for line in server.lines)


def test_starttls_refused() -> None:
    offer = b"250-test\r\n250 STARTTLS\r\n"
    with ScriptedServer([Step(None, b"220 hi\r\n"), Step("EHLO", offer), Step("STARTTLS", b"454 not now\r\n"), BYE]) as server:
        with pytest.raises(TLSError) as caught:
            SmtpOutgoing(server_of(server, "starttls"), Secret(PASSWORD)).send(WIRE, SENDER, [FIRST], SECONDS)
        assert (caught.value.id, caught.value.values["answer"]) == ("starttls-refused", "not now")


def test_what_is_injected_before_tls_is_dropped(authority: Authority) -> None:
    """Answers put behind the 220 of STARTTLS must not pass for answers over TLS (RFC 3207 §4.2)."""
    injected = b"220 go\r\n250-evil\r\n250-SIZE 7\r\n250 AUTH PLAIN\r\n235 welcome\r\n"
    script = [
        Step(None, b"220 hi\r\n"),
        Step("EHLO", b"250-test\r\n250 STARTTLS\r\n"),
        Step("STARTTLS", injected, Deed.TLS),
        Step("EHLO", EHLO),
        Step("AUTH", b"535 no\r\n"),
    ]
    with ScriptedServer(script, certificate=authority.certificate(), otherwise=b"221 bye\r\n") as server:
        outgoing = SmtpOutgoing(server_of(server, "starttls", str(authority.file)), Secret(PASSWORD))
        with pytest.raises(AuthenticationError):
            outgoing.send(WIRE, SENDER, [FIRST], SECONDS)
        limits = outgoing.limits()
        assert limits is not None
        assert limits.size == 1_000_000


def plain_script(*steps: Step, ehlo: bytes = EHLO) -> list[Step]:
    return [Step(None, b"220 hi\r\n"), Step("EHLO", ehlo), *steps]


def send_plain(server: ScriptedServer, seconds: float = SECONDS, **fields: object) -> SendResult:
    return SmtpOutgoing(server_of(server, "none", **fields), Secret(PASSWORD)).send(WIRE, SENDER, [FIRST], seconds)


LOGGED_IN = Step("AUTH", b"235 ok\r\n")
MAIL, RCPT = Step("MAIL", b"250 ok\r\n"), Step("RCPT", b"250 ok\r\n")
DELIVER = (LOGGED_IN, MAIL, RCPT, Step("DATA", b"354 go\r\n"))
KEPT, BYE = Step(r"^\.$", b"250 kept\r\n"), Step("QUIT", b"221 bye\r\n", Deed.CLOSE)


@pytest.mark.parametrize(
    ("wanted", "offered", "mail", "rcpt"),
    [
        ("all", b"250 DSN\r\n", b"RET=HDRS ENVID=a+2Bb@x.org", b"NOTIFY=SUCCESS,FAILURE,DELAY ORCPT=rfc822;" + FIRST.encode()),
        ("trouble", b"250 DSN\r\n", b"RET=HDRS", b"NOTIFY=FAILURE,DELAY"),
        ("never", b"250 DSN\r\n", b"", b"NOTIFY=NEVER"),
        ("", b"250 DSN\r\n", b"", b""),
        ("all", b"250 HELP\r\n", b"", b""),
        ("x\r\nRSET", b"250 DSN\r\n", b"", b""),
    ],
)
def test_delivery_reports_are_asked_for_where_they_are_offered(wanted: str, offered: bytes, mail: bytes, rcpt: bytes) -> None:
    script = plain_script(*DELIVER[1:], KEPT, BYE, ehlo=b"250-test\r\n" + offered)
    with ScriptedServer(script, otherwise=b"") as server:
        outgoing = SmtpOutgoing(server_of(server, "none", auth=False), Secret(""))
        outgoing.ask_reports(Reports(wanted, "a+b@x.org"))
        assert outgoing.send(WIRE, SENDER, [FIRST], SECONDS).state == "sent"
        told = {line[:4].upper(): line for line in server.lines}
        assert mail in told[b"MAIL"] and rcpt in told[b"RCPT"]
        assert (b"RET=" in told[b"MAIL"]) == bool(mail) and (b"NOTIFY" in told[b"RCPT"]) == bool(rcpt)
        assert b"RSET" not in told


@pytest.mark.parametrize(
    ("offered", "method", "used"),
    [
        (b"PLAIN LOGIN", "auto", b"AUTH PLAIN"),
        (b"LOGIN", "auto", b"AUTH LOGIN"),
        (b"PLAIN CRAM-MD5", "auto", b"AUTH CRAM-MD5"),
        (b"PLAIN LOGIN", "login", b"AUTH LOGIN"),
    ],
)
def test_the_way_to_log_in(offered: bytes, method: str, used: bytes) -> None:
    """Without encryption the password is hidden where it can be."""
    script = plain_script(Step("AUTH", b"535 5.7.8 no\r\n"), ehlo=b"250-test\r\n250 AUTH " + offered + b"\r\n")
    with ScriptedServer(script, otherwise=b"221 bye\r\n") as server:
        with pytest.raises(AuthenticationError) as caught:
            send_plain(server, method=method)
        assert caught.value.id == "login-refused"
        assert any(line.startswith(used) for line in server.lines)
        assert sum(line.startswith(b"AUTH") for line in server.lines) == 1


def test_cram_md5() -> None:
    challenge = base64.b64encode(b"<1896.697170952@postoffice>")
    script = plain_script(
        Step("AUTH CRAM-MD5", b"334 " + challenge + b"\r\n"), Step("^[A-Za-z0-9+/=]+$", b"235 ok\r\n"), *DELIVER[1:], KEPT, BYE,
        ehlo=b"250-test\r\n250 AUTH CRAM-MD5 PLAIN\r\n",
    )  # fmt: skip
    with ScriptedServer(script, otherwise=b"") as server:
        assert send_plain(server, method="cram-md5", user="tim").state == "sent"
        answer = base64.b64decode(server.lines[2])
        digest = hmac.new(PASSWORD.encode(), base64.b64decode(challenge), "md5").hexdigest()
        assert answer == f"tim {digest}".encode()


def test_the_next_way_where_one_is_not_known_after_all() -> None:
    script = plain_script(Step("AUTH PLAIN", b"504 unknown\r\n"), Step("AUTH LOGIN", b"535 no\r\n"))
    with ScriptedServer(script, otherwise=b"221 bye\r\n") as server:
        with pytest.raises(AuthenticationError):
            send_plain(server)
        assert [line.split()[1] for line in server.lines if line.startswith(b"AUTH")] == [b"PLAIN", b"LOGIN"]


def test_a_log_in_that_is_not_possible_now() -> None:
    with ScriptedServer(plain_script(Step("AUTH", b"454 4.7.0 later\r\n")), otherwise=b"221 bye\r\n") as server:
        with pytest.raises(NetworkError) as caught:
            send_plain(server)
        assert (caught.value.id, caught.value.values["answer"]) == ("server-unavailable", "4.7.0 later")


def test_no_way_to_log_in_is_offered() -> None:
    with ScriptedServer(plain_script(ehlo=b"250-test\r\n250 AUTH GSSAPI\r\n"), otherwise=b"221 bye\r\n") as server:
        with pytest.raises(AuthenticationError) as caught:
            send_plain(server)
        assert caught.value.id == "no-common-method"


def test_no_log_in_where_none_is_wanted(make_smtp: MakeSmtp) -> None:
    sink = make_smtp("none", auth=False)
    assert SmtpOutgoing(server_of(sink, "none", auth=False), Secret("")).send(WIRE, SENDER, [FIRST], SECONDS).state == "sent"
    assert sink.seen["AUTH"] == 0


@pytest.mark.parametrize("secret", ["pass\r\nQUIT", "pass\0word"])
def test_a_password_that_would_end_the_command(secret: str, make_smtp: MakeSmtp) -> None:
    sink = make_smtp("none")
    with pytest.raises(AuthenticationError) as caught:
        SmtpOutgoing(server_of(sink, "none"), Secret(secret)).send(WIRE, SENDER, [FIRST], SECONDS)
    assert caught.value.id == "login-characters"
    assert sink.seen["AUTH"] == 0


def test_the_password_shows_nowhere(make_smtp: MakeSmtp) -> None:
    outgoing = SmtpOutgoing(server_of(make_smtp("none"), "none"), Secret("hunter2-wrong"))
    with pytest.raises(AuthenticationError) as caught:
        outgoing.send(WIRE, SENDER, [FIRST], SECONDS)
    chain: list[BaseException | None] = [caught.value, caught.value.__cause__, caught.value.__context__]
    hidden = base64.b64encode(b"hunter2-wrong").decode()
    for shown in (repr(chain), str(caught.value), repr(outgoing), repr(vars(outgoing))):
        assert "hunter2" not in shown
        assert hidden not in shown


# ---------------------------------------------------------------- what a server can take


def test_a_mail_that_is_too_large_is_not_begun(make_smtp: MakeSmtp) -> None:
    sink = make_smtp("none", limit=1000)
    big = WIRE + b"x" * 70 + b"\r\n" + (b"y" * 70 + b"\r\n") * 30
    result = SmtpOutgoing(server_of(sink, "none"), Secret(PASSWORD)).send(big, SENDER, [FIRST], SECONDS)
    assert result.state == "failed"
    assert result.error is not None
    assert (result.error.id, result.error.values["size"], result.error.values["limit"]) == ("mail-too-large", len(big), 1000)
    assert sink.seen["MAIL"] == 0


@pytest.mark.parametrize(("smtputf8", "state"), [(True, "sent"), (False, "failed")])
def test_international_addresses(smtputf8: bool, state: str, make_smtp: MakeSmtp) -> None:
    sink = make_smtp("none", smtputf8=smtputf8)
    result = SmtpOutgoing(server_of(sink, "none"), Secret(PASSWORD)).send(WIRE, SENDER, ["дима@example.org"], SECONDS)
    assert result.state == state
    assert [mail.recipients for mail in sink.deliveries] == ([("дима@example.org",)] if smtputf8 else [])


def test_eight_bits_need_a_server_that_takes_them() -> None:
    with ScriptedServer(plain_script(LOGGED_IN, BYE, ehlo=b"250-test\r\n250 AUTH PLAIN\r\n"), otherwise=b"221 bye\r\n") as server:
        outgoing = SmtpOutgoing(server_of(server, "none"), Secret(PASSWORD))
        result = outgoing.send(WIRE + "é\r\n".encode(), SENDER, [FIRST], SECONDS)
        assert (result.state, result.error.id if result.error else "") == ("failed", "no-eight-bit-mail")


def test_options_are_said_only_where_they_are_needed_and_offered() -> None:
    script = plain_script(LOGGED_IN, Step("MAIL", b"550 no\r\n"), BYE)
    with ScriptedServer(script, script, otherwise=b"221 bye\r\n") as server:
        outgoing = SmtpOutgoing(server_of(server, "none"), Secret(PASSWORD))
        outgoing.send(WIRE, SENDER, [FIRST], SECONDS)
        outgoing.send(WIRE + "é\r\n".encode(), "", [FIRST], SECONDS)
        said = [line for line in server.lines if line.startswith(b"MAIL")]
    assert said == [
        f"MAIL FROM:<{SENDER}> SIZE={len(WIRE)}".encode(),
        f"MAIL FROM:<> SIZE={len(WIRE) + 4} BODY=8BITMIME".encode(),
    ]


def test_an_old_server_that_knows_helo_only() -> None:
    script = [
        Step(None, b"220 hi\r\n"), Step("EHLO", b"502 what\r\n"), Step("HELO", b"250 hi\r\n"), *DELIVER[1:], KEPT, BYE
    ]  # fmt: skip
    with ScriptedServer(script, otherwise=b"") as server:
        assert send_plain(server, auth=False).state == "sent"


# ---------------------------------------------------------------- servers on a bad day


@pytest.mark.parametrize(
    ("greeting", "kind", "id"),
    [
        (b"421 4.3.2 too busy\r\n", NetworkError, "server-unavailable"),
        (b"554 5.7.1 go away\r\n", ServerRefused, "greeting-refused"),
        (b"* OK IMAP4rev1\r\n", ProtocolError, "not-smtp"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", ProtocolError, "not-smtp"),
        (b"220-" + b"x" * 40_000 + b"\r\n", ProtocolError, "not-smtp"),
    ],
)
def test_greetings(greeting: bytes, kind: type[CorreioError], id: str) -> None:
    with ScriptedServer([Step(None, greeting)], otherwise=b"") as server:
        with pytest.raises(kind) as caught:
            send_plain(server)
        assert caught.value.id == id


@pytest.mark.parametrize("deed", [Deed.CLOSE, Deed.RESET])
@pytest.mark.parametrize(
    "script",
    [
        [Step(None, b"")],
        [Step(None, b"220 hi\r\n")],
        [Step(None, b"220 hi\r\n"), Step("EHLO", b"250-te")],
        plain_script(Step("AUTH", b"")),
        plain_script(LOGGED_IN, Step("MAIL", b"")),
        plain_script(LOGGED_IN, MAIL, Step("RCPT", b"")),
        plain_script(LOGGED_IN, MAIL, RCPT, Step("DATA", b"")),
    ],
)
def test_cut_before_the_mail_goes_out(script: list[Step], deed: Deed) -> None:
    with ScriptedServer([*script[:-1], dataclasses.replace(script[-1], deed=deed)], otherwise=b"") as server:
        with pytest.raises(NetworkError) as caught:
            send_plain(server)
        assert caught.value.id == "connection-closed"


@pytest.mark.parametrize(
    "last",
    [
        Step("DATA", b"354 go\r\n", Deed.CLOSE),
        Step(r"^\.$", b"", Deed.CLOSE),
        Step(r"^\.$", b"", Deed.RESET),
        Step(r"^\.$", b"25", Deed.CLOSE),
        Step(r"^\.$", b"250-kept\r\n", Deed.CLOSE),
        Step(r"^\.$", b"what?\r\n"),
        Step(r"^\.$", b"354 go on\r\n"),
    ],
)
def test_cut_or_nonsense_after_the_mail_went_out_is_uncertain(last: Step) -> None:
    steps = DELIVER[:-1] if last.expect == "DATA" else DELIVER
    with ScriptedServer(plain_script(*steps, last, BYE), otherwise=b"") as server:
        result = send_plain(server)
        assert result.state == "uncertain"
        assert result.error is not None
        assert result.error.id == "no-reply-after-data"


def test_accepted_though_the_line_breaks_at_quit() -> None:
    with ScriptedServer(plain_script(*DELIVER, Step(r"^\.$", b"250 kept\r\n", Deed.RESET)), otherwise=b"") as server:
        assert send_plain(server).state == "sent"


@pytest.mark.parametrize(
    ("steps", "uncertain"),
    [
        ((), False),
        ((LOGGED_IN, MAIL, Step("RCPT", b"", Deed.HANG)), False),
        ((*DELIVER, Step(r"^\.$", b"", Deed.HANG)), True),
    ],
)
def test_a_server_that_falls_silent(steps: tuple[Step, ...], uncertain: bool) -> None:
    with ScriptedServer(plain_script(*steps), otherwise=b"") as server:
        if uncertain:
            assert send_plain(server, 4.0).state == "uncertain"  # it has to come as far as that
        else:
            with pytest.raises(NetworkError) as caught:
                send_plain(server, 1.0)
            assert caught.value.id == "connection-timeout"


def test_dripping_does_not_outlast_the_deadline() -> None:
    """Each read is in time; all of them together are not."""
    stop = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def drip() -> None:
            line, _ = listener.accept()
            with line, suppress(OSError):
                line.sendall(b"220")
                while not stop.wait(0.05):
                    line.sendall(b"-a\r\n220")

        thread = threading.Thread(target=drip, daemon=True)
        thread.start()
        server = Server(kind="smtp", host="127.0.0.1", port=listener.getsockname()[1], security="none", auth=False)
        with pytest.raises(NetworkError) as caught:
            SmtpOutgoing(server, Secret("")).send(WIRE, SENDER, [FIRST], 1.0)
        stop.set()
        thread.join(10)
    assert caught.value.id == "connection-timeout"


@pytest.fixture
def cancelled() -> Iterator[Callable[[list[Step], str], object]]:
    """Send against a script, cancel once the server has seen a line, and give what came of it."""
    running: list[ScriptedServer] = []

    def run(script: list[Step], seen: str) -> object:
        server = ScriptedServer(script, otherwise=b"")
        running.append(server)
        outgoing = SmtpOutgoing(server_of(server, "none"), Secret(PASSWORD))
        outcome: list[object] = []

        def send() -> None:
            try:
                outcome.append(outgoing.send(WIRE, SENDER, [FIRST], SECONDS))
            except CorreioError as error:
                outcome.append(error)

        thread = threading.Thread(target=send, daemon=True)
        thread.start()
        server.wait_for_line(seen)
        outgoing.cancel()
        thread.join(20)
        assert not thread.is_alive()
        return outcome[0]

    yield run
    for server in running:
        server.close()


def test_cancelling_before_the_mail_goes_out(cancelled: Callable[[list[Step], str], object]) -> None:
    error = cancelled(plain_script(LOGGED_IN, Step("MAIL", b"", Deed.HANG)), "MAIL")
    assert isinstance(error, NetworkError)
    assert error.id == "sending-cancelled"


def test_cancelling_after_the_mail_went_out(cancelled: Callable[[list[Step], str], object]) -> None:
    result = cancelled(plain_script(*DELIVER, Step(r"^\.$", b"", Deed.HANG)), r"^\.$")
    assert isinstance(result, SendResult)
    assert result.state == "uncertain"


def test_a_deadline_can_run_already(make_smtp: MakeSmtp) -> None:
    outgoing = SmtpOutgoing(server_of(make_smtp("none"), "none"), Secret(PASSWORD))
    assert outgoing.send(WIRE, SENDER, [FIRST], Deadline(SECONDS)).state == "sent"


def test_patience_grows_with_the_mail() -> None:
    assert patience(0) >= 600
    assert patience(50_000_000) > patience(1000)
