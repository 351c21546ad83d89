"""SMTP servers that flood, count wrong and leave in the middle: nothing hangs, nothing counts as sent that was not."""

from __future__ import annotations

import pytest

from accounts import out_of_step, smtp_handover
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


@pytest.fixture(autouse=True)
def forgetful(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is known of a server is known by its port, which another server may get."""
    monkeypatch.setattr(out_of_step, "_stumbles", {})


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
        ([*WAITS, Step("^RCPT", b"250 ok\r\n421 leaving\r\n", Deed.CLOSE)], ("raised", "server-unavailable")),
    ],
)
def test_the_envelope_goes_out_at_once_where_the_server_takes_that(script: list[Step], expected: tuple[str, str]) -> None:
    assert sent(HELLO, PIPES, *script) == expected


SINGLY = [MAIL, RCPT, RCPT, DATA, DOT, BYE]
OK = b"250 ok\r\n"


@pytest.mark.parametrize(
    "script",
    [
        [*WAITS, Step("^RCPT", OK * 3, Deed.CLOSE)],
        [*WAITS, Step("^RCPT", OK * 2, Deed.RESET)],
        [*WAITS, Step("^RCPT", OK + b"250-x\r\n" * 100_000)],
        [*WAITS, Step("^RCPT", OK + b"250 " + b"x" * 1_000_000)],
        [*WAITS, Step("^RCPT", OK + b"what?\r\n")],
        [*WAITS, Step("^RCPT", OK * 4)],
        [*WAITS, Step("^RCPT", OK * 2, Deed.HANG)],
        [*WAITS, Step("^RCPT", OK + b"503 what about MAIL?\r\n" * 2)],
        [Step("^MAIL", b"554 SMTP synchronization error\r\n", Deed.CLOSE)],
        [*WAITS, Step("^RCPT", OK * 3), Step("^DATA", OK + b"354 go\r\n")],
        [*WAITS, Step("^RCPT", OK * 3), Step("^DATA", b"", Deed.CLOSE)],
    ],
)
def test_a_server_that_breaks_on_many_commands_is_asked_one_at_a_time_then_and_later(
    script: list[Step], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smtp_handover, "PATIENCE", 1.0)
    with ScriptedServer([HELLO, PIPES, *script], [HELLO, PIPES, *SINGLY], otherwise=b"") as server:
        there = Server(kind="smtp", host="localhost", port=server.port, security="none", auth=False)
        begun: list[bool] = []
        for number in (1, 2):
            result = SmtpOutgoing(there, Secret("")).send(WIRE, SENDER, [FIRST, SECOND], SECONDS, lambda: not begun.append(True))
            assert (result.state, result.accepted, len(begun)) == ("sent", (FIRST, SECOND), number)
        assert server.connections == 3, "the second mail is told singly from the start"
        assert server.lines.count(b".") == 2, "each mail went out once"


def test_what_is_cut_after_the_mail_began_is_never_told_again() -> None:
    script = [HELLO, PIPES, *WAITS, Step("^RCPT", OK * 3), DATA, Step(r"^\.$", b"", Deed.CLOSE)]
    with ScriptedServer(script, [HELLO, PIPES, *SINGLY], otherwise=b"") as server:
        there = Server(kind="smtp", host="localhost", port=server.port, security="none", auth=False)
        result = SmtpOutgoing(there, Secret("")).send(WIRE, SENDER, [FIRST, SECOND], SECONDS)
        assert (result.state, server.connections) == ("uncertain", 1)


def test_an_envelope_at_once_over_tls_says_who_was_refused(authority: Authority) -> None:
    script = [HELLO, PIPES, *WAITS, Step("^RCPT", b"250 ok\r\n250-it\r\n250 is\r\n550 nobody\r\n"), DATA, DOT, BYE]
    with ScriptedServer(script, certificate=authority.certificate("localhost"), tls=True, otherwise=b"") as server:
        there = Server(kind="smtp", host="localhost", port=server.port, trust=str(authority.file), auth=False)
        result = SmtpOutgoing(there, Secret("")).send(WIRE, SENDER, [FIRST, SECOND], SECONDS)
        assert (result.state, result.accepted, result.refused) == ("sent", (FIRST,), {SECOND: (550, "nobody")})
        assert b"DATA" in server.lines and b"" in server.lines
