"""From HTML tokens to boxes: paragraphs, lists, quotes, tables, with styled text in them, ready to be laid out."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from core.clean import clean_text
from core.html_box import Box, begins_original, make_box
from core.html_colour import hue_of
from core.html_elements import BLOCKS, CLOSES, GAPS, KEPT_TIGHT, KINDS, ORIGINALS, SIGNATURES, SKIPPED, VOID, WALLS
from core.html_inline import Inline
from core.html_style import ELEMENT_STYLES, PLAIN, Sheet, Style, read_style
from core.html_tokens import Token, read_attributes, tokens

_STYLED = frozenset((*ELEMENT_STYLES, "font"))
_NO_ATTRIBUTES: Mapping[str, str] = {}
_MOST_ALIKE = 500
"""Tags with attributes that are remembered: those of a table's cells are the same a thousand times."""
_IN_TABLE, _IN_CELL, _NOWHERE = ("table",), tuple(WALLS), ()
MOST_TOKENS = 100_000
MOST_DEEP = 250
"""Elements inside one another; deeper ones are read as if they were not there."""
MOST_BOXES_DEEP = 40
"""Lists, quotes and tables inside one another."""


class _Open(Struct, eq=False):
    """An open element and what held before it."""

    name: str
    box: Box
    styles: tuple[str, ...]
    hidden: bool
    tiny: bool
    pre: int
    link: bool
    block: bool
    gaps: bool
    """Whether a line stays empty before and after it."""
    opened_box: bool


