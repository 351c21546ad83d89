"""The words in attached files, for the search index: plain text, HTML, and PDF by `pdftotext` where that is installed.

HTML and PDF are read in processes of their own, which may take neither much time nor much memory: files come from strangers.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import threading

from msgspec import Struct

from core.message import text_of
from core.part import Part
from core.renderer import RenderWorker
from core.transfer import decode_transfer

LONGEST = 1_000_000
"""Characters of a file that are read."""
LARGEST = 32 * 1024 * 1024
"""Bytes of a file above which it is left alone."""
SECONDS = 15
MEMORY = 300 * 1024 * 1024
"""Bytes of address space that `pdftotext` may have."""
MOST_PAGES = 500
PDF = "application/pdf"
_BOUNDED = """
import os, resource, sys
for bound, most in ((resource.RLIMIT_AS, sys.argv[1]), (resource.RLIMIT_CPU, sys.argv[2])):
    resource.setrlimit(bound, (int(most), int(most)))
os.execv(sys.argv[3], sys.argv[3:])
"""
"""A program under bounds: set from outside, they would come after it had begun."""


class PdfText(Struct, frozen=True):
    """What could be read of a PDF."""

    text: str
    whole: bool
    """Whether it is all there is: False for a part of it, and for a PDF that is damaged or locked."""


def can_read(part: Part) -> bool:
    """Whether there are words to be had from this kind of file."""
    return part.type.startswith("text/") or part.type == PDF or part.name.lower().endswith(".pdf")


def attachment_text(part: Part, data: bytes, worker: RenderWorker) -> str:
    """The words of a file (`data` as it stands in the mail), '' where there are none, it is too large or takes too long.

    `worker` reads HTML. Never raises.
    """
    if not can_read(part) or len(data) > LARGEST:
        return ""
    if part.type == "text/html":
        return worker.text(text_of(data, part)[:LONGEST])[:LONGEST]
    if part.type.startswith("text/"):
        return text_of(data, part)[:LONGEST]
    return pdf_text(decode_transfer(data, part.encoding))


def can_read_pdf() -> bool:
    """Whether `pdftotext` is installed."""
    return shutil.which("pdftotext") is not None


def pdf_text(data: bytes) -> str:
    """The text of a PDF in reading order, pages separated by form feeds; '' where there is none. Never raises."""
    return read_pdf(data).text


def read_pdf(data: bytes, *, layout: bool = False) -> PdfText:
    """The text of a PDF, pages separated by form feeds, as far as it can be read within bounds of time and memory.

    `layout`: columns stand beside each other with blanks between, as on the page. Never raises.
    """
    program = shutil.which("pdftotext")
    if program is None or not data.startswith(b"%PDF"):
        return PdfText("", True)
    with tempfile.TemporaryFile() as file:
        file.write(data)
        file.seek(0)
        environment = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8"}
        bounded = [sys.executable, "-I", "-S", "-c", _BOUNDED, str(MEMORY), str(SECONDS)]
        command = [*bounded, program, "-q", *(("-layout",) if layout else ()), "-enc", "UTF-8", "-l", str(MOST_PAGES), "-", "-"]
        try:
            child = subprocess.Popen(
                command, stdin=file, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment, cwd="/"
            )  # fmt: skip
        except OSError:
            return PdfText("", False)
        return _output(child)


def _output(child: subprocess.Popen[bytes]) -> PdfText:
    """What a child says, cut off; it is killed when it takes too long or has said enough."""
    timer = threading.Timer(SECONDS, child.kill)
    timer.start()
    try:
        assert child.stdout is not None  # it is a pipe
        said = child.stdout.read(4 * LONGEST)
        if len(said) == 4 * LONGEST:
            child.kill()
        ended = child.wait()
    finally:
        timer.cancel()
        child.kill()
        child.wait()
        if child.stdout is not None:
            child.stdout.close()
    text = said.decode("utf-8", "replace")
    return PdfText(text[:LONGEST], ended == 0 and len(text) <= LONGEST and text.count("\f") < MOST_PAGES)
