"""Log-ins: every mechanism by its RFC's own example, and in every protocol against servers that want just that one."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from accounts import sasl
from accounts.imap.login import unsaid
from accounts.imap.session import Session
from accounts.probe import test_account as try_account
from accounts.smtp import SmtpOutgoing
from core.errors import AuthenticationError, CorreioError, ProtocolError
from core.secret import Secret
from core.settings.schema import Server
from tests.accounts.mail_place import open_store
from tests.accounts.outgoing_contract import FIRST, SECONDS, SENDER, WIRE
from tests.accounts.pop3.conftest import account_on
from tests.servers.scripted import Deed, ScriptedServer, Step

TOKEN = "token-canary"
BEARER = base64.b64encode(f"user=me@example.org\x01auth=Bearer {TOKEN}\x01\x01".encode()).decode()


def test_scram_by_the_example_of_the_rfc() -> None:
    told = sasl.mechanism("scram-sha-1", "user", Secret("pencil"), nonce="fyko+d2lbbFgONRv9qkxdawL")
    assert told.first == b"n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL"
    first = b"r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096"
    assert told.answer(first) == (b"c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=")
    assert not told.proven()
    assert told.answer(b"v=rmF9pqV8S7suAoZWja4dJRkFsKQ=") == b""
    assert told.proven()


def test_scram_sha_256_by_the_example_of_the_rfc() -> None:
    told = sasl.mechanism("scram-sha-256", "user", Secret("pencil"), nonce="rOprNGfwEbeRWgbNEkqO")
    first = b"r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"
    assert told.answer(first).endswith(b",p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=")
    assert told.answer(b"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=") == b""


@pytest.mark.parametrize(
    "challenge",
    [b"", b"r=other,s=QSXCR+Q6sek8bf92,i=4096", b"r=abc,s=QSXCR+Q6sek8bf92,i=4096", b"r=abcd,s=?,i=1", b"r=abcd,s=QQ==,i=0",
     b"r=abcd,s=QQ==,i=99999999999", b"e=other-error"],
)  # fmt: skip
def test_scram_servers_that_lie(challenge: bytes) -> None:
    with pytest.raises(ProtocolError):
        sasl.mechanism("scram-sha-1", "user", Secret("pencil"), nonce="abc").answer(challenge)


def test_a_scram_server_that_does_not_know_the_password() -> None:
    told = sasl.mechanism("scram-sha-1", "user", Secret("pencil"), nonce="abc")
    told.answer(b"r=abcd,s=QQ==,i=1")
    with pytest.raises(ProtocolError):
        told.answer(b"v=AAAA")
    assert not told.proven()


def test_which_one_is_chosen() -> None:
    every = set(sasl.KNOWN)
    assert sasl.choose(every, "auto", True, "x") == "plain"
    assert sasl.choose(every, "auto", False, "x") == "scram-sha-256"
    assert sasl.choose(every, "oauth2", True, "x") == "xoauth2"
    assert sasl.choose({"oauthbearer", "plain"}, "oauth2", True, "x") == "oauthbearer"
    for offered, wanted in (({"plain"}, "oauth2"), ({"xoauth2"}, "auto"), (set(), "auto"), ({"plain"}, "cram-md5")):
        with pytest.raises(AuthenticationError):
            sasl.choose(offered, wanted, True, "x")


def test_oauthbearer_and_what_is_said_of_a_refusal() -> None:
    told = sasl.mechanism("oauthbearer", "a,b=c", Secret(TOKEN), "imap.example.org:993")
    assert told.first == b"n,a=a=2Cb=3Dc,\x01host=imap.example.org\x01port=993\x01auth=Bearer token-canary\x01\x01"
    assert told.answer(b'{"status":"invalid_token"}') == b"\x01"
    assert sasl.refusal(b'{"status":"invalid_token"}') == "invalid_token"
    assert sasl.refusal(b"[]") == sasl.refusal(b"\xff") == ""


# in the protocols --------------------------------------------------------------

Serve = Callable[..., ScriptedServer]
REFUSAL = base64.b64encode(b'{"status":"401","schemes":"bearer"}')
EHLO = b"250-x\r\n250 AUTH XOAUTH2 PLAIN\r\n"


@pytest.fixture
def serve() -> Iterator[Serve]:
    with ExitStack() as closing:
        yield lambda *script, **words: closing.enter_context(ScriptedServer(list(script), **words))


def server(kind: str, port: int, method: str = "oauth2") -> Server:
    return Server(kind=kind, host="localhost", port=port, security="none", user="me@example.org", method=method)


def smtp(*steps: Step) -> tuple[Step, ...]:
    return (Step(None, b"220 x\r\n"), Step("^EHLO", EHLO), *steps)


def test_tokens_in_smtp(serve: Serve) -> None:
    bye = Step("^QUIT", b"221 x\r\n", Deed.CLOSE)
    taken = Step("^AUTH XOAUTH2 " + BEARER.replace("+", "\\+"), b"235 in\r\n")
    right = serve(*smtp(taken, Step("^MAIL", b"550 no\r\n"), bye), otherwise=b"250 x\r\n")
    assert SmtpOutgoing(server("smtp", right.port), Secret(TOKEN)).send(WIRE, SENDER, [FIRST], SECONDS).state == "failed"
    wrong = serve(*smtp(Step("^AUTH", b"334 " + REFUSAL + b"\r\n"), Step("^$", b"535 5.7.8 no\r\n")))
    with pytest.raises(AuthenticationError) as caught:
        SmtpOutgoing(server("smtp", wrong.port), Secret(TOKEN)).send(WIRE, SENDER, [FIRST], SECONDS)
    assert caught.value.id == "login-refused" and "401" in caught.value.values["answer"]
    assert TOKEN not in str(caught.value)
    probed = serve(*smtp(Step("^AUTH XOAUTH2 ", b"235 in\r\n")), otherwise=b"250 x\r\n")
    assert try_account(None, server("smtp", probed.port), Secret(TOKEN), lambda check: None).ok


def test_tokens_in_pop3(serve: Serve, tmp_path: Path) -> None:
    capa = Step("^CAPA", b"+OK\r\nSASL XOAUTH2\r\n.\r\n")
    hello = Step(None, b"+OK\r\n")
    end = (Step("^LIST", b"+OK\r\n.\r\n"), Step("^UIDL", b"+OK\r\n.\r\n"), Step("^QUIT", b"+OK\r\n", Deed.CLOSE))
    right = serve(hello, capa, Step("^AUTH XOAUTH2$", b"+ \r\n"), Step("^" + BEARER.replace("+", "\\+"), b"+OK\r\n"), capa, *end)
    db = open_store(tmp_path)
    assert account_on(db, server("pop3", right.port), TOKEN).sync().new == 0
    right.check()
    wrong = serve(hello, capa, Step("^AUTH", b"+ \r\n"), Step("^", b"+ " + REFUSAL + b"\r\n"), Step("^$", b"-ERR no\r\n"))
    with pytest.raises(AuthenticationError) as caught:
        account_on(db, server("pop3", wrong.port), TOKEN).sync()
    assert TOKEN not in str(caught.value)
    db.close()


def test_tokens_in_imap(serve: Serve) -> None:
    hello = Step(None, b"* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=XOAUTH2] x\r\n")
    right = serve(
        hello, Step("AUTHENTICATE XOAUTH2 " + BEARER.replace("+", "\\+"), b"{tag} OK in\r\n"), Step("^the end", b""),
        otherwise=b"* CAPABILITY IMAP4rev1 SASL-IR AUTH=XOAUTH2\r\n{tag} OK\r\n",
    )  # fmt: skip
    session = Session(server("imap", right.port))
    session.open(lambda one: Secret(TOKEN))
    session.close()
    wrong = serve(
        hello, Step("AUTHENTICATE", b"+ " + REFUSAL + b"\r\n"), Step("^$", b"* BYE no\r\n", Deed.CLOSE),
        otherwise=b"* CAPABILITY IMAP4rev1 SASL-IR AUTH=XOAUTH2\r\n{tag} OK\r\n",
    )  # fmt: skip
    with pytest.raises(CorreioError) as caught:
        Session(server("imap", wrong.port), patience=5.0).open(lambda one: Secret(TOKEN))
    assert TOKEN not in str(caught.value)


def test_scram_in_smtp(serve: Serve) -> None:
    """A server that says yes without having proved that it knows the password is not believed."""
    hello = (Step(None, b"220 x\r\n"), Step("^EHLO", b"250-x\r\n250 AUTH SCRAM-SHA-256\r\n"))
    liar = serve(*hello, Step("^AUTH SCRAM-SHA-256 ", b"235 in\r\n"), otherwise=b"250 x\r\n")
    with pytest.raises(ProtocolError) as caught:
        SmtpOutgoing(server("smtp", liar.port, "auto"), Secret("pencil")).send(WIRE, SENDER, [FIRST], SECONDS)
    assert caught.value.id == "bad-challenge"
    assert not [line for line in liar.lines if line.startswith(b"MAIL")]


@pytest.mark.parametrize("way", ["xoauth2", "oauthbearer"])
@pytest.mark.parametrize("most", [60, 100_000])
def test_a_token_that_is_said_back_is_not_told(way: str, most: int) -> None:
    token = "ya29." + "s3cr3tT0ken" * 20
    first = sasl.mechanism(way, "maria@example.org", Secret(token), "imap.example.org:993").first
    assert first is not None
    sent = base64.b64encode(first).decode()
    said = unsaid(f"unknown command AUTHENTICATE {way.upper()} {sent}"[: most + 40], "maria@example.org", Secret(token))
    words = re.findall(r"[A-Za-z0-9+/]{16,}", said)
    assert not any(b"s3cr3t" in base64.b64decode(word[: len(word) // 4 * 4]) for word in words)
    assert said.startswith("unknown command AUTHENTICATE")
