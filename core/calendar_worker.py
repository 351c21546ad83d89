"""The process behind `core.calendar_reader`: calendar files in, plain values or bytes out (`core.side_process`)."""

from __future__ import annotations

import sys

from msgspec import Struct

from core import side_process
from core.invitation import Answer, Calendar, Stretch


class Read(Struct, tag=True):
    """Read a file. The answer is a Calendar."""

    data: bytes
    zones: bool = True


class Next(Struct, tag=True):
    """When its events happen. The answer is a list of Stretch."""

    data: bytes
    after: int
    most: int
    zones: bool = True


class Taken(Struct, tag=True):
    """What else is in a calendar folder then. The answer is a list of Stretch, and whether all was looked at."""

    folder: str
    spans: list[tuple[int, int]]
    besides: str
    seconds: float


class TakenBy(Struct, tag=True):
    """Which of these entries take time then. The answer is as that of `Taken`."""

    entries: list[bytes]
    spans: list[tuple[int, int]]
    besides: str
    seconds: float


class Reply(Struct, tag=True):
    """Answer an invitation. The answer is bytes, b"" where there is nothing to answer."""

    data: bytes
    uid: str
    answer: Answer
    zones: bool = True


class Keep(Struct, tag=True):
    """An entry as a calendar keeps it. The answer is bytes, b"" where there is nothing to keep."""

    data: bytes
    uid: str
    before: bytes
    answer: Answer | None = None
    zones: bool = True


class Name(Struct, tag=True):
    """A UID for an entry without one. The answer is a str."""

    data: bytes


Question = Read | Next | Taken | TakenBy | Reply | Keep | Name
Given = Calendar | list[Stretch] | tuple[list[Stretch], bool] | bytes | str


def main() -> None:
    """Serve until standard input ends."""
    side_process.guard()
    import msgspec

    from core import calendar_reading, calendar_times, calendar_writing  # before the word that we are ready

    def given(question: Question) -> Given:
        match question:
            case Read(data, zones):
                return calendar_reading.read(data, zones=zones)
            case Next(data, after, most, zones):
                return calendar_times.next_times(data, after, most, zones=zones)
            case Taken(folder, spans, besides, seconds):
                return calendar_times.taken(folder, spans, besides, seconds)
            case TakenBy(entries, spans, besides, seconds):
                return calendar_times.taken_by(entries, spans, besides, seconds)
            case Reply(data, uid, answer, zones):
                return calendar_writing.reply(data, uid, answer, zones=zones)
            case Keep(data, uid, before, own, zones):
                return calendar_writing.stored(data, uid, before, own, zones=zones)
            case Name(data):
                return calendar_writing.name_of(data)

    def answer(question: bytes) -> bytes:
        try:
            said: Given | None = given(msgspec.msgpack.decode(question, type=Question))
        except (*calendar_reading.BROKEN, calendar_writing.NothingToWrite):
            said = None
        return msgspec.msgpack.encode(said)

    side_process.serve(answer, sys.stdin.buffer, sys.stdout.buffer)


if __name__ == "__main__":
    main()
