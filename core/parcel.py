"""A whole mail on its way into the store, and what is read from it: each thing once, and before the store is locked."""

from __future__ import annotations

import hashlib
from functools import cached_property

from core.envelope import Envelope, read_envelope
from core.header import header_block, header_hash
from core.message import IndexText, indexed

SNIPPET = 160
"""Characters of a body shown beside its subject."""


class Parcel:
    """One mail, exactly as received."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self.header = header_block(raw)
        self.hash = header_hash(self.header, len(raw))
        """Who it is within an account."""

    @cached_property
    def key(self) -> bytes:
        """SHA-256 of all its bytes."""
        return hashlib.sha256(self.raw).digest()

    @cached_property
    def envelope(self) -> Envelope:
        """What the header says."""
        return read_envelope(self.header)

    @cached_property
    def contents(self) -> IndexText:
        """What search needs."""
        return indexed(self.raw)

    @cached_property
    def snippet(self) -> str:
        """How it begins, on one line."""
        return snippet(self.contents.text)

    def read(self) -> None:
        """Read all of it now."""
        self.key, self.envelope, self.snippet  # noqa: B018 - kept once they were asked for


def snippet(text: str) -> str:
    """The beginning of a text on one line."""
    return " ".join(text[: SNIPPET * 4].split())[:SNIPPET]
