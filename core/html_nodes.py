"""A small tree of the HTML that other mail programs write into drafts."""

from __future__ import annotations

from itertools import islice

from msgspec import Struct

from core.html_tokens import read_attributes, tokens

MOST_TOKENS = 20_000
MOST_DEEP = 60
VOID = frozenset(("br", "hr", "img", "input", "meta", "link", "col", "wbr", "base"))
BLOCKS = frozenset((
    "p", "div", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "blockquote", "pre", "hr", "table", "center", "address",
    "section", "article", "header", "footer", "main", "body", "html", "figure", "tbody", "thead", "tfoot", "tr", "td", "th",
))  # fmt: skip
_ENDS = {"li": ("li",), "td": ("td", "th"), "th": ("td", "th"), "tr": ("tr", "td", "th")}
"""What a start tag ends that was left open."""
_WALLS = frozenset(("ul", "ol", "table", "blockquote", "div"))
_DROPPED = frozenset(("head", "title", "style", "script"))


class Node(Struct):
    """An element with what is in it."""

    name: str
    attributes: dict[str, str]
    children: list[Node | str]

    def words(self) -> str:
        """Its text."""
        return "".join(one if isinstance(one, str) else one.words() for one in self.children)


def read_nodes(html: str) -> Node | None:
    """The tree of a page, None where it is too long or too deep for one. Never raises."""
    top = Node("", {}, [])
    path = [top]
    for number, token in enumerate(islice(tokens(html), MOST_TOKENS + 1)):
        if number == MOST_TOKENS or len(path) > MOST_DEEP:
            return None
        name = token.name
        if not name:
            if path[-1].name not in _DROPPED:
                path[-1].children.append(token.text)
        elif token.end:
            if any(one.name == name for one in path[1:]):
                while path.pop().name != name:
                    pass
        elif name not in ("style", "script", "title", "meta", "link", "base"):
            _end_open(path, name)
            node = Node(name, read_attributes(token.attributes), [])
            path[-1].children.append(node)
            if name not in VOID:
                path.append(node)
    return top


def _end_open(path: list[Node], name: str) -> None:
    """A block ends a paragraph; a cell, a row, an item end the one before."""
    if name in BLOCKS and path[-1].name == "p":
        path.pop()
    for step in range(len(path) - 1, 0, -1):
        if path[step].name in _ENDS.get(name, ()):
            del path[step:]
        elif path[step].name in _WALLS and path[step].name != "div":
            return
