"""What stands in a message instead of an attachment that was deleted."""

from __future__ import annotations

from datetime import datetime

from core.clean import clean_line
from tui.files import File
from tui.translation import _
from tui.widgets.sheet import human_size


def note_of(file: File, now: datetime | None = None) -> str:
    """What stands in the message instead of a file: for people, whatever program they read it with."""
    when = (now or datetime.now().astimezone()).strftime("%Y-%m-%d %H:%M %z")
    rows = [
        _("An attachment was deleted from this message."),
        "",
        _("Name: {name}").format(name=file.title),
        _("Type: {type}").format(type=file.type),
        _("Size: {size}").format(size=human_size(file.size)),
        _("Deleted: {date}").format(date=when),
    ]
    return "\n".join(clean_line(row) for row in rows)
