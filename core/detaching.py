"""Taking attachments out of a stored mail: a note stays in their place, and the mail takes the place of the one it was.

A mail on a server cannot be changed, so this is an `append` of the new mail and, once that is known to be done, an
`expunge` of the old one: at every moment one of them is there, and after any cut the journal goes on where it was.
"""

from __future__ import annotations

from collections.abc import Mapping

from core import operations
from core.arrival import Arrival, arrive
from core.errors import NotFound
from core.flags import Flag
from core.header import header_block
from core.message import read_message
from core.mime import CRLF, Entity, text_entity, with_crlf
from core.parcel import pack_mail
from core.part import Part
from core.store import bodies, comments, folders, messages, placements
from core.store.compression import packer
from core.store.database import Database
from core.store.journal import Operation

FIELD = "X-Correio-Deleted"
"""In the header of the note: the type and the encoded size of what was there."""
_SEALED = frozenset(("multipart/signed", "multipart/encrypted"))


def without(raw: bytes, notes: Mapping[str, str]) -> bytes:
    """The mail with each part of `notes` (section → text in its place) taken out; all other bytes stay as they are.

    Raises NotFound `no-such-part` for a section that is not in the mail.
    """
    message = read_message(raw)
    known = {part.section: part for part in message.parts}
    crlf = CRLF in header_block(raw)
    changes: list[tuple[int, int, bytes]] = []
    for section, text in notes.items():
        if section not in message.places:
            raise NotFound("no-such-part", what="part", name=section)
        place = message.places[section]
        head, body = _note(known[section], text)
        if not known[section].parent:
            head = _other_fields(raw[place.start : place.body]) + head
        new = head + CRLF + body
        changes.append((place.start, place.end, new if crlf else new.replace(CRLF, b"\n")))
    pieces: list[bytes] = []
    end = len(raw)
    for start, stop, new in sorted(changes, reverse=True):
        pieces += [raw[stop:end], new]
        end = start
    found = b"".join(reversed([*pieces, raw[:end]]))
    # Header and size are what a mail is known by: the two must not be taken for one.
    return found if len(found) != len(raw) else found + (CRLF if crlf else b"\n")


def _note(part: Part, text: str) -> tuple[bytes, bytes]:
    # No line of a note can end a multipart, whatever name the attachment had.
    safe = "\n".join(f" {line}" if line.startswith("-") else line for line in text.split("\n"))
    entity = text_entity(safe.rstrip("\n"), flowed=False)
    told = f"{part.type if part.type.isascii() else 'application/octet-stream'}; size={part.size}"
    fields = (*entity.fields, ("Content-Disposition", "inline"), (FIELD, told))
    body = entity.body
    return Entity(fields, b"").header(), body.removesuffix(CRLF) if part.parent else body


def _other_fields(block: bytes) -> bytes:
    """The header of a mail without what it says of its content."""
    lines = with_crlf(block).split(CRLF)
    kept: list[bytes] = []
    skipping = False
    for line in lines:
        if line[:1] not in (b" ", b"\t"):
            skipping = line.lower().startswith(b"content-")
        if line and not skipping:
            kept.append(line + CRLF)
    return b"".join(kept)


def seals(parts: tuple[Part, ...], section: str) -> bool:
    """Whether a part stands inside a signed or encrypted one, whose signature says nothing any more without it."""
    known = {part.section: part for part in parts}
    seen: set[str] = set()
    while section in known and section not in seen:
        seen.add(section)
        if known[section].type in _SEALED:
            return True
        section = known[section].parent
    return False


def detach(db: Database, folder: int, message: int, notes: Mapping[str, str]) -> tuple[int, int]:
    """Put a message without some of its parts (section → note) in its place in a folder; the step, and the new message.

    The whole mail has to be here: NotFound `no-body`, `no-message` where it does not stand in the folder.
    """
    raw = bodies.raw(db, message)
    if raw is None:
        raise NotFound("no-body", what="message", name=str(message))
    parcel = pack_mail(without(raw, notes), packer(db))
    with db.write(durable=True):
        here = [one for one in placements.of_message(db, message, folder) if not one.hidden]
        if not here:
            raise NotFound("no-message", what="message", name=str(message))
        account = folders.get(db, folder).account
        (made,) = arrive(db, account, [Arrival(parcel, None, messages.get(db, message).received)])
        if text := comments.of(db, message):
            comments.put(db, made, text)
        flags = here[0].flags & ~Flag.DELETED
        tags = [row[0] for row in db.read("SELECT name FROM keyword WHERE placement = ? AND shown = 1", (here[0].id,))]
        args = {"flags": int(flags), "tags": sorted(tags), "instead": message}
        append = Operation(account, "append", (made,), None, folder, args)
        leave = Operation(
            account, "expunge", (message,), folder, args=operations.were(db, folder, (message,)), after=-1
        )  # fmt: skip
        return operations.perform(db, [append, leave]), made
