"""What a step was that has been taken back, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.translation import _, ngettext

if TYPE_CHECKING:
    from core.operations import Undone


def undone_words(undone: Undone) -> str:
    """One sentence, without its full stop."""
    kind, count = undone.kind, undone.messages
    of_no_messages = {
        "create": _("The new folder goes again"),
        "detach": _("The attachment is back in its message"),
        "thread": _("The threads are as they were before"),
        "remove": _("The folder goes back to where it was"),
        "mute": _("As before: what was muted, and what was unread"),
    }
    if kind in of_no_messages:
        return of_no_messages[kind]
    words = {
        "move": ngettext("Moved back: {n} message", "Moved back: {n} messages", count),
        "copy": ngettext("The copy of {n} message is gone", "The copies of {n} messages are gone", count),
        "expunge": ngettext("{n} message is back", "{n} messages are back", count),
        "flag": ngettext("As it was before: {n} message", "As they were before: {n} messages", count),
        "tag": ngettext("As it was before: {n} message", "As they were before: {n} messages", count),
    }
    return words.get(kind, ngettext("Taken back: {n} message", "Taken back: {n} messages", count)).format(n=f"{count:,}")
