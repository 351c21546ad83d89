"""A mailbox with its servers, as one account of Correio: mail sent to users of the Dovecot really arrives there."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tests.servers.dovecot import Dovecot
from tests.servers.mailbox import Mailbox
from tests.servers.smtp import Delivery, SmtpSink
from tests.terminal.program import run_correio


@dataclass(frozen=True, slots=True)
class Post:
    """One user's mailbox, and the SMTP server that takes the same password."""

    dovecot: Dovecot
    mailbox: Mailbox
    smtp: SmtpSink

    @classmethod
    def open(cls, dovecot: Dovecot, smtp: SmtpSink) -> Post:
        """A fresh mailbox; what `smtp` accepts for users of `dovecot` is delivered to them."""
        mailbox = dovecot.user()
        smtp.user, smtp.password = mailbox.user, mailbox.password
        smtp.deliver = lambda delivery: route(dovecot, delivery)
        return cls(dovecot, mailbox, smtp)

    def options(self) -> list[str]:
        """The words of `correio account add` that name the servers, with the tests' own authority trusted."""
        trust = str(self.dovecot.authority.file)
        words = ["--in-host", self.dovecot.host, "--in-port", str(self.dovecot.ports.imaps), "--in-security", "tls"]
        words += ["--in-user", self.mailbox.user, "--in-trust", trust]
        words += ["--out-host", self.smtp.host, "--out-port", str(self.smtp.port)]
        words += ["--out-security", self.smtp.security, "--out-user", self.smtp.user, "--out-trust", trust]
        return words

    def add_to(self, home: Path, *, name: str = "work", keep: str = "all", test: bool = False) -> None:
        """Make it an account of the Correio in `home`. Raises RuntimeError with what the command said.

        The password goes in by standard input and is kept in the encrypted file.
        """
        words = ["account", "add", "--email", self.mailbox.address, "--name", name, "--kind", "imap", "--keep", keep]
        words += [*self.options(), "--password-stdin", "--store", "file", *([] if test else ["--no-test"])]
        done = run_correio(words, home, stdin=self.mailbox.password + "\n")
        if done.returncode:
            raise RuntimeError(f"account add: status {done.returncode}\n{done.stderr}{done.stdout}")


def route(dovecot: Dovecot, delivery: Delivery) -> None:
    """Deliver to every recipient who is a user of the Dovecot; others are ignored."""
    for recipient in delivery.recipients:
        mailbox = dovecot.users.get(recipient.partition("@")[0])
        if mailbox is not None and recipient == mailbox.address:
            dovecot.receive(mailbox, delivery.raw, delivery.sender)
