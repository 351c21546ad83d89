"""Answers to invitations (iTIP, RFC 5546 §3.2.3) and entries as they are kept in a calendar. For the worker only."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any

import icalendar

from core.calendar_pieces import Pieces, pieces_of
from core.calendar_reading import BROKEN, Component, components, moment, sequence_of, uid_of, value_of
from core.encoded_word import one_line
from core.invitation import ACCEPTED, CANCEL, COUNTER, REPLY, TENTATIVE, Answer

_ANSWERED = ("UID", "RECURRENCE-ID", "ORGANIZER", "DTSTART", "DTEND", "DURATION", "DUE", "SUMMARY", "LOCATION")


class NothingToWrite(Exception):
    """The file holds no entry that this could be done with."""


def reply(data: bytes, uid: str, answer: Answer, *, zones: bool = True) -> bytes:
    """The answer to an invitation for its organizer: METHOD:REPLY with one ATTENDEE, or METHOD:COUNTER with another time
    (RFC 5546 §3.2.7). Raises NothingToWrite, also where a series is to be at another time."""
    pieces = pieces_of(data)
    found = _calendar()
    found.add("METHOD", COUNTER if answer.says == COUNTER else REPLY)
    for one in _of_uid(components(pieces, zones=zones), uid):
        made = _answered(one, answer)
        if answer.says == COUNTER:
            if any(name in one for name in ("RRULE", "RDATE")):
                raise NothingToWrite
            _move(made, answer.start)
        found.add_component(made)
    return _bytes(found, _zones_of(pieces) if zones else [])


def _answered(one: Component, answer: Answer) -> Component:
    made = icalendar.Component.get_component_class(one.name or "VEVENT")()
    for name in _ANSWERED:
        value = value_of(one, name)
        if value is not None:
            made.add(name, value, encode=False)
    made.add("DTSTAMP", datetime.fromtimestamp(answer.now, UTC))
    made.add("SEQUENCE", sequence_of(one))
    mine = next((value for value in _people(one) if _is(value, answer.address)), None)
    made.add("ATTENDEE", _attendee(mine, answer), encode=False)
    if answer.comment:
        made.add("COMMENT", answer.comment)
    return made


def _move(one: Component, start: int) -> None:
    """Have it begin then, and last as long as before."""
    old, end = (getattr(value_of(one, name), "dt", None) for name in ("DTSTART", "DTEND"))
    if not isinstance(old, date):
        raise NothingToWrite
    if not isinstance(old, datetime):
        new: date = datetime.fromtimestamp(start).date()
    else:
        new = datetime.fromtimestamp(start, UTC) if old.tzinfo is not None else datetime.fromtimestamp(start)
    _set(one, "DTSTART", new)
    if isinstance(end, type(old)):
        later = end + (new - old)
        _set(one, "DTEND", later.astimezone(UTC) if isinstance(later, datetime) and later.tzinfo is not None else later)


def _attendee(before: Any, answer: Answer) -> Any:
    """The invited person with their answer, named as the invitation names them."""
    made = icalendar.vCalAddress(str(before) if before is not None else f"mailto:{one_line(answer.address)}")
    for key, value in (before.params if before is not None else {}).items():
        if key.upper() not in ("RSVP", "PARTSTAT"):
            made.params[key] = value
    if answer.name and "CN" not in made.params:
        made.params["CN"] = one_line(answer.name).replace('"', "'")
    made.params["PARTSTAT"] = TENTATIVE if answer.says == COUNTER else answer.says
    return made


def stored(data: bytes, uid: str, before: bytes, answer: Answer | None, *, zones: bool = True) -> bytes:
    """The entry of this UID as a calendar keeps it, after what a file says: an invitation, its update or cancellation, or
    the answer of somebody whom one has invited (`before` is what the calendar has, b"" for nothing).

    `answer`: one's own, written into the entry. Raises NothingToWrite, also where a cancellation or an answer is about
    nothing that the calendar has.
    """
    pieces = pieces_of(data)
    new = _of_uid(components(pieces, zones=zones), uid)
    old_pieces = pieces_of(before)
    old = _of_uid(components(old_pieces), uid, may_be_none=True) if before else []
    if pieces.method == CANCEL:
        kept = _cancelled(old, new)
    elif pieces.method == REPLY:
        kept = _with_answers(old, new)
    else:
        kept = _updated(old, [_own(one, answer) for one in new])
    if not kept:
        raise NothingToWrite
    found = _calendar()
    for one in kept:
        found.add_component(one)
    return _bytes(found, [*_zones_of(old_pieces), *(_zones_of(pieces) if zones else [])])


def name_of(data: bytes) -> str:
    """A UID for an entry that has none: the same for the same bytes."""
    return f"{hashlib.sha256(data).hexdigest()[:32]}@correio"


# keeping ------------------------------------------------------------------------


def _own(one: Component, answer: Answer | None) -> Component:
    """An entry that came in, as it is kept: no alarms of strangers, one's own answer in it."""
    one.subcomponents = [inner for inner in one.subcomponents if inner.name != "VALARM"]
    if answer is not None:
        _replace_people(one, [answer], add=True)
    return one


