"""Connecting and logging in: what is refused, and what is never sent in the clear."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from accounts.dial import Addresses, system_addresses
from accounts.imap.session import Session
from core.errors import AuthenticationError, CorreioError, NetworkError, ProtocolError, TLSError
from core.secret import Secret
from core.settings.schema import Server
from tests.accounts.imap.conftest import Demo
from tests.servers.authority import Authority
from tests.servers.dovecot import Dovecot
from tests.servers.dovecot_conf import Options
from tests.servers.scripted import Deed, ScriptedServer, Step

PASSWORD = "s3cr3t-päss"


def session_for(port: int, security: str = "none", *, user: str = "maria", trust: str = "system", **more: object) -> Session:
    server = Server(kind="imap", host="localhost", port=port, security=security, user=user, trust=trust, **more)  # type: ignore[arg-type]
    return Session(server)


def opened(session: Session, password: str = PASSWORD) -> CorreioError:
    """The error of an opening that has to fail."""
    with pytest.raises(CorreioError) as caught:
        session.open(lambda server: Secret(password))
    session.close()
    return caught.value


def nothing_secret(server: ScriptedServer) -> None:
    said = b"\n".join(server.lines)
    assert PASSWORD.encode() not in said
    assert b"AUTHENTICATE" not in said and b"LOGIN" not in said


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_dovecot_over_tls(dovecot: Dovecot, security: str) -> None:
    mailbox = dovecot.user()
    port = dovecot.ports.imaps if security == "tls" else dovecot.ports.imap
    session = session_for(port, security, user=mailbox.user, trust=str(dovecot.authority.file))
    session.open(lambda server: Secret(mailbox.password))
    assert session.can("UIDPLUS", "MOVE") and session.qresync
    assert session.select("INBOX").exists == 0
    session.close()


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_an_account_that_is_stopped_while_it_connects_does_not_log_in(dovecot: Dovecot, security: str) -> None:
    """Another connection for it is made already: two would replay the same changes."""
    mailbox = dovecot.user()
    port = dovecot.ports.imaps if security == "tls" else dovecot.ports.imap
    server = Server(
        kind="imap", host="localhost", port=port, security=security, user=mailbox.user, trust=str(dovecot.authority.file)
    )

    def look_up(host: str, port: int) -> Addresses:
        session.cancel()
        return system_addresses(host, port)

    session = Session(server, resolver=look_up)
    assert opened(session, mailbox.password).id == "cancelled"


def test_login_without_extensions(bare_dovecot: Dovecot) -> None:
    mailbox = bare_dovecot.user()
    session = session_for(bare_dovecot.ports.imaps, "tls", user=mailbox.user, trust=str(bare_dovecot.authority.file))
    session.open(lambda server: Secret(mailbox.password))
    assert not session.can("UIDPLUS")
    session.close()


def test_a_wrong_password(dovecot: Dovecot) -> None:
    mailbox = dovecot.user()
    session = session_for(dovecot.ports.imaps, "tls", user=mailbox.user, trust=str(dovecot.authority.file))
    error = opened(session, "wrong-password")
    assert isinstance(error, AuthenticationError)
    assert error.id == "login-refused"
    assert error.values["user"] == mailbox.user and error.values["answer"]
    assert "wrong-password" not in repr(error.values)


def test_login_disabled_before_tls(make_dovecot: Callable[..., Dovecot]) -> None:
    guarded = make_dovecot(Options(guarded=True))
    mailbox = guarded.user()
    server = Server(kind="imap", host=guarded.host, port=guarded.ports.imap, security="none", user=mailbox.user, method="login")
    error = opened(Session(server))
    assert error.id == "login-disabled"


def test_an_unknown_authority_and_a_wrong_name(dovecot: Dovecot) -> None:
    assert isinstance(opened(session_for(dovecot.ports.imaps, "tls")), TLSError)
    server = Server(
        kind="imap", host="127.0.0.3", port=dovecot.ports.imaps, security="tls", user="x", trust=str(dovecot.authority.file)
    )
    assert isinstance(opened(Session(server)), NetworkError)


@pytest.mark.parametrize("greeting", [b"* PREAUTH [CAPABILITY IMAP4rev1 STARTTLS] welcome\r\n", b"* PREAUTH hi\r\n"])
def test_preauth_cannot_be_made_safe(greeting: bytes, authority: Authority) -> None:
    script = [Step(None, greeting), Step("CAPABILITY", b"* CAPABILITY IMAP4rev1 STARTTLS\r\n{tag} OK\r\n")]
    with ScriptedServer(script, otherwise=b"{tag} OK fine\r\n") as server:
        error = opened(session_for(server.port, "starttls", trust=str(authority.file)))
        assert isinstance(error, ProtocolError)
        nothing_secret(server)


def test_starttls_that_is_not_offered(authority: Authority) -> None:
    script = [
        Step(None, b"* OK ready\r\n"),
        Step("CAPABILITY", b"* CAPABILITY IMAP4rev1\r\n{tag} OK\r\n"),
    ]
    with ScriptedServer(script, otherwise=b"{tag} OK fine\r\n") as server:
        assert opened(session_for(server.port, "starttls", trust=str(authority.file))).id == "starttls-missing"
        nothing_secret(server)


def test_starttls_that_is_refused(authority: Authority) -> None:
    script = [
        Step(None, b"* OK ready\r\n"),
        Step("CAPABILITY", b"* CAPABILITY IMAP4rev1 STARTTLS\r\n{tag} OK\r\n"),
        Step("STARTTLS", b"{tag} NO not today\r\n"),
    ]
    with ScriptedServer(script, otherwise=b"{tag} OK fine\r\n") as server:
        assert opened(session_for(server.port, "starttls", trust=str(authority.file))).id == "starttls-refused"
        nothing_secret(server)


def test_what_came_before_tls_is_dropped(authority: Authority) -> None:
    """Somebody in between adds a capability line and an alert to the OK of STARTTLS (CVE-2011-0411 and kin)."""
    script = [
        Step(None, b"* OK ready\r\n"),
        Step("CAPABILITY", b"* CAPABILITY IMAP4rev1 STARTTLS AUTH=PLAIN SASL-IR\r\n{tag} OK\r\n"),
        Step(
            "STARTTLS",
            b"{tag} OK go\r\n* CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR MOVE\r\n* OK [ALERT] visit http://bad.example\r\n",
            Deed.TLS,
        ),
        Step("CAPABILITY", b"* CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR UIDPLUS\r\n{tag} OK\r\n"),
        Step("AUTHENTICATE PLAIN", b"{tag} OK [CAPABILITY IMAP4rev1 UIDPLUS] in\r\n"),
    ]
    with ScriptedServer(script, certificate=authority.certificate("localhost"), otherwise=b"{tag} OK fine\r\n") as server:
        session = session_for(server.port, "starttls", trust=str(authority.file))
        session.open(lambda asked: Secret(PASSWORD))
        assert session.can("UIDPLUS") and not session.can("MOVE")
        assert session.alerts == []
        session.close()


@pytest.mark.parametrize("user", ["maria\r\nA1 DELETE INBOX", "ma\0ria"])
def test_line_ends_in_a_user_name(user: str) -> None:
    script = [Step(None, b"* OK ready\r\n"), Step("CAPABILITY", b"* CAPABILITY IMAP4rev1\r\n{tag} OK\r\n")]
    with ScriptedServer(script, otherwise=b"{tag} OK fine\r\n") as server:
        assert opened(session_for(server.port, user=user)).id == "login-characters"
        assert opened(session_for(server.port), "two\r\nlines").id == "login-characters"
        assert not any(b"DELETE" in line or b"LOGIN" in line for line in server.lines)


@pytest.mark.parametrize(
    ("greeting", "kind"),
    [
        (b"* BYE too many connections\r\n", CorreioError),
        (b"220 smtp.example.org ESMTP\r\n", ProtocolError),
        (b"+OK POP3 ready\r\n", CorreioError),
        (b"", NetworkError),
        (b"A" * 5_000_000, ProtocolError),
        (b"* OK {99999999}\r\n", CorreioError),
        (b"\r\n", ProtocolError),
    ],
)
def test_greetings_that_are_none(greeting: bytes, kind: type[CorreioError]) -> None:
    with ScriptedServer([Step(None, greeting, Deed.CLOSE)]) as server:
        error = opened(session_for(server.port))
        assert isinstance(error, kind), error
        assert error.values["server"] == f"localhost:{server.port}"
        nothing_secret(server)


def test_a_server_that_only_cannot_just_now() -> None:
    script = [
        Step(None, b"* OK [CAPABILITY IMAP4rev1] ready\r\n"),
        Step("CAPABILITY", b"* CAPABILITY IMAP4rev1\r\n{tag} OK\r\n"),
        Step("LOGIN", b"+ go on\r\n"),
        Step(None, b""),
    ]
    with ScriptedServer(script, otherwise=b"{tag} NO [UNAVAILABLE] backend down\r\n") as server:
        script[-1] = Step(".", b"")
        error = opened(session_for(server.port))
        assert isinstance(error, (NetworkError, ProtocolError))


def test_no_answer_at_all_ends(authority: Authority) -> None:
    with ScriptedServer([Step(None, b"", Deed.HANG)]) as server:
        settings = Server(kind="imap", host="localhost", port=server.port, security="none", user="maria")
        error = opened(Session(settings, patience=0.3))
        assert error.id == "connection-timeout"


def test_the_password_stays_out_of_tracebacks_and_errors(make_demo: Callable[..., Demo]) -> None:
    import traceback

    demo = make_demo(password="other")
    session = Session(demo.place.settings)
    try:
        session.open(lambda server: Secret(PASSWORD))
    except AuthenticationError as error:
        told = "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())
    assert PASSWORD not in told
    session.close()


def test_passwords_of_any_script(make_demo: Callable[..., Demo]) -> None:
    for method in ("plain", "login"):
        demo = make_demo(password='pä"ss\\wörd 密')
        settings = Server(
            kind="imap", host="127.0.0.1", port=demo.server.port, security="none", user=demo.place.user, method=method
        )
        session = Session(settings)
        session.open(lambda server: Secret('pä"ss\\wörd 密'))
        session.close()
