"""Entries into one's own calendar: a folder of files here, or (`accounts.caldav`) a server."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from core.calendar_reader import CalendarReader
from core.errors import CorreioError
from core.invitation import Answer, Entry
from core.vdir import Vdir


def keep_in_folder(reader: CalendarReader, folder: str, data: bytes, uid: str, answer: Answer | None) -> Path:
    """Put what a calendar file says about an entry into the folder of a calendar; the file.

    One file for a UID, other occurrences and one's own alarms in it stay. Raises CorreioError `calendar-unreadable`,
    StoreError as `core.vdir`.
    """
    uid = uid or reader.name(data)
    calendar = Vdir(folder)
    return calendar.put(uid, reader.keep(data, uid, calendar.read(uid), answer))


def in_folder(reader: CalendarReader, folder: str, uid: str) -> Entry | None:
    """The entry as the calendar in a folder has it; None where it has none, or cannot be looked into."""
    try:
        before = Vdir(folder).read(uid) if uid else b""
    except CorreioError:
        return None
    return reader.read(before).main if before else None


def question(data: bytes, uid: str, answer: Answer | None) -> dict[str, Any]:
    """The words in which the engine is asked to keep an entry on a server; `asked` reads them."""
    return {"data": data.decode("utf-8", "replace"), "uid": uid, "answer": msgspec.to_builtins(answer)}


def asked(words: Mapping[str, Any]) -> tuple[bytes, str, Answer | None]:
    """What `question` made: the calendar file, the UID, one's own answer."""
    answer = words.get("answer")
    return str(words["data"]).encode(), str(words["uid"]), msgspec.convert(answer, Answer) if answer is not None else None
