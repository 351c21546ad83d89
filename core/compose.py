"""The bytes of an outgoing mail, made once from a draft (RFC 5322, 2045-2047, 2231, 3676, 6532).

Every header value is made of text without CR, LF and NUL, in UTF-8 words of at most 75 characters and folded;
what comes out is proofread (`core.proofreading`) by a parser that shares no code with what is here.
"""

from __future__ import annotations

import mimetypes
import re
import secrets
from dataclasses import dataclass, field, replace
from datetime import datetime
from email.utils import format_datetime
from pathlib import Path, PurePosixPath, PureWindowsPath

from core.address import Address, ascii_domain, parse_addresses
from core.draft import Attachment, ComposeError, Draft
from core.encoded_word import one_line, phrase, unstructured
from core.errors import UsageError
from core.flowed import flow
from core.mime import Entity, field_line, file_entity, message_entity, multipart, safe_type, text_entity
from core.settings.schema import Identity

REFERENCES = 50
"""Message-IDs kept in References: the first and the newest of a long thread."""

_ATOM = r"[^\s\x00-\x20\x7f-\x9f\ud800-\udfff()<>\[\]:;@\\,.\"]+"
_LOCAL = re.compile(rf"{_ATOM}(\.{_ATOM})*")
_QUOTED_LOCAL = re.compile(r'"([\x21\x23-\x5b\x5d-\x7e ]|\\[\x20-\x7e])*"')
_DOMAIN = re.compile(r"[A-Za-z0-9]([A-Za-z0-9_-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9_-]*[A-Za-z0-9])?)*")
_LITERAL = re.compile(r"\[[\x21-\x5a\x5e-\x7e]+\]")
_MESSAGE_ID = re.compile(r"[\x21-\x3b\x3d\x3f-\x7e]{1,900}")
_NOT_IN_TEXT = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
_NOBODY = "undisclosed-recipients:;"


@dataclass(frozen=True, slots=True)
class Built:
    """A mail ready for the outbox. The two byte strings differ in their Bcc line only."""

    wire: bytes = field(repr=False)
    """What goes to the server: CRLF, no Bcc."""
    sent_copy: bytes = field(repr=False)
    """What is filed in Sent, with the Bcc line."""
    sender: str
    """Envelope sender, the domain in ASCII."""
    recipients: tuple[str, ...]
    """Envelope recipients, domains in ASCII, each once."""
    message_id: str
    """Without angle brackets."""


def build(draft: Draft, identity: Identity, *, now: datetime, message_id: str | None = None) -> Built:
    """The draft as bytes, proofread. `now` carries a time zone; `message_id` (without brackets) is made if not given.

    Attachments with a path are read here. Raises ComposeError `no-recipients`, `address-invalid` (`field`,
    `address`), `attachment-unreadable` (`name`, `path`, `answer`), or `mail-malformed` (`what`) from the proofreading.
    """
    from core.proofreading import check

    if draft.typed:
        name, text = draft.typed[0]
        raise ComposeError("address-invalid", field=name, address=text)
    recipients = tuple(dict.fromkeys(_envelope("to", one) for one in draft.recipients))
    if not recipients:
        raise ComposeError("no-recipients")
    sender = envelope_sender(draft, identity)
    # Files are read once: what is proofread is what was packed.
    draft = replace(draft, attachments=tuple(replace(one, data=read_attachment(one)) for one in draft.attachments))
    if draft.rich:
        from core.rich_text import gathered

        draft = gathered(draft)
    message_id = message_id or new_message_id(_envelope("from", sender_of(draft, identity)))
    fields = head(draft, identity, now, message_id)
    whole = entity(draft)
    wire = _assemble(fields, whole)
    built = Built(
        wire=wire,
        sent_copy=_assemble(_with_bcc(fields, draft), whole) if draft.bcc else wire,
        sender=sender,
        recipients=recipients,
        message_id=message_id,
    )
    check(built, draft, identity)
    return built


def build_of(
    draft: Draft, identity: Identity, content: Entity, *, now: datetime, also: tuple[tuple[str, str], ...] = ()
) -> Built:
    """As `build`, with a content of another kind than a person writes: a report, an answer for a calendar.

    `also`: further header fields, values final. The content is the caller's affair. Raises as `build` does.
    """
    from core.proofreading import check_head

    recipients = tuple(dict.fromkeys(_envelope("to", one) for one in draft.recipients))
    if not recipients:
        raise ComposeError("no-recipients")
    sender = envelope_sender(draft, identity)
    message_id = new_message_id(_envelope("from", sender_of(draft, identity)))
    fields = head(draft, identity, now, message_id)
    wire = _assemble([*fields, *also], content)
    built = Built(wire, wire, sender, recipients, message_id)
    check_head(built, draft, identity, frozenset(name.lower() for name, _ in also))
    return built


