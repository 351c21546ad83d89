"""What every `accounts.outgoing.Outgoing` must do. A test class per way of sending inherits from `OutgoingContract`
and gives the fixture `lane`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pytest

from accounts.outgoing import Limits, Outgoing
from core.draft import ComposeError
from core.errors import AuthenticationError, NetworkError
from tests.servers.smtp import Delivery

SENDER = "ana@example.org"
FIRST, SECOND = "joao@example.com", "rita@example.net"
WIRE = (
    b"From: ana@example.org\r\nTo: joao@example.com\r\nSubject: dots\r\nMessage-ID: <1@example.org>\r\n\r\n"
    b".\r\n..\r\n.x\r\n   \r\nlast line.\r\n.\r\n"
)
SECONDS = 30.0


@dataclass(frozen=True)
class Lane:
    """A way of sending, and the other end of it."""

    outgoing: Outgoing
    wrong_password: Outgoing
    """The same with a wrong password."""
    nowhere: Outgoing
    """The same to a server that is not there."""
    deliveries: Callable[[], Sequence[Delivery]]
    """What the other end accepted so far."""
    refuse: Callable[[str, str], None]
    """Let the other end answer so for this recipient, or for the whole mail where the recipient is ''."""
    cut: Callable[[str], None]
    """Break the line at the next mail: before, within or after."""
    exact: bool = True
    """Whether the bytes arrive as they are."""
    one_by_one: bool = True
    """Whether recipients are refused one by one, and not the mail for all of them."""
    logs_in: bool = True
    """Whether there is a password."""
    answers: bool = True
    """Whether the other end's words come back word by word."""


