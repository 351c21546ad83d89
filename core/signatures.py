"""Signatures in a text being written: which one, put at the end or at the cursor, taken out again."""

from __future__ import annotations

from core.draft import Draft
from core.flowed import SIGNATURE
from core.quoting import signed
from core.settings.sender import Identity


def signature_of(identity: Identity, *, rich: bool = False) -> str:
    """The sender's signature for a format; '' where it has none."""
    if identity.signature_place == "none":
        return ""
    return identity.signature_rich if rich and identity.signature_rich.strip() else identity.signature


def first_signature(identity: Identity, *, rich: bool = False) -> str:
    """What stands below a mail just begun."""
    return signature_of(identity, rich=rich) if identity.signature_place == "automatic" else ""


def has_signature(body: str, signature: str) -> bool:
    """Whether the signature stands in the text as it was put there, its line of two dashes above."""
    return bool(signature.strip()) and _place(body, signature) >= 0


def taken_out(body: str, signature: str) -> str:
    """The text without the signature and the empty line above it, where it stands unchanged."""
    at = _place(body, signature) if signature.strip() else -1
    if at < 0:
        return body
    before, after = body[:at], body[at + len(_block(signature)) :]
    before = before.removesuffix("\n") if before.endswith("\n\n") or before == "\n" else before
    return before + after.removeprefix("\n")


def put_at_end(body: str, signature: str) -> str:
    """The text with the signature below."""
    return signed(body if body.endswith("\n") else f"{body}\n", signature)


def re_signed(draft: Draft, old: Identity, new: Identity, *, rich: bool = False) -> str:
    """The draft's text with the new sender's signature in place of the old one's, where that stands unchanged."""
    before, after = signature_of(old, rich=rich), signature_of(new, rich=rich)
    if has_signature(draft.body, before):
        if not after.strip():
            return taken_out(draft.body, before)
        at = _place(draft.body, before)
        return draft.body[:at] + _block(after) + draft.body[at + len(_block(before)) :]
    unsigned = not first_signature(old, rich=rich).strip()
    wanted = first_signature(new, rich=rich)
    dashed = f"\n{SIGNATURE}\n" in f"\n{draft.body}"
    return put_at_end(draft.body, wanted) if unsigned and wanted.strip() and not dashed else draft.body


def in_format(body: str, identity: Identity, *, rich: bool) -> str:
    """The text with the sender's signature of this format in place of that of the other one, where it stands unchanged."""
    before, after = signature_of(identity, rich=not rich), signature_of(identity, rich=rich)
    if before == after or not has_signature(body, before):
        return body
    at = _place(body, before)
    return body[:at] + _block(after) + body[at + len(_block(before)) :]


def _block(signature: str) -> str:
    """Without the last line's end, which may be missing in a text."""
    lines = signature.strip("\n")
    return f"{SIGNATURE}\n{lines}"


def _place(body: str, signature: str) -> int:
    """Where the signature begins with its dashes, as whole lines; -1 where it does not stand there."""
    return f"\n{body}\n".rfind(f"\n{_block(signature)}\n")
