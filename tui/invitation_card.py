"""The card of an invitation above the text: what, when, where, who, and what can be done with it. Words only, no action."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from core.cells import cell_len, pad, wrap
from core.clean import clean_line
from core.invitation import (
    ACCEPTED,
    ADD,
    CANCEL,
    COUNTER,
    DECLINECOUNTER,
    DECLINED,
    REFRESH,
    REPLY,
    REQUEST,
    TENTATIVE,
    WAITING,
    Calendar,
    Entry,
    Person,
    Stretch,
)
from core.rendered import Line, Span
from core.store.invitations import Noted
from tui import calendar_words, recurrence
from tui.dates import full_date
from tui.glyphs import Glyphs
from tui.translation import N_, _, ngettext

LABEL = 10
MOST_PEOPLE = 12
MOST_OTHERS = 5
MOST_CLASHES = 3
MOST_LINES = 3
"""Lines of one field."""

ANSWER_WORDS = {
    ACCEPTED: N_("accepted"), DECLINED: N_("declined"), TENTATIVE: N_("perhaps"), "DELEGATED": N_("sends somebody else"),
    COUNTER: N_("proposes another time"), WAITING: N_("no answer yet"),
}  # fmt: skip
_NOTICES = {
    "calendar-broken": N_("A part of this calendar file cannot be read."),
    "calendar-slow": N_("This calendar file takes too long to read."),
    "calendar-failed": N_("This calendar file cannot be read."),
    "calendar-cut": N_("This calendar file is very large: a part of it was read."),
    "calendar-zones": N_("The time zones in this calendar file make no sense: its times may be others than they say."),
}
_KINDS = {"VTODO": N_("Task"), "VJOURNAL": N_("Journal entry"), "VFREEBUSY": N_("Free and busy times")}


class Told(Struct, frozen=True):
    """All that a card says."""

    calendar: Calendar
    mine: frozenset[str] = frozenset()
    """One's own addresses, folded."""
    sender: str = ""
    """Whom the mail is from, folded."""
    answered: Noted | None = None
    newest: Noted | None = None
    before: Entry | None = None
    """The entry as one's own calendar has it."""
    earlier: Entry | None = None
    """The version before this one, as an earlier mail has it."""
    clashes: tuple[Stretch, ...] | None = None
    """What else takes that time; None where no calendar was looked into."""
    whole: bool = True
    """Whether all of the calendar was looked into."""
    coming: tuple[Stretch, ...] | None = ()
    """The next times of a series; None where they take too long."""
    keys: str = ""
    """What can be done, with its keys."""


def card_lines(told: Told, width: int, glyphs: Glyphs) -> tuple[Line, ...]:
    """The card for `width` cells."""
    entry = told.calendar.main
    lines = [Line(), *_lines("", _heading(told.calendar, entry), "heading", width)]
    if entry is not None:
        for label, text in _fields(told, entry):
            lines += _lines(label, text, "header-value", width)
        lines += [line for text in _news(told, entry) for line in _lines("", text, "bold", width)]
        lines += [line for text in _warnings(told, entry) for line in _lines("", f"{glyphs.urgent} {text}", "warning", width)]
        lines += [line for text in _others(told.calendar, entry) for line in _lines("", text, "faint", width)]
    for id in told.calendar.notices:
        lines += _lines("", f"{glyphs.urgent} {_(_NOTICES.get(id, id))}", "warning", width)
    if told.keys and entry is not None:
        lines += [line for part in _packed(told.keys.split(" · "), width) for line in _lines("", part, "faint", width)]
    return tuple(lines)


def _lines(label: str, text: str, look: str, width: int) -> list[Line]:
    room = max(width - (LABEL if label else 0), 8)
    pieces = wrap(clean_line(text), room)
    if len(pieces) > MOST_LINES:
        pieces = [*pieces[: MOST_LINES - 1], pieces[MOST_LINES - 1][: room - 2] + " …"]
    head = [Span(pad(label if not n else "", LABEL), "header-name") for n in range(len(pieces))]
    return [Line((head[n], Span(piece, look)) if label else (Span(piece, look),)) for n, piece in enumerate(pieces)]


def _packed(phrases: Sequence[str], width: int) -> list[str]:
    """Phrases put together into lines: none goes over the end of a line where it need not."""
    found = [phrases[0]]
    for phrase in phrases[1:]:
        longer = f"{found[-1]} · {phrase}"
        if cell_len(longer) <= width:
            found[-1] = longer
        else:
            found.append(phrase)
    return found


