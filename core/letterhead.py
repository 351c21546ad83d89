"""What a sender adds to each of its mails: footer, card, the word that no answer is needed, and what it enforces.

It is added when a mail is built, below what the composer shows: the draft itself stays as it was written.
"""

from __future__ import annotations

from dataclasses import replace

from core.address import Address
from core.draft import Attachment, Draft
from core.encoded_word import one_line
from core.own_addresses import belongs
from core.settings.sender import Identity

LOCKED = ("from", "reply_to", "receipt", "card", "signature")
"""What the composer may not change where a sender enforces its values."""


def dressed(draft: Draft, identity: Identity, *, card: Attachment | None = None, no_reply_word: str = "") -> Draft:
    """The draft as it goes out: `card` is my card, for a sender or mail that attaches it."""
    draft = enforced(draft, identity)
    wants_card = identity.card if draft.options.card is None else draft.options.card
    if wants_card and card is not None and not any(one.name == card.name for one in draft.attachments):
        draft = replace(draft, attachments=(*draft.attachments, card))
    if draft.options.no_reply and no_reply_word and no_reply_word.casefold() not in draft.subject.casefold():
        draft = replace(draft, subject=one_line(f"{draft.subject} {no_reply_word}").strip())
    body = with_footer(draft.body, identity)
    return replace(draft, body=with_logo(body, identity) if draft.rich else body)


def with_logo(body: str, identity: Identity) -> str:
    """Rich text with the sender's logo above it; those who read text see whose it is."""
    if not identity.logo.strip():
        return body
    owner = identity.organisation or identity.address.rpartition("@")[2]
    alt = "".join(sign for sign in owner if sign not in "[]\\")
    return f"![{alt}](<{identity.logo}>)\n\n{body}"


def with_footer(body: str, identity: Identity) -> str:
    """The text with the footer at its end, below the signature; as it is where there is none."""
    footer = identity.footer_text.replace("\r\n", "\n").replace("\r", "\n").strip("\n")
    if not identity.footer or not footer.strip():
        return body
    above = body.rstrip("\n")
    return f"{above}\n\n{footer}\n" if above else f"{footer}\n"


def enforced(draft: Draft, identity: Identity) -> Draft:
    """The draft with the values that its sender enforces; any address of the sender's is its own."""
    if not identity.enforce:
        return draft
    addr = draft.from_.addr if draft.from_.addr and belongs(draft.from_.addr, identity) is not None else identity.address
    return replace(
        draft,
        from_=Address(identity.name, addr),
        reply_to=(),
        options=replace(draft.options, receipt=identity.receipts, card=None),
    )


def is_locked(identity: Identity, what: str) -> bool:
    """Whether the composer may not change a value (one of LOCKED) in mail from this sender."""
    return identity.enforce and what in LOCKED


def begun(draft: Draft, identity: Identity) -> Draft:
    """A draft just begun with what its sender asks for by default."""
    return replace(draft, options=replace(draft.options, receipt=draft.options.receipt or identity.receipts))
