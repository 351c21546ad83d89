"""What the renderer knows of HTML's elements, by name."""

from __future__ import annotations

BLOCKS = frozenset((
    "address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "details", "dialog", "dir", "div",
    "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr",
    "html", "legend", "li", "main", "menu", "nav", "ol", "p", "pre", "section", "summary", "table", "tbody", "td",
    "tfoot", "th", "thead", "tr", "ul", "listing", "xmp", "optgroup",
))  # fmt: skip
"""Elements that stand on lines of their own."""

GAPS = frozenset((
    "p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "dl", "blockquote", "pre", "table", "hr", "figure", "fieldset",
    "menu", "dir",
))  # fmt: skip
"""Blocks with an empty line before and after."""

VOID = frozenset((
    "area", "base", "basefont", "bgsound", "br", "col", "embed", "frame", "hr", "img", "input", "keygen", "link", "meta",
    "param", "source", "track", "wbr", "image",
))  # fmt: skip
"""Elements without content and end tag."""

SKIPPED = frozenset((
    "script", "title", "iframe", "noembed", "noframes", "template", "svg", "math", "audio", "video", "canvas", "select",
    "datalist",
))  # fmt: skip
"""Elements whose content is not for reading here."""

CLOSES = {
    "li": (("li",), ("ul", "ol", "menu", "dir")),
    "dt": (("dt", "dd"), ("dl",)),
    "dd": (("dt", "dd"), ("dl",)),
    "tr": (("tr", "td", "th"), ("table",)),
    "td": (("td", "th"), ("tr", "table")),
    "th": (("td", "th"), ("tr", "table")),
    "tbody": (("tbody", "thead", "tfoot", "tr", "td", "th"), ("table",)),
    "thead": (("tbody", "thead", "tfoot", "tr", "td", "th"), ("table",)),
    "tfoot": (("tbody", "thead", "tfoot", "tr", "td", "th"), ("table",)),
}
"""What a start tag ends, and how far up it looks (HTML Living Standard §13.1.2.4)."""

WALLS = frozenset(("td", "th", "table", "caption"))
"""End tags of other elements do not reach out of these."""

ORIGINALS = frozenset(("divRplyFwdMsg", "stopSpelling", "OLK_SRC_BODY_SECTION", "mail-editor-reference-message-container"))
"""Ids that Outlook and its kin give to where the mail that is answered begins."""

KINDS = {"ul": "list", "ol": "list", "menu": "list", "dir": "list", "li": "item", "dd": "indent", "blockquote": "quote",
          "table": "table", "tr": "row", "td": "cell", "th": "cell"}  # fmt: skip
"""Elements that make a box."""

KEPT_TIGHT = ("MsoNormal", "MsoListParagraph", "MsoPlainText", "MsoNoSpacing")
"""Beginnings of the classes of paragraphs that Word writes line by line."""

SIGNATURES = ("moz-signature", "gmail_signature", "gmail_signature_prefix")
"""Classes that mail programs give to signatures."""