def _heading(calendar: Calendar, entry: Entry | None) -> str:
    if entry is None:
        return _("Calendar file")
    title = entry.title or _("(no title)")
    kinds = {
        REQUEST: _("Invitation: {title}"), CANCEL: _("Cancelled: {title}"), REPLY: _("Answer: {title}"),
        COUNTER: _("Another time is proposed: {title}"), DECLINECOUNTER: _("The proposal was declined: {title}"),
        ADD: _("More times: {title}"), REFRESH: _("Asks for the invitation again: {title}"),
    }  # fmt: skip
    if entry.status == "CANCELLED" and calendar.method in ("", "PUBLISH", REQUEST):
        return _("Cancelled: {title}").format(title=title)
    plain = f"{_(_KINDS[entry.kind])}: {{title}}" if entry.kind in _KINDS else _("Event: {title}")
    return kinds.get(calendar.method, plain).format(title=title)


def _fields(told: Told, entry: Entry) -> list[tuple[str, str]]:
    found = [(_("When"), _when(entry))]
    if entry.occurrence is not None:
        found.append((_("Of series"), _("the one of {when}").format(when=calendar_words.moment(entry.occurrence))))
    if entry.rule is not None or entry.more_rules:
        found.append((_("Repeats"), _repeats(entry)))
        found.append((_("Next"), _coming(told)))
    found += [(_("Where"), entry.place), (_("Link"), entry.link), (_("Who"), _people(told, entry))]
    if told.calendar.method in (REPLY, COUNTER, DECLINECOUNTER) and entry.comment:
        found.append((_("Comment"), entry.comment))
    return [(label, text) for label, text in found if text]


def _when(entry: Entry) -> str:
    words, other = calendar_words.when(entry), calendar_words.theirs(entry)
    return _("{when} ({theirs})").format(when=words, theirs=other) if other else words


def _repeats(entry: Entry) -> str:
    words = ""
    if entry.rule is not None:
        until = calendar_words.last_day(entry.rule.until) if entry.rule.until is not None else ""
        words = recurrence.in_words(entry.rule, entry.start, until)
    if entry.more_rules:
        words = _("{words}, and at other times").format(words=words) if words else _("at single times")
    if entry.left_out:
        left = ngettext("except once", "except {n} times", entry.left_out).format(n=entry.left_out)
        words = f"{words}, {left}"
    return words


def _coming(told: Told) -> str:
    if told.coming is None:
        return _("takes too long to work out")
    return "; ".join(calendar_words.stretch(one) for one in told.coming)


def _people(told: Told, entry: Entry) -> str:
    words = []
    organizer = entry.organizer
    if organizer is not None:
        who = _("you") if organizer.address.casefold() in told.mine else _named(organizer)
        words.append(_("{who} (invites)").format(who=who))
    others = [one for one in entry.people if organizer is None or one.address.casefold() != organizer.address.casefold()]
    ranked = sorted(others, key=lambda one: one.address.casefold() not in told.mine)
    words += [_with_answer(one, told) for one in ranked[:MOST_PEOPLE]]
    left = len(ranked) - MOST_PEOPLE + entry.more_people if len(ranked) > MOST_PEOPLE else entry.more_people
    if left > 0:
        words.append(ngettext("{n} more", "{n} more", left).format(n=f"{left:,}"))
    return ", ".join(words)


def _named(person: Person) -> str:
    """Names are theirs to choose: the address tells who is meant."""
    return f"{person.name} <{person.address}>" if person.name and person.address else person.shown


def _with_answer(person: Person, told: Told) -> str:
    own, said = person.address.casefold() in told.mine, person.answer
    if own and told.answered is not None:
        said = told.answered.says
    answer = _(ANSWER_WORDS.get(said, ANSWER_WORDS[WAITING]))
    return _("{who}: {answer}").format(who=_("you") if own else person.shown, answer=answer)


def _news(told: Told, entry: Entry) -> list[str]:
    """What is new about it, and what one has said."""
    method, found = told.calendar.method, []
    by = entry.organizer.shown if entry.organizer is not None else _("Whoever invited you")
    if method == CANCEL:
        found.append(_("{who} has cancelled it.").format(who=by))
        known = told.before or told.earlier
        if known is not None and known.start is not None and calendar_words.when(known) != calendar_words.when(entry):
            found.append(_("The time was {when}.").format(when=calendar_words.when(known)))
    elif method in (REPLY, COUNTER):
        found += [_replied(one, method) for one in _speakers(told, entry)]
        if method == COUNTER and told.before is not None and told.before.start is not None:
            found.append(_("In your calendar it is {when}.").format(when=calendar_words.when(told.before)))
        elif method == COUNTER and told.earlier is not None and told.earlier.start is not None:
            found.append(_("You invited for {when}.").format(when=calendar_words.when(told.earlier)))
    elif told.before is not None and told.before.sequence <= entry.sequence:
        found += _changes(told.before, entry) or [_("It stands in your calendar like this.")]
    elif told.before is None and told.earlier is not None:
        found += _changes(told.earlier, entry) or [_("Time, place and people are as in the mail before.")]
    if told.answered is not None and method in (REQUEST, "", ADD):
        words = {ACCEPTED: _("You accepted on {date}."), DECLINED: _("You declined on {date}."),
                 TENTATIVE: _("You said “perhaps” on {date}."), COUNTER: _("You proposed another time on {date}.")}  # fmt: skip
        said = words.get(told.answered.says, words[TENTATIVE]).format(date=full_date(told.answered.made))
        later = told.answered.sequence < entry.sequence
        found.append(_("{said} It has changed since.").format(said=said) if later else said)
    return found


