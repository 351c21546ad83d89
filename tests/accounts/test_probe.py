"""The test of an account says at which step and why it fails, and never tells the password in clear."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from accounts.probe import FAILURES, STEPS, Check, Outcome
from accounts.probe import test_account as probe
from core.errors import AuthenticationError, CorreioError
from core.secret import Secret
from core.settings import Server
from tests.servers.authority import Authority
from tests.servers.dovecot import Dovecot
from tests.servers.mailbox import Mailbox
from tests.servers.scripted import Deed, ScriptedServer, Step
from tests.servers.smtp import PASSWORD, USER, SmtpSink
from tui.sentences import sentence

WORD = Secret("correct horse")
GREETING = Step(None, b"* OK [CAPABILITY IMAP4rev1 STARTTLS AUTH=PLAIN] ready\r\n")


def nobody(check: Check) -> None:
    """Nobody listens to the steps."""


def imap(server: ScriptedServer | int, security: str, trust: str = "system", **more: str) -> Server:
    port = server if isinstance(server, int) else server.port
    return Server(kind="imap", host="localhost", port=port, security=security, trust=trust, **{"user": "me", **more})


def smtp_server(sink: SmtpSink | ScriptedServer, security: str, authority: Authority, **more: str) -> Server:
    values = {"user": USER, **more}
    return Server(kind="smtp", host="localhost", port=sink.port, security=security, trust=str(authority.file), **values)


def states(tested: Outcome) -> dict[str, str]:
    return {check.step: check.state for check in tested.checks}


def failed(server: Server, secret: Secret | None = WORD) -> tuple[str, CorreioError]:
    """The step that failed, and why."""
    incoming, outgoing = (server, None) if server.kind == "imap" else (None, server)
    tested = probe(incoming, outgoing, secret, nobody)
    (check,) = [one for one in tested.checks if one.state == "failed"]
    assert check.error is not None
    assert check.error is tested.error
    assert check.error.id in FAILURES[check.step]
    assert not tested.ok
    assert not tested.ok_for(server.kind)
    later = [one.state for one in tested.checks if STEPS.index(one.step) > STEPS.index(check.step)]
    assert set(later) <= {"skipped", "ok"}
    return check.step, check.error


@pytest.mark.parametrize("security", ["tls", "starttls", "none"])
def test_a_real_account_passes(
    dovecot: Dovecot, mailbox: Mailbox, make_smtp: Callable[..., SmtpSink], authority: Authority, security: str
) -> None:
    port = dovecot.ports.imaps if security == "tls" else dovecot.ports.imap
    incoming = imap(port, security, str(authority.file), user=mailbox.user)
    sink = make_smtp(security)
    outgoing = smtp_server(sink, security, authority)
    heard: list[Check] = []
    tested = probe(
        incoming,
        outgoing,
        Secret(mailbox.password),
        heard.append,
        outgoing_secret=Secret(PASSWORD),
        senders=["me@example.org"],
    )
    assert tested.error is None
    assert tested.ok_for("imap")
    assert tested.ok_for("smtp")
    assert tuple(one for one in heard if one.state != "running") == tested.checks
    kinds = {(one.kind, one.step): one for one in tested.checks}
    assert len(kinds) == len(tested.checks) == 13
    for kind in ("imap", "smtp"):
        tls = kinds[kind, "tls"]
        if security == "none":
            assert (tls.state, tls.values) == ("warning", {"reason": "not-encrypted"})
        else:
            assert tls.state == "ok"
            assert tls.values["version"].startswith("TLSv1.")
            assert len(tls.values["fingerprint"]) == 64
        assert kinds[kind, "login"].values == {"method": "plain"}
        assert kinds[kind, "connect"].values == {"address": "127.0.0.1"}
    assert "IDLE" in kinds["imap", "abilities"].values["abilities"]
    assert any(one.startswith("SIZE ") for one in kinds["smtp", "abilities"].values["abilities"])
    assert sink.deliveries == ()


@pytest.mark.parametrize("method", ["login", "cram-md5"])
def test_the_chosen_way_to_log_in_is_used(dovecot: Dovecot, mailbox: Mailbox, authority: Authority, method: str) -> None:
    server = imap(dovecot.ports.imaps, "tls", str(authority.file), user=mailbox.user, method=method)
    tested = probe(server, None, Secret(mailbox.password), nobody)
    if method == "login":
        assert tested.ok
    else:
        assert tested.error is not None
        assert tested.error.id == "no-common-method"


def test_a_wrong_password(dovecot: Dovecot, mailbox: Mailbox, authority: Authority, smtp: SmtpSink) -> None:
    server = imap(dovecot.ports.imaps, "tls", str(authority.file), user=mailbox.user)
    step, error = failed(server, Secret("wröng"))
    assert (step, error.id, error.values["user"]) == ("login", "login-refused", mailbox.user)
    assert isinstance(error, AuthenticationError)
    step, error = failed(smtp_server(smtp, "starttls", authority), Secret("wröng"))
    assert (step, error.id, error.values["code"]) == ("login", "login-refused", 535)


def test_no_password_yet(smtp: SmtpSink, authority: Authority) -> None:
    step, error = failed(smtp_server(smtp, "starttls", authority), None)
    assert (step, error.id) == ("login", "password-needed")


def test_an_anonymous_relay_is_a_warning(make_smtp: Callable[..., SmtpSink], authority: Authority) -> None:
    server = replace(smtp_server(make_smtp("tls", auth=False), "tls", authority), auth=False, user="")
    tested = probe(None, server, None, nobody)
    assert tested.ok
    login = next(one for one in tested.checks if one.step == "login")
    assert (login.state, login.values) == ("warning", {"reason": "anonymous"})


def test_a_sender_that_the_server_does_not_take(smtp: SmtpSink, authority: Authority) -> None:
    smtp.plan.sender_answer = "553 5.7.1 not yours"
    tested = probe(None, smtp_server(smtp, "starttls", authority), Secret(PASSWORD), nobody, senders=["you@example.org"])
    assert tested.ok
    check = next(one for one in tested.checks if one.step == "senders")
    assert (check.state, check.values["refused"]) == ("warning", {"you@example.org": "553 5.7.1 not yours"})


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_a_certificate_that_does_not_fit_is_shown_so_that_it_can_be_pinned(
    make_smtp: Callable[..., SmtpSink], authority: Authority, security: str
) -> None:
    certificate = authority.certificate("mail.example.org")
    sink = make_smtp(security, certificate=certificate)
    server = smtp_server(sink, security, authority)
    step, error = failed(server, Secret(PASSWORD))
    assert (step, error.id, error.values["fingerprint"]) == ("tls", "certificate-name", certificate.fingerprint)
    assert f"is for mail.example.org, not for {server.host}. If that is your provider" in sentence(error)
    assert sink.seen["AUTH"] == 0
    pinned = replace(server, trust=f"sha256:{error.values['fingerprint']}")
    assert probe(None, pinned, Secret(PASSWORD), nobody).ok
    ignored = probe(None, replace(server, trust="ignore"), Secret(PASSWORD), nobody)
    assert ignored.ok
    tls = next(one for one in ignored.checks if one.step == "tls")
    assert (tls.state, tls.values["reason"]) == ("warning", "trust-ignored")


def test_names_and_ports_that_lead_nowhere(authority: Authority) -> None:
    def unknown(host: str, port: int) -> list[tuple[int, object]]:
        raise OSError("Name or service not known")

    tested = probe(imap(1, "tls"), None, WORD, nobody, resolver=unknown)
    assert states(tested)["name"] == "failed"
    assert states(tested)["connect"] == "skipped"
    with ScriptedServer([]) as server:
        port = server.port
    step, error = failed(imap(port, "tls"))
    assert (step, error.id) == ("connect", "connection-refused")


HOSTILE: list[tuple[str, list[Step], str, str]] = [
    ("starttls", [Step(None, b"* OK [CAPABILITY IMAP4rev1] hi\r\n")], "tls", "starttls-missing"),
    ("starttls", [GREETING, Step("STARTTLS", b"{tag} NO not now\r\n")], "tls", "starttls-refused"),
    ("starttls", [Step(None, b"* PREAUTH welcome\r\n")], "greeting", "preauth-before-tls"),
    ("starttls", [GREETING, Step("STARTTLS", b"* BYE\r\n")], "tls", "greeting-refused"),
    ("none", [Step(None, b"* BYE too many\r\n", Deed.CLOSE)], "greeting", "greeting-refused"),
    ("none", [Step(None, b"", Deed.CLOSE)], "greeting", "connection-closed"),
    ("none", [Step(None, b"220 mail.example.org ESMTP\r\n")], "greeting", "not-imap"),
    ("none", [Step(None, b"* OK " + b"x" * 200_000)], "greeting", "line-too-long"),
    ("none", [Step(None, b"* OK hi\r\n"), Step("CAPA", b"* OK x\r\n" * 2000)], "greeting", "too-many-lines"),
    ("none", [Step(None, b"* OK hi\r\n"), Step("CAPA", b"* X {999999999}\r\n")], "greeting", "line-too-long"),
    ("none", [Step(None, b"* OK hi\r\n"), Step("CAPA", b"+ what?\r\n")], "greeting", "not-imap"),
    ("none", [Step(None, b"* OK hi\r\n"), Step("CAPA", b"{tag} BAD no\r\n")], "greeting", "not-imap"),
    ("none", [Step(None, b"* OK [CAPABILITY IMAP4rev1 LOGINDISABLED] hi\r\n")], "login", "login-disabled"),
    ("none", [Step(None, b"* OK [CAPABILITY A AUTH=PLAIN] hi\r\n"),
              Step("AUTH", b"{tag} NO [UNAVAILABLE] later\r\n")], "login", "login-unavailable"),
    ("none", [Step(None, b"* OK [CAPABILITY A AUTH=CRAM-MD5] hi\r\n"), Step("AUTH", b"+ %%%\r\n")],
     "login", "bad-challenge"),
]  # fmt: skip


@pytest.mark.parametrize(("security", "script", "step", "id"), HOSTILE)
def test_servers_that_misbehave_before_the_password(security: str, script: list[Step], step: str, id: str) -> None:
    with ScriptedServer(script, otherwise=b"{tag} BAD what?\r\n") as server:
        where, error = failed(imap(server, security))
        assert (where, error.id) == (step, id)
        assert not any(b"horse" in line for line in server.lines)


def test_nothing_said_before_starttls_counts_after_it(authority: Authority) -> None:
    """What somebody in between adds behind the OK is dropped with the abilities learned so far."""
    script = [
        GREETING,
        Step("STARTTLS", b"{tag} OK go\r\n", Deed.TLS),
        Step("CAPABILITY", b"* CAPABILITY IMAP4rev1 LOGINDISABLED\r\n{tag} OK\r\n"),
    ]
    with ScriptedServer(script, certificate=authority.certificate()) as server:
        step, error = failed(imap(server, "starttls", str(authority.file)))
        server.check()
    assert (step, error.id) == ("login", "login-disabled")


def test_an_answer_slipped_in_behind_the_starttls_answer_is_not_heard(authority: Authority) -> None:
    slipped = b"{tag} OK go\r\n* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\nA2 OK\r\n"
    script = [
        GREETING,
        Step("STARTTLS", slipped, Deed.TLS),
        Step("CAPABILITY", b"* CAPABILITY IMAP4rev1 LOGINDISABLED\r\n{tag} OK\r\n"),
    ]
    with ScriptedServer(script, certificate=authority.certificate()) as server:
        step, error = failed(imap(server, "starttls", str(authority.file)))
        # Read together with the OK it is dropped; read later it is no TLS.
        assert (step, error.id) in (("login", "login-disabled"), ("tls", "tls-handshake"))
        assert not any(b"LOGIN" in line or b"AUTH" in line for line in server.lines)


def test_a_server_that_resets_the_connection() -> None:
    with ScriptedServer([Step(None, b"", Deed.RESET)]) as server:
        _, error = failed(imap(server, "none"))
    assert error.id == "connection-closed"


@pytest.mark.parametrize("user", ["me\r\nA9 DELETE x", "me\0"])
def test_a_user_name_cannot_smuggle_a_command(user: str) -> None:
    with ScriptedServer([GREETING], otherwise=b"{tag} OK\r\n") as server:
        step, error = failed(imap(server, "none", user=user))
        assert (step, error.id) == ("login", "login-characters")
        assert not any(b"DELETE" in line for line in server.lines)


def test_login_with_any_bytes_goes_out_as_literals() -> None:
    script = [
        Step(None, b"* OK [CAPABILITY IMAP4rev1] hi\r\n"),
        Step(r"LOGIN \{4\}$", b"+ go on\r\n"),
        Step('^m"é {6}$'.replace("{", r"\{").replace("}", r"\}"), b"+ more\r\n"),
        Step("^p\\\\ss w$", b"A1 OK [CAPABILITY IMAP4rev1 IDLE] in\r\n"),
    ]
    with ScriptedServer(script) as server:
        tested = probe(imap(server, "none", user='m"é'), None, Secret("p\\ss w"), nobody)
        server.check()
    assert tested.ok, tested.error
    assert tested.checks[-1].values["abilities"] == ("IDLE", "IMAP4REV1")


def test_smtp_servers_that_misbehave(authority: Authority) -> None:
    hello = Step("EHLO", b"250-hi\r\n250-STARTTLS\r\n250 AUTH PLAIN\r\n")
    cases = [
        ("starttls", [Step(None, b"220 hi\r\n"), Step("EHLO", b"250-hi\r\n250 AUTH PLAIN\r\n")], "tls", "starttls-missing"),
        ("starttls", [Step(None, b"220 hi\r\n"), hello, Step("STARTTLS", b"454 no\r\n")], "tls", "starttls-refused"),
        ("none", [Step(None, b"554 go away\r\n")], "greeting", "greeting-refused"),
        ("none", [Step(None, b"* OK imap\r\n")], "greeting", "not-smtp"),
        ("none", [Step(None, b"220-x\r\n" * 2000)], "greeting", "too-many-lines"),
        ("none", [Step(None, b"220 hi\r\n"), Step("EHLO", b"502 what\r\n")], "greeting", "greeting-refused"),
        ("none", [Step(None, b"220 hi\r\n"), Step("EHLO", b"250 hi\r\n")], "login", "no-common-method"),
        ("none", [Step(None, b"220 hi\r\n"), Step("EHLO", b"250-hi\r\n250 AUTH PLAIN\r\n"),
                  Step("AUTH", b"454 later\r\n")], "login", "login-unavailable"),
        ("none", [Step(None, b"220 hi\r\n"), Step("EHLO", b"250-hi\r\n250 AUTH CRAM-MD5\r\n"),
                  Step("AUTH", b"334 %%%\r\n")], "login", "bad-challenge"),
    ]  # fmt: skip
    for security, script, step, id in cases:
        with ScriptedServer(script) as server:
            where, error = failed(smtp_server(server, security, authority))
            assert (where, error.id) == (step, id), script
            assert error.values["server"] == f"localhost:{server.port}"


@pytest.mark.parametrize(
    ("offer", "lines"),
    [
        (b"AUTH=LOGIN", [b"AUTH LOGIN", b"dXNlcg==", b"Y29ycmVjdCBob3JzZQ=="]),
        (b"AUTH CRAM-MD5 PLAIN", [b"AUTH CRAM-MD5", b"dXNlciAzYjhlZWNj"]),
    ],
)
def test_smtp_ways_to_log_in(authority: Authority, offer: bytes, lines: list[bytes]) -> None:
    """Without encryption the way that hides the password is preferred."""
    script = [
        Step(None, b"220 hi\r\n"),
        Step("EHLO", b"250-hi\r\n250 " + offer + b"\r\n"),
        Step("^AUTH", b"334 PDFAeD4=\r\n"),
        *[Step(".", b"334 VXNlcg==\r\n") for _ in lines[2:]],
        Step(".", b"235 in\r\n"),
    ]
    with ScriptedServer(script) as server:
        tested = probe(None, smtp_server(server, "none", authority, user="user"), WORD, nobody)
        server.check()
        said = server.lines[1:]
    assert tested.ok, tested.error
    assert [line[: len(want)] for line, want in zip(said, lines, strict=False)] == lines


def test_a_server_that_drips_does_not_hold_the_test() -> None:
    with ScriptedServer([Step(None, b"* OK hal", Deed.HANG)]) as server:
        tested = probe(imap(server, "none"), None, WORD, nobody, seconds=0.3)
    assert tested.error is not None
    assert tested.error.id == "connection-timeout"
    assert states(tested)["greeting"] == "failed"


def test_an_imap_session_that_is_logged_in_already(authority: Authority) -> None:
    script = [Step(None, b"* PREAUTH [CAPABILITY IMAP4rev1] welcome\r\n")]
    with ScriptedServer(script, certificate=authority.certificate(), tls=True) as server:
        tested = probe(imap(server, "tls", str(authority.file)), None, WORD, nobody)
    assert tested.ok
    assert next(one for one in tested.checks if one.step == "login").values == {"method": "preauth"}
