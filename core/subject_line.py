"""Subjects: what answers and forwarded mails put in front of them."""

from __future__ import annotations

import re

_PREFIX = re.compile(r"^\s*((re|fwd?|aw|wg|sv|vs|antw|res|enc|rif|tr|odp)(\[\d+\])?\s*:\s*)+", re.IGNORECASE)
_REPLY = re.compile(r"^\s*(re|aw|sv|vs|antw|res|rif|odp)(\[\d+\])?\s*:", re.IGNORECASE)


def plain_subject(subject: str) -> str:
    """The subject without Re:, Fwd:, AW: and the like."""
    return _PREFIX.sub("", subject).strip()


def is_reply(subject: str) -> bool:
    """Whether a subject says that the mail answers another one."""
    return _REPLY.match(subject) is not None
