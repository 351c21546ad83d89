"""A mail being written: what the composer shows, the store keeps and `core.compose` builds.

As JSON it is saved while typing; `core.server_draft` makes the copy for the server's Drafts folder and
`core.editor_text` the text for an editor of one's own.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from msgspec import Struct

from core.address import Address
from core.errors import CorreioError

ANSWERED = "answered"
FORWARDED = "forwarded"

PLAIN, MARKDOWN = "plain", "markdown"
"""The formats of a mail's text."""

NOBODY = Address("", "")

ADDRESS_FIELDS = ("to", "cc", "bcc", "reply_to")
"""The fields of a draft that hold addresses, in the order people see them."""


class ComposeError(CorreioError):
    """A mail that cannot be built as it is; values: `field`, `address`, `name`, `path`, `answer`, `what`."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes with the mail: read from `path` when the mail is built, unless `data` holds its bytes."""

    name: str
    """The file name that the recipient sees; folders before it are not sent."""
    type: str = ""
    """Media type such as `image/png`; '' lets the name decide."""
    path: str = ""
    data: bytes | None = field(default=None, repr=False)
    charset: str = ""
    """Of a text, where it is known."""
    link: bool = False
    """It goes as a link: the recipients fetch it."""


class InlineImage(Struct, frozen=True):
    """An image that is shown within the text."""

    ref: str
    """What stands for it: the parentheses of `![…](ref)` in Markdown, or `cid:…` in the original's HTML."""
    name: str
    type: str = ""
    path: str = ""
    """Where its bytes are kept, unless `data` holds them."""
    data: bytes | None = None


class Original(Struct, frozen=True):
    """The mail that is answered, where it goes below the answer as the HTML that it was."""

    lead: str
    """The line above it."""
    text: str
    """Its text, for those who read text; not yet quoted."""
    html: str
    """Cleaned (`core.html_quote`), images as `cid:`."""
    own: bool = False
    """It is no quotation: another program's HTML that one's own text cannot say."""


@dataclass(frozen=True, slots=True)
class Answers:
    """The message that a draft answers or forwards: it gets a mark when the mail is sent."""

    message: int
    """Row id of the message in this store, 0 where it is not known (a draft begun on another machine)."""
    message_id: str
    """Its Message-ID without angle brackets, '' if it has none."""
    how: str = ANSWERED
    """ANSWERED or FORWARDED."""
    others: tuple[int, ...] = ()
    """Row ids of further messages that were forwarded with it."""


@dataclass(frozen=True, slots=True)
class Options:
    """What the writer can switch for one mail."""

    flowed: bool = True
    """Plain text that wraps at the reader's (RFC 3676); off for patches and the like."""
    priority: str = ""
    """'' (normal), high or low."""
    receipt: bool = False
    """Ask for a read receipt (RFC 8098)."""
    delivery: str = ""
    """What is asked of servers about the delivery (RFC 3461): '' (nothing is said), all, trouble, never."""
    no_reply: bool = False
    """No answer is needed, as the subject says then."""
    card: bool | None = None
    """Whether my card goes along; None: as the sender's settings say."""
    format: str = PLAIN
    """PLAIN, or MARKDOWN: the body is sent as text and as HTML."""
    font: str = ""
    """Of the HTML: words as `core.markdown.style_of` reads them."""
    link_days: str = ""
    """Days after which the links to its files end: one of `LINK_DAYS`."""


