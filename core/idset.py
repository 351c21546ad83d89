"""Sets of whole numbers: IMAP sequence sets (RFC 3501 §9) and a compressed form for the journal."""

from __future__ import annotations

import re
import zlib
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence

_SET = re.compile(r"\d{1,10}(:\d{1,10})?(,\d{1,10}(:\d{1,10})?)*")


def column(numbers: Iterable[int]) -> Sequence[int]:
    """Numbers below 2**64 in their order, eight bytes each; in a list each takes five times that."""
    return array("Q", numbers)


class Among:
    """Tells which numbers are among many, for which it keeps eight bytes each."""

    def __init__(self, numbers: Iterable[int]) -> None:
        self._numbers = column(sorted(numbers))

    def __contains__(self, number: int) -> bool:
        at = bisect_left(self._numbers, number)
        return at < len(self._numbers) and self._numbers[at] == number


def ranges(numbers: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Runs (first, last) of consecutive numbers, ascending."""
    first = last = None
    for number in sorted(set(numbers)):
        if last is not None and number == last + 1:
            last = number
            continue
        if first is not None and last is not None:
            yield first, last
        first = last = number
    if first is not None and last is not None:
        yield first, last


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
