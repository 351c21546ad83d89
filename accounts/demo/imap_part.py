"""The MIME parts of a mail as slices of its bytes, numbered as IMAP numbers them (RFC 3501 §6.4.5)."""

from __future__ import annotations

import binascii
import quopri
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_DEEPEST = 60
_MOST_PARTS = 2_000
_HEADER_END = re.compile(rb"(?:\A|\r?\n)\r?\n")
_FIELD = re.compile(rb"^([!-9;-~]+)[ \t]*:((?:[^\r\n]|\r?\n[ \t])*)", re.MULTILINE)
_CONTINUED = re.compile(r"([^*]+)\*\d+(\*?)")
_TOKEN = re.compile(r"[A-Za-z0-9!#$&^_.+-]+")


@dataclass(slots=True)
class MimePart:
    """One part: its header block (with the empty line that ends it), its body still encoded, its children."""

    header: bytes
    body: bytes
    fields: list[tuple[str, bytes]]
    """The header fields in order: name in lower case, value unfolded, tabs as blanks; lines that are none are passed over."""
    maintype: str
    subtype: str
    children: list[MimePart] = field(default_factory=list)
    message: MimePart | None = None
    """The mail inside a message/rfc822 part."""

    def value(self, name: str) -> bytes | None:
        """The first field of that name, bytes as on the wire; None where there is none."""
        return next((value for key, value in self.fields if key == name.lower()), None)

    def parameters(self, name: str) -> list[tuple[bytes, bytes]]:
        """The parameters of Content-Type or Content-Disposition, names in upper case, continuations joined.

        RFC 2231: `NAME*0*`, `NAME*1*` become `NAME*`, still percent-encoded, as Dovecot answers.
        """
        value = self.value(name)
        found: dict[str, str] = {}
        for piece in _split_parameters((value or b"").decode("latin-1"))[1:]:
            key, equals, content = piece.partition("=")
            key = key.strip().encode("latin-1").upper().decode("latin-1")  # of bytes only ASCII letters have an upper case
            if continued := _CONTINUED.fullmatch(key):
                key = continued[1] + continued[2]
                found[key] = found.get(key, "") + _unquoted(content.strip())
            elif equals and key:
                found.setdefault(key, _unquoted(content.strip()))
        return [(key.encode("latin-1"), content.encode("latin-1")) for key, content in found.items()]

    def text(self) -> str:
        """The body decoded; what cannot be decoded is replaced."""
        body = self.body
        encoding = (self.value("Content-Transfer-Encoding") or b"").lower()
        if encoding == b"quoted-printable":
            body = quopri.decodestring(body)
        elif encoding == b"base64":
            body = _from_base64(body)
        charset = dict(self.parameters("Content-Type")).get(b"CHARSET", b"utf-8").decode("latin-1")
        try:
            return body.decode(charset, "replace")
        except (LookupError, ValueError):
            return body.decode("utf-8", "replace")

    def walk(self) -> Iterator[MimePart]:
        """This part and all below it, mails inside mails included."""
        yield self
        for child in self.children:
            yield from child.walk()
        if self.message:
            yield from self.message.walk()

    def section(self, numbers: list[int]) -> MimePart | None:
        """The part with that number; None where there is none. In a mail without parts, 1 is its body."""
        part = self
        in_mail = True  # at a mail as a whole: without children its body is part 1
        for number in numbers:
            if not in_mail and part.message:
                part, in_mail = part.message, True
            if part.children:
                if not 0 < number <= len(part.children):
                    return None
                part = part.children[number - 1]
            elif number != 1 or not in_mail:
                return None
            in_mail = False
        return part


def read_part(raw: bytes) -> MimePart:
    """A mail as a tree of parts. Never raises; what is nested too deep or split too often stays one part."""
    return _read(raw, "text/plain", _DEEPEST, [_MOST_PARTS])


def _read(raw: bytes, default: str, depth: int, left: list[int]) -> MimePart:
    left[0] -= 1
    end = _HEADER_END.search(raw)
    header, body = (raw[: end.end()], raw[end.end() :]) if end else (raw, b"")
    part = MimePart(header, body, _fields(header), "", "")
    part.maintype, part.subtype = _content_type(part.value("Content-Type"), default)
    if depth <= 0 or left[0] <= 0:
        if part.maintype in ("multipart", "message"):
            part.maintype, part.subtype = "application", "octet-stream"
    elif part.maintype == "multipart":
        inner = "message/rfc822" if part.subtype == "digest" else "text/plain"
        boundary = dict(part.parameters("Content-Type")).get(b"BOUNDARY", b"")
        part.children = [_read(piece, inner, depth - 1, left) for piece in _pieces(body, boundary)[: max(left[0], 0)]]
        if not part.children:
            part.maintype, part.subtype = "text", "plain"
    elif (part.maintype, part.subtype) == ("message", "rfc822"):
        part.message = _read(body, "text/plain", depth - 1, left)
    return part


def _fields(header: bytes) -> list[tuple[str, bytes]]:
    found = []
    for field_ in _FIELD.finditer(header):
        value = re.sub(rb"\r?\n[ \t]+", b" ", field_[2]).replace(b"\t", b" ").strip()
        found.append((field_[1].decode("ascii").lower(), value))
    return found


def _from_base64(body: bytes) -> bytes:
    try:
        return binascii.a2b_base64(body)
    except binascii.Error:  # cut off: what is whole can be read
        clean = re.sub(rb"[^A-Za-z0-9+/]", b"", body)
        return binascii.a2b_base64(clean[: len(clean) // 4 * 4])


def _content_type(value: bytes | None, default: str) -> tuple[str, str]:
    main, _, sub = (value or b"").decode("latin-1").partition(";")[0].strip().lower().partition("/")
    if not _TOKEN.fullmatch(main) or not _TOKEN.fullmatch(sub):
        main, _, sub = default.partition("/")
    return main, sub


def _pieces(body: bytes, boundary: bytes) -> list[bytes]:
    """What stands between the boundary lines; the line end before one belongs to it (RFC 2046 §5.1.1)."""
    if not boundary:
        return []
    line = re.compile(rb"^--" + re.escape(boundary) + rb"(--)?[ \t]*(?:\r?\n|\Z)", re.MULTILINE)
    pieces: list[bytes] = []
    start = None
    for found in line.finditer(body):
        if start is not None:
            pieces.append(re.sub(rb"\r?\n\Z", b"", body[start : found.start()]))
        start = found.end()
        if found[1]:
            return pieces
    if start is not None:
        pieces.append(body[start:])
    return pieces


def _split_parameters(value: str) -> list[str]:
    """A header value cut at the semicolons that stand outside quotes."""
    pieces = re.findall(r'(?:[^;"]|"(?:[^"\\]|\\.)*"|")+', value)
    return [piece.strip() for piece in pieces] or [""]


def _unquoted(value: str) -> str:
    if len(value) >= 2 and value[0] == value[-1] == '"':
        return re.sub(r"\\(.)", r"\1", value[1:-1])
    return value
