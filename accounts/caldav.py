"""A calendar on a CalDAV server (RFC 4791): one entry is found by its UID and put back, never over a change of others.

The address of the collection is in the settings; nothing is discovered.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import quote, urljoin, urlsplit
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from msgspec import Struct

from accounts.deadline import Deadline
from accounts.dial import Resolver
from accounts.https import Answer, request
from core.errors import AuthenticationError, ProtocolError, ServerRefused
from core.secret import Secret
from core.settings.schema import Calendar
from core.vdir import uids_of

if TYPE_CHECKING:
    from accounts.proxies import Way

PATIENCE = 30.0
"""Seconds for one request."""
TRIES = 3
"""How often an entry that others change at the same time is read and merged again."""
MOST = 8 * 1024 * 1024
_DAV, _CAL = "{DAV:}", "{urn:ietf:params:xml:ns:caldav}"
_SAFE = re.compile(r"[A-Za-z0-9_@+][A-Za-z0-9_.@+-]{0,120}")
_QUERY = (
    '<?xml version="1.0" encoding="utf-8"?><c:calendar-query xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav">'
    '<d:prop><d:getetag/><c:calendar-data/></d:prop><c:filter><c:comp-filter name="VCALENDAR"><c:comp-filter name="VEVENT">'
    '<c:prop-filter name="UID"><c:text-match collation="i;octet">{}</c:text-match></c:prop-filter>'
    "</c:comp-filter></c:comp-filter></c:filter></c:calendar-query>"
)
_BETWEEN = (
    '<?xml version="1.0" encoding="utf-8"?><c:calendar-query xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav">'
    '<d:prop><d:getetag/><c:calendar-data/></d:prop><c:filter><c:comp-filter name="VCALENDAR"><c:comp-filter name="VEVENT">'
    '<c:time-range start="{}" end="{}"/></c:comp-filter></c:comp-filter></c:filter></c:calendar-query>'
)
MOST_BETWEEN = 500
"""Entries of one stretch of time that are looked at."""


class Kept(Struct, frozen=True):
    """An entry on the server."""

    url: str
    etag: str
    data: bytes


class CalendarServer:
    """The calendar of the settings. Methods raise NetworkError and TLSError as dialling does, AuthenticationError
    `login-refused`, ServerRefused `http-status`, ProtocolError."""

    def __init__(
        self, settings: Calendar, password: Secret, refused: Callable[[], None] = lambda: None, *,
        resolver: Resolver | None = None, through: Way | None = None,
    ) -> None:  # fmt: skip
        self._settings = settings
        self._password = password
        self._on_refused = refused
        self._resolver = resolver
        self._through = through
        self.url = settings.url.rstrip("/") + "/"

    def find(self, uid: str) -> Kept | None:
        """The entry with this UID, or None."""
        answer = self._report(_QUERY.format(escape(uid)))
        for url, etag, data in _responses(answer):
            # A server may compare loosely: what bears another UID is another entry.
            if uid in uids_of(data):
                return Kept(self._inside(url, answer.server), etag, data)
        return None

    def between(self, first: int, last: int) -> tuple[list[bytes], bool]:
        """The entries of which something happens then (seconds since 1970; RFC 4791 §9.9), and whether these are all."""
        stamps = [datetime.fromtimestamp(when, UTC).strftime("%Y%m%dT%H%M%SZ") for when in (first, last)]
        found = _responses(self._report(_BETWEEN.format(*stamps)))
        return [data for _url, _etag, data in found[:MOST_BETWEEN]], len(found) <= MOST_BETWEEN

    def _report(self, query: str) -> Answer:
        headers = {"Depth": "1", "Content-Type": "application/xml; charset=utf-8"}
        answer = self._ask("REPORT", self.url, query.encode("utf-8", "replace"), headers)
        if answer.status != 207:
            raise _refused(answer)
        return answer

    def put(self, uid: str, data: bytes, before: Kept | None) -> bool:
        """Write an entry, in place of `before` if there is one; False when somebody has changed it meanwhile."""
        stem = uid if _SAFE.fullmatch(uid) else hashlib.sha256(uid.encode("utf-8", "replace")).hexdigest()[:40]
        url = before.url if before is not None else urljoin(self.url, quote(f"{stem}.ics"))
        condition = {"If-Match": before.etag} if before is not None else {"If-None-Match": "*"}
        answer = self._ask("PUT", url, data, {"Content-Type": "text/calendar; charset=utf-8", **condition})
        if answer.status == 412:
            return False
        if answer.status not in (200, 201, 204):
            raise _refused(answer)
        return True

    def keep(self, uid: str, merged: Callable[[bytes], bytes]) -> str:
        """Put what `merged` makes of the entry that is there (b"" for none); its address.

        Raises ServerRefused `calendar-busy` when it is changed by others each time.
        """
        for _ in range(TRIES):
            before = self.find(uid)
            data = merged(before.data if before is not None else b"")
            if self.put(uid, data, before):
                return before.url if before is not None else self.url
        raise ServerRefused("calendar-busy", server=urlsplit(self.url).hostname, answer="", code=412)

    def _ask(self, method: str, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        settings = self._settings
        told = dict(headers)
        if settings.user:
            login = f"{settings.user}:{self._password.reveal()}".encode()
            told["Authorization"] = f"Basic {base64.b64encode(login).decode('ascii')}"
        answer = request(
            method, url, Deadline(PATIENCE), body=body, headers=told, resolver=self._resolver, trust=settings.trust, limit=MOST,
            through=self._through,
        )  # fmt: skip
        if answer.status in (401, 403):
            self._on_refused()  # another one is asked for the next time
            raise AuthenticationError("login-refused", server=answer.server, user=settings.user, answer=answer.reason)
        return answer

    def _inside(self, href: str, server: str) -> str:
        """The address of an entry, which must be one of the same server: the password goes nowhere else."""
        url = urljoin(self.url, href)
        if urlsplit(url)[:2] != urlsplit(self.url)[:2]:
            raise ProtocolError("bad-answer", server=server, answer=href[:200])
        return url


def _responses(answer: Answer) -> list[tuple[str, str, bytes]]:
    """(address, etag, entry) of a multistatus body (RFC 4918 §13)."""
    try:
        root = ElementTree.fromstring(answer.body)
    except ElementTree.ParseError as error:
        raise ProtocolError("bad-answer", server=answer.server, answer="XML") from error
    found = []
    for response in root.iter(f"{_DAV}response"):
        href, etag = response.findtext(f"{_DAV}href"), next(response.iter(f"{_DAV}getetag"), None)
        data = next(response.iter(f"{_CAL}calendar-data"), None)
        if href and data is not None and data.text and etag is not None:
            found.append((href.strip(), (etag.text or "").strip(), data.text.encode()))
    return found


def _refused(answer: Answer) -> ServerRefused:
    return ServerRefused("http-status", server=answer.server, answer=answer.reason, code=answer.status)
