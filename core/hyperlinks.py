"""Links in plain text, and the numbers under which a page lists its links."""

from __future__ import annotations

import re
from collections.abc import Iterator

from core.rendered import Link

MOST_LINKS = 5000
"""Links numbered on one page; more are shown without a number."""

_URL = re.compile(
    r"(?<![A-Za-z0-9])(?:(?:https?|ftps?|gopher|gemini|news|nntp|ircs?|xmpp|sftp|ssh|git|svn|magnet|matrix)://(?=[^\s/.,)])"
    r"|www\.(?=[A-Za-z0-9][A-Za-z0-9-]{0,62}\.[A-Za-z])|mailto:(?=[^\s@<>]{1,64}@))"
    '[^\\s<>"{}|\\\\^`\u3000-\u303f\uff00-\uff65«»“”„‘’]+',
    re.IGNORECASE,
)
_TRAILING = ".,;:!?'*_~"
_PAIRS = {")": "(", "]": "["}


def find_urls(text: str) -> Iterator[tuple[int, int, str]]:
    """(start, end, target) of each link in clean text: punctuation and brackets after it are not of it."""
    if "://" not in text:
        lower = text.lower()
        if "www." not in lower and "mailto:" not in lower:
            return
    for found in _URL.finditer(text):
        url = _trimmed(found[0])
        yield found.start(), found.start() + len(url), f"http://{url}" if url[:4].lower() == "www." else url


def _trimmed(url: str) -> str:
    counts = {char: url.count(char) for char in "()[]"}
    end = len(url)
    while end:
        last = url[end - 1]
        if last in _PAIRS and counts[last] > counts[_PAIRS[last]]:
            counts[last] -= 1
        elif last not in _TRAILING:
            break
        end -= 1
    return url[:end]


class LinkList:
    """Numbers links as they come; one target has one number."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._links: list[Link] = []

    def number(self, text: str, target: str, shows: str = "") -> int:
        """The number of a target, new or known; 0 when the page has too many links. `shows`: as `Link.shows`."""
        known = self._numbers.get(target)
        if known is not None:
            before = self._links[known - 1]
            if (shows and not before.shows) or (before.text[:1] == "[" and text[:1] not in ("", "[")):
                self._links[known - 1] = Link(known, text, target, shows or before.shows)
            return known
        if len(self._links) >= MOST_LINKS:
            return 0
        number = len(self._links) + 1
        self._numbers[target] = number
        self._links.append(Link(number, text, target, shows))
        return number

    @property
    def links(self) -> tuple[Link, ...]:
        """All links so far, by number."""
        return tuple(self._links)
