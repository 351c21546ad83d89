"""Templates: mails to begin from. Each is a mail in the folder Templates, on the server where there is one.

Any program can use them there (Thunderbird does); what only Correio knows, its name, stands in `X-Correio-Template`.
Using one never changes it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from msgspec import Struct

from core import operations
from core.address import Address
from core.arrival import keep_mail
from core.clean import clean_line
from core.draft import ANSWERED, NOBODY, Draft
from core.encoded_word import one_line, unstructured
from core.errors import NotFound
from core.flags import Flag
from core.flowed import SIGNATURE
from core.header import read_headers
from core.mime import field_line
from core.reading import open_body
from core.senders import identity_for
from core.server_draft import from_message, to_bytes
from core.settings import Identity, Settings
from core.signatures import first_signature, put_at_end, signature_of, taken_out
from core.special_folder import special_folder
from core.store import accounts, bodies
from core.store.database import Database
from core.words import decode_words

FIELD = "X-Correio-Template"
FOLDER = "Templates"
MOST = 1000
LONGEST_NAME = 200


class Template(Struct, frozen=True):
    """One template, as lists show it."""

    message: int
    folder: int
    account: int
    name: str
    subject: str
    recipients: str


def templates(db: Database) -> list[Template]:
    """Every template, by name."""
    rows = db.read(
        "SELECT m.id, f.id, f.account, m.subject, m.recipients FROM folder f JOIN placement p ON p.folder = f.id"
        " JOIN message m ON m.id = p.message WHERE f.role = 'templates' AND p.hidden = 0 ORDER BY m.id DESC LIMIT ?",
        (MOST,),
    )
    found = [Template(id, folder, account, _name(db, id) or subject, subject, to) for id, folder, account, subject, to in rows]
    return sorted(found, key=lambda one: (one.name.casefold(), -one.message))


def find(db: Database, name: str) -> Template:
    """The template of this name (in any case), row id or subject. Raises NotFound `no-template`."""
    all = templates(db)
    folded = name.strip().casefold()
    for one in all:
        if folded in (one.name.casefold(), str(one.message)):
            return one
    for one in all:
        if one.subject.casefold() == folded:
            return one
    raise NotFound("no-template", what="template", name=name)


def _name(db: Database, message: int) -> str:
    header = bodies.header(db, message) or b""
    if FIELD.lower().encode() not in header.lower():
        return ""
    return clean_line(decode_words(read_headers(header).get(FIELD)))[:LONGEST_NAME]


def keep(db: Database, settings: Settings, draft: Draft, name: str, *, instead: Template | None = None) -> int:
    """Keep a draft as a template, here and on the server of its sender; the row id of its message.

    `instead`: the one that it takes the place of. The signature is left out: it is put in when the template is used.
    Raises ComposeError `attachment-unreadable`, NotFound `no-identity`.
    """
    identity = identity_for(settings, draft)
    raw = _raw(draft, identity, name)
    account = settings.account(identity.account)
    with db.write(durable=True):
        row = accounts.row_of(db, account.id, local=account.is_kept_here)
        folder = special_folder(db, row, "templates", FOLDER)
        message = keep_mail(db, row, raw)
        operations.append(db, folder.id, message, Flag.SEEN | Flag.DRAFT, actor="draft")
        if instead is not None:
            operations.expunge(db, [(instead.folder, instead.message)], actor="draft")
    return message


def _raw(draft: Draft, identity: Identity, name: str) -> bytes:
    bare = replace(
        draft, answers=None, in_reply_to="", references=(), send_at=0,
        body=taken_out(draft.body, signature_of(identity, rich=draft.rich)),
    )  # fmt: skip
    raw = to_bytes(bare, identity, now=datetime.now().astimezone())
    named = one_line(name)[:LONGEST_NAME]
    return (field_line(FIELD, unstructured(FIELD, named)) if named and named != draft.subject else b"") + raw


def remove(db: Database, template: Template) -> None:
    """Delete a template for good; `undo` brings it back."""
    operations.expunge(db, [(template.folder, template.message)])


def open_template(db: Database, settings: Settings, template: Template) -> Draft:
    """The draft that a template is. Raises NotFound `body-not-here` while it is on the server."""
    body = open_body(db, template.message)
    if body.message is None:
        raise NotFound("body-not-here", what="message", name=template.name)
    return as_template(from_message(body.message, settings.identities))


def as_template(draft: Draft) -> Draft:
    """What is left of a mail when it becomes a template: no thread, no half-typed address."""
    return replace(draft, in_reply_to="", references=(), answers=None, typed=(), send_at=0)


# using one ----------------------------------------------------------------


def begin(template: Draft, identity: Identity, to: Sequence[Address] = ()) -> Draft:
    """A new draft from a template, with the sender's signature below."""
    draft = replace(template, to=_joined(tuple(to), template.to))
    if draft.from_.key == identity.address.casefold():
        draft = replace(draft, from_=NOBODY)  # under the name that the sender has now
    signature = first_signature(identity, rich=draft.rich)
    dashed = f"\n{SIGNATURE}\n" in f"\n{draft.body}"
    return replace(draft, body=put_at_end(draft.body, signature)) if signature.strip() and not dashed else draft


def merged(draft: Draft, template: Draft) -> Draft:
    """A draft with the text of a template in it, and its recipients, subject and files where there is room for them.

    In an answer the text stands below the quotation, else on top; never below the signature.
    """
    known = {one.name for one in draft.attachments}
    refs = {one.ref for one in draft.images}
    rich = replace(draft.options, format=template.options.format, font=draft.options.font or template.options.font)
    return replace(
        draft,
        to=draft.to or template.to,
        cc=_joined(draft.cc, template.cc),
        bcc=_joined(draft.bcc, template.bcc),
        subject=draft.subject or template.subject,
        body=with_text(draft.body, template.body, below=_is_answer(draft) and not draft.body.startswith("\n")),
        attachments=(*draft.attachments, *(one for one in template.attachments if one.name not in known)),
        images=(*draft.images, *(one for one in template.images if one.ref not in refs)),
        options=rich if template.rich else draft.options,
    )


def _is_answer(draft: Draft) -> bool:
    return draft.answers is not None and draft.answers.how == ANSWERED


def with_text(body: str, text: str, *, below: bool) -> str:
    """A text put into another, where one writes: below a quotation, above the signature; else on top."""
    text = text.strip("\n")
    if not below:
        return f"{text}\n{body}" if body.startswith("\n") or not body else f"{text}\n\n{body}"
    lines = body.split("\n")
    end = lines.index(SIGNATURE) if SIGNATURE in lines else len(lines)
    above, rest = "\n".join(lines[:end]).rstrip("\n"), "\n".join(lines[end:])
    head = f"{above}\n\n{text}" if above else text
    return f"{head}\n\n{rest}" if rest else f"{head}\n"


def _joined(one: tuple[Address, ...], other: tuple[Address, ...]) -> tuple[Address, ...]:
    keys = {address.key for address in one}
    return (*one, *(address for address in other if address.key not in keys))
