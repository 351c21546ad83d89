"""`import`: mail from files."""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict

from core.errors import NotFound
from core.importing import Imported, take_in
from core.mail_files import read_files
from tui.commands.session import Session
from tui.sentences import sentence
from tui.translation import _


def run_import(session: Session, arguments: argparse.Namespace) -> int:
    """`correio import PATH… --into FOLDER`: 1 when something that looks like mail could not be read."""
    for path in arguments.path:
        if not path.exists():
            raise NotFound("no-file", what="file", name=str(path))
    target = session.folder(arguments.into, make=True)
    found = (one for path in arguments.path for one in read_files(path))
    try:
        total = take_in(session.db, target, found, _report)
    finally:
        session.hurry()  # what was taken in before an error is there
    for error in total.errors:
        print(f"correio: {sentence(error)}", file=sys.stderr)
    facts = {name: value for name, value in asdict(total).items() if name != "errors"}
    if sys.stderr.isatty():
        print(file=sys.stderr)
    words = _("{imported} imported, {skipped} skipped, {duplicates} already there, {failed} failed")
    session.tell(facts, words.format(**facts))
    return 1 if total.failed else 0


def _report(done: Imported) -> None:
    """How many mails were looked at so far; how many there are in all nobody knows."""
    if sys.stderr.isatty():
        count = done.imported + done.duplicates + done.failed
        print(f"\r{_('import')}: {count:,} ", end="", file=sys.stderr, flush=True)
