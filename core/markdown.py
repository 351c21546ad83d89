"""Markdown as people write it into a mail, made into HTML for the recipient and into text for those who read text.

CommonMark with tables, strikethrough, task lists and line ends that count. No HTML of one's own, no headings by
underlining (`--` begins a signature), no code by indenting. What Markdown lacks is written in braces::

    [text]{red}   [text]{#c00 large}   [text]{mono on-yellow}   ![words](image.png){center 300}

    ::: center
    lines
    :::

The words: a colour by name or as #rgb or #rrggbb, the same behind `on-` for the background; small, large, huge, or
`14pt`; sans, serif, mono; underline; left, center, right, justify (blocks and images); `300` or `50%` (images).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache
from html import escape
from urllib.parse import unquote

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from core.flowed import split_quote
from core.html_inline import link_target
from core.link_target import ascii_target
from core.markdown_quotes import literal_quotes, without_quotes

COLOURS = (
    "black", "white", "gray", "grey", "silver", "red", "maroon", "orange", "yellow", "olive", "lime", "green", "aqua", "teal",
    "blue", "navy", "fuchsia", "purple", "brown", "pink", "gold", "crimson", "darkred", "darkgreen", "darkblue", "steelblue",
)  # fmt: skip
SIZES = {"small": "0.85em", "large": "1.25em", "huge": "1.6em"}
FONTS = {
    "sans": "Arial,Helvetica,sans-serif", "serif": "Georgia,'Times New Roman',serif", "mono": "Consolas,'Courier New',monospace",
}  # fmt: skip
ALIGNS = ("left", "center", "right", "justify")

_HEX = re.compile(r"#(?:[0-9a-f]{3}|[0-9a-f]{6})")
_EXACT = re.compile(r"(?:[6-9]|[1-6]\d|7[0-2])pt|(?:[89]|[1-8]\d|9[0-6])px")
_WIDTH = re.compile(r"[1-9]\d{0,3}|(?:[1-9]\d?|100)%")
_BRACES = re.compile(r"\{([^{}\n]{1,80})\}")
_IMAGES = re.compile(r"!\[|^[> ]*(?:`{3}|~{3}|\[[^\]\n]+\]:)", re.MULTILINE)
"""An image, a fence in which there is none, or what a reference stands for."""
_TASK = re.compile(r"\[([ xX])\][ \xa0]")
_STYLES = {
    "p": "margin:0 0 1em 0",
    "h1": "font-size:1.6em;margin:0.6em 0 0.4em 0",
    "h2": "font-size:1.35em;margin:0.6em 0 0.4em 0",
    "h3": "font-size:1.15em;margin:0.6em 0 0.4em 0",
    "blockquote": "margin:0 0 1em 0;padding:0 0 0 0.8em;border-left:3px solid #bbb;color:#555",
    "pre": f"margin:0 0 1em 0;padding:0.6em;background-color:#f4f4f4;white-space:pre-wrap;font-family:{FONTS['mono']}",
    "code": f"font-family:{FONTS['mono']};background-color:#f4f4f4",
    "table": "border-collapse:collapse;margin:0 0 1em 0",
    "th": "border:1px solid #bbb;padding:0.2em 0.6em;background-color:#f0f0f0",
    "td": "border:1px solid #bbb;padding:0.2em 0.6em",
    "ul": "margin:0 0 1em 0;padding:0 0 0 1.6em",
    "ol": "margin:0 0 1em 0;padding:0 0 0 1.6em",
    "hr": "border:0;border-top:1px solid #bbb;margin:1em 0",
    "a": "color:#0b57d0",
}


def markdown_html(source: str, image: Callable[[str], str], *, literal: bool = False) -> str:
    """The HTML of some Markdown, each element with its own style.

    `image` says what an image's `src` is, by what stands in the parentheses; '' shows its words instead. `literal`: what is
    quoted is no Markdown.
    """
    parser = _parser()
    if literal:
        source = literal_quotes(source)
    tokens = parser.parse(_with_ended_quotes(source))
    _finish(tokens, image)
    return str(parser.renderer.render(tokens, parser.options, {}))


def _with_ended_quotes(source: str) -> str:
    """An answer right below a quotation is not part of it, as Markdown would have it: an empty line parts the two."""
    lines: list[str] = []
    before = 0
    for line in source.split("\n"):
        depth, text = split_quote(line)
        if depth < before and text.strip():
            lines.append(">" * depth)
        lines.append(line)
        before = depth
    return "\n".join(lines)


def image_references(source: str, *, literal: bool = False) -> tuple[str, ...]:
    """What stands in the parentheses of each image, in order, each once; `https:` and the like too. `literal`: as above."""
    found: dict[str, None] = {}
    source = without_quotes(source) if literal and "![" in source else source
    for token in _parser().parse(_near_images(source)) if "![" in source else ():
        for child in token.children or ():
            if child.type == "image":
                found[_reference(child)] = None
    return tuple(found)


def _near_images(source: str) -> str:
    """The paragraphs that can have to do with images, so that a long text is not parsed at each save for one of them."""
    paragraphs = re.split(r"\n(?:[> ]*\n)+", source)
    return "\n\n".join(one for one in paragraphs if _IMAGES.search(one))


def style_of(words: str, *, block: bool = False, image: bool = False) -> str | None:
    """The CSS of the words in braces; None when one of them is not understood (then the braces are text)."""
    found: list[str] = []
    for word in words.lower().split():
        colour = word.removeprefix("on-")
        if colour in COLOURS or _HEX.fullmatch(colour):
            found.append(f"{'background-' if colour != word else ''}color:{colour}")
        elif word in SIZES or _EXACT.fullmatch(word):
            found.append(f"font-size:{SIZES.get(word, word)}")
        elif word in FONTS:
            found.append(f"font-family:{FONTS[word]}")
        elif word == "underline":
            found.append("text-decoration:underline")
        elif word in ALIGNS and block:
            found.append(f"text-align:{word}")
        elif image and (word in ("left", "right", "center") or _WIDTH.fullmatch(word)):
            found.append(_image_style(word))
        else:
            return None
    return ";".join(found) or None


def _image_style(word: str) -> str:
    if word == "center":
        return "display:block;margin:0 auto"
    if word in ("left", "right"):
        return f"float:{word};margin:0.3em"
    return f"width:{word if word.endswith('%') else word + 'px'};max-width:100%"


# the parser ---------------------------------------------------------------


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "breaks": True, "linkify": True, "maxNesting": 30, "xhtmlOut": False})
    parser.enable(["table", "strikethrough", "linkify"])
    # A line of dashes below a text begins a signature, and an indented one is only indented.
    parser.disable(["lheading", "code", "html_block", "html_inline"])
    if parser.linkify is not None:
        parser.linkify.set({"fuzzy_link": False})
    # Every address is let through here and looked at in `_finish`: images are paths.
    parser.validateLink = lambda url: True  # type: ignore[method-assign]
    parser.inline.ruler.before("link", "styled", _styled)
    parser.block.ruler.before("fence", "styled_block", _styled_block, {"alt": ["paragraph", "blockquote", "list"]})
    return parser


def _styled(state: StateInline, silent: bool) -> bool:
    """`[text]{words}`."""
    if state.src[state.pos] != "[":
        return False
    end = state.md.helpers.parseLinkLabel(state, state.pos, False)
    braces = _BRACES.match(state.src, end + 1) if end >= 0 else None
    style = style_of(braces[1]) if braces else None
    if braces is None or style is None:
        return False
    if not silent:
        start, last = state.pos, state.posMax
        state.push("span_open", "span", 1).attrSet("style", style)
        state.pos, state.posMax = start + 1, end
        state.md.inline.tokenize(state)
        state.push("span_close", "span", -1)
        state.posMax = last
    state.pos = braces.end()
    return True


def _styled_block(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """`::: words`, lines, `:::`."""
    style = style_of(_line(state, start)[3:], block=True) if _line(state, start).startswith(":::") else None
    if style is None or state.is_code_block(start):
        return False
    if silent:
        return True
    depth, line = 1, start + 1
    while line < end and state.sCount[line] >= state.blkIndent:
        text = _line(state, line)
        depth += -1 if text.strip() == ":::" else text.startswith(":::")
        if not depth:
            break
        line += 1
    parent, last = state.parentType, state.lineMax
    state.push("div_open", "div", 1).attrSet("style", style)
    state.lineMax = line
    state.md.block.tokenize(state, start + 1, line)
    state.push("div_close", "div", -1)
    state.parentType, state.lineMax = parent, last
    state.line = line + (not depth)
    return True


def _line(state: StateBlock, line: int) -> str:
    return state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]]


# what the parser made, with styles and safe addresses ---------------------


def _finish(tokens: Sequence[Token], image: Callable[[str], str]) -> None:
    for number, token in enumerate(tokens):
        _dress(token)
        if token.type == "fence":
            token.type, token.content = "html_block", f'<pre style="{_STYLES["pre"]}">{escape(token.content)}</pre>\n'
        if token.type == "inline" and token.children is not None:
            if number >= 2 and tokens[number - 2].type == "list_item_open":
                _tick(token.children, tokens[number - 2])
            token.children = _finish_inline(token.children, image)


def _dress(token: Token) -> None:
    style = _STYLES.get(token.tag) or (_STYLES["h3"] if token.tag in ("h4", "h5", "h6") else "")
    if token.nesting < 0 or not style or token.type in ("fence", "inline"):
        return
    known = token.attrGet("style")
    token.attrSet("style", f"{style};{known}" if isinstance(known, str) else style)


def _tick(children: Sequence[Token], item: Token) -> None:
    """`- [x] done`: a sign that every mail program shows."""
    found = _TASK.match(children[0].content) if children and children[0].type == "text" else None
    if found is not None:
        children[0].content = f"{'☐' if found[1] == ' ' else '☑'} {children[0].content[found.end() :]}"
        item.attrSet("style", "list-style-type:none")


def _finish_inline(children: Sequence[Token], image: Callable[[str], str]) -> list[Token]:
    made: list[Token] = []
    open_links: list[bool] = []
    for token in children:
        _dress(token)
        if token.type == "link_open":
            target = link_target(unquote_spaces(str(token.attrGet("href") or "")))
            open_links.append(bool(target))
            token.attrs = {"href": ascii_target(target), "style": _STYLES["a"]}
            if not target:
                continue
        elif token.type == "link_close" and not open_links.pop():
            continue
        elif token.type == "image":
            token = _image(token, image)
        elif made and made[-1].type == "image" and token.type == "text":
            braces = _BRACES.match(token.content)
            style = style_of(braces[1], image=True) if braces else None
            if braces and style:
                made[-1].attrSet("style", style)
                token.content = token.content[braces.end() :]
        made.append(token)
    return made


def unquote_spaces(address: str) -> str:
    """An address as it was written, blanks aside."""
    return address.replace(" ", "%20")


def _reference(token: Token) -> str:
    return unquote(str(token.attrGet("src") or ""))


def _image(token: Token, image: Callable[[str], str]) -> Token:
    source = image(_reference(token))
    if source:
        token.attrs = {"src": source, "alt": "", "style": "max-width:100%"}
        return token
    words = Token("text", "", 0)
    words.content = f"[{_words_of(token)}]"
    return words


def _words_of(token: Token) -> str:
    return token.content or _reference(token).replace("\\", "/").rpartition("/")[2]


# for those who read text --------------------------------------------------

_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_CODE = re.compile(r"(`+)(?!`).+?(?<!`)\1(?!`)")
_LABEL = r"\[((?:[^\[\]\\\n]|\\.|\[[^\[\]\n]*\])*)\]"
_PIECES = re.compile(
    rf"(?P<code>{_CODE.pattern.replace(chr(92) + '1', '(?P=ticks)').replace('(`+)', '(?P<ticks>`+)')})"
    rf"|!{_LABEL}\((?P<image><[^<>\n]*>|[^()\s]*(?:\([^()\s]*\)[^()\s]*)*)(?:\s+\"[^\"\n]*\")?\)(?P<form>\{{[^{{}}\n]{{1,80}}\}})?"
    rf"|{_LABEL}\((?P<link><[^<>\n]*>|[^()\s]*(?:\([^()\s]*\)[^()\s]*)*)(?:\s+\"[^\"\n]*\")?\)"
    rf"|{_LABEL}\{{(?P<style>[^{{}}\n]{{1,80}})\}}"
    r"|\\(?P<escaped>[!-/:-@\[-`{-~])"
)


def readable_source(source: str, *, literal: bool = False) -> str:
    """Markdown as text for people: as it was written, but for what only makes sense to a machine.

    Links show their address in angle brackets, images their words, never their path; braces, blocks and backslashes go.
    Code is left alone, and with `literal` what is quoted.
    """
    lines: list[str] = []
    fence = ""
    for line in source.split("\n"):
        if literal and not fence and line.startswith(">"):
            lines.append(line)
            continue
        found = _FENCE.match(line)
        if found and (not fence or (found[1].startswith(fence) and not line.strip(" `~"))):
            fence = "" if fence else found[1]
        elif not fence and line.lstrip("> ").startswith(":::"):
            words = line.lstrip("> ")[3:]
            if not words.strip() or style_of(words, block=True):
                continue
        lines.append(line if fence or found else _PIECES.sub(_readable, line))
    return "\n".join(lines)


def _readable(found: re.Match[str]) -> str:
    if found["code"]:
        return found[0]
    if found["escaped"]:
        return found["escaped"]
    _code, _ticks, *groups = found.groups()
    words = next((one for one in (groups[0], groups[3], groups[5]) if one is not None), "")
    inner = _PIECES.sub(_readable, words)
    if found["style"] is not None:
        return inner if style_of(found["style"]) else found[0]
    if found["image"] is not None:
        form = found["form"] or ""
        kept = "" if not form or style_of(form[1:-1], image=True) else form
        return f"[{inner or found['image'].strip('<>').replace(chr(92), '/').rpartition('/')[2]}]{kept}"
    address = found["link"].strip("<>")
    if not address:
        return inner
    return inner if inner in (address, address.removeprefix("mailto:")) else f"{inner} <{address}>"
