"""A draft that another program wrote in HTML, taken up as rich text.

What our Markdown can say is written so; what it cannot is kept as the HTML that it is, below what is written here.
"""

from __future__ import annotations

import re
from dataclasses import replace

from core.draft import MARKDOWN, Draft, InlineImage, Original
from core.html import html_to_text
from core.html_quote import quoted_html
from core.html_source import markdown_of
from core.html_tokens import tokens
from core.message import Message, best_html, part_text
from core.rich_text import content_id, images_of

_BARE = frozenset(("html", "head", "body", "meta", "title", "style", "div", "p", "br", "span", "link"))
_LOOKS = re.compile(r"color|font-weight|font-style|text-decoration|text-align|background|float", re.IGNORECASE)
_QUOTE = re.compile(r"<blockquote\b[^>]*(?:\btype=[\"']?cite|\bgmail_quote|\bcite=)[^>]*>", re.IGNORECASE)
_OUTLOOK = re.compile(
    r"<div\b[^>]*\bid=[\"']?(?:x_)?(?:appendonsend|divRplyFwdMsg|mail-editor-reference-message-container)\b[^>]*>"
    r"|<div\b[^>]*style=[\"'][^\"'>]*border:\s*none;\s*border-top:\s*solid #(?:E1E1E1|B5C4DF)[^>]*>",
    re.IGNORECASE,
)
"""Where Outlook begins what is answered: below a line with its sender, date, recipients and subject, and not set off."""
_SIDE = re.compile(r"<(/?)blockquote\b[^>]*>", re.IGNORECASE)
_LED = re.compile(r"(?:\s|<br\b[^>]*>)*<div\b[^>]*>((?:(?!</?div\b).){1,2000})</div>\s*<br\b[^>]*>", re.IGNORECASE | re.DOTALL)
"""Apple Mail's line above what it quotes stands within the quotation."""
_LONGEST_LEAD = 300
_WRAPPING = re.compile(r"<(?!/?(?:div|p|br|span|html|body)\b)[a-z]", re.IGNORECASE)


def taken_up(draft: Draft, message: Message) -> Draft:
    """The draft as rich text where its mail has HTML that looks like more than text; else as it is. Never raises."""
    part = best_html(message.parts)
    if part is None:
        return draft
    html = part_text(message, part.section).replace("\r\n", "\n")
    own, lead, quotation = parted(html) if draft.answers is not None else (html, "", "")
    images, sources = _images(message)
    if is_bare(own) and not quotation:
        return draft
    text = markdown_of(own, sources, literal=draft.answers is not None)
    cids = {name: f"cid:{content_id(images[name])}" for name in images}
    original = None
    if text is None:
        original = Original("", html_to_text(html), quoted_html(html, cids), own=True)
    elif quotation:
        original = Original(lead, html_to_text(quotation), quoted_html(quotation, cids))
    used = tuple(one for name, one in images.items() if text is not None and f"<{sources[name]}>" in text)
    kept = tuple(
        InlineImage(cids[name], one.name, one.type, data=one.data)
        for name, one in images.items() if original is not None and cids[name] in original.html
    )  # fmt: skip
    shown = {one.data for one in (*used, *kept)}
    return replace(
        draft,
        body=text or "\n",
        original=original,
        images=(*used, *kept),
        attachments=tuple(one for one in draft.attachments if one.data not in shown),
        options=replace(draft.options, format=MARKDOWN),
    )


def is_bare(html: str) -> bool:
    """Whether it is text between tags that say nothing of how it looks: a draft that is as well written as text."""
    return all(not one.name or (one.name in _BARE and not _LOOKS.search(one.attributes)) for one in tokens(html))


def parted(html: str) -> tuple[str, str, str]:
    """What was written above a mail that is answered, the line that leads to it, and its HTML; no quotation: all is one's own."""
    below_line, begin = _OUTLOOK.search(html), _QUOTE.search(html)
    if below_line is not None and (begin is None or below_line.start() < begin.start()):
        return html[: below_line.start()], "", html[below_line.end() :]
    if begin is None:
        return html, "", ""
    depth, end = 0, None
    for side in _SIDE.finditer(html, begin.start()):
        depth += -1 if side[1] else 1
        if not depth:
            end = side
            break
    below = html[end.end() :] if end is not None else ""
    if end is None or html_to_text(below).strip():
        return html, "", ""
    above = html[: begin.start()]
    lines = html_to_text(above).rstrip().split("\n")
    paragraph = " ".join(" ".join(lines).split()) if len(lines) == 1 else ""
    lead = paragraph or (lines[-1].strip() if lines[-1].rstrip().endswith(":") else "")
    at = _lead_at(above, lead) if lead.endswith(":") else None
    if at is None:
        return above, *_led(html[begin.end() : end.start()])
    return above[:at], lead, html[begin.end() : end.start()]


def _led(quotation: str) -> tuple[str, str]:
    """The line above a quotation that stands within it, and the rest; no line: all is quoted."""
    found = _LED.match(quotation)
    lead = " ".join(html_to_text(found[1]).split()) if found is not None else ""
    if found is None or not lead.endswith(":") or len(lead) > _LONGEST_LEAD or not re.search(r"\d", lead):
        return "", quotation
    return lead, quotation[found.end() :]


def _lead_at(html: str, lead: str) -> int | None:
    """Where the line above a quotation begins: its block is the last one that holds its words."""
    for found in reversed(list(re.finditer(r"<(?:div|p)\b[^>]*>|<br\s*/?>", html, re.IGNORECASE))):
        words = " ".join(html_to_text(html[found.end() :]).split())
        if words == " ".join(lead.split()) and not _WRAPPING.search(html[found.end() :].replace("<a ", "<div ")):
            return found.start()
        if len(words) > 2 * len(lead) + 20:
            return None
    return None


def _images(message: Message) -> tuple[dict[str, InlineImage], dict[str, str]]:
    """The images that the HTML may show and what stands for each in the text, by Content-ID in lower case."""
    images: dict[str, InlineImage] = {}
    names: dict[str, str] = {}
    for id, one in images_of(message):
        name = re.sub(r"[<>\\\n]", "", one.name) or f"image-{len(images) + 1}"
        if name in names.values():
            name = f"{len(images) + 1}-{name}"
        images[id], names[id] = InlineImage(name, name, one.type, data=one.data), name
    return images, names
