"""A mail on its way into the store: read, folded for the index and compressed while nobody waits for the store.

A `Parcel` is all that `core.arrival` writes of a mail, as plain values, so that it can be made in another process.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import msgspec
import zstandard

from core.ancestry import chain, names_nobody, parent_of, topic_of
from core.envelope import Envelope, envelope_from, envelope_of
from core.folding import EVERY, fold
from core.header import header_block, header_hash, read_opening
from core.message import indexed

BLOCK = 128 * 1024
"""Bytes of mails that are compressed together: to read one of them takes a fifth of a millisecond."""
SMALL = 64 * 1024
"""Larger mails are compressed alone. As in the index raw_loose of the schema."""
SNIPPET = 160
"""Characters of a body shown beside its subject."""
WRITER = 24
"""Letters of a name by which messages are sorted."""
_MOST_PEOPLE = 1000

Texts = tuple[str, str, str, str, str, str]
"""Folded for the index: subject, sender, recipients, copies, attachment names, body."""


@dataclass(frozen=True, slots=True)
class Packer:
    """Compresses with a dictionary of the store; of one thread."""

    dictionary: int
    """Row id; 0: none."""
    compressor: zstandard.ZstdCompressor
    largest: int
    """Mails of more bytes are kept in pieces."""
    made: bytes = b""
    """The dictionary itself, for another process."""
    level: int = 3


class Block(msgspec.Struct, array_like=True, gc=False):
    """Whole mails one after the other, compressed together."""

    dictionary: int
    size: int
    """Bytes of all of them."""
    packed: bytes


class Parcel(msgspec.Struct, array_like=True, gc=False):
    """What the store keeps of a mail, or of its header alone."""

    hash: bytes
    """Who it is within an account: `header_hash`."""
    size: int
    key: bytes
    """SHA-256 of all its bytes; empty for a header alone."""
    message_id: str
    parent: str
    """Message-ID it answers."""
    chain: list[int]
    """Keys of those it names, the oldest first, its own last: `core.ancestry`."""
    lone: bool
    """It is a reply by its subject only."""
    date: int | None
    received: int | None
    """Seconds of the topmost Received line."""
    name: str
    address: str
    recipients: str
    subject: str
    topic: str
    """The beginning of the subject, folded, to sort and thread by."""
    writer: str
    """The beginning of the writer's name, folded, to sort by."""
    correspondent: tuple[str, str, str, str] | None
    """Whom to remember as a correspondent: key, name, address, folded words."""
    marks: int
    snippet: str
    texts: Texts
    dictionary: int
    packed: bytes
    """Compressed bytes (of the header block when it is alone); empty for a mail that is kept in a block or in pieces."""
    large: bytes = b""
    """The bytes of a mail that is kept in pieces."""
    block: Block | None = None
    """What holds its bytes, and those of others beside it."""
    at: int = 0
    """Where they begin in there."""

    @property
    def whole(self) -> bool:
        """Whether it is a whole mail."""
        return bool(self.key)

    @property
    def weight(self) -> int:
        """Bytes of it in memory, about; of a block its share."""
        shared = 0 if self.block is None else len(self.block.packed) * self.size // max(self.block.size, 1)
        return len(self.packed) + len(self.large) + len(self.texts[-1]) + shared


def pack_mails(mails: Iterable[tuple[bytes, int | None]], packer: Packer) -> list[Parcel]:
    """Whole mails (`pack_mail`: raw, told), in this order; small ones are compressed together with those beside them."""
    parcels: list[Parcel] = []
    group: list[tuple[Parcel, bytes]] = []
    size = 0
    for raw, told in mails:
        small = len(raw) <= SMALL
        parcel = pack_mail(raw, packer, told, compressed=not small)
        parcels.append(parcel)
        if not small:
            continue
        if size + len(raw) > BLOCK:
            _put_together(group, size, packer)
            group, size = [], 0
        group.append((parcel, raw))
        size += len(raw)
    _put_together(group, size, packer)
    return parcels


def _put_together(group: Sequence[tuple[Parcel, bytes]], size: int, packer: Packer) -> None:
    if size < BLOCK // 4:
        # Too few for a block of their own: that is made of them later, with others.
        for parcel, raw in group:
            parcel.dictionary, parcel.packed = packer.dictionary, packer.compressor.compress(raw)
        return
    block = Block(packer.dictionary, size, packer.compressor.compress(b"".join([raw for _, raw in group])))
    at = 0
    for parcel, raw in group:
        parcel.block, parcel.at = block, at
        at += len(raw)


def beside(one: Parcel, other: Parcel) -> bool:
    """Whether two mails are in one block: they are best written at once."""
    return one.block is not None and one.block is other.block


