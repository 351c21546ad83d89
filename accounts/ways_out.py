"""A server in the settings as a way out."""

from __future__ import annotations

from accounts.outgoing import Outgoing
from core.secret import Secret
from core.settings.schema import Server


def outgoing_of(server: Server, secret: Secret) -> Outgoing:
    """What speaks the server's language. Each is loaded when it is first needed."""
    if server.kind == "mailgun":
        from accounts.mailgun import MailgunOutgoing

        return MailgunOutgoing(server, secret)
    if server.kind == "elasticemail":
        from accounts.elasticemail import ElasticEmailOutgoing

        return ElasticEmailOutgoing(server, secret)
    if server.kind == "sendmail":
        from accounts.sendmail import SendmailOutgoing

        return SendmailOutgoing(server)
    from accounts.smtp import SmtpOutgoing

    return SmtpOutgoing(server, secret)
