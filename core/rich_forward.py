"""Mails passed on in rich text: what they said goes below one's own words as the HTML that it was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from html import escape

from core.draft import Draft, InlineImage, Original
from core.forward import ENGLISH, Words, head_of
from core.message import Message
from core.quoting import readable_text
from core.rich_text import original_of


def forwarded_apart(draft: Draft, messages: Sequence[Message], words: Words = ENGLISH) -> Draft:
    """A draft that `core.forward.forward_together` made without texts, with the mails below it; their images come along
    once, and not as files too."""
    texts: list[str] = []
    pages: list[str] = []
    images: dict[str, InlineImage] = {}
    for message in messages:
        head = head_of(message, words)
        found = original_of(message, "")
        if found is not None:
            text, page = found[0].text, found[0].html
            images |= {one.ref: one for one in found[1]}
        else:
            text = readable_text(message).rstrip()
            page = f"<div>{_as_html(text)}</div>"
        title = f"{words.title}\n" if texts else ""
        # What is passed on keeps its signature: a line of two dashes alone would have it cut off.
        texts.append(f"{title}{head}\n\n{text}".replace("\n-- \n", "\n--\n"))
        pages.append(f"<div>{_as_html(title + head)}</div>\n<br>\n{page}")
    shown = {one.data for one in images.values()}
    return replace(
        draft,
        original=Original(words.title, "\n\n".join(texts), "\n<br>\n".join(pages)),
        images=(*draft.images, *images.values()),
        attachments=tuple(one for one in draft.attachments if one.data is None or one.data not in shown),
    )


def _as_html(text: str) -> str:
    """Plain text that looks the same; blanks at the beginning of a line stay."""
    lines = (line.expandtabs() for line in text.split("\n"))
    return "<br>\n".join("&nbsp;" * (len(line) - len(line.lstrip(" "))) + escape(line.lstrip(" ")) for line in lines)
