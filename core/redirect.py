"""Redirecting (bouncing) a mail: the same bytes to somebody else, with Resent fields on top (RFC 5322 §3.6.6)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from email.utils import format_datetime

from core.address import Address
from core.compose import Built, addresses_value, new_message_id, wire_address
from core.draft import ComposeError
from core.header import header_end
from core.mime import CRLF, field_line, fit_to_send, with_crlf
from core.settings.schema import Identity

_NEXT_FIELD = re.compile(rb"(?<=\n)(?![ \t])")
_NOT_FOR_OTHERS = ("bcc", "resent-bcc", "return-path")


def redirect(
    raw: bytes,
    identity: Identity,
    to: Sequence[Address],
    *,
    now: datetime,
    cc: Sequence[Address] = (),
    bcc: Sequence[Address] = (),
    message_id: str | None = None,
) -> Built:
    """The mail `raw` for `to`, unchanged below the Resent fields but for Bcc and Return-Path.

    `message_id` of the result is the Resent-Message-ID. Raises ComposeError `no-recipients`, `address-invalid`,
    or `redirect-unfit` for bytes that no server carries (NUL, lines above 998 bytes): forward those attached.
    """
    recipients = tuple(dict.fromkeys(wire_address(one) for one in (*to, *cc, *bcc)))
    if not recipients:
        raise ComposeError("no-recipients")
    me = Address(identity.name, identity.address)
    sender = wire_address(me)
    message_id = message_id or new_message_id(sender)
    fields = [
        ("Resent-Date", format_datetime(now)),
        ("Resent-From", addresses_value("Resent-From", (me,))),
        ("Resent-To", addresses_value("Resent-To", tuple(to)) if to else ""),
        ("Resent-Cc", addresses_value("Resent-Cc", tuple(cc)) if cc else ""),
        ("Resent-Message-ID", f"<{message_id}>"),
    ]
    head = b"".join(field_line(name, value) for name, value in fields if value)
    hidden = field_line("Resent-Bcc", addresses_value("Resent-Bcc", tuple(bcc))) if bcc else b""
    original = without_fields(_without_envelope_line(with_crlf(raw)), _NOT_FOR_OTHERS)
    wire = head + original
    if not fit_to_send(wire):
        raise ComposeError("redirect-unfit")
    if not wire.endswith(CRLF):
        original += CRLF
    return Built(head + original, head + hidden + original, sender, recipients, message_id)


def without_fields(raw: bytes, names: Sequence[str]) -> bytes:
    """The mail without the header fields of these (lower-case) names; every other byte as it was."""
    end, body = header_end(raw, 0, len(raw))
    # The block with the line end of its last field, so that any field can go.
    end = raw.find(b"\n", end, body) + 1 if 0 < end < body else end
    fields = _NEXT_FIELD.split(raw[:end])
    kept = [one for one in fields if one.partition(b":")[0].strip().lower().decode("latin-1") not in names]
    return b"".join(kept) + raw[end:]


def _without_envelope_line(raw: bytes) -> bytes:
    """Without mbox's `From ` line, and without lines that would continue the Resent fields."""
    if raw.startswith((b"From ", b">From ")):
        raw = raw.partition(CRLF)[2]
    while raw.startswith((b" ", b"\t")):
        raw = raw.partition(CRLF)[2]
    return raw
