"""The HTML of another program's draft as our Markdown, where every word and every look of it can be written so."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from msgspec import Struct, field

from core.html_nodes import BLOCKS, Node, read_nodes
from core.html_style import read_declarations
from core.html_tokens import tokens
from core.markdown import markdown_html, style_of

_BLANK = re.compile(r"[ \t\r\n\xa0]+")
_SIGNS = re.compile(r"[\\`\[]|\*(?=\S)|(?<=\S)\*|<(?=[a-zA-Z/!])|~(?=~)|(?<![^\W_])_|_(?![^\W_])")
"""What would mean something to Markdown."""
_START = re.compile(r"^(#{1,6}(?=\s)|>|[-+](?=\s)|:::|=+$|\d{1,9}(?=[.)]\s))")
_RGB = re.compile(r"rgba?\(\s*(\d{1,3})\s*[, ]\s*(\d{1,3})\s*[, ]\s*(\d{1,3})\s*(?:[,/]\s*1(?:\.0*)?\s*)?\)")
_MARKS = {"b": "**", "strong": "**", "i": "*", "em": "*", "cite": "*", "s": "~~", "strike": "~~", "del": "~~"}
_HOLD = {
    "b": "font-weight:bold", "strong": "font-weight:bold", "i": "font-style:italic", "em": "font-style:italic",
    "u": "text-decoration:underline",
}  # fmt: skip
"""Elements for words that programs put around paragraphs."""
_LOST = frozenset((
    "sub", "sup", "input", "button", "select", "textarea", "form", "svg", "video", "audio", "object", "iframe", "dl",
))  # fmt: skip
_SIZES = {"x-small": "small", "small": "small", "large": "large", "x-large": "huge", "xx-large": "huge"}
_FONT_SIZES = {"1": "small", "2": "small", "4": "large", "5": "huge", "6": "huge", "7": "huge"}

_USUAL_PIXELS = range(12, 17)
"""Sizes that programs give to words of the usual size."""


class _Block(Struct):
    """Some lines; `close`: no empty line parts them from lines like them."""

    lines: list[str]
    close: bool = False


class _Writer(Struct):
    """Writes one page; `lost` says whether something could not be written."""

    images: Mapping[str, str]
    """What stands for each image in the parentheses, by its Content-ID in lower case."""
    lost: bool = False
    active: set[str] = field(default_factory=set)
    literal: bool = False
    """What is quoted is no Markdown: words alone, without their looks."""
    quoted: bool = False
    """Whether it is such a quotation that is being written."""

    # ------------------------------------------------------------------ blocks

    def blocks(self, children: Sequence[Node | str], look: str = "") -> list[_Block]:
        """The blocks of what is in an element; `look`: CSS that holds for its words."""
        found: list[_Block] = []
        run: list[Node | str] = []
        for one in [*children, Node("", {}, [])]:
            if isinstance(one, str) or (one.name and one.name not in BLOCKS and not _holds_block(one)):
                run.append(one)
                continue
            if run:
                found += self._paragraph([Node("span", {"style": look}, run)] if look else run)
                run = []
            if one.name:
                found += self._block(one, look)
        return found

    def _paragraph(self, run: Sequence[Node | str]) -> list[_Block]:
        text = self.inline(run)
        lines = [_BLANK.sub(" ", line).strip() for line in text.split("\n")]
        if len(lines) > 1 and not lines[-1]:
            lines.pop()  # a line end that ends a block ends nothing else
        if not any(lines) and "\n" not in text:
            return []
        if not self.quoted:
            lines = ["-- " if line in ("--", "-- ") else _START.sub(_escaped_start, line) for line in lines]
        return [_Block(lines, close=True)]

    def _block(self, node: Node, look: str) -> list[_Block]:
        name = node.name
        if name in ("ul", "ol"):
            return [self._list(node)]
        if name == "pre":
            text = node.words().strip("\n")
            return [_Block(text.split("\n") if self.quoted else ["```", *text.split("\n"), "```"])]
        if name == "hr":
            return [_Block(["***"])]
        if name == "table":
            return [self._table(node)]
        outside, self.quoted = self.quoted, self.quoted or (self.literal and name == "blockquote")
        inner = self._aligned(node, look)
        self.quoted = outside
        if name == "blockquote":
            return [_Block([f"> {line}" if line else ">" for line in joined(inner)])] if inner else []
        if name[0] == "h" and name[1:].isdigit():
            text = " ".join(line for one in inner for line in one.lines)
            sign = "" if self.quoted else f"{'#' * min(int(name[1:]), 3)} "
            return [_Block([sign + text])] if text else []
        if name == "p":
            return [_Block(joined(inner))] if inner else []
        return inner

    def _aligned(self, node: Node, look: str) -> list[_Block]:
        style = read_declarations(node.attributes.get("style", ""))
        self.lost = self.lost or node.name not in (*BLOCKS, "span", "font", *_HOLD)
        align = "center" if node.name == "center" else style.get("text-align", node.attributes.get("align", "")).lower()
        own = ";".join(part for part in (look, _HOLD.get(node.name, ""), _own_look(style)) if part)
        inner = self.blocks(node.children, look if node.name == "blockquote" else own)
        if align in ("center", "right", "justify") and inner and not self.quoted:
            return [_Block([f"::: {align}", *joined(inner), ":::"])]
        return inner

    def _list(self, node: Node) -> _Block:
        lines: list[str] = []
        items = [one for one in node.children if isinstance(one, Node)]
        start = node.attributes.get("start", "1")
        for number, item in enumerate(items, int(start) if start.isdigit() else 1):
            if item.name in ("ul", "ol") and lines:
                lines += [f"   {line}" for line in self._list(item).lines]
                continue
            mark = f"{number}. " if node.name == "ol" else "- "
            inner = self.blocks(item.children if item.name == "li" else [item])
            loose = any(not one.close and not one.lines[0].lstrip().startswith(("- ", "1. ")) for one in inner[1:])
            made = joined(inner) if loose else [line for one in inner for line in one.lines]
            lines += [f"{mark if n == 0 else ' ' * len(mark)}{line}" if line else "" for n, line in enumerate(made or [""])]
        return _Block(lines or [""])

    def _table(self, node: Node) -> _Block:
        """A table of words: one that lays out a page is none."""
        self.lost = self.lost or self.quoted
        rows = [[one for one in row.children if isinstance(one, Node)] for row in _rows(node)]
        cells = [one for row in rows for one in row]
        width = len(rows[0]) if rows else 0
        spans = any(one.attributes.get(name, "1") != "1" for one in cells for name in ("colspan", "rowspan"))
        inner = [[joined(self.blocks(one.children)) for one in row] for row in rows]
        if spans or width < 2 or any(len(row) != width for row in rows) or any(len(lines) > 1 for row in inner for lines in row):
            self.lost = True
        text = [[(lines or [""])[0].replace("|", "\\|") for lines in row] for row in inner]
        made = ["| " + " | ".join(row) + " |" for row in text]
        return _Block([made[0], "|" + " --- |" * width, *made[1:]] if made else [""])

    # ------------------------------------------------------------------ words

    def inline(self, children: Sequence[Node | str]) -> str:
        """Running text; line ends are those of `br`."""
        return "".join(self._words(one) if isinstance(one, str) else self._element(one) for one in children)

    def _words(self, text: str) -> str:
        if self.quoted:
            return _BLANK.sub(" ", text)
        return _SIGNS.sub(lambda found: f"\\{found[0]}", _BLANK.sub(" ", text))

    def _element(self, node: Node) -> str:
        name = node.name
        self.lost = self.lost or name in _LOST or name in BLOCKS
        if name == "br":
            return "\n"
        if name == "img":
            return self._image(node)
        if name in ("code", "tt", "kbd", "samp") and not self.quoted:
            text = _BLANK.sub(" ", node.words()).strip()
            return f"`{text}`" if text and "`" not in text else self._words(text)
        if name == "a" and (target := node.attributes.get("href", "").strip()):
            return self._link(node, target)
        if self.quoted:
            return self.inline(node.children)
        marks = [_MARKS[name]] if name in _MARKS else []
        marks += ["u"] if name in ("u", "ins") else []
        marks += self._looks(node)
        fresh = [one for one in dict.fromkeys(marks) if one not in self.active]
        self.active.update(fresh)
        text = self.inline(node.children)
        self.active.difference_update(fresh)
        for one in fresh:
            text = _around(text, one) if one[0] in "*~" else _braced(text, "underline" if one == "u" else one)
        return text

    def _looks(self, node: Node) -> list[str]:
        """The marks and words for an element's style."""
        style = read_declarations(node.attributes.get("style", ""))
        marks: list[str] = []
        weight = style.get("font-weight", "")
        marks += ["**"] if weight in ("bold", "bolder") or (weight.isdigit() and int(weight) >= 600) else []
        marks += ["*"] if style.get("font-style", "") in ("italic", "oblique") else []
        decoration = f"{style.get('text-decoration', '')} {style.get('text-decoration-line', '')}"
        marks += ["~~"] if "line-through" in decoration else []
        marks += ["u"] if "underline" in decoration else []
        words = []
        for what, before in (("color", ""), ("background-color", "on-"), ("background", "on-")):
            value = style.get(what, node.attributes.get("color", "") if what == "color" else "").strip().lower()
            if value in ("", "inherit", "initial", "transparent", "windowtext", "black", "currentcolor", "none"):
                continue
            colour = _colour(value)
            if colour not in ("", "#000000"):
                words.append(f"{before}{colour}")
            self.lost = self.lost or not colour
        size = _size(style.get("font-size", "")) or _FONT_SIZES.get(node.attributes.get("size", ""), "")
        words += [size] if style_of(size) else []
        family = style.get("font-family", "").lower()
        words += ["mono"] if any(one in family for one in ("mono", "courier", "consolas")) else []
        return marks + ([" ".join(words)] if words and style_of(" ".join(words)) else [])

    def _link(self, node: Node, target: str) -> str:
        words = _BLANK.sub(" ", node.words()).strip()
        if words and words in (target, target.removeprefix("mailto:")) and " " not in target:
            return words
        text = self.inline(node.children)
        if not text.strip() or target.startswith("#"):
            return text
        if self.quoted:
            self.lost = True  # a link is more than its looks
            return text
        address = f"<{target}>" if set(target) & set(" ()") else target
        return "\n".join(f"[{line.strip()}]({address})" if line.strip() else line for line in text.split("\n"))

    def _image(self, node: Node) -> str:
        source = node.attributes.get("src", "")
        ref = self.images.get(source[4:].strip("<> ").lower()) if source[:4].lower() == "cid:" else None
        if ref is None:
            self.lost = True
            return ""
        width = _pixels(read_declarations(node.attributes.get("style", "")).get("width", "")) or node.attributes.get("width", "")
        braces = f"{{{width}}}" if width.isdigit() and style_of(width, image=True) else ""
        return f"![{self._words(node.attributes.get('alt', ''))}](<{ref}>){braces}"