def _speakers(told: Told, entry: Entry) -> list[Person]:
    """Who answers: whom the mail is from. Some programs list everybody who is invited."""
    named = [one for one in entry.people if told.sender and one.address.casefold() == told.sender]
    return named[:1] or list(entry.people[:MOST_PEOPLE])


def _replied(person: Person, method: str) -> str:
    if method == COUNTER:
        return _("{who} proposes this instead.").format(who=_named(person))
    words = {ACCEPTED: _("{who} comes."), DECLINED: _("{who} does not come."), TENTATIVE: _("{who} comes perhaps."),
             "DELEGATED": _("{who} sends somebody else.")}  # fmt: skip
    return words.get(person.answer, _("{who} has not decided yet.")).format(who=_named(person))


def _changes(before: Entry, entry: Entry) -> list[str]:
    if before.status == "CANCELLED" != entry.status:
        return [_("It was cancelled before.")]
    found = []
    if calendar_words.when(before) != calendar_words.when(entry):
        found.append(_("The time was {when}.").format(when=calendar_words.when(before)))
    if before.rule != entry.rule:
        repeats = _repeats(before)
        found.append(_("It was repeated {how}.").format(how=repeats) if repeats else _("It was not repeated."))
    if before.place != entry.place and before.place:
        found.append(_("The place was {place}.").format(place=before.place))
    if before.title != entry.title:
        found.append(_("It was called “{title}”.").format(title=before.title))
    if before.text != entry.text:
        found.append(_("Its description has changed."))
    came, left = _others_in(entry, before), _others_in(before, entry)
    if came and not entry.more_people:
        found.append(_("Invited since: {people}.").format(people=_some(came)))
    if left and not before.more_people:
        found.append(_("No longer invited: {people}.").format(people=_some(left)))
    return found


def _others_in(one: Entry, other: Entry) -> list[Person]:
    """Who is invited to one and not to the other."""
    known = {person.address.casefold() for person in (*other.people, *((other.organizer,) if other.organizer else ()))}
    return [person for person in one.people if person.address and person.address.casefold() not in known]


def _some(people: Sequence[Person]) -> str:
    words = [person.shown for person in people[:MOST_PEOPLE]]
    left = len(people) - len(words)
    return ", ".join([*words, *([ngettext("{n} more", "{n} more", left).format(n=f"{left:,}")] if left else [])])


def _warnings(told: Told, entry: Entry) -> list[str]:
    found = []
    newest, method = told.newest, told.calendar.method
    if newest is not None and (newest.sequence, newest.stamp) > (entry.sequence, entry.stamp):
        later = _("It was cancelled later.") if newest.says == CANCEL else _("There is a newer version of this invitation.")
        found.append(later)
    for one in (told.clashes or ())[:MOST_CLASHES]:
        words = _("At that time: {title}, {when}")
        found.append(words.format(title=one.title or _("(no title)"), when=calendar_words.stretch(one)))
    if told.clashes and len(told.clashes) > MOST_CLASHES:
        left = len(told.clashes) - MOST_CLASHES
        found.append(ngettext("and {n} more at that time", "and {n} more at that time", left).format(n=left))
    if not told.whole:
        found.append(_("Not all of your calendar could be looked into."))
    speakers = _speakers(told, entry) if method in (REPLY, COUNTER) else []
    speaker = speakers[0] if speakers else entry.organizer
    if speaker is not None and speaker.address and told.sender and speaker.address.casefold() != told.sender:
        words = _("The mail came from {sender}, not from {who}.")
        found.append(words.format(sender=told.sender, who=speaker.address))
    return found


def _others(calendar: Calendar, entry: Entry) -> list[str]:
    """The other entries of a file: changed occurrences, or a whole calendar."""
    rest: Sequence[Entry] = [one for one in calendar.entries if one is not entry]
    found = []
    for one in rest[:MOST_OTHERS]:
        words = _("Changed: {title}, {when}") if one.uid == entry.uid else _("Also: {title}, {when}")
        found.append(words.format(title=one.title or _("(no title)"), when=calendar_words.when(one)))
    left = calendar.total - 1 - len(found)
    if left > 0:
        found.append(ngettext("and {n} more entry", "and {n} more entries", left).format(n=f"{left:,}"))
    return found
