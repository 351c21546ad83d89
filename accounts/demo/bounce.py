"""A delivery status notification: what a mail server writes when it could not deliver (RFC 3464)."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime

from accounts.demo.imap_part import read_part

MAILER_DAEMON = "MAILER-DAEMON@correio.example"
_HOST = "mail.correio.example"

_SHAPE = """\
From: Mail Delivery System <{daemon}>
To: <{sender}>
Subject: Undelivered Mail Returned to Sender
Date: {date}
Message-ID: <{unique}@{host}>
{answers}Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="{unique}"

This is a MIME-encapsulated message.

--{unique}
Content-Type: text/plain; charset=us-ascii
Content-Description: Notification

This is the mail system at host {host}.

I'm sorry to have to inform you that your message could not be
delivered to one or more recipients. It's attached below.

{complaints}

--{unique}
Content-Type: message/delivery-status
Content-Description: Delivery report

Reporting-MTA: dns; {host}
Arrival-Date: {date}
{reports}
--{unique}
Content-Type: {kind}
Content-Description: Undelivered Message Headers

"""


@dataclass(frozen=True, slots=True)
class Failure:
    """A recipient that could not be reached, and why."""

    recipient: str
    status: str = "5.1.1"
    answer: str = "550 5.1.1 The email account that you tried to reach does not exist"


def bounce(raw: bytes, sender: str, failures: Sequence[Failure], now: datetime) -> bytes:
    """The notification for `sender` about a mail, with the mail's headers. `now` is aware."""
    mail = read_part(raw)
    message_id = (mail.value("Message-ID") or b"").decode("utf-8", "replace")
    complaints = [f"<{each.recipient}>: host mx.{_domain(each)} said: {each.answer}" for each in failures]
    reports = [
        f"\nFinal-Recipient: rfc822; {each.recipient}\nAction: failed\nStatus: {each.status}\n"
        f"Remote-MTA: dns; mx.{_domain(each)}\nDiagnostic-Code: smtp; {each.answer}\n"
        for each in failures
    ]
    unique = secrets.token_hex(10)
    head = _SHAPE.format(
        daemon=MAILER_DAEMON,
        sender=sender,
        date=format_datetime(now.replace(microsecond=0)),
        unique=unique,
        host=_HOST,
        answers=f"In-Reply-To: {message_id}\nReferences: {message_id}\n" if message_id else "",
        complaints="\n\n".join(complaints),
        reports="".join(reports),
        kind="text/rfc822-headers",
    )
    lines = head.replace("\n", "\r\n").encode("utf-8", "replace")
    return lines + mail.header.rstrip(b"\r\n") + f"\r\n\r\n--{unique}--\r\n".encode()


def _domain(failure: Failure) -> str:
    return failure.recipient.rpartition("@")[2]
