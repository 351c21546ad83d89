"""The process behind `core.renderer`: HTML in, pages out (`core.side_process`).

A question is MessagePack of (html, width, names of attached images, seconds after which it is enough), the answer that of a
`core.rendered.Page`; with a width of 0 the text without any layout.
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

    from core.html import html_to_text, render_html

    def answer(question: bytes) -> bytes:
        html, width, names, seconds = msgspec.msgpack.decode(question, type=tuple[str, int, dict[str, str], float])
        gc.disable()
        said = msgspec.msgpack.encode(render_html(html, width, names, seconds=seconds) if width else html_to_text(html))
        gc.enable()
        return said

    gc.freeze()
    side_process.serve(answer, source, sink)


if __name__ == "__main__":
    main()
