"""What is to be known of a link before it is opened."""

from __future__ import annotations

from tui.translation import N_

SENTENCES: dict[str, str] = {
    "link-lies": N_("Its text shows {shown}, but it leads to {host}."),
    "link-user": N_("“{user}” is no place, only a name in front of the @: it leads to {host}."),
    "link-number": N_("It leads to a number, not to a name: {number}."),
    "link-mixed": N_("“{word}” mixes letters that look alike: {scripts}."),
    "link-disguised": N_("{spelled} is not {looks}: its letters only look like it."),
    "link-spelled": N_("{spelled} is the same as {host}."),
    "link-wrapped": N_("It goes through {host} to {inside}"),
    "link-hidden": N_("There are hidden characters in it: {signs}."),
    "link-open": N_("The line to {host} is not encrypted: others can read and change what comes."),
    "link-port": N_("It asks for an unusual port: {port}."),
}
"""By the ids of `core.link_doubts`."""
