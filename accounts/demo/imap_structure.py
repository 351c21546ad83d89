"""ENVELOPE and BODYSTRUCTURE of a mail (RFC 3501 §7.4.2)."""

from __future__ import annotations

import re
from email.utils import getaddresses

from accounts.demo.imap_parser import nstring, string
from accounts.demo.imap_part import MimePart

_GROUP = re.compile(r'\A\s*([^":;,<>@]*):(.*);\s*\Z', re.DOTALL)


def envelope(mail: MimePart) -> bytes:
    """The ENVELOPE of a mail: date, subject, six address lists, In-Reply-To, Message-ID."""
    sender = _addresses(mail, "From")
    fields = [
        nstring(mail.value("Date")),
        nstring(mail.value("Subject")),
        sender,
        _addresses(mail, "Sender", sender),
        _addresses(mail, "Reply-To", sender),
        _addresses(mail, "To"),
        _addresses(mail, "Cc"),
        _addresses(mail, "Bcc"),
        nstring(mail.value("In-Reply-To")),
        nstring(mail.value("Message-ID")),
    ]
    return b"(" + b" ".join(fields) + b")"


def _addresses(mail: MimePart, name: str, default: bytes = b"NIL") -> bytes:
    value = mail.value(name)
    if not value:
        return default
    shown = value.decode("utf-8", "surrogateescape")
    group = _GROUP.match(shown)
    found = []
    if group:
        shown = group[2]
        found.append(b"(NIL NIL " + string(_octets(group[1].strip())) + b" NIL)")
    for person, address in getaddresses([shown]):
        local, at, host = address.rpartition("@")
        if not at:
            local, host = address, ""
        if local or host:
            fields = [nstring(_octets(person) if person else None), b"NIL", string(_octets(local))]
            found.append(b"(" + b" ".join([*fields, string(_octets(host))]) + b")")
    if group:
        found.append(b"(NIL NIL NIL NIL)")
    return b"(" + b"".join(found) + b")" if found else default


def _octets(value: str) -> bytes:
    return value.encode("utf-8", "surrogateescape")


def body_structure(part: MimePart, extended: bool = True) -> bytes:
    """BODYSTRUCTURE of a part, or BODY (without the extension data)."""
    if part.children:
        inner = b"".join(body_structure(child, extended) for child in part.children)
        fields = [inner, _type(part.subtype)]
        if extended:
            fields += [_parameters(part.parameters("Content-Type")), *_extension(part)]
        return b"(" + b" ".join(fields) + b")"
    fields = [
        _type(part.maintype),
        _type(part.subtype),
        _parameters(_type_parameters(part)),
        nstring(part.value("Content-ID")),
        nstring(part.value("Content-Description")),
        string(part.value("Content-Transfer-Encoding") or b"7bit"),
        b"%d" % len(part.body),
    ]
    if part.message:
        fields += [envelope(part.message), body_structure(part.message, extended), _lines(part.body)]
    elif part.maintype == "text":
        fields.append(_lines(part.body))
    if extended:
        fields += [nstring(part.value("Content-MD5")), *_extension(part)]
    return b"(" + b" ".join(fields) + b")"


def _type_parameters(part: MimePart) -> list[tuple[bytes, bytes]]:
    found = part.parameters("Content-Type")
    if part.maintype == "text" and all(key != b"CHARSET" for key, _ in found):
        found.append((b"CHARSET", b"us-ascii"))
    return found


def _parameters(pairs: list[tuple[bytes, bytes]]) -> bytes:
    if not pairs:
        return b"NIL"
    return b"(" + b" ".join(string(key.lower()) + b" " + string(value) for key, value in pairs) + b")"


def _extension(part: MimePart) -> list[bytes]:
    """Disposition, language, location: the end of both shapes."""
    value = part.value("Content-Disposition")
    disposition = b"NIL"
    if value and (kind := value.partition(b";")[0].strip().lower()):
        disposition = b"(" + string(kind) + b" " + _parameters(part.parameters("Content-Disposition")) + b")"
    languages = [string(tag.strip()) for tag in (part.value("Content-Language") or b"").split(b",") if tag.strip()]
    language = b"(" + b" ".join(languages) + b")" if languages else b"NIL"
    return [disposition, language, nstring(part.value("Content-Location"))]


def _type(word: str) -> bytes:
    return string(word.lower().encode("latin-1", "replace"))


def _lines(body: bytes) -> bytes:
    return b"%d" % body.count(b"\n")