def _updated(old: list[Component], new: list[Component]) -> list[Component]:
    """What is newer by SEQUENCE, then DTSTAMP (RFC 5546 §2.1.5), of each occurrence; alarms of one's own stay."""
    known = {_occurrence(one): one for one in old}
    fresh = {_occurrence(one): one for one in new}
    newer = "" in fresh and "" in known and sequence_of(fresh[""]) > sequence_of(known[""])
    kept = {} if newer else dict(known)
    for key, one in fresh.items():
        before = known.get(key)
        if before is not None and _version(before) > _version(one):
            kept[key] = before
            continue
        if before is not None:
            one.subcomponents += [inner for inner in before.subcomponents if inner.name == "VALARM"]
        kept[key] = one
    return sorted(kept.values(), key=_occurrence)


def _cancelled(old: list[Component], gone: list[Component]) -> list[Component]:
    """The entries with their cancellation; a single occurrence that goes becomes a cancelled one of its own."""
    if not old:
        return []
    known = {_occurrence(one): one for one in old}
    for one in gone:
        key = _occurrence(one)
        if key and key not in known:
            known[key] = _own(one, None)
        for each in known.values() if not key else (known[key],):
            if sequence_of(each) <= sequence_of(one):
                _set(each, "STATUS", "CANCELLED")
                _set(each, "SEQUENCE", sequence_of(one))
    return sorted(known.values(), key=_occurrence)


def _with_answers(old: list[Component], replies: list[Component]) -> list[Component]:
    known = {_occurrence(one): one for one in old}
    for one in replies:
        said = [Answer(str(value).partition(":")[2], str(value.params.get("PARTSTAT", ACCEPTED))) for value in _people(one)[:1]]
        mine = known.get(_occurrence(one))
        if mine is not None:
            _replace_people(mine, said, add=False)
    return sorted(known.values(), key=_occurrence)


def _replace_people(one: Component, answers: Iterable[Answer], *, add: bool) -> None:
    people = _people(one)
    for answer in answers:
        places = [n for n, value in enumerate(people) if _is(value, answer.address)]
        for n in places:
            people[n] = _attendee(people[n], answer)
        if not places and add:
            people.append(_attendee(None, answer))
    if people:
        one["ATTENDEE"] = people


def _set(one: Component, name: str, value: Any) -> None:
    one.pop(name, None)
    one.add(name, value)


def _people(one: Component) -> list[Any]:
    found = one.get("ATTENDEE")
    values = found if isinstance(found, list) else [] if found is None else [found]
    return [value for value in values if isinstance(value, icalendar.vCalAddress)]


def _is(value: Any, address: str) -> bool:
    return str(value).partition(":")[2].strip().casefold() == address.casefold()


def _occurrence(one: Component) -> str:
    """What tells the occurrences of a series apart; '' for the series itself."""
    found = moment(value_of(one, "RECURRENCE-ID"))
    if found is None:
        return ""
    return str(found.seconds) if found.seconds is not None else found.text


def _version(one: Component) -> tuple[int, int]:
    stamp = moment(value_of(one, "DTSTAMP"))
    return sequence_of(one), (stamp.seconds or 0) if stamp is not None else 0


# bytes --------------------------------------------------------------------------


def _of_uid(found: list[Component], uid: str, *, may_be_none: bool = False) -> list[Component]:
    """The entries of this UID; those without one are given it."""
    for one in found:
        if not uid_of(one):
            one.add("UID", uid)
    mine = [one for one in found if uid_of(one) == uid]
    if not mine and not may_be_none:
        raise NothingToWrite
    return mine


def _calendar() -> icalendar.Calendar:
    found = icalendar.Calendar()
    found.add("VERSION", "2.0")
    found.add("PRODID", "-//Correio//EN")
    return found


def _zones_of(pieces: Pieces) -> list[Component]:
    try:
        whole: Any = icalendar.Calendar.from_ical(pieces.assembled([]))
    except BROKEN:
        return []
    return [one for one in whole.subcomponents if one.name == "VTIMEZONE"]


def _bytes(found: icalendar.Calendar, zones: list[Component]) -> bytes:
    named = {str(one.get("TZID")): one for one in zones}
    used = {str(value) for one in found.walk() for value in _zone_names(one)}
    found.subcomponents[:0] = [one for name, one in named.items() if name in used]
    try:
        found.add_missing_timezones()
    except BROKEN:
        pass  # a zone that nobody knows stays a name
    return bytes(found.to_ical())


def _zone_names(one: Component) -> list[str]:
    found = []
    for _, value in one.property_items(recursive=False):
        name = getattr(value, "params", {}).get("TZID")
        if name:
            found.append(str(name))
    return found
