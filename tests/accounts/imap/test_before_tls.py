"""What happens before TLS: whoever sits in between can say anything, and hears no secret."""

from __future__ import annotations

import base64
from dataclasses import dataclass

import pytest

from accounts.imap.session import Session
from core.clean import clean_line
from core.errors import CorreioError
from core.secret import Secret
from core.settings.schema import Server
from tests.servers.authority import Authority
from tests.servers.scripted import Deed, ScriptedServer, Step
from tui.sentences import sentence

PASSWORD = "geheim-pa55"
USER = "maria@correio.example"
HELLO = Step(None, b"* OK ready\r\n")
OFFERS = Step("CAPABILITY", b"* CAPABILITY IMAP4rev1 STARTTLS AUTH=PLAIN SASL-IR\r\n{tag} OK done\r\n")
FINE = b"{tag} OK fine\r\n"


@dataclass(frozen=True)
class Trick:
    """A script, and the ids of the errors that it may end with."""

    script: tuple[Step, ...]
    ids: tuple[str, ...]
    security: str = "starttls"
    otherwise: bytes | None = FINE


def starttls(answer: bytes, deed: Deed | None = None, *further: Step) -> tuple[Step, ...]:
    return (HELLO, OFFERS, Step("STARTTLS", answer, deed), *further)


TRICKS = {
    "never offered": Trick((HELLO, Step("CAPABILITY", b"* CAPABILITY IMAP4rev1\r\n{tag} OK\r\n")), ("starttls-missing",)),
    "offered by the greeting, not by CAPABILITY": Trick(
        (Step(None, b"* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR] hi\r\n"),), ("starttls-missing",)
    ),
    "spelled like it": Trick((HELLO, Step("CAPA", b"* CAPABILITY IMAP4rev1 XSTARTTLS\r\n{tag} OK\r\n")), ("starttls-missing",)),
    "CAPABILITY refused": Trick((HELLO, Step("CAPABILITY", b"{tag} NO\r\n")), ("starttls-missing", "answer-senseless")),
    "NO": Trick(starttls(b"{tag} NO [ALERT] use no TLS\r\n"), ("starttls-refused",)),
    "BAD": Trick(starttls(b"{tag} BAD\r\n"), ("starttls-refused", "answer-senseless")),
    "BYE": Trick(starttls(b"* BYE\r\n", Deed.CLOSE), ("server-goodbye", "connection-closed")),
    "silence": Trick(starttls(b"", Deed.HANG), ("connection-timeout",)),
    "cut": Trick(starttls(b"", Deed.RESET), ("connection-closed", "connection-failed")),
    "OK, then in the clear": Trick(starttls(b"{tag} OK go\r\n* OK log in please\r\n"), ("tls-handshake", "connection-timeout")),
    "OK, then silence": Trick(starttls(b"{tag} OK go\r\n", Deed.HANG), ("connection-timeout", "tls-handshake")),
    "OK, then gone": Trick(starttls(b"{tag} OK go\r\n", Deed.CLOSE), ("connection-closed", "tls-handshake")),
    "OK of another tag": Trick(starttls(b"A1 OK go\r\n"), ("answer-senseless",)),
    "OK without tag": Trick(starttls(b"* OK go\r\n", Deed.HANG), ("connection-timeout",)),
    "OK before it was asked for": Trick(
        (Step(None, b"* OK hi\r\n" + b"".join(b"%c001 OK\r\n" % n for n in range(65, 91))),), ("answer-senseless",)
    ),
    "PREAUTH": Trick((Step(None, b"* PREAUTH [CAPABILITY IMAP4rev1] in\r\n"),), ("preauth-before-tls",)),
    "PREAUTH after OK": Trick((Step(None, b"* OK hi\r\n* PREAUTH in\r\n"), OFFERS), ("tls-handshake", "connection-timeout")),
    "logged in already, it says": Trick(
        (HELLO, Step("CAPABILITY", b"* CAPABILITY IMAP4rev1\r\n{tag} OK you are logged in\r\n")), ("starttls-missing",)
    ),
    "a referral": Trick(starttls(b"{tag} NO [REFERRAL imap://thief.example/] there\r\n"), ("starttls-refused",)),
    "an endless answer": Trick(starttls(b"* OK x\r\n" * 60_000), ("answer-too-large", "connection-timeout")),
    "TLS expected, clear text comes": Trick((HELLO,), ("tls-handshake", "connection-timeout"), security="tls"),
    "TLS expected, nothing comes": Trick((Step(None, b"", Deed.HANG),), ("connection-timeout", "tls-handshake"), security="tls"),
    "TLS expected, random bytes come": Trick(
        (Step(None, bytes(range(256)) * 20),), ("tls-handshake", "connection-closed"), security="tls"
    ),
}


