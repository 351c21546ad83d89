"""Handing one mail to an SMTP server: MAIL, RCPT, DATA, and who was told what (RFC 5321 §3.3)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

import aiosmtplib

from accounts.deadline import Deadline
from accounts.outgoing import NO_REPORTS, Answer, Begin, Limits, Reports, SendResult, always
from accounts.smtp_pipeline import PATIENCE, OutOfStep, Reply, ask_all
from core.clean import clean_line
from core.draft import ComposeError
from core.errors import CorreioError, NetworkError, ServerRefused
from core.mime import fit_to_send

COMMAND_SECONDS = 300.0
"""A server may think about a command for five minutes (RFC 5321 §4.5.3.2)."""

_DOMAIN = r'[^\s\x00-\x20\x7f<>"(),;\\@]+'
_QUOTED = r'"(?:[^"\\\x00-\x1f\x7f]|\\[\x20-\x7e])*"'
_ENVELOPE = re.compile(rf'(?:[^\s\x00-\x20\x7f<>"(),:;\\@]+|{_QUOTED})@{_DOMAIN}|')


NOTIFY = {"all": "SUCCESS,FAILURE,DELAY", "trouble": "FAILURE,DELAY", "never": "NEVER"}
"""`Reports.wanted` in the words of RFC 3461 §4.1."""


def words(text: str) -> str:
    """A server's words for a person: one clean line of at most 500 characters."""
    return clean_line(text)[:500]


def limits_of(client: aiosmtplib.SMTP) -> Limits:
    """What the server offered in its last EHLO."""
    told = client.esmtp_extensions.get("size", "").strip()[:18]
    return Limits(
        # 0 means that there is no limit (RFC 1870 §3).
        size=(int(told) or None) if told.isascii() and told.isdigit() else None,
        eight_bit=client.supports_extension("8bitmime"),
        international=client.supports_extension("smtputf8"),
        delivery_status=client.supports_extension("dsn"),
    )