class OutgoingContract:
    """The tests; they need the fixture `lane`."""

    def test_it_is_an_outgoing(self, lane: Lane) -> None:
        assert isinstance(lane.outgoing, Outgoing)

    def test_a_mail_arrives_byte_for_byte(self, lane: Lane) -> None:
        result = lane.outgoing.send(WIRE, SENDER, [FIRST, SECOND, FIRST], SECONDS)
        assert (result.state, result.accepted, dict(result.refused)) == ("sent", (FIRST, SECOND), {})
        assert result.answer
        assert result.error is None
        [mail] = lane.deliveries()
        assert mail.recipients == (FIRST, SECOND)
        if lane.exact:
            assert (mail.sender, mail.raw) == (SENDER, WIRE)

    def test_several_mails_one_after_the_other(self, lane: Lane) -> None:
        for _ in range(3):
            assert lane.outgoing.send(WIRE, SENDER, [FIRST], SECONDS).state == "sent"
        assert len(lane.deliveries()) == 3

    def test_one_recipient_refused_for_good_and_one_for_now(self, lane: Lane) -> None:
        if not lane.one_by_one:
            return
        lane.refuse(SECOND, "550 5.1.1 No such user \x1b[31m")
        lane.refuse("later@example.net", "450 4.2.1 Mailbox busy")
        result = lane.outgoing.send(WIRE, SENDER, [FIRST, SECOND, "later@example.net"], SECONDS)
        assert (result.state, result.accepted) == ("sent", (FIRST,))
        assert result.refused[SECOND][0] == 550
        assert "No such user" in result.refused[SECOND][1]
        assert "\x1b" not in result.refused[SECOND][1]
        assert (result.never, result.later) == ((SECOND,), ("later@example.net",))
        assert [mail.recipients for mail in lane.deliveries()] == [(FIRST,)]

    @pytest.mark.parametrize(
        ("answers", "state"),
        [
            (["550 no", "551 no"], "failed"),
            (["450 later", "451 later"], "retry"),
            (["550 no", "450 later"], "retry"),
            (["552 too many", "552 too many"], "retry"),
        ],
    )
    def test_every_recipient_refused(self, lane: Lane, answers: list[str], state: str) -> None:
        if not lane.one_by_one:
            return
        for to, answer in zip((FIRST, SECOND), answers, strict=True):
            lane.refuse(to, answer)
        result = lane.outgoing.send(WIRE, SENDER, [FIRST, SECOND], SECONDS)
        assert (result.state, result.accepted, set(result.refused)) == (state, (), {FIRST, SECOND})
        assert result.error is not None
        assert lane.deliveries() == ()

    @pytest.mark.parametrize(("answer", "state"), [("554 5.7.1 Spam", "failed"), ("451 4.3.0 Try again", "retry")])
    def test_the_mail_refused(self, lane: Lane, answer: str, state: str) -> None:
        lane.refuse("", answer)
        result = lane.outgoing.send(WIRE, SENDER, [FIRST], SECONDS)
        assert (result.state, result.code // 100) == (state, int(answer[0]))
        assert result.error is not None
        if lane.answers:
            assert result.code == int(answer[:3])
        assert answer[4:] in result.answer
        assert result.error.values["answer"] == result.answer
        assert lane.deliveries() == ()

    def test_a_cut_before_the_mail_goes_out_raises(self, lane: Lane) -> None:
        lane.cut("before")
        with pytest.raises(NetworkError):
            lane.outgoing.send(WIRE, SENDER, [FIRST], SECONDS)
        assert lane.deliveries() == ()
        assert lane.outgoing.send(WIRE, SENDER, [FIRST], SECONDS).state == "sent"

    @pytest.mark.parametrize(("where", "accepted"), [("within", 0), ("after", 1)])
    def test_a_cut_before_the_reply_is_uncertain(self, lane: Lane, where: str, accepted: int) -> None:
        lane.cut(where)
        result = lane.outgoing.send(WIRE, SENDER, [FIRST], SECONDS)
        assert (result.state, result.accepted) == ("uncertain", ())
        assert result.error is not None
        assert len(lane.deliveries()) == accepted

    def test_a_wrong_password(self, lane: Lane) -> None:
        if not lane.logs_in:
            return
        for attempt in (
            lambda: lane.wrong_password.send(WIRE, SENDER, [FIRST], SECONDS),
            lambda: lane.wrong_password.test(SECONDS),
        ):
            with pytest.raises(AuthenticationError) as caught:
                attempt()
            assert caught.value.values["answer"]
        assert lane.deliveries() == ()

    def test_a_server_that_is_not_there(self, lane: Lane) -> None:
        with pytest.raises(NetworkError):
            lane.nowhere.send(WIRE, SENDER, [FIRST], SECONDS)

    def test_no_time_left(self, lane: Lane) -> None:
        with pytest.raises(NetworkError) as caught:
            lane.outgoing.send(WIRE, SENDER, [FIRST], 0.0)
        assert caught.value.id == "connection-timeout"
        assert lane.deliveries() == ()

    @pytest.mark.parametrize(
        "wire",
        [WIRE + b"smuggled\n.\nMAIL FROM:<x>", WIRE + b"\r.\r", b"a\0b\r\n", b"x" * 999 + b"\r\n"],
    )
    def test_bytes_that_could_smuggle_are_not_sent(self, lane: Lane, wire: bytes) -> None:
        with pytest.raises(ComposeError):
            lane.outgoing.send(wire, SENDER, [FIRST], SECONDS)
        assert lane.deliveries() == ()

    @pytest.mark.parametrize(
        "recipients",
        [[], [""], ["a@b>\r\nRCPT TO:<c@d"], ["a b@c"], ["a@b c"], ["a@b,c@d"], ["no-domain"], ["a@b> NOTIFY=NEVER"]],
    )
    def test_envelopes_that_are_none_are_not_sent(self, lane: Lane, recipients: list[str]) -> None:
        with pytest.raises(ComposeError):
            lane.outgoing.send(WIRE, SENDER, recipients, SECONDS)
        assert lane.deliveries() == ()

    def test_the_test_sends_nothing_and_tells_the_limits(self, lane: Lane) -> None:
        assert lane.outgoing.limits() is None
        limits = lane.outgoing.test(SECONDS)
        assert isinstance(limits, Limits)
        assert lane.outgoing.limits() == limits
        assert lane.deliveries() == ()

    def test_cancelling_what_does_not_run_is_harmless(self, lane: Lane) -> None:
        lane.outgoing.cancel()
        assert lane.outgoing.send(WIRE, SENDER, [FIRST], SECONDS).state == "sent"
