"""A calendar file cut into its components before anything is made of them: bounded, whatever a stranger sends."""

from __future__ import annotations

import re

from msgspec import Struct, field

from core.invitation import MOST_BYTES, MOST_ENTRIES

MOST_LINES = 2_000
"""Lines of one component."""
MOST_LINES_TOGETHER = 8_000
LONGEST_LINE = 32_768
MOST_ZONES = 20
DEEPEST = 3
_FOLD = re.compile(rb"\r?\n[ \t]")
_NAME = re.compile(rb"[A-Za-z0-9-]{1,60}")


class Pieces(Struct):
    """The components of a file, each as its lines in between BEGIN and END, these included."""

    method: str = ""
    zones: list[bytes] = field(default_factory=list)
    entries: list[bytes] = field(default_factory=list)
    total: int = 0
    lines: int = 0
    """Lines of the entries."""
    cut: bool = False
    """Whether something was left out because there was too much of it."""
    full: bool = False
    """Whether no more entries are taken: the rest is only counted."""

    def assembled(self, entries: list[bytes] | None = None, *, zones: bool = True) -> bytes:
        """A calendar of these entries (all, if not given), with the time zones."""
        parts = [*(self.zones if zones else ()), *(self.entries if entries is None else entries)]
        return b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Correio//EN\r\n" + b"".join(parts) + b"END:VCALENDAR\r\n"


def pieces_of(data: bytes) -> Pieces:
    """Cut a file. Never raises; what is not closed is closed, what nests too deep is left out."""
    found = Pieces(cut=len(data) > MOST_BYTES)
    lines: list[bytes] = []
    depth, calendars = 0, 0
    kind = b""
    all_lines = _FOLD.sub(b"", data[:MOST_BYTES]).split(b"\n")
    for number, line in enumerate(all_lines):
        if found.full:
            found.total += sum(1 for rest in all_lines[number:] if rest[:11].upper() == b"BEGIN:VEVEN")
            return found
        line = line.strip(b"\r\0")
        head = line[:80].upper()
        if head.startswith(b"BEGIN:"):
            name = head[6:].strip()
            if not depth and name == b"VCALENDAR":
                calendars += 1
                continue
            depth += 1
            if depth == 1:
                kind, lines = name, []
        if depth:
            _take(found, lines, line, depth)
        elif calendars == 1:
            _calendar_field(found, line)
        if head.startswith(b"END:") and depth:
            depth -= 1
            if not depth:
                _finish(found, kind, lines)
    if depth:
        _finish(found, kind, [*lines, *[b"END:" + _begun(lines, level) for level in range(min(depth, DEEPEST) - 1, -1, -1)]])
    return found


def _take(found: Pieces, lines: list[bytes], line: bytes, depth: int) -> None:
    if depth > DEEPEST or not line:
        return
    ends = line[:6].upper().startswith((b"BEGIN:", b"END:"))
    if (len(lines) >= MOST_LINES and not ends) or len(line) > LONGEST_LINE or len(lines) > 2 * MOST_LINES:
        found.cut = True
        return
    lines.append(line)


def _begun(lines: list[bytes], level: int) -> bytes:
    """The name of the component that is still open at a level, counted from 0."""
    open_: list[bytes] = []
    for line in lines:
        head = line[:80].upper()
        if head.startswith(b"BEGIN:"):
            open_.append(line[6:].strip())
        elif head.startswith(b"END:") and open_:
            open_.pop()
    return open_[level] if level < len(open_) else b"VEVENT"


def _finish(found: Pieces, kind: bytes, lines: list[bytes]) -> None:
    if not _NAME.fullmatch(kind):
        return
    if lines and not lines[-1][:4].upper().startswith(b"END:"):
        lines.append(b"END:" + kind)
    whole = b"".join(line + b"\r\n" for line in lines)
    if kind == b"VTIMEZONE":
        if len(found.zones) < MOST_ZONES:
            found.zones.append(whole)
        return
    found.total += 1
    if len(found.entries) < MOST_ENTRIES and found.lines + len(lines) <= MOST_LINES_TOGETHER:
        found.entries.append(whole)
        found.lines += len(lines)
    else:
        found.cut = found.full = True


def _calendar_field(found: Pieces, line: bytes) -> None:
    name, _, value = line[:200].partition(b":")
    if name.partition(b";")[0].strip().upper() == b"METHOD" and not found.method:
        found.method = value.strip().decode("ascii", "replace").upper()
