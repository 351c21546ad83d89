"""My card: one's own contact data as a vCard that others get, without notes and tags (RFC 6350, RFC 2426)."""

from __future__ import annotations

import re
from pathlib import Path

from core.draft import Attachment
from core.errors import StoreError
from core.settings.schema import Settings
from core.settings.sender import Identity
from core.vdir import Vdir

LARGEST = 256 * 1024
"""Bytes of a card; a picture in it may be most of that."""
NAME = "card.vcf"

_PRIVATE = (
    "NOTE", "CATEGORIES", "X-", "REV", "PRODID", "RELATED", "CLIENTPIDMAP", "BDAY", "ANNIVERSARY", "GENDER", "UID", "SOURCE",
)  # fmt: skip
"""Properties that are for oneself: notes, tags, and what only programs or one's family need."""
_CARD = re.compile(rb"BEGIN:VCARD\r?\n.*?END:VCARD(?:\r?\n|\Z)", re.DOTALL | re.IGNORECASE)


def own_card(settings: Settings, identity: Identity) -> Attachment:
    """My card as an attachment: the file that the settings name, else my contact, else one made of the sender.

    Raises StoreError `file-unreadable` where the file that was named cannot be read.
    """
    named = settings.contacts.own_card
    data = public(_read(named)) if named else b""
    if not data and settings.contacts.folder:
        data = public(_contact(settings.contacts.folder, identity))
    return Attachment(NAME, "text/vcard", data=data or made_card(identity), charset="utf-8")


def public(data: bytes) -> bytes:
    """The first card in a .vcf without what is private; b"" where there is none."""
    found = _CARD.search(data[:LARGEST])
    if found is None:
        return b""
    properties = _properties(found[0].replace(b"\r\n", b"\n").replace(b"\r", b""))
    return b"".join(one for one in properties if one.strip() and not _is_private(one)).replace(b"\n", b"\r\n")


def made_card(identity: Identity) -> bytes:
    """A card of name, address and organisation."""
    name = identity.name or identity.address
    given, _, family = name.rpartition(" ")
    lines = ["BEGIN:VCARD", "VERSION:3.0", f"FN:{_escaped(name)}", f"N:{_escaped(family)};{_escaped(given)};;;"]
    if identity.organisation:
        lines.append(f"ORG:{_escaped(identity.organisation)}")
    lines += [f"EMAIL;TYPE=INTERNET:{_escaped(identity.address)}", "END:VCARD"]
    return b"".join(_folded(line) for line in lines)


def _properties(data: bytes) -> list[bytes]:
    """Each property with all its lines: continued ones begin with a blank, those of quoted-printable follow a `=`."""
    found: list[bytes] = []
    open_ended = False
    for line in data.splitlines(keepends=True):
        if found and (open_ended or line[:1] in (b" ", b"\t")):
            found[-1] += line
        else:
            found.append(line)
        open_ended = line.rstrip(b"\n").endswith(b"=") and b"QUOTED-PRINTABLE" in found[-1].partition(b":")[0].upper()
    return found


def _is_private(line: bytes) -> bool:
    name = re.split(rb"[;:]", line, maxsplit=1)[0].decode("ascii", "replace").upper().rpartition(".")[2].strip()
    return any(name == one or (one.endswith("-") and name.startswith(one)) for one in _PRIVATE)


def _read(path: str) -> bytes:
    try:
        with Path(path).expanduser().open("rb") as file:
            return file.read(LARGEST)
    except (OSError, ValueError, RuntimeError) as error:
        answer = getattr(error, "strerror", None) or str(error)
        raise StoreError("file-unreadable", file=path, answer=answer) from error


def _contact(folder: str, identity: Identity) -> bytes:
    """The contact with the sender's address, b"" where there is none or the folder has gone."""
    wanted = identity.address.casefold().encode()
    try:
        for path in Vdir(folder, ".vcf").files():
            data = path.read_bytes()
            if wanted in data.lower() and _has_address(data, wanted):
                return data
    except (OSError, StoreError):
        return b""
    return b""


def _has_address(data: bytes, wanted: bytes) -> bool:
    line = rb"^(?:[\w-]+\.)?EMAIL[^:\r\n]*:\s*" + re.escape(wanted) + rb"\s*$"
    return re.search(line, data, re.MULTILINE | re.IGNORECASE) is not None


def _escaped(text: str) -> str:
    plain = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
    return re.sub(r"([\\;,])", r"\\\1", plain)


def _folded(line: str) -> bytes:
    """A content line with its CRLF, folded after at most 75 bytes (RFC 6350 §3.2)."""
    pieces, piece = [], b""
    for letter in line:
        encoded = letter.encode("utf-8", "replace")
        if len(piece) + len(encoded) > 74:
            pieces.append(piece)
            piece = b" "
        piece += encoded
    return b"\r\n".join([*pieces, piece]) + b"\r\n"
