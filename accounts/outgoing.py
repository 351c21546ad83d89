"""Where mail goes out: what every way of sending can do (SMTP now; sendmail and HTTP interfaces later).

An `Outgoing` belongs to one thread, which blocks in it; only `cancel` may be called from others.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal, Protocol, runtime_checkable

from msgspec import Struct

from accounts.deadline import Deadline
from core.errors import CorreioError

State = Literal["sent", "failed", "retry", "uncertain"]
Answer = tuple[int, str]
"""A reply code of RFC 5321 §4.2 and the server's words, cleaned."""

Begin = Callable[[], bool]
"""Asked whether the mail may go out now: the moment to write down that it does."""

NOBODY: Mapping[str, Answer] = MappingProxyType({})


def always() -> bool:
    """A `Begin` that has nothing against it."""
    return True


@dataclass(frozen=True, slots=True)
class SendResult:
    """What became of one mail.

    ========== ==========================================================================================
    sent       accepted for `accepted`; `refused` tells of the others
    failed     refused for good (5xx), or this server cannot carry it (size, 8 bits, addresses)
    retry      refused for now (4xx); nothing was accepted
    uncertain  the line broke after the mail had begun to go out and before the reply: nobody can know
    ========== ==========================================================================================
    """

    state: State
    server: str
    """host:port or another name for people."""
    accepted: tuple[str, ...] = ()
    refused: Mapping[str, Answer] = field(default_factory=lambda: NOBODY)
    """Recipient → answer."""
    answer: str = ""
    """The server's words that decided it."""
    code: int = 0
    """Their reply code; 0 where there was none."""
    error: CorreioError | None = None
    """Why it was not sent (id and values of a sentence); None when it was."""

    @property
    def later(self) -> tuple[str, ...]:
        """Refused recipients that may be accepted at another time (4xx)."""
        return tuple(to for to, (code, _) in self.refused.items() if 400 <= code < 500)

    @property
    def never(self) -> tuple[str, ...]:
        """Recipients refused for good."""
        return tuple(to for to, (code, _) in self.refused.items() if not 400 <= code < 500)


@dataclass(frozen=True, slots=True)
class Limits:
    """What a server said it can."""

    size: int | None = None
    """Bytes of the largest mail (RFC 1870); None where it does not say."""
    eight_bit: bool = False
    """8BITMIME (RFC 6152)."""
    international: bool = False
    """SMTPUTF8 (RFC 6531)."""
    delivery_status: bool = False
    """DSN (RFC 3461)."""


class Reports(Struct, frozen=True):
    """What the server is asked to report about a delivery (RFC 3461)."""

    wanted: str = ""
    """'' (nothing is said), all, trouble, never (`core.draft.DELIVERY`)."""
    id: str = ""
    """ENVID: what a report names the mail by."""


NO_REPORTS = Reports()


@runtime_checkable
class Outgoing(Protocol):
    """One account's way out."""

    def send(
        self, wire: bytes, sender: str, recipients: Sequence[str], deadline: float | Deadline, begin: Begin = always
    ) -> SendResult:
        """Hand one mail over.

        Args:
            wire: the exact bytes (`core.compose.Built.wire`): CRLF, no Bcc, no line above 998 bytes.
            sender: envelope sender, '' for the null sender.
            recipients: envelope recipients, at least one; domains in ASCII.
            deadline: seconds for everything together, or a Deadline already running.
            begin: called once the server is ready, before the first byte of the mail goes out; where it says False
                nothing does, and NetworkError `sending-cancelled` is raised. Whatever it raises passes through.

        What the server says about the mail is in the result. **An exception means that nothing was handed
        over**: NetworkError (also `server-unavailable` for 4xx greetings and log-ins), TLSError,
        AuthenticationError, ProtocolError, ServerRefused `greeting-refused`, or ComposeError
        `mail-malformed` for bytes that must not be sent.
        """
        ...

    def test(self, deadline: float | Deadline) -> Limits:
        """Go as far as one can without sending. Raises as `send`."""
        ...

    def limits(self) -> Limits | None:
        """What the server said when it was last asked, None before that."""
        ...

    def cancel(self) -> None:
        """End the `send` or `test` that is under way, from any thread: it raises NetworkError
        `sending-cancelled`, or returns `uncertain` if the mail had begun to go out."""
        ...


@runtime_checkable
class Reporting(Outgoing, Protocol):
    """A way out that can ask for delivery reports where the server offers them."""

    def ask_reports(self, reports: Reports) -> None:
        """What is asked for in the `send` calls to come; a server without DSN is asked for nothing."""
        ...


def patience(size: int) -> float:
    """Seconds that a mail of so many bytes may take: a slow line (8 kB/s) and a server that thinks for ten minutes."""
    return 720.0 + size / 8192
