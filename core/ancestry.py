"""Whom a mail names: the keys by which it finds its thread, and its subject as that is compared."""

from __future__ import annotations

import hashlib
from functools import lru_cache

from core.envelope import Envelope
from core.folding import fold
from core.subject_line import is_reply, plain_subject

MOST_REFERENCES = 100
"""References beyond the newest of these are ignored: a header may name thousands."""
TOPIC = 40
"""Letters of a subject by which messages are sorted and looked for."""
_LEAST_TOPIC = 4
_SHORT = 300


@lru_cache(maxsize=4096)
def key_of(message_id: str) -> int:
    """A Message-ID as a signed 64-bit number."""
    return int.from_bytes(hashlib.sha256(message_id.encode("utf-8", "replace")).digest()[:8], "big", signed=True)


def own_key(message_id: str, hash: bytes) -> int:
    """The key of a message: of its Message-ID, or where it has none of its identity hash."""
    return key_of(message_id or f"\0{hash.hex()}")


def parent_of(envelope: Envelope) -> str:
    """The Message-ID of what a mail answers; '' where it answers nothing."""
    return envelope.in_reply_to or (envelope.references[-1] if envelope.references else "")


def chain(envelope: Envelope, hash: bytes) -> list[int]:
    """The keys that a message names, the oldest first, its own last."""
    own = own_key(envelope.message_id, hash)
    names = list(envelope.references[-MOST_REFERENCES:])
    if envelope.in_reply_to and envelope.in_reply_to not in names:
        names.append(envelope.in_reply_to)
    return [*dict.fromkeys([key for name in names if name and (key := key_of(name)) != own]), own]


def whole_topic(subject: str) -> str:
    """The plain subject, folded."""
    return fold(plain_subject(subject))


def topic_of(subject: str) -> str:
    """The beginning of the plain subject, folded: what messages are sorted by, and what replies are looked for by."""
    # What is kept must not grow with what strangers write.
    return _known_topic(subject) if len(subject) < _SHORT else whole_topic(subject)[:TOPIC]


@lru_cache(maxsize=1024)
def _known_topic(subject: str) -> str:
    return whole_topic(subject)[:TOPIC]


def names_nobody(envelope: Envelope) -> bool:
    """Whether a message is a reply by its subject only."""
    if envelope.references or envelope.in_reply_to or not is_reply(envelope.subject):
        return False
    return len(topic_of(envelope.subject)) >= _LEAST_TOPIC
