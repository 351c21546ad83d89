"""What a gateway to phones takes out of a mail: the number, the text, the files."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from core.address import Address
from core.errors import CorreioError
from core.message import attachments, best_text, part_bytes, part_text, read_message
from core.phone import Phone, phone_of


class PhoneMessage(Struct, frozen=True):
    """One message to one phone."""

    phone: Phone
    subject: str
    text: str
    files: tuple[tuple[str, str, bytes], ...]
    """(safe file name, media type, bytes)."""
    id: str
    """Letters and digits, the same whenever it is tried."""


def phone_message(wire: bytes, recipients: Sequence[str], gateway: str) -> PhoneMessage:
    """What `wire` says to its one recipient. CorreioError `gateway-unfit` (`name`) for several, or for no phone."""
    people = tuple(dict.fromkeys(recipients))
    phone = phone_of(Address("", people[0])) if len(people) == 1 else None
    if phone is None:
        raise CorreioError("gateway-unfit", name=gateway)
    message = read_message(wire)
    part = best_text(message.parts)
    return PhoneMessage(
        phone=phone,
        subject=message.envelope.subject,
        text=part_text(message, part.section).rstrip("\n") if part is not None else "",
        files=tuple((_safe(one.name), one.type, part_bytes(message, one.section)) for one in attachments(message.parts)),
        id="".join(letter for letter in message.envelope.message_id.partition("@")[0] if letter.isalnum())[:64],
    )


def _safe(name: str) -> str:
    """A file name that is only that."""
    kept = "".join(letter if letter.isalnum() or letter in "._-" else "_" for letter in name)[-80:].lstrip(".-")
    return kept or "file"
