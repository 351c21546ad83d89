"""A mail that tries whether a server takes mail: sent at once, past the outbox, so that its answer is seen."""

from __future__ import annotations

from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate, make_msgid
from typing import Protocol

from msgspec import Struct

from accounts.outgoing import Outgoing, SendResult
from core.address import ascii_domain
from core.settings import checks
from tui.translation import _

SECONDS = 60.0


class Trial(Protocol):
    """What is sent to try a way out."""

    @property
    def wrong(self) -> str:
        """The id of what is wrong with it (`tui.sentences.wrong_sentence`), '' when it can go out."""
        ...

    @property
    def to_oneself(self) -> bool:
        """Whether it proves little."""
        ...

    def send(self, way: Outgoing) -> SendResult:
        """Hand it over. Raises as `accounts.outgoing.Outgoing.send`, and CorreioError where it cannot be built."""
        ...


class TrialMail(Struct, frozen=True):
    """What a person may change before it goes out."""

    sender: str
    recipient: str
    subject: str
    text: str

    @property
    def wrong(self) -> str:
        """The id of what is wrong with it (`tui.sentences.wrong_sentence`), '' when it can go out."""
        return checks.address(self.recipient) or checks.address(self.sender) or checks.one_line(self.subject)

    @property
    def to_oneself(self) -> bool:
        """Whether it proves little: a server delivers to itself what no other server would take."""
        return self.sender.casefold() == self.recipient.casefold()

    def wire(self) -> bytes:
        """The bytes that go out."""
        message = EmailMessage(policy=SMTP)
        message["From"], message["To"], message["Subject"] = self.sender, self.recipient, self.subject
        message["Date"] = formatdate(localtime=True)
        message["Message-ID"] = make_msgid(domain=ascii_domain(self.sender.rpartition("@")[2]) or "localhost")
        message.set_content(self.text if self.text.endswith("\n") else f"{self.text}\n")
        return message.as_bytes()

    def send(self, way: Outgoing) -> SendResult:
        """Hand it to a server. Raises as `accounts.outgoing.Outgoing.send`."""
        return way.send(self.wire(), self.sender, [self.recipient], SECONDS)


def usual_trial_mail(sender: str) -> TrialMail:
    """What is proposed: to oneself, with words that say what it is."""
    words = _("This mail was sent to try whether sending works. It does, since you read it.")
    return TrialMail(sender, sender, _("A test of Correio"), words)
