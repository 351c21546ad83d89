"""Images of HTML: what they are called, and which of them would be loaded from the network. None ever is, here."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Mapping
from urllib.parse import unquote

from core.clean import clean_line
from core.html_style import pixels
from core.rendered import PLACE, Remote

MOST_REMOTE = 500
"""Addresses of images that are remembered; more are counted only."""
_LONGEST_ALT = 300
_LONGEST_ADDRESS = 4000
_PICTURE = 120
"""Pixels from which on an image without words is worth a mention."""
_TINY = 2
"""Pixels; images up to that size only tell the sender that the mail was opened."""
_IMAGE_NAME = re.compile(r"([\w-]{2,40}\.(?:png|jpe?g|gif|webp|svg|bmp))$", re.IGNORECASE)


class Images:
    """The images of one page. `names`: of those that came along by Content-ID, of those that were loaded by address."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self.count = 0
        self.trackers = 0
        self.found: dict[str, Remote] = {}
        self._names = names

    @property
    def remote(self) -> tuple[Remote, ...]:
        """The remote images, each address once."""
        return tuple(self.found.values())

    def take(self, attributes: Mapping[str, str], declarations: Mapping[str, str], *, hidden: bool) -> tuple[str, bool]:
        """An `img`: count it if it is remote; (its words, whether it is worth a name where it has none)."""
        source = attributes.get("src", "").strip()
        width, height = pixels(attributes, declarations, "width"), pixels(attributes, declarations, "height")
        tiny = (width is not None and width <= _TINY) or (height is not None and height <= _TINY)
        words = clean_line(attributes.get("alt", attributes.get("title", "")))[:_LONGEST_ALT]
        loaded = self._names.get(_remote(source), "") if self._names else ""
        if loaded and not hidden:
            return f"{words or file_name(source)} {loaded}", True
        if source[:8].lower().startswith(("http:", "https:", "//", "ftp:")):
            tracker = hidden or (tiny and (width or 0) <= _TINY and (height or 0) <= _TINY)
            self._note(source, words, tracker=tracker)
        if hidden or tiny:
            return "", False
        attached = source[:4].lower() == "cid:"
        if not words and attached:
            words = self._names.get(unquote(source[4:]).strip("<> ").lower(), "")
        large = (width or 0) >= _PICTURE and (height or 0) >= _PICTURE // 2
        return words, "alt" not in attributes and (attached or large)

    def take_background(self, attributes: Mapping[str, str], pictures: Iterable[str]) -> None:
        """Backgrounds are remote images too; `pictures`: those that the style names."""
        if "background" in attributes and attributes["background"].lower().startswith(("http", "//")):
            self._note(attributes["background"].strip(), "", tracker=False)
        for address in pictures:
            self._note(address, "", tracker=False)

    def _note(self, address: str, words: str, *, tracker: bool) -> None:
        self.count += 1
        self.trackers += tracker
        address = _remote(address)
        if address not in self.found and len(self.found) < MOST_REMOTE:
            self.found[address] = Remote(address, words, tracker)


def place_of(source: str) -> str:
    """The style of the words that stand in an image's place: by it the image is found again (`cid:` and Content-ID, or an
    address); '' for an image that is neither attached nor remote."""
    if source[:4].lower() == "cid:":
        source = f"cid:{unquote(source[4:]).strip('<> ').lower()}"
    elif source[:8].lower().startswith(("http:", "https:", "//")):
        source = _remote(source)
    else:
        return ""
    return f"{PLACE}{zlib.crc32(source.encode('utf-8', 'replace')):08x}"


def _remote(source: str) -> str:
    """The whole address of a remote image."""
    address = clean_line(source[:_LONGEST_ADDRESS]).replace(" ", "%20")
    return f"https:{address}" if address.startswith("//") else address


def file_name(source: str) -> str:
    """The file name of an image without words, from its address."""
    found = _IMAGE_NAME.search(source.partition("?")[0].partition("@")[0])
    return clean_line(found[1]) if found else "…"
