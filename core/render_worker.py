"""The process behind `core.renderer`: reads HTML from its standard input, writes pages to its standard output.

A message is its length (4 bytes, big-endian), then MessagePack: (html, width) in, a `core.rendered.Page` out; with a width of
0 the text without any layout.
One zero byte says that it is ready. It ends with its standard input.
"""

from __future__ import annotations

import gc
import resource
import signal
import sys
from typing import BinaryIO

MOST_MEMORY = 1024 * 1024 * 1024
"""Bytes of address space; a mail that needs more ends this process, nothing else."""


def main() -> None:
    """Serve until standard input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _limit(resource.RLIMIT_AS, MOST_MEMORY)
    # No file of any length can be written, no core dump left behind.
    _limit(resource.RLIMIT_FSIZE, 0)
    _limit(resource.RLIMIT_CORE, 0)
    serve(sys.stdin.buffer, sys.stdout.buffer)


def serve(source: BinaryIO, sink: BinaryIO) -> None:
    """Answer each question from `source` on `sink`."""
    import msgspec

    from core.html import html_to_text, render_html

    sink.write(b"\0")
    sink.flush()
    gc.freeze()
    while len(head := source.read(4)) == 4:
        html, width = msgspec.msgpack.decode(source.read(int.from_bytes(head, "big")), type=tuple[str, int])
        gc.disable()
        answer = msgspec.msgpack.encode(render_html(html, width) if width else html_to_text(html))
        gc.enable()
        sink.write(len(answer).to_bytes(4, "big") + answer)
        sink.flush()


def _limit(kind: int, most: int) -> None:
    _, hard = resource.getrlimit(kind)
    if hard == resource.RLIM_INFINITY or hard > most:
        resource.setrlimit(kind, (most, most))


if __name__ == "__main__":
    main()
