"""A draft in rich text as it is sent: text for those who read text, HTML for the others, and the images that it shows.

multipart/alternative (RFC 2046 §5.1.4) of text/plain and text/html; with images the HTML stands in a
multipart/related (RFC 2387) of its own, so that programs which show the text have no images to list.
"""

from __future__ import annotations

import hashlib
import mimetypes
import re
from collections.abc import Iterator
from dataclasses import replace
from html import escape
from pathlib import Path, PurePosixPath, PureWindowsPath

from core.draft import ComposeError, Draft, InlineImage, Original
from core.encoded_word import one_line
from core.html_clean import IMAGE_TYPES
from core.html_quote import quoted_html
from core.markdown import FONTS, image_references, markdown_html, readable_source, style_of
from core.message import Message, best_html, part_bytes, part_text
from core.mime import Entity, image_entity, multipart, text_entity
from core.picture_size import picture_size
from core.quoting import attribution, quoted, readable_text

_HEAD = '<!DOCTYPE html>\n<html><head><meta http-equiv="Content-Type" content="text/html; charset=utf-8"></head><body>\n'
_FOOT = "</body></html>\n"
_QUOTE = '<blockquote type="cite" style="margin:0;padding:0 0 0 0.8em;border-left:3px solid #bbb">'
_OWN = '<div style="margin:0;padding:0">'
_CID = re.compile(r"cid:([0-9a-f]{32}@correio)")
_REMOTE = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]+:")
_NOT_IN_TEXT = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
LARGEST_IMAGE = 64 * 1024 * 1024


def text_of(draft: Draft) -> str:
    """What those see who read text: the body without what only machines need, and below it the original, quoted."""
    text = readable_source(draft.body, literal=quotes_literally(draft))
    return text if draft.original is None else with_quotation(text, draft.original)


def quotes_literally(draft: Draft) -> bool:
    """Whether what the draft quotes are another's words, which are no Markdown: so it is in an answer."""
    return draft.answers is not None or bool(draft.in_reply_to)


def html_of(draft: Draft) -> str:
    """The HTML of a draft whose images are gathered: a whole page that loads nothing."""
    sources = {one.ref: f"cid:{content_id(one)}" for one in draft.images}
    body, signature = _parts(draft.body)
    literal = quotes_literally(draft)
    font = style_of(draft.options.font) or f"font-family:{FONTS['sans']}"
    pieces = [_HEAD, f'<div style="{font}">\n', markdown_html(body, lambda ref: sources.get(ref, ""), literal=literal)]
    if signature:
        inner = markdown_html(signature, lambda ref: sources.get(ref, ""))
        pieces.append(f'<div style="color:#666">-- <br>\n{inner}</div>\n')
    pieces.append("</div>\n")
    if draft.original is not None:
        lead = f"<div>{escape(draft.original.lead)}</div>\n" if draft.original.lead else ""
        begin, end = (_OWN, "</div>") if draft.original.own else (_QUOTE, "</blockquote>")
        pieces.append(f"{lead}{begin}\n{draft.original.html}\n{end}\n")
    return _NOT_IN_TEXT.sub("", "".join([*pieces, _FOOT]))


def _parts(body: str) -> tuple[str, str]:
    """The text and the signature below it."""
    head, mark, tail = f"\n{body}".rpartition("\n-- \n")
    return (head.removeprefix("\n"), tail) if mark else (body, "")


def rich_entity(draft: Draft, text: str, *, flowed: bool) -> Entity:
    """The content of a draft whose images are gathered; `text` is the text part as it goes over the wire."""
    page: Entity = text_entity(html_of(draft), flowed=False, subtype="html")
    if draft.images:
        images = (image_entity(_data(one), one.type, image_name(one.name), content_id(one)) for one in _each_once(draft))
        page = multipart("related", (page, *images), '\r\n type="text/html";')
    return multipart("alternative", (text_entity(text, flowed=flowed), page))


def _each_once(draft: Draft) -> tuple[InlineImage, ...]:
    return tuple({content_id(one): one for one in draft.images}.values())


def content_id(image: InlineImage) -> str:
    """The Content-ID of an image, without brackets: from its bytes, so that it tells nothing else."""
    return f"{hashlib.sha256(_data(image)).hexdigest()[:32]}@correio"


def _data(image: InlineImage) -> bytes:
    return image.data if image.data is not None else b""


# which images there are ---------------------------------------------------


def local_images(draft: Draft) -> tuple[str, ...]:
    """The images of a draft's text that are files here; what has an address would be loaded, and is not sent."""
    found = image_references(draft.body, literal=quotes_literally(draft))
    return tuple(ref for ref in found if ref and (not _REMOTE.match(ref) or ref.startswith("file:")))


def images_used(draft: Draft) -> tuple[str, ...]:
    """What stands for each image of a draft in its Markdown and in the original's HTML."""
    original = (f"cid:{found}" for found in _CID.findall(draft.original.html)) if draft.original is not None else ()
    return tuple(dict.fromkeys((*local_images(draft), *original)))


