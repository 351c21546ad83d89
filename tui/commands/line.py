"""The command line as a whole: its words, its exit status, its last word on errors."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable

from core.errors import CorreioError
from core.paths import find_home
from tui import sentences, translation
from tui.commands import account, change, config, engine, listing, mailing, show, starting, store
from tui.commands.session import Session
from tui.translation import _
from tui.wiring import version

Run = Callable[[Session, argparse.Namespace], int]
INTERRUPTED = 130
FAMILIES = (starting, account, engine, listing, show, mailing, change, store, config)


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one sentence and leaves with 2."""

    def error(self, message: str) -> None:  # type: ignore[override]
        self.print_usage(sys.stderr)
        self.exit(2, f"correio: {message}\n")


def parser() -> argparse.ArgumentParser:
    """Every command with its options; also what completions and the manual are made from."""
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help=_("one JSON document, for programs"))
    common.add_argument("--debug", action="store_true", default=argparse.SUPPRESS, help=_("show tracebacks"))
    top = Parser(prog="correio", description=_("The mail client for people who live in a terminal."), parents=[common])
    top.add_argument("--version", action="version", version=f"correio {version()}")
    commands = top.add_subparsers(dest="command", metavar=_("COMMAND"), parser_class=Parser)

    def add(name: str, run: Run, help: str) -> argparse.ArgumentParser:
        made: argparse.ArgumentParser = commands.add_parser(name, help=help, description=help, parents=[common])
        made.set_defaults(run=run)
        return made

    for family in FAMILIES:
        family.declare(add)
    return top


def run(argv: list[str]) -> int:
    """Carry out one command line; the exit status."""
    translation.set_language()
    if argv and argv[0].lower().startswith("mailto:"):
        argv = ["open", *argv]
    arguments = parser().parse_args(argv)
    session = Session(find_home(), json=getattr(arguments, "json", False))
    try:
        chosen: Run = getattr(arguments, "run", starting.screen)
        status = chosen(session, arguments)
        sys.stdout.flush()
        return status
    except CorreioError as error:
        if getattr(arguments, "debug", False):
            raise
        print(f"correio: {sentences.sentence(error)}", file=sys.stderr)
        return error.exit_status
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the reader has seen enough
        return 0
    finally:
        session.close()
