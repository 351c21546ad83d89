"""SMTP servers that flood, count wrong and leave in the middle: nothing hangs, nothing counts as sent that was not."""

from __future__ import annotations

import pytest

from accounts.smtp import SmtpOutgoing
from core.errors import CorreioError
from core.secret import Secret
from core.settings.schema import Server
from tests.accounts.outgoing_contract import FIRST, SECOND, SENDER, WIRE
from tests.servers.authority import Authority
from tests.servers.scripted import Deed, ScriptedServer, Step
from tui.sentences import SENTENCES

SECONDS = 20.0
HELLO = Step(None, b"220 hi\r\n")
EHLO = Step("^EHLO", b"250-test\r\n250 8BITMIME\r\n")
MAIL, RCPT = Step("^MAIL", b"250 ok\r\n"), Step("^RCPT", b"250 ok\r\n")
DATA, BYE = Step("^DATA", b"354 go\r\n"), Step("^QUIT", b"221 bye\r\n", Deed.CLOSE)
DOT = Step(r"^\.$", b"250 kept\r\n")


def sent(*script: Step) -> tuple[str, str]:
    """The state of the result, or what was raised; and the id of the error."""
    with ScriptedServer(list(script), otherwise=b"") as server:
        way = SmtpOutgoing(Server(kind="smtp", host="localhost", port=server.port, security="none", auth=False), Secret(""))
        try:
            result = way.send(WIRE, SENDER, [FIRST, SECOND], SECONDS)
        except CorreioError as error:
            assert error.id in SENTENCES
            return "raised", error.id
        return result.state, result.error.id if result.error is not None else ""


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ([Step(None, b"220-x\r\n" * 200_000)], ("raised", "not-smtp")),
        ([HELLO, Step("^EHLO", b"250-" + b"x" * 2_000_000)], ("raised", "not-smtp")),
        ([HELLO, Step("^EHLO", b"250-X\r\n" * 200_000)], ("raised", "not-smtp")),
        ([HELLO, EHLO, Step("^MAIL", b"421 leaving\r\n", Deed.CLOSE)], ("retry", "sender-refused")),
        ([HELLO, EHLO, MAIL, Step("^RCPT", b"421 leaving\r\n", Deed.CLOSE)], None),
        ([HELLO, EHLO, MAIL, RCPT, RCPT, Step("^DATA", b"421 leaving\r\n", Deed.CLOSE)], ("retry", "mail-refused")),
        ([HELLO, EHLO, MAIL, RCPT, RCPT, Step("^DATA", b"250 ok\r\n"), BYE], ("retry", "mail-refused")),
        ([HELLO, EHLO, MAIL, RCPT, RCPT, DATA, Step(r"^\.$", b"421 leaving\r\n", Deed.CLOSE)], ("retry", "mail-refused")),
        ([HELLO, EHLO, MAIL, RCPT, RCPT, DATA, Step(r"^\.$", b"999 what\r\n"), BYE], ("uncertain", "no-reply-after-data")),
        ([HELLO, EHLO, MAIL, RCPT, RCPT, DATA, Step(r"^\.$", b"250-x\r\n" * 200_000)], ("uncertain", "no-reply-after-data")),
        ([HELLO, EHLO, MAIL, RCPT, RCPT, DATA, DOT, Step("^QUIT", b"220-x\r\n" * 100_000, Deed.CLOSE)], ("sent", "")),
    ],
)  # fmt: skip
def test_floods_wrong_codes_and_leaving(script: list[Step], expected: tuple[str, str] | None) -> None:
    found = sent(*script)
    if expected is None:
        assert found[0] in ("retry", "raised"), "nothing was handed over"
    else:
        assert found == expected


PIPES = Step("^EHLO", b"250-test\r\n250 PIPELINING\r\n")
WAITS = (Step("^MAIL", b""), Step("^RCPT", b""))
"""A server that answers when the last command of the envelope has come, and not before."""


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ([*WAITS, Step("^RCPT", b"250 ok\r\n250-it\r\n250 is\r\n550 nobody\r\n"), DATA, DOT, BYE], ("sent", "")),
        ([*WAITS, Step("^RCPT", b"550 no\r\n503 no\r\n503 no\r\n"), BYE], ("failed", "sender-refused")),
        ([*WAITS, Step("^RCPT", b"421 leaving\r\n", Deed.CLOSE)], ("retry", "sender-refused")),
        ([*WAITS, Step("^RCPT", b"250 ok\r\n450 later\r\n550 no\r\n"), BYE], ("retry", "recipients-refused")),
        ([*WAITS, Step("^RCPT", b"250 ok\r\n250 ok\r\n250 ok\r\n", Deed.CLOSE)], ("raised", "connection-closed")),
        ([*WAITS, Step("^RCPT", b"250 ok\r\n250 ok\r\n", Deed.CLOSE)], ("raised", "connection-closed")),
        ([*WAITS, Step("^RCPT", b"250 ok\r\n" + b"250-x\r\n" * 100_000)], ("raised", "not-smtp")),
        ([*WAITS, Step("^RCPT", b"250 ok\r\n250 " + b"x" * 1_000_000)], ("raised", "not-smtp")),
        ([*WAITS, Step("^RCPT", b"250 ok\r\nwhat?\r\n")], ("raised", "not-smtp")),
    ],
)
def test_the_envelope_goes_out_at_once_where_the_server_takes_that(script: list[Step], expected: tuple[str, str]) -> None:
    assert sent(HELLO, PIPES, *script) == expected


def test_an_envelope_at_once_over_tls_says_who_was_refused(authority: Authority) -> None:
    script = [HELLO, PIPES, *WAITS, Step("^RCPT", b"250 ok\r\n250-it\r\n250 is\r\n550 nobody\r\n"), DATA, DOT, BYE]
    with ScriptedServer(script, certificate=authority.certificate("localhost"), tls=True, otherwise=b"") as server:
        there = Server(kind="smtp", host="localhost", port=server.port, trust=str(authority.file), auth=False)
        result = SmtpOutgoing(there, Secret("")).send(WIRE, SENDER, [FIRST, SECOND], SECONDS)
        assert (result.state, result.accepted, result.refused) == ("sent", (FIRST,), {SECOND: (550, "nobody")})
        assert b"DATA" in server.lines and b"" in server.lines