def sender_of(draft: Draft, identity: Identity) -> Address:
    """Whom the mail is from: the draft's sender, else the identity's."""
    return draft.from_ if draft.from_.addr else Address(identity.name, identity.address)


def authors_of(draft: Draft, identity: Identity) -> tuple[Address, Address | None]:
    """From and Sender: on behalf of somebody they stand in From and one's own address in Sender (RFC 5322 §3.6.2)."""
    own = sender_of(draft, identity)
    others = parse_addresses(identity.on_behalf_of) if identity.on_behalf_of else []
    if not others or others[0].key == own.key:
        return own, None
    return others[0], own


def envelope_sender(draft: Draft, identity: Identity) -> str:
    """The address that hears of mail that cannot be delivered (RFC 5321 §4.1.1.2), the domain in ASCII."""
    if identity.return_path:
        return _envelope("return_path", Address("", identity.return_path))
    return _envelope("from", sender_of(draft, identity))


def new_message_id(address: str) -> str:
    """A new Message-ID without brackets: random, so that it tells neither clock nor machine; the sender's domain."""
    domain = address.rpartition("@")[2]
    if not _DOMAIN.fullmatch(domain):
        domain = "localhost"
    return f"{secrets.token_hex(16)}@{domain}"


def head(draft: Draft, identity: Identity, now: datetime, message_id: str) -> list[tuple[str, str]]:
    """The header fields of the mail without Bcc and without those of its content, values folded."""
    author, sender = authors_of(draft, identity)
    fields = [("Date", format_datetime(now)), ("From", addresses_value("From", (author,)))]
    if sender is not None:
        fields.append(("Sender", addresses_value("Sender", (sender,))))
    reply_to = draft.reply_to or ((Address("", identity.reply_to),) if identity.reply_to else ())
    if reply_to:
        fields.append(("Reply-To", addresses_value("Reply-To", reply_to)))
    if draft.to or not draft.cc:
        fields.append(("To", addresses_value("To", draft.to) if draft.to else _NOBODY))
    if draft.cc:
        fields.append(("Cc", addresses_value("Cc", draft.cc)))
    fields += [("Subject", unstructured("Subject", draft.subject)), ("Message-ID", f"<{message_id}>")]
    if replied := ids_value((draft.in_reply_to,)):
        fields.append(("In-Reply-To", replied))
    if references := ids_value(shortened(draft.references)):
        fields.append(("References", references))
    if identity.organisation:
        fields.append(("Organization", unstructured("Organization", identity.organisation)))
    return fields + _wishes(draft, identity)


def _wishes(draft: Draft, identity: Identity) -> list[tuple[str, str]]:
    """Priority and read receipt."""
    fields: list[tuple[str, str]] = []
    if draft.options.priority in ("high", "low"):
        high = draft.options.priority == "high"
        fields += [("Importance", draft.options.priority), ("X-Priority", "1 (Highest)" if high else "5 (Lowest)")]
    if draft.options.receipt:
        name = "Disposition-Notification-To"
        to = identity.receipt_to or sender_of(draft, identity).addr
        fields.append((name, addresses_value(name, (Address("", to),))))
    return fields


def entity(draft: Draft) -> Entity:
    """The content of the mail: its text, plain or rich (images gathered), and the attachments if there are any."""
    text = wire_text(draft)
    if draft.rich:
        from core.rich_text import rich_entity

        content = rich_entity(draft, text, flowed=draft.options.flowed)
    else:
        content = text_entity(text, flowed=draft.options.flowed)
    if not draft.attachments:
        return content
    return multipart("mixed", (content, *map(attached_entity, draft.attachments)))


def wire_text(draft: Draft) -> str:
    """The draft's text as it is sent: clean line ends, and broken softly if it is flowed."""
    text = clean_body(draft)
    return flow(text) if draft.options.flowed else text


def clean_body(draft: Draft) -> str:
    """The text for those who read text, its line ends one LF each, without control characters."""
    text = draft.body
    if draft.rich:
        from core.rich_text import text_of

        text = text_of(draft)
    return _NOT_IN_TEXT.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def wire_address(address: Address) -> str:
    """`local@domain` as it goes over the wire: the domain in ASCII, a local part of other scripts as it is (RFC 6531).

    Raises ComposeError `address-invalid` (value `address`) for what no server could take.
    """
    local, _, domain = address.addr.rpartition("@")
    if _QUOTED_LOCAL.fullmatch(local):
        inner = re.sub(r"\\(.)", r"\1", local[1:-1])
        local = '"' + inner.replace("\\", "\\\\").replace('"', '\\"') + '"'
    elif not _LOCAL.fullmatch(local) or not local.isprintable():
        raise ComposeError("address-invalid", address=address.addr)
    if not _LITERAL.fullmatch(domain):
        try:
            domain = ascii_domain(domain.rstrip("."))
        except UsageError as error:
            raise ComposeError("address-invalid", address=address.addr) from error
    whole = f"{local}@{domain}"
    named = _LITERAL.fullmatch(domain) or _DOMAIN.fullmatch(domain)
    # RFC 5321 §4.5.3.1.3: a path has at most 256 octets, its brackets included.
    if not named or len(whole.encode("utf-8")) > 254:
        raise ComposeError("address-invalid", address=address.addr)
    return whole