class Tree:
    """Builds the boxes of one HTML text; `page` is their root."""

    def __init__(self, html: str, names: Mapping[str, str] | None = None) -> None:
        self.page = Box("page")
        self.inline = Inline(names)
        self.notices: dict[str, None] = {}
        self.hidden = 0
        self._box = self.page
        self._boxes_deep = 0
        self._stack: list[_Open] = []
        self._count: dict[str, int] = {}
        self._hides = self._tiny = False
        self._pre = 0
        self._skipping = ""
        self._skipped = 0
        self._sheet = Sheet()
        self._read: dict[str, tuple[Mapping[str, str], Style]] = {}
        for number, token in enumerate(tokens(html)):
            if number >= MOST_TOKENS:
                self.notices["html-too-long"] = None
                break
            self._take(token)
        self._close_to(0)
        self._flush()
        self.inline.drop_doubles()

    def _take(self, token: Token) -> None:
        name = token.name
        if self._skipping:
            if name == self._skipping:
                self._skipped += -1 if token.end else 1
                if not self._skipped:
                    self._skipping = ""
            elif not name:
                self.hidden += len("".join(token.text.split()))
        elif not name:
            self._text(token.text)
        elif token.end:
            self._end(name)
        elif name == "style":
            self._sheet.read(token.text)
        elif name in SKIPPED:
            if name not in ("script", "title", "iframe", "noembed", "noframes"):
                self._skipping, self._skipped = name, 1
        else:
            self._start(name, token)

    def _text(self, text: str) -> None:
        text = text if text.isascii() and text.isprintable() else clean_text(text)
        if self._hides or self._tiny:
            self.hidden += len("".join(text.split()))
        elif self._pre:
            self.inline.preformatted(text)
        else:
            self.inline.text(text)

    def _start(self, name: str, token: Token) -> None:
        attributes, style, hidden = _NO_ATTRIBUTES, PLAIN, self._hides
        if token.attributes:
            attributes, style = self._attributes(token.attributes)
            hidden = hidden or style.hidden or "hidden" in attributes or self._sheet.hides(name, attributes)
            if style.pictures or "background" in attributes:
                self.inline.images.take_background(attributes, style.pictures)
        if name in VOID:
            self._void(name, attributes, style, hidden)
            return
        block = name in BLOCKS or style.block
        self._imply_ends(name, block)
        if len(self._stack) >= MOST_DEEP:
            self.notices["html-too-deep"] = None
            return
        if block:
            self._flush()
        gaps = name in GAPS and not (name == "p" and (style.close or attributes.get("class", "").startswith(KEPT_TIGHT)))
        if gaps and not hidden:
            self._gap(name)
        entry = _Open(name, self._box, self.inline.styles, self._hides, self._tiny, self._pre, False, block, gaps, False)
        self._stack.append(entry)
        self._count[name] = self._count.get(name, 0) + 1
        self._hides = hidden
        self._tiny = self._tiny if style.tiny is None else style.tiny
        if style is not PLAIN or name in _STYLED:
            self._restyle(name, attributes, style)
        if style.preformatted or name in ("pre", "listing", "xmp", "textarea"):
            self._pre += 1
        if not hidden:
            if attributes and begins_original(attributes, style.declarations):
                self._box.boxes.append(Box("original"))
            self._open(name, token, attributes, style, entry)

    def _attributes(self, text: str) -> tuple[Mapping[str, str], Style]:
        known = self._read.get(text)
        if known is None:
            attributes = read_attributes(text)
            known = attributes, read_style(attributes["style"]) if "style" in attributes else PLAIN
            if len(self._read) < _MOST_ALIKE:
                self._read[text] = known
        return known

    def _restyle(self, name: str, attributes: Mapping[str, str], style: Style) -> None:
        added = ELEMENT_STYLES.get(name, ())
        if name == "font" and (hue := hue_of(attributes.get("color", "").lower())):
            added = (hue,)
        if style.removed:
            added = tuple(each for each in added if each not in style.removed)
        if added or style.added or style.removed:
            self.inline.restyle((*added, *style.added), style.removed)

    def _open(self, name: str, token: Token, attributes: Mapping[str, str], style: Style, entry: _Open) -> None:
        """What a visible element begins, besides its look."""
        if name == "a":
            entry.link = self.inline.open_link(attributes, style.declarations)
        elif name == "button":
            self.inline.open_button()
        elif name == "q":
            self.inline.text("“")
        elif token.text:
            self.inline.preformatted(clean_text(token.text))
        else:
            self._open_box(name, attributes, style, entry)

    def _open_box(self, name: str, attributes: Mapping[str, str], style: Style, entry: _Open) -> None:
        kind = KINDS.get(name, "")
        if name == "div" and any(each in attributes.get("class", "") for each in SIGNATURES):
            kind = "signature"
        if not kind:
            return
        if self._boxes_deep >= MOST_BOXES_DEEP:
            self.notices["html-too-deep"] = None
            return
        border = style.declarations.get
        if kind == "quote" and (border("border") == "none" or border("border-width") == "0px"):
            # Outlook and others write an indented paragraph so.
            kind = "indent"
        box = make_box(kind, name, attributes, self._box)
        self._box.boxes.append(box)
        self._box = box
        self._boxes_deep += 1
        entry.opened_box = True

    def _void(self, name: str, attributes: Mapping[str, str], style: Style, hidden: bool) -> None:
        if name in ("img", "image"):
            self.inline.image(attributes, style.declarations, hidden=hidden)
        elif hidden:
            return
        elif name == "br":
            self.inline.line_end()
        elif name == "hr":
            self._flush()
            self._box.boxes.append(Box("original" if attributes.get("id") in ORIGINALS else "rule"))
        elif name == "input":
            self.inline.field(attributes)

    def _imply_ends(self, name: str, block: bool) -> None:
        """Elements that the start of another one ends (§13.2.6)."""
        if name in CLOSES:
            ends, until = CLOSES[name]
            for each in ends:
                if self._count.get(each):
                    break
            else:
                return
            at = self._find(ends, until)
            while at is not None:
                self._close_to(at)
                at = self._find(ends, until)
        elif block and self._count.get("p") and name != "table":
            at = self._find(("p",), _IN_CELL)
            if at is not None:
                self._close_to(at)
        elif name == "a" and self._count.get("a"):
            at = self._find(("a",), _IN_CELL)
            if at is not None:
                self._close_to(at)

    def _find(self, names: tuple[str, ...], until: tuple[str, ...]) -> int | None:
        """Where on the stack the innermost of `names` is, not looking beyond `until`."""
        for at in range(len(self._stack) - 1, -1, -1):
            name = self._stack[at].name
            if name in names:
                return at
            if name in until:
                return None
        return None

    def _end(self, name: str) -> None:
        if name == "br":
            self.inline.line_end()
            return
        if name == "p" and not self._count.get("p"):
            self._flush()
            self._gap()
            return
        if not self._count.get(name):
            return
        if self._stack[-1].name == name:
            self._close_to(len(self._stack) - 1)
            return
        walls = _NOWHERE if name in ("table", "body", "html") else _IN_TABLE if name in CLOSES else _IN_CELL
        at = self._find((name,), walls)
        if at is None:
            return
        if name in BLOCKS or not any(entry.block for entry in self._stack[at + 1 :]):
            self._close_to(at)
        else:
            self._end_across(at)

    def _end_across(self, at: int) -> None:
        """`</b>` or `</a>` while blocks opened inside are still open: only its look ends."""
        entry = self._stack.pop(at)
        self._count[entry.name] -= 1
        lost = [style for style in self.inline.styles if style not in entry.styles]
        self.inline.restyle((), [style for style in lost if style in ELEMENT_STYLES.get(entry.name, ())])
        if entry.link:
            self.inline.close_link()

    def _close_to(self, at: int) -> None:
        """Close what is open from `at` of the stack on."""
        while len(self._stack) > at:
            entry = self._stack.pop()
            self._count[entry.name] -= 1
            if entry.link:
                self.inline.close_link()
            elif entry.name == "button":
                self.inline.close_button()
            elif entry.name == "q" and not self._hides:
                self.inline.text("”")
            if entry.block:
                self._flush()
            if entry.opened_box:
                self._box = entry.box
                self._boxes_deep -= 1
            if entry.gaps and not self._hides:
                self._gap(entry.name)
            self.inline.styles = entry.styles
            self._hides, self._tiny, self._pre = entry.hidden, entry.tiny, entry.pre

    def _flush(self) -> None:
        """End the paragraph that is being gathered."""
        if self.inline.empty:
            self.inline.drop_blank()
            return
        self._box.boxes.append(Box("text", inline=self.inline.take()))

    def _gap(self, name: str = "") -> None:
        if name in ("ul", "ol") and self._box.kind == "item":
            # Lists inside lists stand close.
            return
        boxes = self._box.boxes
        if (boxes and boxes[-1].kind != "gap") or (not boxes and self._box.kind == "cell"):
            self._box.boxes.append(Box("gap"))
