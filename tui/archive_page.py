"""What is in an archive (zip, tar), as a page: sizes, dates, names, and what is odd about it."""

from __future__ import annotations

from collections.abc import Iterator

from core.archive import Archive, Packed
from core.cells import pad, wrap
from core.file_kind import may_run
from core.rendered import Line, Span
from tui.translation import _, ngettext
from tui.widgets.sheet import human_size

_SIZE, _DATE = 9, 12


def archive_notices(archive: Archive) -> tuple[str, ...]:
    """How much is in it, and what speaks against unpacking it."""
    if not archive.entries:
        broken = _("This archive cannot be read: it is damaged, or of another kind.")
        return (_("This archive is empty.") if archive.whole else broken,)
    files = sum(not one.folder for one in archive.entries) + archive.total - len(archive.entries)
    found = [ngettext("{n} file, {size} unpacked", "{n} files, {size} unpacked", files)]
    found[0] = found[0].format(n=f"{files:,}", size=human_size(archive.size))
    if archive.bomb:
        found.append(_("It becomes far larger than it is: unpacking it may fill the disk."))
    if any(one.locked for one in archive.entries):
        found.append(_("It is locked with a password."))
    if any(one.leads_out for one in archive.entries):
        found.append(_("Names marked with ! lead out of the folder in which it is unpacked, or are links."))
    if any(may_run("", one.name) for one in archive.entries if not one.folder):
        found.append(_("Names marked with * are programs, or may run one."))
    if archive.total > len(archive.entries):
        found.append(_("The first {n} are listed.").format(n=f"{len(archive.entries):,}"))
    elif not archive.whole:
        found.append(_("This is the beginning of the archive: it is damaged further down, or very long."))
    return tuple(found)


def archive_lines(archive: Archive, width: int) -> Iterator[Line]:
    """A line for each file, the names wrapped."""
    dated = width >= 60 and any(one.date for one in archive.entries)
    lead = _SIZE + 3 + (_DATE if dated else 0)
    for one in archive.entries:
        size = "" if one.folder else human_size(one.size)
        about = f"{size:>{_SIZE}} {_sign(one)} {pad(one.date, _DATE) if dated else ''}"
        for n, piece in enumerate(wrap(one.name, max(width - lead, 8))):
            yield Line((Span(about if n == 0 else " " * len(about), "dim"), Span(piece, "bold" if one.folder else "")))


def _sign(one: Packed) -> str:
    return "!" if one.leads_out else "*" if not one.folder and may_run("", one.name) else " "
