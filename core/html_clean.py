"""HTML made fit for a browser: what it shows stays, what it could do or load is gone.

Elements and attributes are those of a short list. Images that a mail brings along stand in the page itself; remote ones are
their alternative text. A policy (Content Security Policy Level 3) forbids the browser whatever might be left.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping
from html import escape
from itertools import islice
from urllib.parse import unquote

from core.clean import clean_line
from core.html_elements import BLOCKS
from core.html_inline import link_target
from core.html_tokens import Token, read_attributes, tokens
from core.link_target import ascii_target

MOST_CHARACTERS = 2_000_000
MOST_TOKENS = 200_000
MOST_IMAGES = 20_000_000
"""Bytes of images that are put into the page."""
IMAGE_TYPES = frozenset(("image/png", "image/jpeg", "image/gif", "image/webp"))

_HEAD = (
    '<!DOCTYPE html>\n<html><head><meta charset="utf-8">'
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'; "
    "base-uri 'none'; form-action 'none'\">"
    '<meta name="referrer" content="no-referrer"><title>{title}</title></head><body>\n'
)
ELEMENTS = (BLOCKS - {"html", "body", "form", "dialog", "optgroup", "listing", "xmp"}) | frozenset((
    "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "br", "cite", "code", "col", "colgroup", "data", "del", "dfn", "em", "font",
    "i", "img", "ins", "kbd", "mark", "q", "rp", "rt", "ruby", "s", "samp", "small", "span", "strike", "strong", "sub", "sup",
    "time", "tt", "u", "var", "wbr",
))  # fmt: skip
VOID = frozenset(("br", "col", "hr", "img", "wbr"))
ATTRIBUTES = frozenset((
    "align", "alt", "bgcolor", "border", "cellpadding", "cellspacing", "class", "color", "colspan", "dir", "face", "height",
    "id", "lang", "reversed", "role", "rowspan", "size", "start", "style", "title", "type", "valign", "value", "width",
))  # fmt: skip
_DROPPED = frozenset((
    "script", "title", "iframe", "noembed", "noframes", "template", "svg", "math", "audio", "video", "canvas", "object", "applet",
    "embed", "frameset", "noscript", "select", "textarea",
))  # fmt: skip
"""Elements that go with all that is in them."""
_LOADS = re.compile(
    r"@import|@font-face|@namespace|url\s*\(|image-set|src\s*\(|expression|behavior|-moz-binding|\\|<", re.IGNORECASE
)
_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)


def cleaned_html(html: str, title: str, images: Mapping[str, tuple[str, bytes]]) -> str:
    """A whole page for a browser, in ASCII but for its text. Never raises.

    `images`: type and bytes of the images that may stand in it, by Content-ID in lower case or by remote address.
    """
    page = CleanPage(images)
    text = "".join(page.pieces(html[:MOST_CHARACTERS]))
    return f"{_HEAD.format(title=escape(clean_line(title)))}{text}\n</body></html>\n"


class CleanPage:
    """One page in the making."""

    def __init__(self, images: Mapping[str, tuple[str, bytes]]) -> None:
        self._images = images
        self._room = MOST_IMAGES
        self._dropped = ""
        self._depth = 0

    def pieces(self, html: str) -> Iterator[str]:
        """The pieces of its body."""
        for token in islice(tokens(html), MOST_TOKENS):
            name = token.name
            if self._dropped:
                if name == self._dropped:
                    self._depth += -1 if token.end else 1
                    self._dropped = self._dropped if self._depth else ""
            elif not name:
                yield escape(token.text)
            elif name == "style" and not token.end:
                yield _sheet(token.text)
            elif name in _DROPPED:
                # Of those that hold no markup the tokens have left out what was inside.
                if not token.end and name not in ("script", "title", "iframe", "noembed", "noframes", "textarea", "embed"):
                    self._dropped, self._depth = name, 1
            elif name in ELEMENTS:
                yield f"</{name}>" if token.end and name not in VOID else "" if token.end else self.tag(token)

    def tag(self, token: Token) -> str:
        """A start tag with the attributes that may stay."""
        attributes = read_attributes(token.attributes) if token.attributes else {}
        if token.name == "img":
            return self.image(attributes)
        kept = dict(kept_attributes(attributes))
        if token.name == "a" and (target := link_target(attributes.get("href", ""))):
            kept.update(href=ascii_target(target), rel="noreferrer noopener", target="_blank")
        return written_tag(token.name, kept)

    def image(self, attributes: dict[str, str]) -> str:
        """An image, or its words."""
        source = attributes.get("src", "").strip()
        name = unquote(source[4:]).strip("<> ").lower() if source[:4].lower() == "cid:" else source
        found = self._images.get(f"https:{name}" if name.startswith("//") else name)
        if found is None or found[0] not in IMAGE_TYPES or len(found[1]) > self._room:
            words = clean_line(attributes.get("alt", ""))
            return escape(f"[{words}]") if words else ""
        self._room -= len(found[1])
        data = base64.b64encode(found[1]).decode("ascii")
        return written_tag("img", {**dict(kept_attributes(attributes)), "src": f"data:{found[0]};base64,{data}"})


def kept_attributes(attributes: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The attributes of a tag that may stay, styles without what loads something."""
    for name, value in attributes.items():
        if name == "style":
            style = ";".join(each for each in _COMMENT.sub(" ", value).split(";") if not _LOADS.search(each))
            if style.strip():
                yield name, style
        elif name in ATTRIBUTES:
            yield name, value


def written_tag(name: str, attributes: Mapping[str, str]) -> str:
    """A start tag."""
    pairs = [f' {each}="{escape(value)}"' for each, value in attributes.items()]
    return f"<{name}{''.join(pairs)}>"


def _sheet(text: str) -> str:
    """A style sheet without the declarations that load something."""
    rules = []
    for rule in _COMMENT.sub(" ", text[:200_000]).replace("<!--", "").replace("-->", "").split("}"):
        head, brace, body = rule.rpartition("{")
        if _LOADS.search(head):
            continue
        rules.append(head + brace + ";".join(each for each in body.split(";") if not _LOADS.search(each)))
    return f"<style>{'}'.join(rules)}</style>"
