"""Mails passed on: their text inline with the files kept, or whole as attachments."""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from core.address import Address, format_addresses
from core.draft import FORWARDED, Answers, Attachment, Draft
from core.encoded_word import one_line
from core.message import Message, attachments, part_bytes
from core.part import Part
from core.quoting import readable_text, signed, written
from core.redirect import without_fields
from core.reply import PLAIN_STYLE, Style, writer_for
from core.settings.schema import Identity
from core.signatures import first_signature

_FORWARDS = re.compile(
    r"\s*(?:(?:fwd?|wg|tr|rv|enc|vb|vl|pd|doorst|vs|i|转发|轉寄)\s*(?:\[\d+\]|\(\d+\))?\s*[:：]\s*)+", re.IGNORECASE
)
_NOT_IN_NAMES = re.compile(r'[\\/:*?"<>|\x00-\x1f]+')


@dataclass(frozen=True, slots=True)
class Words:
    """The words above a forwarded text, in the language of the user."""

    title: str = "---------- Forwarded message ----------"
    from_: str = "From"
    date: str = "Date"
    subject: str = "Subject"
    to: str = "To"
    cc: str = "Cc"


ENGLISH = Words()


def forward(
    message: Message,
    identities: Sequence[Identity],
    *,
    row: int = 0,
    default: str = "",
    style: Style = PLAIN_STYLE,
    words: Words = ENGLISH,
    text: str | None = None,
) -> Draft:
    """A draft with the mail's text below a few of its headers, and its files attached.

    The mail must be here whole (files that were not fetched cannot go along). `row`, `default` and `text` as
    for `core.reply.reply`.
    """
    return forward_together([message], identities, rows=(row,), default=default, style=style, words=words, text=text)


def forward_together(
    messages: Sequence[Message],
    identities: Sequence[Identity],
    *,
    rows: Sequence[int] = (),
    default: str = "",
    style: Style = PLAIN_STYLE,
    words: Words = ENGLISH,
    text: str | None = None,
    bare: bool = False,
) -> Draft:
    """As `forward`, of several mails: their texts below each other, and all their files. `rows`: their row ids.

    `bare`: without the texts, which `core.rich_forward` adds as HTML.
    """
    first = messages[0]
    identity, writer = writer_for(first, identities, default)
    texts = []
    for message in () if bare else messages:
        inner = readable_text(message) if text is None else text
        texts.append(f"{words.title}\n{head_of(message, words)}\n\n{inner.rstrip()}\n")
    return replace(
        _passed_on(first, identity, writer, "\n\n" + "\n".join(texts), style),
        attachments=tuple(one for message in messages for one in kept_files(message)),
        answers=_answers(messages, rows),
    )


def forward_attached(
    messages: Sequence[Message],
    identities: Sequence[Identity],
    *,
    row: int = 0,
    default: str = "",
    style: Style = PLAIN_STYLE,
    rows: Sequence[int] = (),
) -> Draft:
    """A draft with the mails attached as they are, but for Bcc lines of one's own sent mail. `rows`: all their row ids."""
    first = messages[0]
    identity, writer = writer_for(first, identities, default)
    files = tuple(
        Attachment(f"{_file_stem(message.envelope.subject)}.eml", "message/rfc822", data=without_fields(message.raw, ("bcc",)))
        for message in messages
    )
    return replace(
        _passed_on(first, identity, writer, "\n\n", style),
        attachments=files,
        answers=_answers(messages, rows or (row,)) if len(messages) == 1 or rows else None,
    )


def _answers(messages: Sequence[Message], rows: Sequence[int]) -> Answers:
    row, *others = rows or (0,)
    return Answers(row, messages[0].envelope.message_id, FORWARDED, tuple(others))


def forward_subject(subject: str) -> str:
    """`Fwd: subject`, whatever Fwd:, FW:, WG: or TR: stood there already."""
    found = _FORWARDS.match(subject)
    return f"Fwd: {subject[found.end() :] if found else subject}".strip()


def kept_files(message: Message) -> tuple[Attachment, ...]:
    """The files of a mail as attachments of a draft."""
    return tuple(_kept(message, part, number) for number, part in enumerate(attachments(message.parts), 1))


def _passed_on(message: Message, identity: Identity | None, writer: Address, body: str, style: Style) -> Draft:
    signature = first_signature(identity) if identity and style.signature else ""
    return Draft(
        identity=identity.id if identity else "",
        from_=writer,
        subject=forward_subject(message.envelope.subject),
        body=signed(body, signature),
        options=style.options,
    )


def head_of(message: Message, words: Words) -> str:
    """The headers that are told above a forwarded text."""
    envelope = message.envelope
    lines = (
        (words.from_, format_addresses(envelope.from_)),
        (words.date, written(envelope)),
        (words.subject, envelope.subject),
        (words.to, format_addresses(envelope.to)),
        (words.cc, format_addresses(envelope.cc)),
    )
    return "\n".join(f"{name}: {value}" for name, value in lines if value)


def _kept(message: Message, part: Part, number: int) -> Attachment:
    name = part.name
    if not name:
        ending = ".eml" if part.type == "message/rfc822" else mimetypes.guess_extension(part.type) or ""
        name = f"attachment-{number}{ending}"
    return Attachment(name, part.type, data=part_bytes(message, part.section), charset=part.charset)


def _file_stem(subject: str) -> str:
    return _NOT_IN_NAMES.sub(" ", one_line(subject))[:80].strip(" .") or "message"
