"""The last look at a mail before it leaves: is it exactly what was meant, and nothing else?

It reads the bytes with the standard library's parser, which shares no code with `core.compose`, so that one
mistake cannot hide in both. What it refuses never reaches the outbox.
"""

from __future__ import annotations

import email.utils
import re
from email.header import decode_header, make_header
from email.message import Message as Parsed
from email.parser import BytesHeaderParser
from email.policy import compat32
from email.utils import collapse_rfc2231_value

from core.address import Address
from core.compose import (
    Built,
    attachment_type,
    file_name,
    ids_value,
    read_attachment,
    shortened,
    wire_address,
    wire_text,
)
from core.draft import Attachment, ComposeError, Draft
from core.encoded_word import one_line
from core.mime import fit_to_send, with_crlf
from core.settings.sender import Identity

_SPACE = re.compile(r"\r\n(?=[ \t])")
_ALWAYS = {"date", "from", "subject", "message-id", "mime-version", "content-type", "content-transfer-encoding"}
_MAY = {"organization", "reply-to", "sender"}


def check(built: Built, draft: Draft, identity: Identity) -> None:
    """Raise ComposeError `mail-malformed` (value `what`: an English word or two for the log) unless all is right.

    Looked at: CRLF everywhere, no NUL, no line above 998 bytes, exactly the header fields meant and each once,
    every address, the subject, the identifiers, no Bcc on the wire, the text, and each attachment's name and bytes.
    """
    for part, bytes_, hidden in (("wire", built.wire, False), ("copy", built.sent_copy, True)):
        if not fit_to_send(bytes_):
            raise _wrong(f"{part}: line ends or length")
        fields = _fields(bytes_[: bytes_.find(b"\r\n\r\n")])
        _check_names(part, fields, draft, hidden)
        _check_values(part, fields, built, draft)
        _check_addresses(part, fields, built, draft)
        _check_writers(part, fields, built, draft, identity)
    if built.wire != built.sent_copy and _body(built.wire) != _body(built.sent_copy):
        raise _wrong("copy: another content")
    _check_envelope(built, draft)
    _check_content(built, draft)


def check_head(built: Built, draft: Draft, identity: Identity, also: frozenset[str] = frozenset()) -> None:
    """As `check` for a mail whose content is no draft's: everything but the content. `also`: more fields, lower case."""
    if not fit_to_send(built.wire):
        raise _wrong("wire: line ends or length")
    fields = _fields(built.wire[: built.wire.find(b"\r\n\r\n")])
    if not also <= {name for name, _ in fields}:
        raise _wrong("wire: a header field is missing")
    fields = [(name, value) for name, value in fields if name not in also]
    _check_names("wire", fields, draft, hidden=False)
    _check_values("wire", fields, built, draft)
    _check_addresses("wire", fields, built, draft)
    _check_writers("wire", fields, built, draft, identity)
    _check_envelope(built, draft)


def _wrong(what: str) -> ComposeError:
    return ComposeError("mail-malformed", what=what)


def _fields(block: bytes) -> list[tuple[str, str]]:
    """The header fields, read line by line: (lower-case name, unfolded value)."""
    try:
        lines = _SPACE.sub("", block.decode("utf-8")).split("\r\n")
    except UnicodeDecodeError as error:
        raise _wrong("header: not UTF-8") from error
    fields = []
    for line in lines:
        name, colon, value = line.partition(": ")
        if not colon or not re.fullmatch(r"[A-Za-z0-9-]+", name):
            raise _wrong("header: a line that is no field")
        fields.append((name.lower(), value.strip(" ")))
    return fields


