"""Words in braces that stand for something about the mail: `{first_name}`, `{date}`, `{name|friend}`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace

from core.address import Address
from core.draft import Draft
from core.encoded_word import one_line
from core.settings.sender import Identity

PEOPLE = ("first_name", "last_name", "name", "address")
NAMES = (*PEOPLE, "subject", "my_name", "my_address", "date", "time", "weekday", "month", "year")
"""What a template can name. Anything else in braces stays as it is."""

CURSOR = "{cursor}"
"""Where one writes on in what begins as a template."""

_FIELD = re.compile(r"\{(" + "|".join(NAMES) + r")(?:\|([^{}\n]{0,100}))?\}")
_TITLES = re.compile(r"^(?:dr|prof|mr|mrs|ms|herr|frau|sr|sra|dra|eng|mme|mlle)\.?$", re.IGNORECASE)


def values_for(
    draft: Draft, identity: Identity, clock: Mapping[str, str], subject: str = "", known: Callable[[str], str] = lambda addr: ""
) -> dict[str, str]:
    """What the names stand for in a mail: its first recipient, its sender, and `clock` (date, time, weekday …).

    `subject`: that of the mail that is answered. `known`: the name that somebody had in past mail, by address; '' for none.
    """
    to = next(iter(draft.to or draft.cc or draft.bcc), Address("", ""))
    name = one_line(to.name or known(to.addr))
    given, family = parted(name)
    return {
        "first_name": given, "last_name": family, "name": name, "address": to.addr, "subject": one_line(subject),
        "my_name": identity.name, "my_address": draft.from_.addr or identity.address, **clock,
    }  # fmt: skip


def filled(draft: Draft, values: Mapping[str, str], *, seen: bool = False) -> Draft:
    """The draft with its placeholders filled, in subject and text; people's stay while there is nobody yet.

    `seen`: somebody sees it before it goes, and a name that nobody knows stays too: nothing reads *Dear ,*.
    """

    def word(found: re.Match[str]) -> str:
        name, otherwise = found[1], found[2]
        value = values.get(name, "")
        if value:
            return value
        if name in PEOPLE and (not draft.recipients or (seen and otherwise is None)):
            return found[0]
        return otherwise or ""

    return replace(draft, subject=one_line(_FIELD.sub(word, draft.subject)), body=_FIELD.sub(word, draft.body))


def left_in(*texts: str) -> list[str]:
    """The placeholders that are still in some texts, as they stand there, each once."""
    return list(dict.fromkeys(found[0] for text in texts for found in _FIELD.finditer(text)))


def at_cursor(draft: Draft) -> tuple[Draft, tuple[int, int] | None]:
    """The draft without `{cursor}`, and the line and column in its body where that stood first."""
    head, mark, _tail = draft.body.partition(CURSOR)
    place = (head.count("\n"), len(head.rpartition("\n")[2])) if mark else None
    clean = replace(draft, subject=draft.subject.replace(CURSOR, ""), body=draft.body.replace(CURSOR, ""))
    return (clean, place) if CURSOR in draft.body or CURSOR in draft.subject else (draft, None)


def has_placeholders(draft: Draft) -> bool:
    """Whether something is still to be filled in."""
    return any(_FIELD.search(text) or CURSOR in text for text in (draft.subject, draft.body))


def parted(name: str) -> tuple[str, str]:
    """Given and family name: `Ana Sousa`, `Sousa, Ana`, `Dr. Ana Sousa`."""
    name = one_line(name).strip(" \"'")
    family, comma, given = name.partition(",")
    if comma and given.strip():
        return given.split()[0], family.strip()
    words = [word for word in name.split() if not _TITLES.match(word)] or name.split()
    if not words or "@" in words[0]:
        return "", ""
    return words[0], " ".join(words[1:])
