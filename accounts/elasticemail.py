"""Sending over Elastic Email's HTTP interface (api.elasticemail.com/v4, POST /emails/transactional).

It takes no MIME: the mail is taken apart and sent as its parts, so that what arrives says the same in other bytes. A mail
that must arrive as it is (signed, encrypted, an invitation, another mail inside) is refused, and goes by SMTP.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from typing import Any

from accounts.http_sending import HttpOutgoing
from core.address import Address, format_address
from core.draft import ComposeError
from core.errors import ServerRefused
from core.message import Message, part_bytes, part_text, read_message

_OWN = frozenset((
    "from", "to", "cc", "bcc", "subject", "reply-to", "mime-version", "content-type", "content-transfer-encoding",
    "content-disposition", "content-id", "return-path",
))  # fmt: skip
"""Header fields that have a place of their own, or that the provider makes."""
_WHOLE = ("multipart/signed", "multipart/encrypted", "application/pkcs7-mime", "message/rfc822", "text/calendar")


class ElasticEmailOutgoing(HttpOutgoing):
    """An `accounts.outgoing.Outgoing`. The secret is the API key."""

    largest = 20 * 1024 * 1024
    test_path = "/v4/statistics?from=2020-01-01"

    def headers(self) -> dict[str, str]:
        """The key has a field of its own."""
        return {"X-ElasticEmail-ApiKey": self._secret.reveal()}

    def mail_request(self, wire: bytes, sender: str, recipients: Sequence[str]) -> tuple[str, bytes, str]:
        """The mail as JSON. ServerRefused `mail-taken-apart` where that would break it."""
        mail = read_message(wire)
        for part in mail.parts:
            if part.type in _WHOLE:
                raise ServerRefused("mail-taken-apart", server=self._endpoint.name, answer=part.type, code=554)
        if not mail.envelope.from_:
            raise ComposeError("mail-malformed", what="From")
        content: dict[str, Any] = {
            "From": _shown(mail.envelope.from_[0]),
            "Subject": mail.envelope.subject,
            "Body": _bodies(mail),
            "Attachments": _attachments(mail),
            "Headers": {name: " ".join(value.split()) for name, value in mail.headers.items() if name.lower() not in _OWN},
        }
        if mail.envelope.reply_to:
            content["ReplyTo"] = _shown(mail.envelope.reply_to[0])
        if sender:
            content["EnvelopeFrom"] = sender
        told = {"Recipients": _people(mail, recipients), "Content": content}
        return "/v4/emails/transactional", json.dumps(told).encode(), "application/json"


def _shown(address: Address) -> str:
    return format_address(address)


def _people(mail: Message, recipients: Sequence[str]) -> dict[str, list[str]]:
    """The recipients as the header shows them; who stands in neither To nor Cc gets a blind copy."""
    left = {one.casefold(): one for one in recipients}
    found: dict[str, list[str]] = {}
    for name, people in (("To", mail.envelope.to), ("CC", mail.envelope.cc)):
        found[name] = [_shown(one) for one in people if left.pop(one.addr.casefold(), None) is not None]
    found["BCC"] = list(left.values())
    if not found["To"]:
        # It wants somebody there.
        source = "CC" if found["CC"] else "BCC"
        found["To"] = [found[source].pop(0)]
    return {name: people for name, people in found.items() if people}


def _bodies(mail: Message) -> list[dict[str, str]]:
    kinds = {"text/plain": "PlainText", "text/html": "HTML"}
    return [
        {"ContentType": kinds[part.type], "Charset": "utf-8", "Content": part_text(mail, part.section)}
        for part in mail.parts
        if part.type in kinds and not part.is_attachment
    ]


def _attachments(mail: Message) -> list[dict[str, str]]:
    return [
        {
            "Name": part.content_id or part.name or f"part{part.section}",
            "ContentType": part.type,
            "BinaryContent": base64.b64encode(part_bytes(mail, part.section)).decode(),
        }
        for part in mail.parts
        if not part.type.startswith("multipart/") and (part.is_attachment or part.type not in ("text/plain", "text/html"))
    ]
