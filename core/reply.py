"""Answers: to whom, from which identity, under which subject, in which thread, with what quoted (RFC 5322 §3.6.4)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from core.address import Address
from core.compose import shortened, wire_address
from core.draft import ANSWERED, Answers, ComposeError, Draft, Options
from core.envelope import Envelope
from core.message import Message
from core.own_addresses import came_to, is_from_me, is_own
from core.quoting import attribution, quoted, readable_text, signed
from core.settings.schema import Identity
from core.signatures import first_signature

SENDER, ALL, LIST = "sender", "all", "list"
"""The modes of `reply`."""

# Re in the languages whose mail programs translate it: de, nl, pt, da/no/sv, fi, pl, is, tr, et/lv, hu, zh, el.
_REPLY = r"(?:re|aw|antw?|res|sv|vs|odp|svar|ynt|atb|vá|回复|回覆|答复|答覆|απ)\s*(?:\[\d+\]|\(\d+\)|\^\d+|\*\d+)?\s*[:：]"
_REPLIES = re.compile(rf"\s*(?:{_REPLY}\s*)+", re.IGNORECASE)
_TAGGED = re.compile(rf"\s*(\[[^\[\]]{{1,60}}\])\s*(?:{_REPLY}\s*)+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Style:
    """How answers and forwarded mails begin; from the settings, texts in the language of the user."""

    attribution: str = "On {date}, {name} wrote:"
    above: bool = False
    """The answer goes above the quotation."""
    quote: bool = True
    signature: bool = True
    options: Options = field(default_factory=Options)


PLAIN_STYLE = Style()


def reply(
    message: Message,
    identities: Sequence[Identity],
    mode: str = SENDER,
    *,
    row: int = 0,
    default: str = "",
    style: Style = PLAIN_STYLE,
    text: str | None = None,
) -> Draft:
    """A draft that answers `message`.

    Args:
        identities: all of the user's; recipients that are one of them are left out.
        mode: SENDER (Reply-To, else From), ALL (and everyone in To and Cc), or LIST (the address of List-Post).
        row: the message's row id, for its mark when the answer is sent.
        default: id of the identity to take if the mail names none.
        text: what to quote instead of the message's own text (a decrypted one, or a selection).

    Raises ComposeError `no-list` in mode LIST if the mail has no List-Post address.
    """
    envelope = message.envelope
    identity, writer = writer_for(message, identities, default)
    to, cc = recipients(envelope, identities, mode)
    return Draft(
        identity=identity.id if identity else "",
        from_=writer,
        to=to,
        cc=cc,
        subject=reply_subject(envelope.subject),
        body=_body(message, identity, style, text),
        in_reply_to=envelope.message_id,
        references=reply_references(envelope),
        answers=Answers(row, envelope.message_id, ANSWERED),
        options=style.options,
    )


def recipients(envelope: Envelope, identities: Iterable[Identity], mode: str) -> tuple[tuple[Address, ...], tuple[Address, ...]]:
    """To and Cc of an answer. Addresses come from Reply-To and From, with ALL also from To and Cc, and nowhere else."""
    mine = tuple(identities)
    if mode == LIST:
        if not envelope.list_post:
            raise ComposeError("no-list")
        return (Address("", envelope.list_post),), ()
    if is_from_me(envelope, mine):
        # One's own mail: the answer goes on to those it was written to.
        to, cc = _others(envelope.to, mine), _others(envelope.cc, mine)
        return to, () if mode == SENDER else _without(cc, to)
    to = _each_once(envelope.reply_to) or _each_once(envelope.from_) or _each_once(envelope.sender)
    if mode == SENDER:
        return to, ()
    others = [one for one in _others(envelope.to + envelope.cc, mine) if _deliverable(one)]
    to = _others(to, mine) or (to if not others else ())
    return (to, _without(others, to)) if to else (tuple(others), ())


def identity_for(message: Message, identities: Sequence[Identity], default: str = "") -> Identity | None:
    """The identity that a mail came to: by To, Cc, the delivery headers, or From for one's own; else the default."""
    return writer_for(message, identities, default)[0]


def writer_for(message: Message, identities: Sequence[Identity], default: str = "") -> tuple[Identity | None, Address]:
    """As `identity_for`, and the address to write from: the one that the mail came to, be it a plus-address or an alias."""
    if found := came_to(message, identities):
        identity, addr = found
        same = addr.casefold() == identity.address.casefold()
        return identity, Address(identity.name, identity.address if same else addr)
    chosen = next((one for one in identities if one.id == default), identities[0] if identities else None)
    return chosen, Address(chosen.name, chosen.address) if chosen else Address("", "")


def reply_subject(subject: str) -> str:
    """`Re: subject`, whatever Re:, AW:, Re[2]: or SV: stood there already, also behind a list's `[tag]`."""
    if tagged := _TAGGED.match(subject):
        subject = f"{tagged[1]} {subject[tagged.end() :]}"
    elif found := _REPLIES.match(subject):
        subject = subject[found.end() :]
    return f"Re: {subject.strip()}".rstrip()


def reply_references(envelope: Envelope) -> tuple[str, ...]:
    """References of an answer (RFC 5322 §3.6.4): those of the mail, else its In-Reply-To, and its own Message-ID."""
    before = envelope.references or ((envelope.in_reply_to,) if envelope.in_reply_to else ())
    own = envelope.message_id
    return shortened((*(one for one in before if one != own), own) if own else before)


def _body(message: Message, identity: Identity | None, style: Style, text: str | None) -> str:
    body = "\n"
    if style.quote:
        quotation = quoted(readable_text(message) if text is None else text)
        head = attribution(message.envelope, style.attribution)
        block = f"{head}\n{quotation}" if head else quotation
        body = f"\n\n{block}\n" if style.above else f"{block}\n\n"
    return signed(body, first_signature(identity)) if style.signature and identity else body


def _others(addresses: Iterable[Address], identities: Iterable[Identity]) -> tuple[Address, ...]:
    mine = tuple(identities)
    return tuple(one for one in _each_once(addresses) if not is_own(one.addr, mine))


def _each_once(addresses: Iterable[Address]) -> tuple[Address, ...]:
    return tuple({one.key: one for one in reversed(list(addresses)) if one.addr}.values())[::-1]


def _without(addresses: Iterable[Address], taken: Iterable[Address]) -> tuple[Address, ...]:
    keys = {one.key for one in taken}
    return tuple(one for one in addresses if one.key not in keys)


def _deliverable(address: Address) -> bool:
    """Whether mail can be sent there at all: an answer to all must not fail for one broken Cc."""
    try:
        wire_address(address)
    except ComposeError:
        return False
    return True
