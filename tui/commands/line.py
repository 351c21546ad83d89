"""The command line as a whole: its words, its exit status, its last word on errors."""

from __future__ import annotations

import importlib
import os
import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING, TextIO

from core.errors import CorreioError
from core.paths import find_home
from tui import translation

if TYPE_CHECKING:
    import argparse

    from tui.commands.session import Session

INTERRUPTED = 130


def run(argv: list[str]) -> int:
    """Carry out one command line; the exit status."""
    _open_streams()
    translation.set_language()
    if argv and argv[0].lower().startswith("mailto:"):
        argv = ["open", *argv]
    arguments = _understood(argv)
    from tui.commands.session import Session

    session = Session(find_home(), json=getattr(arguments, "json", False))
    debug = getattr(arguments, "debug", False)
    try:
        status = _do(session, arguments)
        sys.stdout.flush()
        return status
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        _write_no_more()  # the reader has seen enough
        return 0
    except CorreioError as error:
        if debug:
            raise
        return _say(error)
    except OSError as error:
        if debug:
            raise
        _write_no_more()
        name = error.filename if error.filename is not None else ""
        return _say(CorreioError("file-trouble", file=os.fsdecode(name), answer=error.strerror or str(error)))
    except Exception as error:
        # The edge of the program: people get a sentence, the log the details.
        if debug:
            raise
        return _say(CorreioError("mistake", answer=type(error).__name__, file=_note(session, error)))
    finally:
        session.close()


def _understood(argv: list[str]) -> argparse.Namespace | SimpleNamespace:
    """What the words say. For none of them the parser is not even built: the screen waits for nothing."""
    if not argv:
        return SimpleNamespace()
    from tui.commands.words import parser

    return parser(argv[0] if not argv[0].startswith("-") else "").parse_args(argv)


def _do(session: Session, arguments: argparse.Namespace | SimpleNamespace) -> int:
    """The function that `tui.commands.words` names for the command; without a command the screen."""
    module, _, name = getattr(arguments, "do", "starting.screen").partition(".")
    done: int = getattr(importlib.import_module(f"tui.commands.{module}"), name)(session, arguments)
    return done


def _write_no_more() -> None:
    """What is still to be written goes nowhere, so that Python need not complain of it at its end."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _say(error: CorreioError) -> int:
    from tui.sentences import sentence

    print(f"correio: {sentence(error)}", file=sys.stderr)
    return error.exit_status


def _note(session: Session, error: Exception) -> str:
    """Write the traceback of a mistake of ours into a log; its place."""
    import logging

    from core.redaction import RedactingFormatter

    session.home.make()
    place = session.home.logs / "correio.log"
    handler = logging.FileHandler(place)
    place.chmod(0o600)
    handler.setFormatter(RedactingFormatter("%(asctime)s %(message)s"))
    log = logging.getLogger(__name__)
    log.addHandler(handler)
    log.propagate = False
    log.error("a mistake in Correio", exc_info=error)
    handler.close()
    return str(place)


def _open_streams() -> None:
    """Whatever was closed by the caller leads nowhere; what a terminal cannot spell is shown as `\\u20ac`."""
    for name, mode, number in (("stdin", "r", 0), ("stdout", "w", 1), ("stderr", "w", 2)):
        stream: TextIO | None = getattr(sys, name)
        if stream is None:
            # The number must be taken, or the next file that is opened would be written to as if it were the stream.
            null = os.open(os.devnull, os.O_RDWR)
            if null != number:
                os.dup2(null, number)
                os.close(null)
            setattr(sys, name, open(number, mode, encoding="utf-8", closefd=False))  # noqa: SIM115
        elif mode == "w" and hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
