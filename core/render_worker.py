"""The process behind `core.renderer`: HTML in, pages out (`core.side_process`).

A question is MessagePack of (html, width), the answer that of a `core.rendered.Page`.
"""

from __future__ import annotations

import gc
import sys
from typing import BinaryIO

from core import side_process


def main() -> None:
    """Serve until standard input ends."""
    side_process.guard()
    serve(sys.stdin.buffer, sys.stdout.buffer)


def serve(source: BinaryIO, sink: BinaryIO) -> None:
    """Answer each question from `source` on `sink`."""
    import msgspec

    from core.html import render_html

    def answer(question: bytes) -> bytes:
        html, width = msgspec.msgpack.decode(question, type=tuple[str, int])
        gc.disable()
        said = msgspec.msgpack.encode(render_html(html, width))
        gc.enable()
        return said

    gc.freeze()
    side_process.serve(answer, source, sink)


if __name__ == "__main__":
    main()
