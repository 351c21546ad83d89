"""Mails as files for other programs: one as `.eml`, many as an mbox (mboxrd, RFC 4155)."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Iterator

_FROM = re.compile(rb"^(>*From )", re.MULTILINE)


def pieces(mails: Iterable[tuple[bytes, str, int]]) -> Iterator[bytes]:
    """The bytes of an mbox. Each mail with its sender's address and when it came (seconds since 1970).

    Lines that begin like a separator are quoted so that `>From ` lines come back as they were.
    """
    for raw, sender, received in mails:
        address = sender if sender.isascii() and sender and not re.search(r"\s", sender) else "MAILER-DAEMON"
        when = time.strftime("%a %b %e %H:%M:%S %Y", time.gmtime(max(received, 0)))
        body = _FROM.sub(rb">\1", raw.replace(b"\r\n", b"\n"))
        yield f"From {address} {when}\n".encode() + body + (b"\n" if body.endswith(b"\n") else b"\n\n")
