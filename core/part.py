"""One part of a mail (RFC 2045-2049), and what the parts of a mail say about it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec import Struct, field

from core.flags import Mark

_SIGNATURES = frozenset(("application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature"))
_READ = frozenset(("text/plain", "text/html", "text/enriched", "text/calendar"))
_CMS = frozenset(("application/pkcs7-mime", "application/x-pkcs7-mime"))
_TOLD = {"multipart/signed": Mark.SIGNED, "multipart/encrypted": Mark.ENCRYPTED, "text/calendar": Mark.INVITATION}
NO_MARK = Mark(0)


class Part(Struct, frozen=True):
    """One part, as the mail's structure describes it; its bytes are fetched apart by `section`."""

    section: str
    """IMAP numbering (RFC 3501 §6.4.5): `1`, `1.2`. A multipart that has no number of its own, because it is
    the whole body of a mail, is `TEXT`, of an enclosed mail `2.TEXT`: what BODY[…] takes."""
    type: str
    """`text/plain`, always lower case with one slash."""
    params: Mapping[str, str] = field(default_factory=dict)
    """Parameters of Content-Type, names in lower case, values decoded (RFC 2231)."""
    charset: str = ""
    """As declared, lower case; '' if not declared."""
    name: str = ""
    """The file name, decoded and cleaned for showing; '' if there is none. For saving: `core.attachment.safe_name`."""
    disposition: str = ""
    """`inline`, `attachment` or ''."""
    content_id: str = ""
    """Without its brackets; what `cid:` links name."""
    encoding: str = "7bit"
    """Content-Transfer-Encoding, lower case."""
    size: int = 0
    """Bytes as they stand in the mail, still encoded."""
    defects: tuple[str, ...] = ()
    """Ids of what is wrong: `no-boundary`, `boundary-not-found`, `not-closed`, `too-deep`, `too-many-parts`, `bad-type`."""
    parent: str = ""
    """The section of the multipart or message/rfc822 around it; '' for the outermost."""

    def __hash__(self) -> int:
        return hash((self.section, self.type, self.size, self.name))  # `params` has none

    @property
    def main(self) -> str:
        """The type before the slash: `text`, `image`, `multipart` …"""
        return self.type.partition("/")[0]

    @property
    def is_multipart(self) -> bool:
        """Whether it holds other parts and no content of its own."""
        return self.type.startswith("multipart/")

    @property
    def decoded_size(self) -> int:
        """About how many bytes it has once it is decoded."""
        return self.size * 57 // 78 if self.encoding == "base64" else self.size  # lines of 76 letters with their ends

    @property
    def is_attachment(self) -> bool:
        """Whether a reader would look for it among the files: said to be one, or neither text nor signature."""
        if self.type in _READ:
            return self.disposition == "attachment" or bool(self.name)
        if self.is_multipart or self.type in _SIGNATURES:
            return False
        return self.disposition == "attachment" or (self.type != "application/pgp-encrypted" and self.type not in _CMS)

    @property
    def is_inline_image(self) -> bool:
        """An image that the HTML body shows by `cid:`."""
        return self.main == "image" and bool(self.content_id) and self.disposition != "attachment"


def marks_of(parts: Iterable[Part]) -> Mark:
    """The marks that the structure tells: attachment, signed, encrypted, invitation, HTML only.

    Inline PGP and what the headers say (priority, list) are not in the structure.
    """
    marks = NO_MARK
    plain = html = False
    for part in parts:
        kind, attached = part.type, part.is_attachment
        if attached and not part.is_inline_image:
            marks |= Mark.ATTACHMENT
        if kind == "text/plain":
            plain = plain or not attached
        elif kind == "text/html":
            html = html or not attached
        elif kind in _TOLD:
            marks |= _TOLD[kind]
        elif kind in _CMS:
            smime = part.params.get("smime-type", "").lower()
            signed = smime == "signed-data" or part.name.lower().endswith(".p7s")
            marks |= Mark.SIGNED if signed else Mark.ENCRYPTED
    return marks | Mark.HTML_ONLY if html and not plain else marks


def within(parts: Iterable[Part], section: str) -> tuple[Part, ...]:
    """The parts below `section`, at any depth, in order."""
    inside = {section}
    found = []
    for part in parts:
        if part.parent in inside and part.section != section:
            inside.add(part.section)
            found.append(part)
    return tuple(found)
