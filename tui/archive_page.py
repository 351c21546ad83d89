"""What is to be said of an archive (zip, tar): how much is in it, and what is odd about it."""

from __future__ import annotations

from core.archive import Archive
from tui.translation import _, ngettext
from tui.widgets.sheet import human_size


def archive_summary(archive: Archive) -> str:
    """How many files, and how large they are when unpacked."""
    files = sum(not one.folder for one in archive.entries) + archive.total - len(archive.entries)
    words = ngettext("{n} file, {size} unpacked", "{n} files, {size} unpacked", files)
    return words.format(n=f"{files:,}", size=human_size(archive.size))


def archive_notices(archive: Archive) -> tuple[str, ...]:
    """What speaks against unpacking all of it, and whether all of it is listed."""
    if not archive.entries:
        broken = _("This archive cannot be read: it is damaged, or of another kind.")
        return (_("This archive is empty.") if archive.whole else broken,)
    found = []
    closed = sum(one.locked or one.link for one in archive.entries if not one.folder)
    if closed:
        words = ngettext(
            "{n} of them is locked with a password, or a link: it is not saved with the others.",
            "{n} of them are locked with a password, or links: they are not saved with the others.", closed,
        )  # fmt: skip
        found.append(words.format(n=f"{closed:,}"))
    if archive.bomb:
        found.append(_("It becomes far larger than it is: unpacking it may fill the disk."))
    if archive.total > len(archive.entries):
        found.append(_("The first {n} are listed.").format(n=f"{len(archive.entries):,}"))
    elif not archive.whole:
        found.append(_("This is the beginning of the archive: it is damaged further down, or very long."))
    return tuple(found)