MOST_SHOWN = 8
"""Recipients who are named where a mail has many."""
LINK_DAYS = ("", "1", "3", "7", "30", "90", "0")
"""The values of `Options.link_days`: '' as the settings say, 0 never."""
DELIVERY = ("", "all", "trouble", "never")
"""The values of `Options.delivery`."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A mail that is not sent yet. Everything may be empty while it is being written."""

    identity: str = ""
    """Id of the identity it is written from."""
    from_: Address = NOBODY
    """The sender; empty means the identity's own name and address."""
    to: tuple[Address, ...] = ()
    cc: tuple[Address, ...] = ()
    bcc: tuple[Address, ...] = ()
    reply_to: tuple[Address, ...] = ()
    subject: str = ""
    body: str = ""
    """Lines separated by `\\n`; a paragraph is one long line when `options.flowed` is on."""
    attachments: tuple[Attachment, ...] = ()
    in_reply_to: str = ""
    """Message-ID without angle brackets."""
    references: tuple[str, ...] = ()
    """Message-IDs without angle brackets, oldest first."""
    answers: Answers | None = None
    options: Options = Options()
    send_at: int = 0
    """When it goes out, unix seconds; 0: as soon as it is sent."""
    typed: tuple[tuple[str, str], ...] = ()
    """(address field, text) where the text cannot be read as addresses yet: half a name is not lost."""
    images: tuple[InlineImage, ...] = ()
    """The images of the text and of `original`, as far as they are kept with the draft."""
    original: Original | None = None
    """What goes below the body, in rich text only."""

    @property
    def rich(self) -> bool:
        """Whether it is sent as HTML too."""
        return self.options.format == MARKDOWN

    @property
    def recipients(self) -> tuple[Address, ...]:
        """To, Cc and Bcc."""
        return self.to + self.cc + self.bcc

    @property
    def shown_recipients(self) -> str:
        """To whom, in a line: of many the first few, and how many there are."""
        people = self.recipients
        names = ", ".join(one.shown for one in people[:MOST_SHOWN])
        return names if len(people) <= MOST_SHOWN else f"{names} … ({len(people)})"

    @property
    def empty(self) -> bool:
        """Whether nothing was written yet: no recipient, subject, text or attachment."""
        return not (self.recipients or self.subject or self.body.strip() or self.attachments or self.typed)

    def to_json(self, *, blobs: MutableMapping[str, bytes] | None = None) -> str:
        """The draft as one line of JSON.

        The bytes of attachments stand in it as base64; with `blobs` given they are put there under their
        SHA-256 (hex) and the JSON only names it, so that saving every second stays cheap.
        """
        data: dict[str, Any] = {"identity": self.identity, "subject": self.subject, "body": self.body}
        data["from"] = [self.from_.name, self.from_.addr]
        for name in ADDRESS_FIELDS:
            data[name] = [[one.name, one.addr] for one in getattr(self, name)]
        data["attachments"] = [_attachment_data(one, blobs) for one in self.attachments]
        data["in_reply_to"] = self.in_reply_to
        data["references"] = list(self.references)
        if self.answers:
            data["answers"] = [self.answers.message, self.answers.message_id, self.answers.how, list(self.answers.others)]
        data["options"] = {
            "flowed": self.options.flowed,
            "priority": self.options.priority,
            "receipt": self.options.receipt,
            "delivery": self.options.delivery,
            "no_reply": self.options.no_reply,
            "card": self.options.card,
            "format": self.options.format,
            "font": self.options.font,
            "link_days": self.options.link_days,
        }
        data["images"] = [_image_data(one, blobs) for one in self.images]
        if self.original is not None:
            data["original"] = [self.original.lead, self.original.text, self.original.html]
            data["own"] = self.original.own
        if self.send_at:
            data["send_at"] = self.send_at
        data["typed"] = [list(pair) for pair in self.typed]
        # ASCII only, and so fit for a database even if a text holds a lone surrogate.
        return json.dumps(data, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str, *, blobs: Mapping[str, bytes] | None = None) -> Draft:
        """The draft that `to_json` wrote, also by another version of Correio: unknown keys are left out.

        Raises ComposeError `draft-unreadable` if it is no draft, `draft-blob-missing` (value `name`) if the
        bytes of an attachment are in neither place.
        """
        try:
            data = json.loads(text)
            return _draft(data, blobs or {})
        except (ValueError, TypeError, KeyError, AttributeError, IndexError) as error:
            raise ComposeError("draft-unreadable", answer=str(error)) from error


