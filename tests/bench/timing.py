"""When did the terminal show it: times taken at the pseudo-terminal, looked at afterwards.

While the clock runs nothing is emulated; the kept output is replayed through the emulator later, chunk by chunk.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.terminal.emulator import Emulator
from tests.terminal.keys import key_bytes
from tests.terminal.pty import Pty

QUIET = 0.04
"""A gap of so many seconds ends the answer to a key."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a program wrote after a key: seconds to the first and to the last byte, and how many bytes."""

    first: float
    last: float
    size: int


def shown_after(terminal: Pty, visible: Callable[[list[str]], bool], timeout: float = 120) -> tuple[float, int]:
    """(seconds, bytes) from the start of the program to the output that made `visible(lines)` true.

    Raises AssertionError with the screen when it is not, at last.
    """
    emulator = Emulator(terminal.columns, terminal.rows)
    position = taken = 0
    while True:
        terminal.wait_output(position, timeout).wait_quiet(0.3, timeout)
        chunks = terminal.chunks[taken:]
        for moment, size in chunks:
            emulator.feed(bytes(terminal.raw[position : position + size]))
            position += size
            if visible(emulator.lines()):
                return moment - terminal.started, position
        taken += len(chunks)
        if not chunks:
            raise AssertionError("never shown:\n" + "\n".join(emulator.lines()))


def press_and_watch(terminal: Pty, key: str, quiet: float = QUIET, timeout: float = 10) -> Answer:
    """Press a key and wait until the answer has come and `quiet` seconds passed without more.

    Raises AssertionError when nothing is written at all, or the program has ended.
    """
    chunks, written = len(terminal.chunks), len(terminal.raw)
    pressed = time.monotonic()
    terminal.write(key_bytes(key))
    terminal.wait_output(written, timeout)
    terminal.wait_quiet(quiet, timeout)
    moments = [moment for moment, _ in terminal.chunks[chunks:]]
    if not moments:
        raise AssertionError(terminal.complaint(f"nothing came after {key}"))
    return Answer(moments[0] - pressed, moments[-1] - pressed, len(terminal.raw) - written)


def hold(terminal: Pty, key: str, count: int, rate: float = 30) -> tuple[float, float]:
    """Hold a key down: `count` presses at `rate` a second; (seconds from the last press to the last byte, bytes a key)."""
    data = key_bytes(key)
    written = len(terminal.raw)
    begin = time.monotonic()
    for number in range(count):
        time.sleep(max(0, begin + number / rate - time.monotonic()))
        terminal.write(data)
    last = time.monotonic()
    terminal.wait_quiet(0.2)
    return max(0.0, terminal.chunks[-1][0] - last), (len(terminal.raw) - written) / count


def memory_mb(process: int) -> float | None:
    """Resident memory of one process in MB (Linux), None elsewhere."""
    try:
        for line in Path(f"/proc/{process}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
    except OSError:
        return None
    return None
