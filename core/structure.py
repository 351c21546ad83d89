"""The parts of a mail and where their bytes stand, found in one pass (RFC 2046 §5).

Nothing is copied or decoded here: parts are places in the raw mail, so that the bytes of a signed part are
those that were received. Depth and number of parts are limited before anything is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct

from core.charset import decode
from core.clean import clean_line
from core.header import MOST_BYTES, Opening, header_end, unfold
from core.params import read_params
from core.part import Part

MOST_DEEP = 50
MOST_PARTS = 1000

_DELIMITER = re.compile(rb"\n--([^\r\n]*)")
_FIELD = re.compile(rb"\n(content-[a-z-]{2,40})[ \t]*+:([^\n]*+(?:\n[ \t][^\n]*+)*+)", re.IGNORECASE)
_TOLD = frozenset(("content-type", "content-transfer-encoding", "content-disposition", "content-id"))
_LONGEST_BOUNDARY = 998
_LONGEST_NAME = 255


class Place(Struct, frozen=True):
    """Where a part stands in the raw mail: its header block, its body, and the end of its body."""

    start: int
    body: int
    end: int


class Structure(Struct, frozen=True):
    """The parts in their order, multiparts included, and their places by section."""

    parts: tuple[Part, ...]
    places: dict[str, Place]
    notices: tuple[str, ...]
    """`too-deep`, `too-many-parts`."""


class _Draft(Struct):
    """A part while its end is not known."""

    section: str
    parent: str
    type: str
    params: dict[str, str]
    disposition: str
    name: str
    content_id: str
    encoding: str
    start: int
    body: int
    end: int = -1
    children: int = 0
    prefix: str = ""
    boundary: bytes | None = None
    defects: list[str] = []


def read_structure(raw: bytes, opening: Opening | None = None) -> Structure:
    """Find the parts of a whole mail. Never raises; what is wrong is noted in the parts' `defects`.

    `opening`: its header, where that was read already.
    """
    return _Reader(raw, opening).read()


class _Reader:
    """Walks over the delimiter lines once, with the multiparts and mails that are open on a stack."""

    def __init__(self, raw: bytes, opening: Opening | None = None) -> None:
        self.raw = raw
        self.opening = opening if opening is not None and opening.sure else None
        self.drafts: list[_Draft] = []
        self.open: list[_Draft] = []
        self.boundaries: dict[bytes, list[int]] = {}
        """Boundary to the places on the stack that wait for it, innermost last."""
        self.notices: dict[str, None] = {}

    def read(self) -> Structure:
        """All parts, their ends known."""
        self.begin(0)
        if self.boundaries:
            self.walk()
        self.close(0, len(self.raw))
        for draft in self.drafts:
            if draft.end < 0:
                draft.end = len(self.raw)
        parts = tuple(map(_part, self.drafts))
        places = {draft.section: Place(draft.start, draft.body, draft.end) for draft in self.drafts}
        return Structure(parts, places, tuple(self.notices))

    def walk(self) -> None:
        """Each delimiter ends what is open above its multipart, and begins the next part or ends the multipart."""
        skip = self.drafts[0].start
        for found in self.delimiters(max(self.drafts[-1].body - 2, 0)):
            at = found.start()
            if at < skip:
                continue
            level, closing = self.level_of(found[1])
            if level < 0:
                continue
            end = max(at - (self.raw[at - 1 : at] == b"\r"), 0)
            self.close(level + 1, end)
            multipart = self.open[level]
            if closing:
                self.close(level, min(found.end(), len(self.raw)), finished=True)
                if not self.boundaries:
                    return
                continue
            if len(self.drafts) >= MOST_PARTS:
                self.notices["too-many-parts"] = None
                multipart.defects.append("too-many-parts")
                return
            line_end = self.raw.find(b"\n", found.end())
            skip = self.begin(line_end + 1 if line_end >= 0 else len(self.raw))

    def delimiters(self, at: int) -> Iterator[re.Match[bytes]]:
        """What may be a delimiter line, from a place on."""
        while (at := self.raw.find(b"\n--", at)) >= 0 and (found := _DELIMITER.match(self.raw, at)):
            yield found
            at = found.end()

    def level_of(self, text: bytes) -> tuple[int, bool]:
        """The place on the stack that a delimiter line is for (-1: none), and whether it closes it."""
        text = text.rstrip(b" \t")
        if levels := self.boundaries.get(text):
            return levels[-1], False
        if text.endswith(b"--") and (levels := self.boundaries.get(text[:-2])):
            return levels[-1], True
        return -1, False

    def begin(self, start: int) -> int:
        """Read the header of the part at `start`, open it if it holds others; where to look for delimiters next."""
        if self.opening is not None and not self.drafts:
            body = self.opening.body
        else:
            body = self.before_delimiter(start, header_end(self.raw, start, len(self.raw))[1])
        parent = self.open[-1] if self.open else None
        draft = self.draft(start, body, parent)
        self.drafts.append(draft)
        is_mail = draft.type in ("message/rfc822", "message/global") and draft.encoding in ("7bit", "8bit", "binary")
        if not is_mail and draft.boundary is None:
            return body - 1
        if len(self.open) >= MOST_DEEP or (is_mail and len(self.drafts) >= MOST_PARTS):
            self.notices["too-deep"] = None
            draft.defects.append("too-deep")
            draft.boundary = None
            return body - 1
        self.open.append(draft)
        if draft.boundary is not None:
            self.boundaries.setdefault(draft.boundary, []).append(len(self.open) - 1)
            return body - 1
        draft.prefix = draft.section + "."
        return self.begin(body)

    def before_delimiter(self, start: int, body: int) -> int:
        """Where the header ends if a delimiter comes before the empty line: a part without a body."""
        if self.boundaries:
            for found in _DELIMITER.finditer(self.raw, max(start - 1, 0), body + _LONGEST_BOUNDARY):
                if found.start() >= body - 1:
                    break
                if self.level_of(found[1])[0] >= 0:
                    return max(found.start() + 1, start)
        return body

    def draft(self, start: int, body: int, parent: _Draft | None) -> _Draft:
        """The part whose header is `raw[start:body]`."""
        if self.opening is not None and not self.drafts:
            fields = _described(self.opening.fields)
        else:
            fields = _content_fields(self.raw[start:body])
        usual = "message/rfc822" if parent and parent.type == "multipart/digest" else "text/plain"
        kind, params = read_params(fields.get("content-type", ""))
        defects = []
        if kind.count("/") != 1 or kind[0] == "/" or kind[-1] == "/":
            defects = ["bad-type"] if kind else []
            kind = usual
        boundary = None
        if kind.startswith("multipart/"):
            boundary = params.get("boundary", "").rstrip().encode("utf-8", "replace")[:_LONGEST_BOUNDARY] or None
            if boundary is None:
                kind = "text/plain"
                defects.append("no-boundary")
        disposition, more = read_params(fields.get("content-disposition", ""))
        draft = _Draft(
            "", parent.section if parent else "", kind, params,
            disposition if disposition in ("", "inline") else "attachment",
            (more.get("filename") or more.get("name") or params.get("name") or params.get("filename") or "")[:_LONGEST_NAME],
            clean_line(fields.get("content-id", "").strip("<> \t")),
            _encoding(fields.get("content-transfer-encoding", "")),
            start, body, boundary=boundary, defects=defects,
        )  # fmt: skip
        _number(draft, parent)
        return draft

    def close(self, level: int, end: int, *, finished: bool = False) -> None:
        """End everything that is open from `level` of the stack on."""
        last = self.drafts[-1]
        if last.end < 0:
            last.end = max(end, last.body)
        while len(self.open) > level:
            draft = self.open.pop()
            draft.end = max(end, draft.body)
            if draft.boundary is None:
                continue
            levels = self.boundaries[draft.boundary]
            levels.pop()
            if not levels:
                del self.boundaries[draft.boundary]
            if not draft.children:
                # Its text is all there is to show.
                draft.type = "text/plain"
                draft.defects.append("boundary-not-found")
            elif not finished:
                draft.defects.append("not-closed")


def _number(draft: _Draft, parent: _Draft | None) -> None:
    """The section of a part. The outermost multipart of a mail has no number: it is the mail's TEXT."""
    prefix = parent.prefix if parent else ""
    if draft.boundary is not None and (parent is None or parent.boundary is None):
        draft.section, draft.prefix = prefix + "TEXT", prefix
        return
    if parent:
        parent.children += 1
    draft.section = f"{prefix}{parent.children if parent else 1}"
    draft.prefix = draft.section + "."


def _content_fields(header: bytes) -> dict[str, str]:
    """The Content- fields of a header block, names in lower case; the first of a name counts."""
    fields: dict[str, str] = {}
    for found in _FIELD.finditer(b"\n" + header[:MOST_BYTES]):
        fields.setdefault(found[1].decode("ascii").lower(), unfold(decode(found[2])))
    return fields


def _described(folded: list[tuple[str, str]]) -> dict[str, str]:
    """`_content_fields` of fields that were read already."""
    fields: dict[str, str] = {}
    for name, value in folded:
        if name in _TOLD and name not in fields:
            fields[name] = unfold(value)
    return fields


def _encoding(value: str) -> str:
    return clean_line(value.partition(";")[0].partition("(")[0]).strip("\"' ").lower() or "7bit"


def _part(draft: _Draft) -> Part:
    return Part(
        draft.section, draft.type, draft.params, draft.params.get("charset", "").strip("\"' ").lower(), draft.name,
        draft.disposition, draft.content_id, draft.encoding, draft.end - draft.body, tuple(draft.defects), draft.parent,
    )  # fmt: skip