def markdown_of(html: str, images: Mapping[str, str], *, literal: bool = False) -> str | None:
    """Some HTML as Markdown; None where words or looks would be lost. Never raises.

    `images`: what is to stand for each image, by its Content-ID in lower case. `literal`: what is quoted is no Markdown but
    words alone, which may lose their looks, but no link, image or table.
    """
    page = read_nodes(html)
    if page is None:
        return None
    writer = _Writer(images, literal=literal)
    text = "\n".join(joined(writer.blocks(page.children))).strip("\n")
    if writer.lost or _letters(html) != _letters(markdown_html(text, lambda ref: f"cid:{ref}", literal=literal)):
        return None
    return f"{text}\n" if text else ""


def joined(blocks: Sequence[_Block]) -> list[str]:
    """The lines of blocks, parted where readers see them apart."""
    lines: list[str] = []
    for number, one in enumerate(blocks):
        if number and not (one.close and blocks[number - 1].close) and lines and lines[-1]:
            lines.append("")
        lines += one.lines
    return lines


def _letters(html: str) -> str:
    """All that is read in some HTML, blanks aside."""
    return re.sub(r"[\s\xa0\u200b]+", "", "".join(one.text for one in tokens(html) if not one.name))


def _rows(node: Node) -> list[Node]:
    found = []
    for one in node.children:
        if isinstance(one, Node):
            found += [one] if one.name == "tr" else _rows(one) if one.name in ("tbody", "thead", "tfoot") else []
    return found


