"""Sets of whole numbers: IMAP sequence sets (RFC 3501 §9) and a compressed form for the journal."""

from __future__ import annotations

import re
import zlib
from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from typing import overload

_NONE = 1 << 33, 1 << 33
_SET = re.compile(r"\d{1,10}(:\d{1,10})?(,\d{1,10}(:\d{1,10})?)*")


class Runs(Sequence[int]):
    """A set of numbers below 2**32, ascending, as its runs: it takes memory for the gaps of a mailbox, not for its mails."""

    __slots__ = ("_before", "_first", "_last")

    def __init__(self, runs: Iterable[tuple[int, int]] = ()) -> None:
        """`runs`: (first, last) of each, ascending; they may touch and overlap."""
        self._first, self._last, self._before = array("I"), array("I"), array("Q", [0])
        """How many numbers stand before each run; at the end, how many there are."""
        for first, last in runs:
            if self._last and first <= self._last[-1] + 1:
                if last > self._last[-1]:
                    self._before[-1] += last - self._last[-1]
                    self._last[-1] = last
                continue
            self._first.append(first)
            self._last.append(last)
            self._before.append(self._before[-1] + last - first + 1)

    @classmethod
    def of(cls, numbers: Iterable[int]) -> Runs:
        """The set of these numbers, in any order."""
        if isinstance(numbers, cls):
            return numbers
        found: list[tuple[int, int]] = []
        first = last = -2
        straight = True
        for number in numbers:
            if number == last + 1:
                last = number
                continue
            if last >= 0:
                found.append((first, last))
            straight = straight and number > last
            first = last = number
        if last >= 0:
            found.append((first, last))
        return cls(found if straight else sorted(found))

    @property
    def runs(self) -> Iterator[tuple[int, int]]:
        """(first, last) of each run, ascending; no two of them touch."""
        return zip(self._first, self._last, strict=True)

    def __len__(self) -> int:
        return self._before[-1]

    def __iter__(self) -> Iterator[int]:
        for first, last in self.runs:
            yield from range(first, last + 1)

    def __contains__(self, number: object) -> bool:
        if not isinstance(number, int):
            return False
        at = bisect_right(self._first, number) - 1
        return at >= 0 and number <= self._last[at]

    @overload
    def __getitem__(self, place: int) -> int: ...
    @overload
    def __getitem__(self, place: slice) -> Runs: ...
    def __getitem__(self, place: int | slice) -> int | Runs:
        """The number at a place, or those between two places; no steps."""
        if isinstance(place, slice):
            start, stop, _ = place.indices(len(self))
            return Runs(self._between(start, stop))
        at = place + len(self) if place < 0 else place
        if not 0 <= at < len(self):
            raise IndexError(place)
        run = bisect_right(self._before, at) - 1
        return self._first[run] + at - self._before[run]

    def _between(self, start: int, stop: int) -> Iterator[tuple[int, int]]:
        run = bisect_right(self._before, start) - 1
        while start < stop:
            end = min(stop, self._before[run + 1])
            first = self._first[run] - self._before[run]
            yield first + start, first + end - 1
            start, run = end, run + 1

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Runs) and self._first == other._first and self._last == other._last

    def __hash__(self) -> int:
        return hash((self._first.tobytes(), self._last.tobytes()))

    def __sub__(self, other: Runs) -> Runs:
        return Runs(_without(self.runs, other.runs))

    def __and__(self, other: Runs) -> Runs:
        return self - (self - other)

    def down(self, size: int) -> Iterator[Runs]:
        """At most so many of the numbers at a time, the highest first."""
        for end in range(len(self), 0, -size):
            yield self[max(end - size, 0) : end]


def _without(runs: Iterable[tuple[int, int]], others: Iterator[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    low, high = next(others, _NONE)
    for first, last in runs:
        while high < first:
            low, high = next(others, _NONE)
        while low <= last:
            if first < low:
                yield first, low - 1
            first = high + 1
            if first > last:
                break
            low, high = next(others, _NONE)
        if first <= last:
            yield first, last


def ranges(numbers: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Runs (first, last) of consecutive numbers, ascending."""
    return Runs.of(numbers).runs


def to_sequence_set(numbers: Iterable[int]) -> str:
    """`1:3,7` for 1, 2, 3, 7; empty for no number."""
    return ",".join(str(a) if a == b else f"{a}:{b}" for a, b in ranges(numbers))


def sequence_sets(numbers: Iterable[int], longest: int = 4000) -> Iterator[str]:
    """Sequence sets of at most `longest` characters each: servers refuse very long command lines."""
    parts: list[str] = []
    size = 0
    for a, b in ranges(numbers):
        part = str(a) if a == b else f"{a}:{b}"
        if parts and size + len(part) + 1 > longest:
            yield ",".join(parts)
            parts, size = [], 0
        parts.append(part)
        size += len(part) + 1
    if parts:
        yield ",".join(parts)


def from_sequence_set(text: str, most: int = 10_000_000) -> list[int]:
    """The numbers of a sequence set, ascending. ValueError for `*`, nonsense, or more than `most` numbers."""
    if not text:
        return []
    if not _SET.fullmatch(text):
        raise ValueError("not a sequence set")
    found: set[int] = set()
    count = 0
    for part in text.split(","):
        a, _, b = part.partition(":")
        low, high = sorted((int(a), int(b or a)))
        count += high - low + 1
        if count > most:
            raise ValueError("sequence set too large")
        found.update(range(low, high + 1))
    return sorted(found)


def pack(numbers: Iterable[int]) -> bytes:
    """A set as compressed bytes for the journal: differences as text, since message ids lie far apart."""
    previous = 0
    steps = []
    for number in sorted(set(numbers)):
        steps.append(str(number - previous))
        previous = number
    return zlib.compress(",".join(steps).encode())


def unpack(data: bytes) -> list[int]:
    """What `pack` packed, ascending."""
    text = zlib.decompress(data).decode()
    numbers, previous = [], 0
    for step in text.split(",") if text else ():
        previous += int(step)
        numbers.append(previous)
    return numbers
