"""Sending over Mailgun's HTTP interface (documentation.mailgun.com: POST /v3/DOMAIN/messages.mime): the mail goes as it is."""

from __future__ import annotations

import base64
import os
from collections.abc import Sequence

from accounts.http_sending import HttpOutgoing


class MailgunOutgoing(HttpOutgoing):
    """An `accounts.outgoing.Outgoing`. The secret is the API key, `domain` of the server the sending domain; in Europe the
    host is api.eu.mailgun.net."""

    largest = 25 * 1024 * 1024

    @property
    def test_path(self) -> str:  # type: ignore[override]
        """What only the key of this domain may see."""
        return f"/v3/domains/{self._server.domain}"

    def headers(self) -> dict[str, str]:
        """HTTP Basic, the user is always `api`."""
        told = f"api:{self._secret.reveal()}".encode("utf-8", "surrogateescape")
        return {"Authorization": "Basic " + base64.b64encode(told).decode()}

    def mail_request(self, wire: bytes, sender: str, recipients: Sequence[str]) -> tuple[str, bytes, str]:
        """multipart/form-data (RFC 7578): a `to` for each recipient, the mail as a file."""
        mark = "correio-" + os.urandom(18).hex()
        parts = [f'--{mark}\r\nContent-Disposition: form-data; name="to"\r\n\r\n{to}\r\n'.encode() for to in recipients]
        head = f'--{mark}\r\nContent-Disposition: form-data; name="message"; filename="mail.eml"\r\n'
        parts.append(head.encode() + b"Content-Type: message/rfc822\r\n\r\n" + wire + b"\r\n")
        body = b"".join(parts) + f"--{mark}--\r\n".encode()
        return f"/v3/{self._server.domain}/messages.mime", body, f"multipart/form-data; boundary={mark}"