def _holds_block(node: Node) -> bool:
    return any(isinstance(one, Node) and (one.name in BLOCKS or _holds_block(one)) for one in node.children)


def _own_look(style: Mapping[str, str]) -> str:
    """What a block says of its words that one would see: its font is that of the whole mail."""
    return ";".join(f"{name}:{value}" for name, value in style.items()
                    if name in ("color", "font-weight", "font-style", "text-decoration", "background-color"))  # fmt: skip


def _size(value: str) -> str:
    """A font size of CSS as one of ours; '' for what a text has anyway and for what cannot be said."""
    value = value.strip().lower()
    pixels = _pixels(value)
    if pixels:
        return "" if int(pixels) in _USUAL_PIXELS else f"{pixels}px"
    return _SIZES.get(value, value)


def _pixels(value: str) -> str:
    """How many pixels a length of CSS is, in whole ones; '' for other units."""
    found = re.fullmatch(r"\s*(\d{1,4})(?:\.(\d)\d*)?px\s*", value, re.IGNORECASE)
    return str(int(found[1]) + (found[2] is not None and found[2] >= "5")) if found else ""


def _colour(value: str) -> str:
    """A colour of CSS as one of ours; '' where it is none."""
    found = _RGB.fullmatch(value)
    if found:
        return "#" + "".join(f"{min(int(part), 255):02x}" for part in found.groups())
    return value if style_of(value) == f"color:{value}" else ""


def _around(text: str, mark: str) -> str:
    """A mark on both sides of each line's words, blanks left outside."""
    return "\n".join(_wrapped(line, mark, mark) for line in text.split("\n"))


def _braced(text: str, words: str) -> str:
    return "\n".join(_wrapped(line, "[", f"]{{{words}}}") for line in text.split("\n"))


def _wrapped(line: str, before: str, after: str) -> str:
    bare = line.strip()
    if not bare:
        return line
    at = line.index(bare)
    return f"{line[:at]}{before}{bare}{after}{line[at + len(bare) :]}"


def _escaped_start(found: re.Match[str]) -> str:
    return f"{found[0]}\\" if found[0].isdigit() else f"\\{found[0]}"