def _draft(data: dict[str, Any], blobs: Mapping[str, bytes]) -> Draft:
    answers = data.get("answers")
    options = data.get("options") or {}
    return Draft(
        identity=str(data["identity"]),
        from_=_addresses([data.get("from") or ["", ""]])[0],
        to=_addresses(data.get("to")),
        cc=_addresses(data.get("cc")),
        bcc=_addresses(data.get("bcc")),
        reply_to=_addresses(data.get("reply_to")),
        subject=str(data.get("subject", "")),
        body=str(data.get("body", "")),
        attachments=tuple(_attachment(one, blobs) for one in data.get("attachments") or ()),
        in_reply_to=str(data.get("in_reply_to", "")),
        references=tuple(map(str, data.get("references") or ())),
        answers=_answers(answers) if answers else None,
        options=Options(
            flowed=bool(options.get("flowed", True)),
            priority=str(options.get("priority", "")),
            receipt=bool(options.get("receipt", False)),
            delivery=str(options.get("delivery", "")),
            no_reply=bool(options.get("no_reply", False)),
            card=None if options.get("card") is None else bool(options["card"]),
            format=MARKDOWN if options.get("format") == MARKDOWN else PLAIN,
            font=str(options.get("font", "")),
            link_days=next((days for days in LINK_DAYS if days == options.get("link_days")), ""),
        ),
        send_at=int(data.get("send_at") or 0),
        typed=tuple((str(name), str(value)) for name, value in data.get("typed") or ()),
        images=tuple(_image(one, blobs) for one in data.get("images") or ()),
        original=_original(data["original"], own=bool(data.get("own"))) if data.get("original") else None,
    )


def _original(data: list[Any], *, own: bool) -> Original:
    lead, text, html = map(str, data[:3])
    return Original(lead, text, html, own)


def _answers(data: list[Any]) -> Answers:
    return Answers(int(data[0]), str(data[1]), str(data[2]), tuple(map(int, data[3] if len(data) > 3 else ())))


def _addresses(pairs: list[list[str]] | None) -> tuple[Address, ...]:
    return tuple(Address(str(name), str(addr)) for name, addr in pairs or ())


def _attachment_data(one: Attachment, blobs: MutableMapping[str, bytes] | None) -> dict[str, str]:
    data = {"name": one.name, "type": one.type, "path": one.path, "charset": one.charset}
    if one.link:
        data["link"] = "yes"
    return data | _bytes_data(one.data, blobs)


def _image_data(one: InlineImage, blobs: MutableMapping[str, bytes] | None) -> dict[str, str]:
    return {"ref": one.ref, "name": one.name, "type": one.type, "path": one.path} | _bytes_data(one.data, blobs)


def _bytes_data(content: bytes | None, blobs: MutableMapping[str, bytes] | None) -> dict[str, str]:
    if content is None:
        return {}
    if blobs is None:
        return {"data": base64.b64encode(content).decode("ascii")}
    digest = hashlib.sha256(content).hexdigest()
    blobs[digest] = content
    return {"sha256": digest}


def _bytes_of(data: dict[str, str], blobs: Mapping[str, bytes]) -> bytes | None:
    if "data" in data:
        return base64.b64decode(data["data"], validate=True)
    if "sha256" not in data:
        return None
    content = blobs.get(data["sha256"])
    if content is None:
        raise ComposeError("draft-blob-missing", name=str(data["name"]))
    return content


def _image(data: dict[str, str], blobs: Mapping[str, bytes]) -> InlineImage:
    content = _bytes_of(data, blobs)
    ref, name, type, path = (str(data.get(key, "")) for key in ("ref", "name", "type", "path"))
    return InlineImage(ref, name, type, path, content)


def _attachment(data: dict[str, str], blobs: Mapping[str, bytes]) -> Attachment:
    content = _bytes_of(data, blobs)
    return Attachment(
        name=str(data["name"]),
        type=str(data.get("type", "")),
        path=str(data.get("path", "")),
        data=content,
        charset=str(data.get("charset", "")),
        link=bool(data.get("link")),
    )


def size_of(one: Attachment | InlineImage) -> int:
    """The size of an attached file or an image in bytes; 0 where it cannot be read."""
    if one.data is not None:
        return len(one.data)
    try:
        return Path(one.path).expanduser().stat().st_size
    except (OSError, ValueError, RuntimeError):
        return 0
