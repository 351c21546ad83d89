"""`import` and `doctor`: the store itself."""

from __future__ import annotations

import argparse
from dataclasses import asdict

from core.errors import CorreioError
from core.importing import Imported, take_in
from core.mail_files import read_files
from core.store import doctor
from tui.commands.session import Session, progress
from tui.sentences import finding_sentence
from tui.translation import _


def run_import(session: Session, arguments: argparse.Namespace) -> int:
    """`correio import PATH… --into FOLDER`."""
    target = session.folder(arguments.into, make=True)
    total = Imported()

    def report(done: Imported) -> None:
        progress(done.imported + done.duplicates, done.imported + done.duplicates, _("import"))

    for path in arguments.path:
        done = take_in(session.db, target, read_files(path), report)
        total = Imported(
            total.imported + done.imported, total.skipped + done.skipped, total.duplicates + done.duplicates,
            total.failed + done.failed,
        )  # fmt: skip
    session.hurry()
    facts = {name: value for name, value in asdict(total).items() if name != "errors"}
    words = _("{imported} imported, {skipped} skipped, {duplicates} already there, {failed} failed")
    session.tell(facts, words.format(**facts))
    return 1 if total.failed else 0


def run_doctor(session: Session, arguments: argparse.Namespace) -> int:
    """`correio doctor`: 0 when all is well (or was mended), else 1."""
    if arguments.backup is not None:
        if arguments.backup.exists():
            raise CorreioError("file-exists", file=str(arguments.backup))
        session.db.backup(arguments.backup)
    found = doctor.examine(session.db)
    if arguments.repair and any(finding.count for finding in found):
        doctor.repair(session.db)
        found = doctor.examine(session.db)
    wrong = [finding for finding in found if finding.count]
    if session.json:
        session.tell([asdict(finding) for finding in found], "")
    else:
        for finding in wrong:
            print(finding_sentence(finding.id, finding.count, finding.words))
        if not wrong:
            print(_("The store is well: {n} checks.").format(n=len(found)))
    return 1 if wrong else 0
