"""Drafts as mails: the copy in the server's Drafts folder, and any mail taken up again as a draft.

The copy is a mail that every program opens (Thunderbird and a phone go on with it); what only Correio knows
stands in one field, `X-Correio-Draft`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from core.address import Address
from core.compose import addresses_value, entity, head, new_message_id, wire_address
from core.draft import (
    ADDRESS_FIELDS,
    ANSWERED,
    DELIVERY,
    FORWARDED,
    LINK_DAYS,
    MARKDOWN,
    Answers,
    ComposeError,
    Draft,
    Options,
)
from core.encoded_word import one_line, parameter
from core.flags import Mark
from core.forward import kept_files
from core.header import Headers
from core.message import Message, bodies, part_text, read_message
from core.mime import field_line
from core.own_addresses import is_own
from core.params import read_params
from core.quoting import readable_text, text_of_part
from core.reply import identity_for
from core.settings.schema import Identity

FIELD = "X-Correio-Draft"


def to_bytes(draft: Draft, identity: Identity, *, now: datetime, message_id: str | None = None) -> bytes:
    """The draft as a mail, Bcc included, however unfinished: addresses that are none yet stand in `X-Correio-Draft`.

    Raises ComposeError `attachment-unreadable`, and `address-invalid` if the identity's own address is none.
    """
    whole, half = _split(draft)
    sender = whole.from_ if whole.from_.addr else Address(identity.name, identity.address)
    fields = head(whole, identity, now, message_id or new_message_id(wire_address(sender)))
    if not whole.to:
        fields = [pair for pair in fields if pair[0] != "To"]
    if whole.bcc:
        fields.append(("Bcc", addresses_value("Bcc", whole.bcc)))
    fields += [(FIELD, _private(draft, half)), ("MIME-Version", "1.0")]
    if whole.rich:
        from core.rich_draft import kept_entity

        content, kept = kept_entity(whole)
        fields = [(name, value + kept if name == FIELD else value) for name, value in fields]
    else:
        content = entity(whole)
    return b"".join(field_line(name, value) for name, value in fields) + content.as_bytes()


def from_bytes(raw: bytes, identities: Sequence[Identity]) -> Draft:
    """The draft in a mail from the Drafts folder, written by Correio or by another program. Never raises."""
    return from_message(read_message(raw), identities)


def from_message(message: Message, identities: Sequence[Identity]) -> Draft:
    """As `from_bytes`, of a mail that is read already (and is here whole)."""
    envelope = message.envelope
    kind, private = read_params(message.headers.get(FIELD))
    # On behalf of somebody, one's own address stands in Sender.
    own = next((one for one in envelope.sender if is_own(one.addr, identities)), None)
    sender = own or (envelope.from_[0] if envelope.from_ else Address("", ""))
    identity = private.get("identity", "") if kind else ""
    if identity not in {one.id for one in identities}:
        found = next((one for one in identities if is_own(sender.addr, (one,))), None) or identity_for(message, identities)
        identity = found.id if found else ""
    texts = bodies(message.parts)
    plain = texts[0] if texts and texts[0].type == "text/plain" else None
    # One text is taken with its empty lines: there the answer goes.
    text = text_of_part(message, texts[0]) if len(texts) == 1 else readable_text(message)
    found_draft = Draft(
        identity=identity,
        from_=sender,
        to=_real(envelope.to),
        cc=_real(envelope.cc),
        bcc=_real(envelope.bcc),
        reply_to=_real(envelope.reply_to),
        subject=envelope.subject,
        body=text if text.endswith("\n") or not text else text + "\n",
        attachments=kept_files(message),
        in_reply_to=envelope.in_reply_to,
        references=envelope.references,
        answers=_answers(private, message.headers, envelope.in_reply_to),
        options=Options(
            flowed=plain is None or plain.params.get("format", "").lower() == "flowed",
            priority="high" if envelope.marks & Mark.HIGH else "low" if envelope.marks & Mark.LOW else "",
            receipt=bool(message.headers.get("Disposition-Notification-To")),
            delivery=private.get("delivery", "") if private.get("delivery", "") in DELIVERY else "",
            no_reply="no-reply" in private,
            card={"0": False, "1": True}.get(private.get("card", "")),
            link_days=private.get("link-days", "") if private.get("link-days", "") in LINK_DAYS else "",
        ),
        send_at=int(private["send-at"]) if re.fullmatch(r"[0-9]{1,11}", private.get("send-at", "")) else 0,
        typed=tuple((name, private[f"typed-{name}"]) for name in ADDRESS_FIELDS if f"typed-{name}" in private),
    )
    if private.get("format") == MARKDOWN and plain is not None:
        from core.rich_draft import kept_draft

        return kept_draft(found_draft, message, part_text(message, plain.section), private)
    if private.get("format"):
        return found_draft
    from core.rich_taken_up import taken_up

    return taken_up(found_draft, message)


def edit_as_new(message: Message, identities: Sequence[Identity], *, default: str = "") -> Draft:
    """A new draft with the recipients, subject, text and files of a mail, in no thread.

    Of somebody else's mail the sender becomes the identity it came to.
    """
    draft = replace(from_message(message, identities), in_reply_to="", references=(), answers=None, typed=(), send_at=0)
    # What only Correio writes into drafts may be anybody's words here.
    draft = replace(draft, options=replace(draft.options, delivery="", no_reply=False, card=None, link_days=""))
    if is_own(draft.from_.addr, identities):
        return draft
    found = identity_for(message, identities, default)
    sender = Address(found.name, found.address) if found else Address("", "")
    return replace(draft, identity=found.id if found else "", from_=sender, reply_to=())


def _split(draft: Draft) -> tuple[Draft, dict[str, str]]:
    """The draft with the addresses that are whole, and per field the text of those that are not."""
    half = {name: text for name, text in draft.typed if name in ADDRESS_FIELDS}
    whole: dict[str, tuple[Address, ...]] = {}
    for name in ADDRESS_FIELDS:
        fine = []
        for one in getattr(draft, name):
            if _is_whole(one):
                fine.append(one)
            else:
                rest = f"{one.name} <{one.addr}>" if one.name and one.addr else one.shown
                half[name] = f"{half[name]}, {rest}" if half.get(name) else rest
        whole[name] = tuple(fine)
    sender = draft.from_ if _is_whole(draft.from_) else Address("", "")
    return replace(
        draft, from_=sender, to=whole["to"], cc=whole["cc"], bcc=whole["bcc"], reply_to=whole["reply_to"], typed=()
    ), half


def _is_whole(address: Address) -> bool:
    try:
        wire_address(address)
    except ComposeError:
        return False
    return True


def _private(draft: Draft, half: dict[str, str]) -> str:
    value = "1" + parameter("identity", draft.identity)
    if draft.answers:
        value += parameter("how", draft.answers.how) + parameter("message-id", draft.answers.message_id)
    value += _settled(draft)
    return value + "".join(parameter(f"typed-{name}", one_line(text)) for name, text in half.items())


def _settled(draft: Draft) -> str:
    """What no header field of a mail says, because it is done when it is sent."""
    value = parameter("delivery", draft.options.delivery) if draft.options.delivery in DELIVERY[1:] else ""
    value += parameter("no-reply", "1") if draft.options.no_reply else ""
    value += parameter("card", str(int(draft.options.card))) if draft.options.card is not None else ""
    value += parameter("link-days", draft.options.link_days) if draft.options.link_days in LINK_DAYS[1:] else ""
    return value + (parameter("send-at", str(draft.send_at)) if draft.send_at else "")


def _answers(private: dict[str, str], headers: Headers, in_reply_to: str) -> Answers | None:
    """What the draft answers or forwards: by our own field, else as other programs note it."""
    if "how" in private:
        how = FORWARDED if private["how"] == FORWARDED else ANSWERED
        return Answers(0, private.get("message-id", ""), how)
    if forwarded := headers.get("X-Forwarded-Message-Id").strip("<> "):
        return Answers(0, forwarded, FORWARDED)
    return Answers(0, in_reply_to, ANSWERED) if in_reply_to else None


def _real(addresses: Sequence[Address]) -> tuple[Address, ...]:
    return tuple(one for one in addresses if one.addr)
