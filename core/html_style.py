"""What styles tell that matters on a terminal: hidden, bold, italic, underlined, struck, preformatted, size (CSS 2.2)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from core.html_colour import HUES, hue_of

MOST_SHEET = 200_000
"""Characters read of style sheets."""

_LONGEST = 20_000
"""Characters of a `style` attribute in which images are looked for."""
_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
_SELECTOR = re.compile(r"(?:[a-z][a-z0-9]*)?[.#][\w-]+|[a-z][a-z0-9]*", re.IGNORECASE)
_LENGTH = re.compile(r"(-?[\d.]+)\s*(px|pt|em|rem|%|)")
_PICTURE = re.compile(
    r"(?:background|background-image|list-style-image)\s*:[^;]{0,200}?url\(\s*[\"']?\s*((?:https?:|ftp:)?//[^\"')\s]+)",
    re.IGNORECASE,
)
_FIRST_NUMBER = re.compile(r"\s*(\d{1,6})")
_NO_MARGIN = re.compile(r"-?0*\.?0*1?(?:[a-z]{2,3}|%)?")


def read_declarations(style: str) -> dict[str, str]:
    """Properties of a `style` attribute, names and values in lower case; later ones win."""
    found = {}
    for declaration in style.lower().split(";", 200)[:200]:
        name, colon, value = declaration.partition(":")
        if colon:
            found[name.strip()] = value.replace("!important", "").strip()
    return found


def hides(declarations: Mapping[str, str]) -> bool:
    """Whether an element with these properties cannot be seen."""
    get = declarations.get
    if get("display") == "none" or get("visibility") in ("hidden", "collapse") or _is_zero(get("opacity")):
        return True
    if get("overflow") == "hidden" and any(_is_tiny(get(size), 1.5) for size in ("max-height", "height", "max-width", "width")):
        return True
    indent = get("text-indent", "")
    if indent.startswith("-") and _size(indent[1:]) >= 500:
        return True
    colour = get("color")
    return bool(colour) and (colour == "transparent" or colour == (get("background-color") or get("background")))


def _is_zero(value: str | None) -> bool:
    return value is not None and value.strip("0.") == "" and "0" in value


def _is_tiny(value: str | None, most: float) -> bool:
    if not value or (found := _LENGTH.fullmatch(value)) is None:
        return False
    size = _number(found[1])
    return size <= most if found[2] in ("px", "pt", "") else size <= 0.05


def _size(value: str) -> float:
    found = _LENGTH.match(value)
    return _number(found[1]) if found else 0.0


def _number(digits: str) -> float:
    try:
        return float(digits)
    except ValueError:
        return 1000.0


@dataclass(frozen=True, slots=True)
class Style:
    """What a `style` attribute says, as far as it matters here."""

    declarations: Mapping[str, str]
    hidden: bool = False
    tiny: bool | None = None
    """Whether the font is too small to read; None where its size is not set. Inner elements may set it again."""
    block: bool = False
    """Whether `display` makes an inline element a block."""
    preformatted: bool = False
    close: bool = False
    """Whether no room is left above and below a paragraph."""
    added: tuple[str, ...] = ()
    """Styles of `core.rendered`."""
    removed: tuple[str, ...] = ()
    pictures: tuple[str, ...] = ()
    """Addresses of the remote images it would load."""


PLAIN = Style({})


@lru_cache(maxsize=2048)
def read_style(text: str) -> Style:
    """Read a `style` attribute; the same one stands in a newsletter a hundred times."""
    declarations = read_declarations(text)
    size = declarations.get("font-size")
    added, removed = _text_styles(declarations)
    return Style(
        declarations,
        hides(declarations),
        None if size is None else _is_tiny(size, 1.5),
        declarations.get("display") in ("block", "flex", "grid", "list-item", "table"),
        # `pre-line` keeps line ends only, but is as rare as it is near enough.
        declarations.get("white-space", "").startswith("pre"),
        _is_close(declarations),
        added,
        removed,
        _pictures(text),
    )


def _pictures(text: str) -> tuple[str, ...]:
    text = text[:_LONGEST]
    return tuple(_PICTURE.findall(text)) if "url" in text.lower() else ()


def _is_close(declarations: Mapping[str, str]) -> bool:
    """Whether paragraphs with these properties stand line by line (`0.0001pt` is Outlook's nothing)."""
    sides = declarations.get("margin", "").split()
    above = declarations.get("margin-top", sides[0] if sides else "")
    below = declarations.get("margin-bottom", sides[2 if len(sides) > 2 else 0] if sides else "")
    none = _NO_MARGIN.fullmatch(above) is not None and _NO_MARGIN.fullmatch(below) is not None
    return none and bool(above and below) and not any(name.startswith("padding") for name in declarations)


def _text_styles(declarations: Mapping[str, str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The styles that declarations add, and those they take away."""
    added: list[str] = []
    removed: list[str] = []
    if weight := declarations.get("font-weight"):
        is_bold = weight in ("bold", "bolder") or (weight.isdecimal() and int(weight[:4]) >= 600)
        (added if is_bold else removed).append("bold")
    if slant := declarations.get("font-style"):
        (added if slant in ("italic", "oblique") else removed).append("italic")
    decoration = declarations.get("text-decoration", declarations.get("text-decoration-line", ""))
    if "line-through" in decoration:
        added.append("strike")
    if "underline" in decoration:
        added.append("underline")
    if colour := declarations.get("color"):
        removed += HUES
        if hue := hue_of(colour):
            added.append(hue)
    return tuple(added), tuple(removed)


ELEMENT_STYLES: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("b", "strong", "th", "dt"), ("bold",)),
    **dict.fromkeys(("i", "em", "cite", "dfn", "var", "address"), ("italic",)),
    **dict.fromkeys(("u", "ins"), ("underline",)),
    **dict.fromkeys(("s", "strike", "del"), ("strike",)),
    **dict.fromkeys(("code", "tt", "kbd", "samp"), ("code",)),
    **dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6"), ("heading", "bold")),
}
"""Styles that elements have by themselves."""


def looks_like_button(attributes: Mapping[str, str], declarations: Mapping[str, str]) -> bool:
    """Whether a link is drawn as a button: by its role, class, or a filled and padded look."""
    if attributes.get("role") == "button":
        return True
    names = attributes.get("class", "").lower()
    if "btn" in names or "button" in names:
        return True
    filled = "background-color" in declarations or "background" in declarations
    padded = any(name.startswith("padding") for name in declarations)
    return filled and padded and declarations.get("display") in ("inline-block", "block")


def pixels(attributes: Mapping[str, str], declarations: Mapping[str, str], side: str) -> int | None:
    """The `width` or `height` of an image in pixels, by style, else by attribute; None if not given so."""
    styled = declarations.get(side, "")
    for value in (styled if styled.endswith("px") or styled == "0" else "", attributes.get(side, "")):
        if "%" not in value and (found := _FIRST_NUMBER.match(value)):
            return int(found[1])
    return None


class Sheet:
    """The rules of a mail's style sheets that hide something. Only simple selectors count (`.x`, `#x`, `p.x`)."""

    def __init__(self) -> None:
        self._hiding: set[str] = set()
        self._room = MOST_SHEET

    def read(self, text: str) -> None:
        """Take in the content of a `style` element; rules for certain media (narrow screens) are left out."""
        text = text[: self._room]
        self._room -= len(text)
        text = _without_media(_COMMENT.sub(" ", text))
        for rule in text.split("}"):
            selectors, _, body = rule.rpartition("{")
            if hides(read_declarations(body)):
                names = (selector.strip() for selector in selectors.split(",", 200))
                self._hiding.update(name.lower() for name in names if _SELECTOR.fullmatch(name))

    def hides(self, name: str, attributes: Mapping[str, str]) -> bool:
        """Whether a rule hides an element of that name with these attributes."""
        if not self._hiding:
            return False
        marks = [f".{each}" for each in attributes.get("class", "").lower().split()[:20]]
        if id := attributes.get("id"):
            marks.append(f"#{id.lower()}")
        return any(mark in self._hiding or name + mark in self._hiding for mark in marks)


def _without_media(text: str) -> str:
    """The sheet without its `@` blocks."""
    kept = []
    at = 0
    while (start := text.find("@", at)) >= 0:
        kept.append(text[at:start])
        brace, semicolon = text.find("{", start), text.find(";", start)
        if brace < 0 or 0 <= semicolon < brace:
            if semicolon < 0:
                return "".join(kept)
            at = semicolon + 1
            continue
        at = _block_end(text, brace)
    kept.append(text[at:])
    return "".join(kept)


def _block_end(text: str, brace: int) -> int:
    depth = 0
    for found in _BRACE.finditer(text, brace):
        depth += 1 if found[0] == "{" else -1
        if depth == 0:
            return found.end()
    return len(text)


_BRACE = re.compile("[{}]")