def gathered(draft: Draft) -> Draft:
    """The draft with exactly the images it shows, their bytes read.

    Raises ComposeError `attachment-unreadable` (`name`, `path`, `answer`), `image-unknown` (`name`).
    """
    known = {one.ref: one for one in draft.images}
    images = []
    for ref in images_used(draft):
        one = known.get(ref)
        if one is None and ref.startswith("cid:"):
            continue
        images.append(read_image(one or InlineImage(ref, image_name(ref), path=ref)))
    return replace(draft, images=tuple(images))


def read_image(one: InlineImage) -> InlineImage:
    """An image with its bytes and their type. Raises ComposeError as `gathered`."""
    data = one.data
    if data is None:
        try:
            path = Path(one.path.removeprefix("file://")).expanduser()
            with path.open("rb") as file:
                data = file.read(LARGEST_IMAGE)
        except (OSError, ValueError, RuntimeError) as error:
            answer = getattr(error, "strerror", None) or str(error)
            raise ComposeError("attachment-unreadable", name=one.name, path=one.path, answer=answer) from error
    seen = picture_size(data)
    if seen is None:
        raise ComposeError("image-unknown", name=one.name)
    ending = mimetypes.guess_extension(seen.type) or ""
    name = one.name if mimetypes.guess_type(one.name)[0] == seen.type else f"{PurePosixPath(one.name).stem}{ending}"
    return InlineImage(one.ref, name, seen.type, one.path, data)


def image_name(ref: str) -> str:
    """The name of an image's file, as the recipient may see it."""
    return one_line(PurePosixPath(PureWindowsPath(ref).as_posix()).name) or "image"


def with_quotation(body: str, original: Original) -> str:
    """A body with the original's text quoted below it, above the signature."""
    text, signature = _parts(body)
    lead = f"{original.lead}\n" if original.lead else ""
    below = original.text.strip("\n") if original.own else quoted(original.text)
    text = f"{text.rstrip(chr(10))}\n\n{lead}{below}\n".lstrip("\n" if original.own else "")
    return f"{text}\n-- \n{signature}" if signature else text


def original_in(html: str, *, own: bool = False) -> str:
    """The original's HTML in a page that `html_of` made."""
    begin, end = (_OWN, "</div>") if own else (_QUOTE, "</blockquote>")
    _before, mark, rest = html.partition(f"{begin}\n")
    return rest.rpartition(f"\n{end}\n")[0] if mark else ""


# the mail that is answered ------------------------------------------------


def original_of(message: Message, pattern: str) -> tuple[Original, tuple[InlineImage, ...]] | None:
    """A mail to be kept as HTML below the answer, with the images that came along; None where it has no HTML.

    `pattern`: the attribution's.
    """
    part = best_html(message.parts)
    if part is None:
        return None
    images: dict[str, InlineImage] = {}
    for name, found in images_of(message):
        images[name] = InlineImage(f"cid:{content_id(found)}", found.name or "image", found.type, data=found.data)
    html = quoted_html(part_text(message, part.section), {name: one.ref for name, one in images.items()})
    shown = {f"cid:{found}" for found in _CID.findall(html)}
    kept = {one.ref: one for one in images.values() if one.ref in shown}
    original = Original(attribution(message.envelope, pattern), readable_text(message), html)
    return original, tuple(kept.values())


def images_of(message: Message) -> Iterator[tuple[str, InlineImage]]:
    """(Content-ID in lower case, image) of those that a mail's HTML may show; they have no `ref` yet."""
    for one in message.parts:
        id = one.content_id.strip("<> ").lower()
        if not id or not one.type.startswith("image/"):
            continue
        data = part_bytes(message, one.section)
        seen = picture_size(data)
        if seen is not None and seen.type in IMAGE_TYPES:
            yield id, InlineImage("", one.name, seen.type, data=data)


def as_text(draft: Draft) -> Draft:
    """The draft with its original quoted in the body, to be answered line by line or sent as plain text."""
    if draft.original is None:
        return draft
    images = tuple(one for one in draft.images if not one.ref.startswith("cid:"))
    return replace(draft, body=with_quotation(draft.body, draft.original), original=None, images=images)


def quoted_apart(draft: Draft, original: Original, images: tuple[InlineImage, ...]) -> Draft:
    """An answer whose quotation is taken out of its body again, because the original goes below it as HTML."""
    lines = draft.body.split("\n")
    quotation = [number for number, line in enumerate(lines) if line.startswith(">")]
    text, signature = _parts(draft.body)
    if quotation and "\n".join(lines[quotation[0] : quotation[-1] + 1]) == quoted(original.text):
        start = quotation[0]
        lead = original.lead.split("\n") if original.lead else []
        start -= len(lead) if lines[start - len(lead) : start] == lead else 0
        own = "\n".join([*lines[:start], *lines[quotation[-1] + 1 :]])
        text, signature = _parts(own)
    body = f"{text.strip(chr(10))}\n"
    whole = f"{body}\n-- \n{signature}" if signature else body
    return replace(draft, body=whole, original=original, images=images)