class Handover:
    """One mail on its way through one connection. `result` is set once the server has decided about it."""

    def __init__(
        self, server: str, wire: bytes, sender: str, recipients: Sequence[str], begin: Begin = always,
        reports: Reports = NO_REPORTS, *, at_once: bool = True,
    ) -> None:  # fmt: skip
        """`at_once`: whether commands may go out together."""
        self._server = server
        self._wire = wire
        self._sender = sender
        self._recipients = tuple(dict.fromkeys(recipients))
        self._begin = begin
        self._reports = reports
        self._at_once = at_once
        self._accepted: list[str] = []
        self._refused: dict[str, Answer] = {}
        self.result: SendResult | None = None
        self.begun = False
        """Whether the server has said 354: from here on a broken line leaves the mail uncertain."""
        self.piping = False
        """Whether commands went out together, and the server has not said 354: what breaks now may break by that, and
        nothing of the mail has gone out."""

    async def run(self, client: aiosmtplib.SMTP, deadline: Deadline) -> None:
        """Go through the steps; what aiosmtplib raises about the line itself is left to the caller."""
        limits = limits_of(client)
        if unfit := self._unfit(limits):
            self.result = self._ended("failed", unfit)
        elif await self._name_people(client, limits, deadline):
            await self._send_data(client, deadline)

    def uncertain(self, error: CorreioError) -> SendResult:
        """The result when the line broke by `error` after `begun` and before an answer."""
        return SendResult("uncertain", self._server, refused=dict(self._refused), error=error)

    def _unfit(self, limits: Limits) -> CorreioError | None:
        """Why this server cannot take the mail, known before it is asked."""
        size = len(self._wire)
        if limits.size is not None and size > limits.size:
            return ServerRefused("mail-too-large", server=self._server, answer="", code=552, size=size, limit=limits.size)
        if not limits.international and not all(one.isascii() for one in (self._sender, *self._recipients)):
            return ServerRefused("no-international-addresses", server=self._server, answer="", code=553)
        if not limits.eight_bit and not self._wire.isascii():
            return ServerRefused("no-eight-bit-mail", server=self._server, answer="", code=554)
        return None

    def _options(self, limits: Limits, client: aiosmtplib.SMTP) -> list[str]:
        options = [f"SIZE={len(self._wire)}"] if client.supports_extension("size") else []
        if not self._wire.isascii():
            options.append("BODY=8BITMIME")
        if not all(one.isascii() for one in (self._sender, *self._recipients)):
            options.append("SMTPUTF8")
        if limits.delivery_status and self._reports.wanted in NOTIFY and self._reports.wanted != "never":
            options.append("RET=HDRS")
            if envid := _xtext(self._reports.id):
                options.append(f"ENVID={envid}")
        return options

    def _rcpt_options(self, recipient: str, limits: Limits) -> list[str]:
        if not limits.delivery_status or self._reports.wanted not in NOTIFY:
            return []
        options = [f"NOTIFY={NOTIFY[self._reports.wanted]}"]
        if recipient.isascii() and len(recipient) <= 300:
            options.append(f"ORCPT=rfc822;{_xtext(recipient)}")
        return options

    async def _name_people(self, client: aiosmtplib.SMTP, limits: Limits, deadline: Deadline) -> bool:
        """MAIL and RCPT, all of them at once where the server takes that (RFC 2920); whether anybody was accepted."""
        mail, people = self._envelope(limits, client)
        told = [mail, *people]
        if self._at_once and client.supports_extension("pipelining"):
            self.piping = True
            # Half of the time is left for telling it again.
            replies = await ask_all(client, told, min(PATIENCE, deadline.left() / 2))
        else:
            replies = await self._ask_each(client, told, deadline)
        code, answer = replies[0]
        if not 200 <= code < 300:
            self.result = self._refusal("sender-refused", code, answer)
            return False
        for recipient, (code, answer) in zip(self._recipients, replies[1:], strict=True):
            if 200 <= code < 300:
                self._accepted.append(recipient)
            else:
                # 552 means "too many" here, which is for now only (RFC 5321 §4.5.3.1.10).
                self._refused[recipient] = (452 if code == 552 else code, words(answer))
        if not self._accepted:
            code, answer = max(self._refused.values(), key=lambda one: (400 <= one[0] < 500, one[0]))
            self.result = self._refusal("recipients-refused", code, answer)
        return bool(self._accepted)

    def _envelope(self, limits: Limits, client: aiosmtplib.SMTP) -> tuple[bytes, list[bytes]]:
        """The commands for the sender and for each recipient; the addresses were looked at before (`must_be_fit`)."""

        def command(verb: str, address: str, options: Sequence[str]) -> bytes:
            return " ".join((f"{verb}:<{address}>", *options)).encode()

        mail = command("MAIL FROM", self._sender, self._options(limits, client))
        return mail, [command("RCPT TO", one, self._rcpt_options(one, limits)) for one in self._recipients]

    @staticmethod
    async def _ask_each(client: aiosmtplib.SMTP, commands: Sequence[bytes], deadline: Deadline) -> list[Reply]:
        """The replies to the commands, one after the other; only the first where that is refused."""
        found: list[Reply] = []
        for command in commands:
            reply = await client.execute_command(command, timeout=_patience(deadline))
            found.append((reply.code, reply.message))
            if not 200 <= found[0][0] < 300:
                break
        return found

    async def _send_data(self, client: aiosmtplib.SMTP, deadline: Deadline) -> None:
        ready = await client.execute_command(b"DATA", timeout=_patience(deadline))
        if self.piping and ready.code not in (354, 421):
            raise OutOfStep  # a reply to something else, perhaps; asked singly, the server says it again if it means it
        self.piping = False
        if ready.code != 354 or client.protocol is None:
            self.result = self._refusal("mail-refused", ready.code, ready.message)
            return
        # Not client.data(): it does not tell a cut before 354 from one after it.
        if not self._begin():
            raise NetworkError("sending-cancelled", server=self._server, answer="")
        self.begun = True
        client.protocol.write(_stuffed(self._wire))
        reply = await client.protocol.read_response(timeout=deadline.left(self._server))
        if 200 <= reply.code < 300:
            answer = words(reply.message)
            self.result = SendResult(
                "sent", self._server, tuple(self._accepted), dict(self._refused), answer=answer, code=reply.code
            )
        elif 400 <= reply.code < 600:
            self.result = self._refusal("mail-refused", reply.code, reply.message)

    def _refusal(self, id: str, code: int, answer: str) -> SendResult:
        answer = words(answer)
        error = ServerRefused(id, server=self._server, answer=answer, code=code)
        return self._ended("retry" if not 500 <= code < 600 else "failed", error)

    def _ended(self, state: Literal["failed", "retry"], error: CorreioError) -> SendResult:
        answer, code = str(error.values["answer"]), int(error.values["code"])
        # A refusal of the mail itself goes for everybody who was not refused before.
        refused = {to: self._refused.get(to, (code, answer)) for to in self._recipients}
        return SendResult(state, self._server, refused=refused, answer=answer, code=code, error=error)


def must_be_fit(wire: bytes, sender: str, recipients: Sequence[str]) -> None:
    """Raises ComposeError `mail-malformed` for bytes or an envelope that must not be sent, by whatever way."""
    if not fit_to_send(wire):
        raise ComposeError("mail-malformed", what="line ends or length")
    if not recipients or "" in recipients or not all(map(fits_envelope, (sender, *recipients))):
        raise ComposeError("mail-malformed", what="envelope")


def fits_envelope(address: str) -> bool:
    """Whether an address can stand in MAIL or RCPT without becoming something else; '' is the null sender."""
    return _ENVELOPE.fullmatch(address) is not None


def _xtext(text: str) -> str:
    """Text as a parameter of MAIL and RCPT (RFC 3461 §4); '' for what cannot be one."""
    if not text.isascii() or len(text) > 300:
        return ""
    return "".join(letter if "!" <= letter <= "~" and letter not in "+=" else f"+{ord(letter):02X}" for letter in text)


def _patience(deadline: Deadline) -> float:
    return min(COMMAND_SECONDS, deadline.left())


def _stuffed(wire: bytes) -> bytes:
    """The mail with its dots doubled and the final dot (RFC 5321 §4.5.2)."""
    if wire.startswith(b"."):
        wire = b"." + wire
    wire = wire.replace(b"\r\n.", b"\r\n..")
    return wire + (b".\r\n" if wire.endswith(b"\r\n") else b"\r\n.\r\n")
