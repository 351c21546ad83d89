"""The HTML of a mail that is answered, as it may stand below the answer: nothing that runs, loads, or breaks out of it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from urllib.parse import unquote

from core.clean import clean_line
from core.html_clean import MOST_CHARACTERS, VOID, CleanPage, kept_attributes, written_tag
from core.html_tokens import Token, read_attributes

_OVER = re.compile(r"\s*(?:position|z-index|animation|transition|content|cursor|filter)\b", re.IGNORECASE)
_TAG = re.compile(r"<(/?)([a-z][a-z0-9]*)")


def quoted_html(html: str, images: Mapping[str, str]) -> str:
    """A piece of HTML whose elements are all closed. Never raises.

    Style sheets, classes and whatever floats over the page go; remote images are their words. `images`: the `cid:` address
    of each image that comes along, by its Content-ID in lower case.
    """
    pieces = _Quotation(images).pieces(html[:MOST_CHARACTERS])
    return "".join(_closed(piece for piece in pieces if not piece.startswith("<style>"))).strip()


class _Quotation(CleanPage):
    """A page within a page."""

    def __init__(self, images: Mapping[str, str]) -> None:
        super().__init__({})
        self._sources = images

    def tag(self, token: Token) -> str:
        found = super().tag(token)
        if token.name == "img":
            return found
        attributes = dict(read_attributes(found[1 + len(token.name) : -1])) if " " in found else {}
        for name in ("class", "id", "target"):
            attributes.pop(name, None)
        if "style" in attributes:
            kept = ";".join(each for each in attributes["style"].split(";") if not _OVER.match(each))
            attributes["style"] = kept
        return written_tag(token.name, attributes)

    def image(self, attributes: dict[str, str]) -> str:
        source = attributes.get("src", "").strip()
        name = unquote(source[4:]).strip("<> ").lower() if source[:4].lower() == "cid:" else ""
        found = self._sources.get(name)
        if not name or found is None:
            return super().image({"alt": clean_line(attributes.get("alt", ""))})
        return written_tag("img", {**dict(kept_attributes(attributes)), "src": found})


def _closed(pieces: Iterator[str]) -> Iterator[str]:
    """The pieces without end tags that end nothing, and with those that were missing."""
    waiting: list[str] = []
    for piece in pieces:
        found = _TAG.match(piece)
        if found is None:
            yield piece
            continue
        name = found[2]
        if not found[1]:
            if name not in VOID:
                waiting.append(name)
            yield piece
        elif name in waiting:
            while (last := waiting.pop()) != name:
                yield f"</{last}>"
            yield f"</{name}>"
    yield from (f"</{name}>" for name in reversed(waiting))