def _check_names(part: str, fields: list[tuple[str, str]], draft: Draft, hidden: bool) -> None:
    names = [name for name, _ in fields]
    wanted = set(_ALWAYS)
    wanted |= {"to"} if draft.to or not draft.cc else set()
    wanted |= {"cc"} if draft.cc else set()
    wanted |= {"bcc"} if draft.bcc and hidden else set()
    wanted |= {"reply-to"} if draft.reply_to else set()
    wanted |= {"in-reply-to"} if ids_value((draft.in_reply_to,)) else set()
    wanted |= {"references"} if ids_value(shortened(draft.references)) else set()
    wanted |= {"importance", "x-priority"} if draft.options.priority in ("high", "low") else set()
    wanted |= {"disposition-notification-to"} if draft.options.receipt else set()
    if len(names) != len(set(names)) or not wanted <= set(names) <= wanted | _MAY:
        raise _wrong(f"{part}: header fields {' '.join(sorted(set(names) ^ wanted))}")


def _check_values(part: str, fields: list[tuple[str, str]], built: Built, draft: Draft) -> None:
    values = dict(fields)
    if _decoded(values["subject"]) != one_line(draft.subject):
        raise _wrong(f"{part}: subject")
    if values["message-id"] != f"<{built.message_id}>":
        raise _wrong(f"{part}: message-id")
    if values.get("in-reply-to", "") != ids_value((draft.in_reply_to,)):
        raise _wrong(f"{part}: in-reply-to")
    if values.get("references", "") != ids_value(shortened(draft.references)).replace("\r\n", ""):
        raise _wrong(f"{part}: references")


def _check_addresses(part: str, fields: list[tuple[str, str]], built: Built, draft: Draft) -> None:
    values = dict(fields)
    meant = {"to": draft.to, "cc": draft.cc, "bcc": draft.bcc, "reply-to": draft.reply_to}
    for name, addresses in meant.items():
        if name not in values or (name == "reply-to" and not addresses):
            continue
        if _mailboxes(values[name]) != [_meant(one) for one in addresses]:
            raise _wrong(f"{part}: {name}")


def _check_writers(part: str, fields: list[tuple[str, str]], built: Built, draft: Draft, identity: Identity) -> None:
    """From, Sender, the envelope sender, and who gets receipts and answers."""
    values = dict(fields)
    own = draft.from_ if draft.from_.addr else Address(identity.name, identity.address)
    author, sender = own, ""
    if others := email.utils.getaddresses([identity.on_behalf_of]) if identity.on_behalf_of else []:
        author = Address(*others[0])
        sender = wire_address(own)
    if author.key == own.key:
        author, sender = own, ""
    if _mailboxes(values["from"]) != [_meant(author)]:
        raise _wrong(f"{part}: from")
    if [addr for _, addr in _mailboxes(values.get("sender", ""))] != [addr for addr in (sender,) if addr]:
        raise _wrong(f"{part}: sender")
    if built.sender != wire_address(Address("", identity.return_path) if identity.return_path else own):
        raise _wrong("envelope: sender")
    receipt = values.get("disposition-notification-to")
    if receipt is not None and _mailboxes(receipt) != [("", wire_address(Address("", identity.receipt_to or own.addr)))]:
        raise _wrong(f"{part}: receipt")
    answers = values.get("reply-to", "") if not draft.reply_to else ""
    if answers and _mailboxes(answers) != [("", wire_address(Address("", identity.reply_to)))]:
        raise _wrong(f"{part}: reply-to")


def _check_envelope(built: Built, draft: Draft) -> None:
    if set(built.recipients) != {wire_address(one) for one in draft.recipients}:
        raise _wrong("envelope: recipients")
    for address in (built.sender, *built.recipients):
        outside = re.sub(r'^"(?:[^"\\]|\\.)*"(?=@)', "", address)
        if "@" not in address or re.search(r'[\x00-\x20\x7f<>"]', outside) or not address.isprintable():
            raise _wrong("envelope: address")


def _check_content(built: Built, draft: Draft) -> None:
    if not draft.attachments:
        _check_body(built.wire, draft)
        return
    parts = _parts(built.wire)
    if len(parts) != 1 + len(draft.attachments):
        raise _wrong("content: number of parts")
    _check_body(parts[0], draft)
    for part, one in zip(parts[1:], draft.attachments, strict=True):
        _check_file(part, one)