def error_of(port: int, security: str, trust: str, *, waits: bool = False) -> CorreioError:
    settings = Server(kind="imap", host="localhost", port=port, security=security, user=USER, trust=trust)
    session = Session(settings, patience=1.0 if waits else 60.0)
    with pytest.raises(CorreioError) as caught:
        session.open(lambda server: Secret(PASSWORD))
    session.close()
    said = sentence(caught.value)
    assert said == clean_line(said) and PASSWORD not in said
    return caught.value


def no_secret(heard: bytes) -> None:
    for word in (PASSWORD.encode(), base64.b64encode(f"\0{USER}\0{PASSWORD}".encode()), USER.encode(), b"AUTHENTICATE"):
        assert word not in heard


@pytest.mark.parametrize("name", TRICKS)
def test_no_secret_in_the_clear(name: str, authority: Authority) -> None:
    trick = TRICKS[name]
    with ScriptedServer(trick.script, otherwise=trick.otherwise) as server:
        error = error_of(server.port, trick.security, str(authority.file), waits="connection-timeout" in trick.ids)
        assert error.id in trick.ids, repr(error)
        no_secret(b"\n".join(server.lines))


@pytest.mark.parametrize(
    ("names", "trusted", "id"),
    [(("other.example",), True, "certificate-name"), (("localhost",), False, "certificate-untrusted")],
)
@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_the_wrong_certificate(
    security: str, names: tuple[str, ...], trusted: bool, id: str, authority: Authority, tmp_path_factory: pytest.TempPathFactory
) -> None:
    certificate = (authority if trusted else Authority(tmp_path_factory.mktemp("stranger"))).certificate(*names)
    script = (*starttls(b"{tag} OK go\r\n", Deed.TLS), Step("x"))[0 if security == "starttls" else 4 :]
    with ScriptedServer(script, certificate=certificate, tls=security == "tls", otherwise=FINE) as server:
        error = error_of(server.port, security, str(authority.file))
        assert error.id == id, repr(error)
        no_secret(b"\n".join(server.lines))


@pytest.mark.parametrize("injected", [b"CAPABILITY IMAP4rev1 X-EVIL", b"PREAUTH in", b"BYE", b"OK [ALERT] pay"])
def test_what_is_said_before_tls_counts_for_nothing(injected: bytes, authority: Authority) -> None:
    answer = b"{tag} OK [CAPABILITY IMAP4rev1 X-EVIL LOGINDISABLED] go\r\n* " + injected + b"\r\n"
    script = (
        HELLO, OFFERS, Step("STARTTLS", answer, Deed.TLS),
        Step("CAPABILITY", b"* CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR\r\n{tag} OK\r\n"),
        Step("AUTHENTICATE PLAIN", b"{tag} OK [CAPABILITY IMAP4rev1 IDLE] in\r\n"),
        Step("LOGOUT", b"* BYE\r\n{tag} OK\r\n"),
    )  # fmt: skip
    with ScriptedServer(script, certificate=authority.certificate("localhost"), otherwise=FINE) as server:
        settings = Server(
            kind="imap", host="localhost", port=server.port, security="starttls", user=USER, trust=str(authority.file)
        )
        session = Session(settings)
        session.open(lambda asked: Secret(PASSWORD))
        assert session.capabilities == {"IMAP4REV1", "IDLE"}
        assert session.alerts == []
        session.close()
