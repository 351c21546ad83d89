"""What a mail tells of the list it came through: how to leave it, its archive, its owner (RFC 2369, RFC 5064, RFC 8058).

Everything in it was written by a stranger. Addresses that are kept are plain ASCII, bounded, and https, http or mailto.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from msgspec import Struct

from core.clean import clean_line
from core.envelope import Envelope
from core.errors import UsageError
from core.header import Headers
from core.mailto import Mailto, read_mailto
from core.words import decode_words

LONGEST_FIELD = 16_384
"""Characters of a field that are read."""
LONGEST = 2_048
"""Characters of an address; a longer one is left out."""
MOST = 10
"""Addresses of one field that are kept."""
LONGEST_SUBJECT = 200
LONGEST_BODY = 2_000

ONE_CLICK, MAIL, PAGE = "one-click", "mail", "page"
"""The ways of leaving a list, as `MailingList.ways` offers them: the surest first."""


class Way(Struct, frozen=True):
    """One way of leaving a list."""

    kind: str
    """ONE_CLICK, MAIL or PAGE."""
    uri: str
    place: str
    """Who hears of it: a host, or an address."""


class MailingList(Struct, frozen=True):
    """The addresses of a list, each field's in the order of preference that the list gave it."""

    id: str = ""
    """The id between the brackets of List-Id, lower case."""
    name: str = ""
    """What people call it, one clean line; '' where the mail does not say."""
    unsubscribe: tuple[str, ...] = ()
    one_click: str = ""
    """The https address that takes the bare request of RFC 8058; '' where there is none."""
    archived_at: tuple[str, ...] = ()
    """This very mail in the archive."""
    archive: tuple[str, ...] = ()
    owner: tuple[str, ...] = ()
    help: tuple[str, ...] = ()
    subscribe: tuple[str, ...] = ()

    def ways(self) -> tuple[Way, ...]:
        """How the list can be left: with one request, with a mail, on a page for people."""
        found = [Way(ONE_CLICK, self.one_click, host_of(self.one_click))] if self.one_click else []
        found += [Way(MAIL, uri, link.to[0].addr) for uri in self.unsubscribe if (link := mail_of(uri)) is not None]
        found += [Way(PAGE, uri, host_of(uri)) for uri in self.unsubscribe if not _is_mail(uri) and uri != self.one_click]
        return tuple(found)


def read_list(headers: Headers) -> MailingList:
    """What the headers say. Never raises: what cannot be used is left out."""
    leave = _uris(headers.get("List-Unsubscribe"))
    post = "".join(headers.get("List-Unsubscribe-Post")[:200].split()).lower()
    secure = [uri for uri in leave if uri[:8].lower() == "https://"]
    id, name = _id_and_name(headers.get("List-Id")[:LONGEST_FIELD])
    return MailingList(
        id=id,
        name=name,
        unsubscribe=leave,
        one_click=secure[0] if secure and post == "list-unsubscribe=one-click" else "",
        archived_at=_uris(headers.get("Archived-At")),
        archive=_uris(headers.get("List-Archive")),
        owner=_uris(headers.get("List-Owner")),
        help=_uris(headers.get("List-Help")),
        subscribe=_uris(headers.get("List-Subscribe")),
    )


def key_of(found: MailingList, envelope: Envelope) -> str:
    """What the mails of one list have in common: its id, else the sender's address; '' for mail from nobody."""
    return found.id or (envelope.from_[0].key if envelope.from_ else "")


def mail_of(uri: str) -> Mailto | None:
    """The mail that a mailto: address of a list asks for, to one recipient alone; None for any other address.

    A list is left by one mail: whoever names more recipients, or copies, wants something else.
    """
    if not _is_mail(uri):
        return None
    try:
        link = read_mailto(uri)
    except UsageError:
        return None
    if len(link.to) != 1 or link.cc or link.bcc or not _sendable(link.to[0].addr):
        return None
    return Mailto(to=link.to, subject=link.subject[:LONGEST_SUBJECT], body=link.body[:LONGEST_BODY])


def host_of(uri: str) -> str:
    """The host of an https or http address, lower case, with its port where one is named; '' for what is none."""
    try:
        parts = urlsplit(uri)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        return ""
    host = f"[{host}]" if ":" in host else host
    return f"{host}:{port}" if port is not None else host


def _uris(value: str) -> tuple[str, ...]:
    value = value[:LONGEST_FIELD]
    if "<" not in value:
        # Some senders encode the whole field, others forget the brackets.
        value = decode_words(value) if "=?" in value else value
        value = value if "<" in value else f"<{value}>"
    found = dict.fromkeys(uri for uri in _bracketed(value) if _usable(uri))
    return tuple(found)[:MOST]


def _bracketed(value: str) -> Iterator[str]:
    """What stands between angle brackets, without blanks (RFC 2369 §2); comments are passed over."""
    depth, start, at = 0, -1, 0
    while at < len(value):
        letter = value[at]
        if start >= 0:
            if letter == ">":
                yield "".join(value[start:at].split(" "))
                start = -1
        elif letter == "\\":
            at += 1
        elif letter == "(":
            depth += 1
        elif letter == ")":
            depth = max(depth - 1, 0)
        elif letter == "<" and not depth:
            start = at + 1
        at += 1


def _usable(uri: str) -> bool:
    if not 0 < len(uri) <= LONGEST or not uri.isascii() or not uri.isprintable() or set(' "<>\\^`{|}') & set(uri):
        return False
    if _is_mail(uri):
        return True
    scheme, _, rest = uri.partition("://")
    # What stands before an @ reads like a host and is none.
    return scheme.lower() in ("https", "http") and "@" not in rest.partition("/")[0] and bool(host_of(uri))


def _is_mail(uri: str) -> bool:
    return uri[:7].lower() == "mailto:"


def _sendable(addr: str) -> bool:
    local, _, domain = addr.rpartition("@")
    return bool(local and domain) and len(addr) <= 320 and addr.isprintable() and addr == clean_line(addr)


def _id_and_name(value: str) -> tuple[str, str]:
    phrase, bracket, rest = value.rpartition("<")
    id = clean_line(rest.partition(">")[0] if bracket else value).lower()[:LONGEST_SUBJECT]
    name = decode_words(phrase).strip(' "')[:LONGEST_SUBJECT] or id.partition(".")[0]
    return id, clean_line(name)