def _check_body(part: bytes, draft: Draft) -> None:
    """The text, or in rich text the text, the page and its images."""
    if not draft.rich:
        _check_text(part, draft)
        return
    from core.page_proofreading import check_page

    texts = _parts(part, "alternative")
    if len(texts) != 2:
        raise _wrong("rich text: number of parts")
    _check_text(texts[0], draft)
    pieces = _parts(texts[1], "related") if draft.images else [texts[1]]
    images: dict[str, bytes] = {}
    for piece in pieces[1:]:
        head = _head(piece)
        data = head.get_payload(decode=True)
        if not isinstance(data, bytes) or head.get_content_maintype() != "image":
            raise _wrong("image: not an image")
        images[head.get("Content-ID", "").strip("<>")] = data
    page = _head(pieces[0])
    html = page.get_payload(decode=True)
    if page.get_content_type() != "text/html" or not isinstance(html, bytes) or len(images) != len(pieces) - 1:
        raise _wrong("rich text: not a page and its images")
    if what := check_page(html, images, draft):
        raise _wrong(what)


def _parts(wire: bytes, kind: str = "mixed") -> list[bytes]:
    """The parts of a multipart, split at its boundary; mails in them are not opened, however they are made."""
    head = _head(wire)
    boundary = head.get_boundary()
    if head.get_content_type() != f"multipart/{kind}" or not boundary:
        raise _wrong("content: not multipart")
    before, *parts, after = (b"\r\n" + _body(wire)).split(f"\r\n--{boundary}".encode())
    if before or after != b"--\r\n" or not all(part.startswith(b"\r\n") for part in parts):
        raise _wrong("content: boundary")
    return [part[2:] for part in parts]


def _check_text(part: bytes, draft: Draft) -> None:
    head = _head(part)
    data = head.get_payload(decode=True)
    charset = head.get_param("charset")
    if head.get_content_type() != "text/plain" or head.defects or not isinstance(data, bytes):
        raise _wrong("text: not a text part")
    found = data.decode(charset if charset in ("us-ascii", "utf-8") else "ascii", "replace")
    if found.replace("\r\n", "\n").removesuffix("\n") != wire_text(draft).removesuffix("\n"):
        raise _wrong("text: another text")


def _check_file(part: bytes, one: Attachment) -> None:
    head = _head(part)
    found = head.get_param("filename", header="content-disposition")
    name = collapse_rfc2231_value(found) if isinstance(found, str | tuple) else ""
    if name != file_name(one.name or one.path):
        raise _wrong("attachment: name")
    data = read_attachment(one)
    if head.get_content_type() == "message/rfc822":
        whole = attachment_type(one) == "message/rfc822" and _body(part) == with_crlf(data)
    else:
        content = head.get_payload(decode=True)
        whole = content == data or content == with_crlf(data)
    if not whole:
        raise _wrong("attachment: content")


def _body(part: bytes) -> bytes:
    return part.partition(b"\r\n\r\n")[2]


def _head(part: bytes) -> Parsed:
    """A part by its header; the body is put in as it is, for the library would read it line by line."""
    block, _, body = part.partition(b"\r\n\r\n")
    head = BytesHeaderParser(policy=compat32).parsebytes(block + b"\r\n\r\n")
    head.set_payload(body.decode("ascii", "surrogateescape"))
    return head


def _decoded(value: str) -> str:
    return str(make_header(decode_header(value))) if "=?" in value else value


def _meant(address: Address) -> tuple[str, str]:
    return one_line(address.name), wire_address(address)


def _mailboxes(value: str) -> list[tuple[str, str]]:
    # Newer versions of Python can be strict, and then lose addresses with a quoted local part.
    lenient = {"strict": False} if getattr(email.utils, "supports_strict_parsing", False) else {}
    return [(_decoded(name), addr) for name, addr in email.utils.getaddresses([value], **lenient) if addr]
