"""PDF from the process that makes it: started for one printout, ended with it."""

from __future__ import annotations

import msgspec

from core.errors import CorreioError
from core.printing_worker import Paper, Pdf
from core.side_process import Late, SideProcess

PATIENCE = 120.0
_MOST_ANSWER = 256 * 1024 * 1024


def pdf_of(paper: Paper, seconds: float = PATIENCE) -> Pdf:
    """The PDF of a printout. Raises CorreioError `pdf-failed`, `pdf-slow`."""
    side = SideProcess("core.printing_worker", _MOST_ANSWER)
    try:
        return msgspec.msgpack.decode(side.ask(msgspec.msgpack.encode(paper), seconds), type=Pdf)
    except Late as late:
        raise CorreioError("pdf-slow" if late.slow else "pdf-failed") from late
    finally:
        side.kill()
