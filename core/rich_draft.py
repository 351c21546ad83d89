"""A draft in rich text on the server: every program shows it as it will look, and Correio goes on with its source.

The text part is the Markdown itself, with the original quoted below; how many of its lines are Markdown, and what stands
for each image in it, is told by the draft's own header field.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from core.draft import MARKDOWN, PLAIN, Draft, InlineImage, Original
from core.encoded_word import parameter
from core.flowed import split_quote
from core.message import Message, best_html, part_bytes, part_text
from core.mime import Entity, multipart
from core.rich_text import content_id, gathered, original_in, rich_entity, with_quotation


def kept_entity(draft: Draft) -> tuple[Entity, str]:
    """The content of a rich draft, and the parameters for its header field. Raises ComposeError for images and files."""
    from core.compose import attached_entity, clean_body

    whole = gathered(draft)
    plain = replace(draft, options=replace(draft.options, format=PLAIN))
    source = clean_body(plain)
    lines = source.count("\n") + 1
    if draft.original is not None:
        source = clean_body(replace(plain, body=f"{source}\n{with_quotation('', draft.original)}"))
    content = rich_entity(whole, source, flowed=False)
    if draft.attachments:
        content = multipart("mixed", (content, *map(attached_entity, draft.attachments)))
    kept = parameter("format", MARKDOWN) + parameter("lines", str(lines)) + parameter("font", draft.options.font)
    kept += parameter("flowed", str(int(draft.options.flowed)))
    if draft.original is not None:
        kept += parameter("lead", draft.original.lead) + (parameter("own", "1") if draft.original.own else "")
    shown = {content_id(one): one for one in whole.images if not one.ref.startswith("cid:")}
    return content, kept + "".join(parameter(f"image-{id[:12]}", one.ref) for id, one in shown.items())


def kept_draft(draft: Draft, message: Message, text: str, private: Mapping[str, str]) -> Draft:
    """The draft that was kept, of what any program would read; as it is where another program has changed it."""
    lines = text.split("\n")
    count = private.get("lines", "")
    if not count.isdigit() or int(count) > len(lines):
        return draft
    html = best_html(message.parts)
    own = "own" in private
    kept = original_in(part_text(message, html.section).replace("\r\n", "\n"), own=own) if html is not None else ""
    original = None
    if "lead" in private or kept:
        quotation = [split_quote(line) for line in lines[int(count) :]]
        quoted = "\n".join(">" * (depth - 1) + " " * (depth > 1) + words for depth, words in quotation if depth)
        text = "\n".join(lines[int(count) :]).strip("\n") if own else quoted
        original = Original(private.get("lead", ""), text, kept, own=own)
    images = []
    for part in message.parts:
        id = part.content_id.strip("<> ")
        if not id.endswith("@correio") or not part.type.startswith("image/"):
            continue
        ref = private.get(f"image-{id[:12]}", f"cid:{id}")
        images.append(InlineImage(ref, part.name, part.type, data=part_bytes(message, part.section)))
    shown = {one.data for one in images}
    return replace(
        draft,
        body="\n".join(lines[: int(count)]),
        options=replace(draft.options, format=MARKDOWN, font=private.get("font", ""), flowed=private.get("flowed", "1") != "0"),
        images=tuple(images),
        original=original,
        attachments=tuple(one for one in draft.attachments if one.data not in shown),
    )
