"""`doctor`: the store looked over, mended, made smaller, its index made anew, a copy of it, a rescue from a damaged file."""

from __future__ import annotations

import argparse
import contextlib
from dataclasses import asdict
from typing import TYPE_CHECKING

from core.errors import CorreioError, NotFound, StoreError
from core.store import doctor, rebuild, room
from core.store.doctor import Finding
from tui.commands.back_room import back_room
from tui.commands.session import Session, agreed, progress
from tui.sentences import finding_sentence
from tui.translation import _, ngettext

if TYPE_CHECKING:
    from accounts.incoming import Incoming


def run_doctor(session: Session, arguments: argparse.Namespace) -> int:
    """`correio doctor`: 0 when all is well (or was mended), else 1."""
    try:
        session.db  # noqa: B018 - opened here, so that what cannot even be opened is rescued
    except StoreError as error:
        if error.id != "store-unreadable" or not arguments.repair:
            raise
        _rescue(session, arguments)
    if arguments.backup is not None:
        if arguments.backup.exists():
            raise CorreioError("file-exists", file=str(arguments.backup))
        session.db.backup(arguments.backup)
        _say(session, _("The copy is complete: {file}").format(file=arguments.backup))
    found = _examined(session, arguments)
    if arguments.rebuild:
        _rebuild(session, arguments)
    if arguments.compact and _may(session, arguments, _("Make the file as small as it can be? That takes a while.")):
        freed = room.compact(session.db)
        _say(session, ngettext("The file is {n} byte smaller.", "The file is {n} bytes smaller.", freed).format(n=f"{freed:,}"))
    return _told(session, found if not (arguments.rebuild or arguments.compact) else _examined(session, arguments))


def _examined(session: Session, arguments: argparse.Namespace) -> list[Finding]:
    """What is wrong; with --repair, what is still wrong after mending."""
    found = _looked(session, arguments)
    wrong = [finding for finding in found if finding.count]
    if not (arguments.repair and wrong):
        return found
    if not session.json:
        for finding in wrong:
            print(finding_sentence(finding.id, finding.count, finding.words))
    if not _may(session, arguments, _("Mend this?")):
        return found
    try:
        doctor.repair(session.db, deep=arguments.deep)
        found = _looked(session, arguments)
    except StoreError as error:
        if error.id != "store-unreadable":
            raise
        found = [Finding("damage", 1)]
    if any(finding.id == "damage" and finding.count for finding in found):
        _rescue(session, arguments)
        found = _looked(session, arguments)
    return found


def _looked(session: Session, arguments: argparse.Namespace) -> list[Finding]:
    try:
        return doctor.examine(session.db, deep=arguments.deep)
    except StoreError as error:
        if error.id != "store-unreadable":
            raise
        return [Finding("damage", 1, str(error.values.get("answer", "")))]


def _told(session: Session, found: list[Finding]) -> int:
    wrong = [finding for finding in found if finding.count]
    if session.json:
        session.tell([asdict(finding) for finding in found], "")
    else:
        for finding in wrong:
            print(finding_sentence(finding.id, finding.count, finding.words))
        if not wrong:
            print(ngettext("The store is well: {n} check.", "The store is well: {n} checks.", len(found)).format(n=len(found)))
    return 1 if wrong else 0


def _may(session: Session, arguments: argparse.Namespace, question: str) -> bool:
    return bool(arguments.yes) or agreed(question)


def _say(session: Session, words: str) -> None:
    if not session.json:
        print(words)


def _rescue(session: Session, arguments: argparse.Namespace) -> None:
    """A new file of what can be read. The engine is asked to leave; StoreError as it was where the person says no."""
    from core.store.rescue import rescue
    from tui.commands.engine import end_engine

    question = _("The database is damaged. Make a new one of what can be read? Close every open Correio first.")
    if not _may(session, arguments, question):
        raise StoreError("store-unreadable", file=str(session.home.database), answer="")
    session.close()
    end_engine(session)
    with back_room(session) as client:
        if client is not None:  # somebody has started another one: what it writes would go with the damaged file
            raise CorreioError("engine-running", pid=client.ask("status", timeout=10)["pid"])
        saved = rescue(session.home.database)
    mails = saved.rows.get("message", 0)
    words = ngettext("{n} mail was saved. The damaged file: {file}", "{n} mails were saved. The damaged file: {file}", mails)
    _say(session, words.format(n=f"{mails:,}", file=saved.aside))
    _say(session, _("What is missing and still on a server is fetched again with: correio sync"))


def _rebuild(session: Session, arguments: argparse.Namespace) -> None:
    """The index anew; mails whose text only the index knows are fetched before."""
    lost = rebuild.lost_by_rebuild(session.db)
    question = ngettext(
        "Make the search index anew? {n} mail must be fetched for it first.",
        "Make the search index anew? {n} mails must be fetched for it first.",
        len(lost),
    )
    if not _may(session, arguments, question.format(n=f"{len(lost):,}")):
        return
    missing = _fetch(session, lost)
    if missing and not arguments.yes:
        raise StoreError("rebuild-would-lose", file=str(session.home.database), answer="", count=missing)
    count = rebuild.rebuild_index(session.db)
    words = ngettext("The search index is new: {n} mail.", "The search index is new: {n} mails.", count)
    _say(session, words.format(n=f"{count:,}"))


def _fetch(session: Session, lost: list[int]) -> int:
    """Have the bodies of these mails brought, by the engine or by this process; how many did not come."""
    missing = 0
    with back_room(session) as client, contextlib.ExitStack() as opened:
        known: dict[int, Incoming] = {}
        for n, id in enumerate(lost):
            progress(n, len(lost), _("fetching"))
            try:
                if client is not None:
                    client.ask("fetch", message=id, section="*")
                else:
                    _incoming_of(session, id, known, opened).fetch(id, "*")
            except CorreioError:
                missing += 1
    return missing


def _incoming_of(session: Session, id: int, known: dict[int, Incoming], opened: contextlib.ExitStack) -> Incoming:
    """The server of a message's account, one connection for all that is fetched from it."""
    row = int(session.db.value("SELECT account FROM message WHERE id = ?", (id,)))
    if row not in known:
        account = session.wiring.account_of(session.db, row)
        if account is None or account.incoming is None or session.settings.is_offline(account):
            raise NotFound("no-incoming-server", what="server", name=session.account_name(row))
        known[row] = session.wiring.incoming(account, session.db, row, lambda done: None)
        opened.callback(known[row].close)
    return known[row]
