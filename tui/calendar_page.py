"""Everything in a calendar file as text to read."""

from __future__ import annotations

from core.invitation import Calendar, Entry, Person
from tui import calendar_words, recurrence
from tui.invitation_card import ANSWER_WORDS
from tui.translation import _, ngettext


def page_text(calendar: Calendar) -> str:
    """One entry below the other."""
    parts = [_entry(one) for one in calendar.entries]
    left = calendar.total - len(calendar.entries)
    if left > 0:
        parts.append(ngettext("and {n} more entry", "and {n} more entries", left).format(n=f"{left:,}"))
    return "\n\n".join(parts)


def _entry(entry: Entry) -> str:
    lines = [entry.title or _("(no title)")]
    theirs = calendar_words.theirs(entry)
    rule = ""
    if entry.rule is not None:
        until = calendar_words.last_day(entry.rule.until) if entry.rule.until is not None else ""
        rule = recurrence.in_words(entry.rule, entry.start, until)
    fields = [
        (_("When"), calendar_words.when(entry)), ("", theirs), (_("Repeats"), rule), (_("Where"), entry.place),
        (_("Link"), entry.link), (_("Status"), entry.status.lower()),
        (_("Invites"), _who(entry.organizer) if entry.organizer is not None else ""),
    ]  # fmt: skip
    lines += [f"{label:<10} {text}" if label else f"{'':<10} {text}" for label, text in fields if text]
    for one in entry.people:
        answer = _(ANSWER_WORDS.get(one.answer, one.answer))
        lines.append(f"{'':<10} {_who(one)}: {answer}")
    if entry.more_people:
        more = ngettext("{n} more", "{n} more", entry.more_people).format(n=f"{entry.more_people:,}")
        lines.append(f"{'':<10} {more}")
    for text in (entry.text, entry.comment):
        if text:
            lines += ["", text]
    return "\n".join(lines)


def _who(one: Person) -> str:
    return f"{one.name} <{one.address}>" if one.name and one.address else one.shown
