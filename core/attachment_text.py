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

from core.message import text_of
from core.part import Part
from core.renderer import RenderWorker
from core.transfer import decode_transfer

LONGEST = 1_000_000
"""Characters of a file that are read."""
LARGEST = 32 * 1024 * 1024
"""Bytes of a file above which it is left alone."""
SECONDS = 15
MEMORY = 1024 * 1024 * 1024
PDF = "application/pdf"
_BOUNDED = """
import os, resource, sys
for bound, most in ((resource.RLIMIT_AS, sys.argv[1]), (resource.RLIMIT_CPU, sys.argv[2])):
    resource.setrlimit(bound, (int(most), int(most)))
os.execv(sys.argv[3], sys.argv[3:])
"""
"""A program under bounds: set from outside, they would come after it had begun."""


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
    """The text of a PDF, pages separated by form feeds; '' where there is none, or it takes too long. Never raises."""
    program = shutil.which("pdftotext")
    if program is None or not data.startswith(b"%PDF"):
        return ""
    with tempfile.TemporaryFile() as file:
        file.write(data)
        file.seek(0)
        environment = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8"}
        bounded = [sys.executable, "-I", "-S", "-c", _BOUNDED, str(MEMORY), str(SECONDS)]
        command = [*bounded, program, "-q", "-enc", "UTF-8", "-l", "500", "-", "-"]
        try:
            child = subprocess.Popen(
                command, stdin=file, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment, cwd="/"
            )  # fmt: skip
        except OSError:
            return ""
        return _output(child)


def _output(child: subprocess.Popen[bytes]) -> str:
    """What a child says, cut off; it is killed when it takes too long or has said enough."""
    timer = threading.Timer(SECONDS, child.kill)
    timer.start()
    try:
        assert child.stdout is not None  # it is a pipe
        said = child.stdout.read(4 * LONGEST)
    finally:
        timer.cancel()
        child.kill()
        child.wait()
        if child.stdout is not None:
            child.stdout.close()
    return said.decode("utf-8", "replace")[:LONGEST]