def addresses_value(name: str, addresses: tuple[Address, ...]) -> str:
    """The value of an address header, one mailbox a line where they do not fit into one."""
    lines, column = [""], len(name) + 2
    for number, address in enumerate(addresses):
        mailbox = _mailbox(name, address, column + 2)
        if number and column + 2 + len(mailbox.partition("\r\n")[0]) > 76:
            lines[-1] += ","
            lines.append(" " + _mailbox(name, address, 1))
            column = 0
        else:
            lines[-1] += f", {mailbox}" if number else mailbox
        last = lines[-1].rpartition("\r\n")[2]
        column = len(last) + (len(name) + 2 if last == lines[0] else 0)
    return "\r\n".join(lines)


def ids_value(ids: tuple[str, ...]) -> str:
    """Message-IDs for In-Reply-To or References, each on a line of its own; what is no Message-ID is left out."""
    return "\r\n ".join(f"<{one}>" for one in ids if _MESSAGE_ID.fullmatch(one))


def shortened(references: tuple[str, ...]) -> tuple[str, ...]:
    """The first and the newest of many references, none twice."""
    known = tuple(dict.fromkeys(references))
    return known if len(known) <= REFERENCES else (known[0], *known[-(REFERENCES - 1) :])


def file_name(name: str) -> str:
    """The last part of a path as a file name for the recipient, without control characters."""
    last = one_line(PurePosixPath(PureWindowsPath(name).as_posix()).name)
    return last if last.strip(".") else "attachment"


def read_attachment(one: Attachment) -> bytes:
    """The bytes of an attachment. Raises ComposeError `attachment-unreadable`."""
    if one.data is not None:
        return one.data
    try:
        return Path(one.path).expanduser().read_bytes()
    except (OSError, ValueError, RuntimeError) as error:
        answer = getattr(error, "strerror", None) or str(error)
        raise ComposeError("attachment-unreadable", name=one.name, path=one.path, answer=answer) from error


def attachment_type(one: Attachment) -> str:
    """The media type that an attachment is sent with."""
    if one.type.strip().lower() == "message/rfc822":
        return "message/rfc822"
    guess, packed = mimetypes.guess_type(file_name(one.name), strict=False)
    return safe_type(one.type or ("application/octet-stream" if packed else guess) or "")


def attached_entity(one: Attachment) -> Entity:
    """An attachment as a part. Raises ComposeError `attachment-unreadable`."""
    data = read_attachment(one)
    name = file_name(one.name or one.path)
    kind = attachment_type(one)
    if kind == "message/rfc822":
        return message_entity(data, name)
    charset = one.charset
    if kind.startswith("text/") and not charset:
        charset = _charset_of(data)
    return file_entity(data, kind, name, charset)


def _charset_of(data: bytes) -> str:
    if data.isascii():
        return "us-ascii"
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return ""
    return "utf-8"


def _envelope(name: str, address: Address) -> str:
    try:
        return wire_address(address)
    except ComposeError as error:
        raise ComposeError("address-invalid", field=name, address=address.addr or address.name) from error


def _mailbox(field_name: str, address: Address, column: int) -> str:
    """One address of a header; long names push the address to the next line."""
    try:
        addr = wire_address(address)
    except ComposeError as error:
        raise ComposeError("address-invalid", field=field_name.lower(), address=address.addr) from error
    name = phrase(address.name, column)
    if not name:
        return addr
    last = name.rpartition("\r\n")[2]
    fits = len(last) + len(addr) + 3 <= 76
    return f"{name} <{addr}>" if fits else f"{name}\r\n <{addr}>"


def _with_bcc(fields: list[tuple[str, str]], draft: Draft) -> list[tuple[str, str]]:
    place = [name for name, _ in fields].index("Subject")
    return [*fields[:place], ("Bcc", addresses_value("Bcc", draft.bcc)), *fields[place:]]


def _assemble(fields: list[tuple[str, str]], content: Entity) -> bytes:
    lines = [field_line(name, value) for name, value in [*fields, ("MIME-Version", "1.0")]]
    return b"".join(lines) + content.as_bytes()