def pack_mail(raw: bytes, packer: Packer, told: int | None = None, *, compressed: bool = True) -> Parcel:
    """A whole mail, exactly as received; `told`: the size that a server told before, which its hash holds.

    Not `compressed`: somebody else sees to its bytes.
    """
    opening = read_opening(raw)
    contents = indexed(raw, opening)
    envelope = envelope_from(opening.fields)
    large = len(raw) > packer.largest
    hash = header_hash(opening.block, len(raw) if told is None else told)
    return _parcel(
        envelope, hash, len(raw), hashlib.sha256(raw).digest(), int(envelope.marks) | int(contents.marks), snippet(contents.text),
        index_texts(envelope, contents.attachment_names, contents.text),
        packer.dictionary if compressed and not large else 0,
        packer.compressor.compress(raw) if compressed and not large else b"", raw if large else b"",
    )  # fmt: skip


def pack_unread(raw: bytes, packer: Packer, told: int | None = None) -> Parcel:
    """`pack_mail` for one that nobody can read: all of it is kept, and found by its header only."""
    large = len(raw) > packer.largest
    parcel = pack_header(header_block(raw), len(raw) if told is None else told, packer)
    parcel.size, parcel.key = len(raw), hashlib.sha256(raw).digest()
    parcel.dictionary, parcel.packed, parcel.large = 0, b"", b""
    if large:
        parcel.large = raw
    else:
        parcel.dictionary, parcel.packed = packer.dictionary, packer.compressor.compress(raw)
    return parcel


def pack_header(header: bytes, size: int, packer: Packer) -> Parcel:
    """A header block (bytes up to the blank line) of a mail of `size` bytes."""
    envelope = envelope_of(header)
    return _parcel(
        envelope, header_hash(header, size), size, b"", int(envelope.marks), "", index_texts(envelope),
        packer.dictionary, packer.compressor.compress(header), b"",
    )  # fmt: skip


def pack_headers(headers: Iterable[tuple[bytes, int | None]], packer: Packer) -> list[Parcel]:
    """`pack_header` for many, in this order."""
    return [pack_header(header, size or 0, packer) for header, size in headers]


def _parcel(
    envelope: Envelope, hash: bytes, size: int, key: bytes, marks: int, beginning: str, texts: Texts, dictionary: int,
    packed: bytes, large: bytes,
) -> Parcel:  # fmt: skip
    sender = envelope.from_[0] if envelope.from_ else None
    return Parcel(
        hash, size, key, envelope.message_id, parent_of(envelope), chain(envelope, hash), names_nobody(envelope),
        envelope.date, envelope.received, sender.name if sender else "", sender.addr if sender else "",
        ", ".join([to.shown for to in (envelope.to or envelope.cc or envelope.bcc)[:8]]), envelope.subject,
        topic_of(envelope.subject),
        fold(sender.shown)[:WRITER] if sender else "", _correspondent(envelope),
        marks, beginning, texts, dictionary, packed, large,
    )  # fmt: skip


def _correspondent(envelope: Envelope) -> tuple[str, str, str, str] | None:
    """Who wrote to us: nobody whom only a list brought."""
    if not envelope.from_ or envelope.list_id:
        return None
    person = envelope.from_[0]
    return correspondent(person.name, person.addr)


def correspondent(name: str, address: str) -> tuple[str, str, str, str] | None:
    """Key, name, address and folded words of somebody to remember; None where the address is none."""
    if "@" not in address or len(address) > 254:
        return None
    return _known_correspondent(name[:300], address)


@lru_cache(maxsize=1024)
def _known_correspondent(name: str, address: str) -> tuple[str, str, str, str]:
    return address.casefold(), name[:100], address, " ".join(fold(f"{name} {address}").split())[:300]


def index_texts(envelope: Envelope, attachments: Iterable[str] = (), body: str = "") -> Texts:
    """What search knows of a mail; without a body as long as only the header is here."""
    copies = " ".join([f"{a.name} {a.addr}" for a in (*envelope.cc[:_MOST_PEOPLE], *envelope.bcc[:_MOST_PEOPLE])])
    return (
        fold(envelope.subject),
        fold(" ".join([f"{a.name} {a.addr}" for a in (*envelope.from_, *envelope.sender)])),
        fold(" ".join([f"{a.name} {a.addr}" for a in envelope.to[:_MOST_PEOPLE]])),
        f"{EVERY} {fold(f'{copies} {envelope.list_id}')}",
        fold(" ".join(attachments)),
        fold(body),
    )


def snippet(text: str) -> str:
    """The beginning of what the writer says, on one line: without quotations, their introduction and the signature."""
    head = text[: SNIPPET * 12]
    if ">" in head or "\n-- " in head:
        own: list[str] = []
        before = gathered = 0
        for line in head.replace("\r", "").split("\n"):
            if line == "-- " or before > SNIPPET * 4:
                break  # only the last of them may still be taken out
            if not line.startswith(">"):
                own.append(line)
                before, gathered = gathered, gathered + len(line) + 1
            elif own and own[-1].endswith(":"):
                gathered -= len(own.pop()) + 1
                before = 0
        head = "\n".join(own)
    return " ".join(head[: SNIPPET * 4].split())[:SNIPPET] or " ".join(text[: SNIPPET * 4].split())[:SNIPPET]
