"""`merge`: one message to many people, each by itself."""

from __future__ import annotations

import argparse
import dataclasses
import sys
from datetime import datetime
from typing import TYPE_CHECKING

from core import merge
from core.address import format_addresses
from core.draft import Draft
from core.errors import CorreioError, NotFound, UsageError
from core.merge_table import Source, read_csv
from core.store import batches
from tui.bulk_words import bulk_words, count_words
from tui.commands.mailing import with_files, written_from
from tui.commands.session import Session, agreed, progress
from tui.sentences import sentence
from tui.times import read_time
from tui.translation import _, ngettext

if TYPE_CHECKING:
    from core.merge import Filled, Plan


def run_merge(session: Session, arguments: argparse.Namespace) -> int:
    """`correio merge`."""
    from core.merging import count, queue_all

    plan = _plan(session, arguments)
    filled = list(merge.fill_all(plan))
    wrong = [one for one in filled if one.trouble]
    if arguments.dry_run:
        return _show(session, filled, wrong)
    if wrong and not arguments.skip:
        for one in wrong[:20]:
            print(f"correio: {_row(one)}", file=sys.stderr)
        raise CorreioError("merge-trouble", n=len(wrong))
    total = count(filled)
    words = bulk_words(session.settings, plan.draft, filled, total)
    for said in words:
        print(f"correio: {said}", file=sys.stderr)
    if not arguments.yes and not agreed(f"{count_words(total)} {_('Send them?')}"):
        return 1
    at = int(read_time(arguments.at, datetime.now())) if arguments.at else 0

    def told(done: int) -> bool:
        progress(done, total.mails, _("Queued"))
        return True

    batch = queue_all(session.db, session.settings, plan, plan.draft.subject or plan.source.name, not_before=at, progress=told)
    session.hurry()
    found = batches.get(session.db, batch)
    facts = {"batch": batch, "queued": found.total, "left_out": total.left_out}
    done = ngettext(
        "{n:,} mail is in the outbox, as sending {batch}.", "{n:,} mails are in the outbox, as sending {batch}.", found.total
    )
    session.tell(facts, done.format(n=found.total, batch=batch))
    return 0


def _plan(session: Session, arguments: argparse.Namespace) -> Plan:
    settings = session.settings
    draft = _draft(session, arguments)
    draft = written_from(settings, draft, arguments.sender)
    source = _source(session, arguments)
    column: int | None = None
    if arguments.column is not None:
        names = [one.casefold() for one in source.columns]
        if arguments.column.casefold() not in names:
            raise UsageError("merge-no-column", what=arguments.column)
        column = names.index(arguments.column.casefold())
    which = arguments.addresses or settings.compose.merge_addresses
    return merge.plan(draft, source, column=column, which=which)


def _source(session: Session, arguments: argparse.Namespace) -> Source:
    if arguments.csv is not None:
        if not arguments.csv.is_file():
            raise NotFound("no-file", what="file", name=str(arguments.csv))
        return read_csv(
            arguments.csv.read_bytes(), arguments.csv.name, delimiter=arguments.delimiter.replace("\\t", "\t"),
            charset=arguments.charset,
        )  # fmt: skip
    from core.contact_book import as_source, members, read_book

    people = members(read_book(session.settings.contacts.folder), arguments.contacts)
    return as_source(people, arguments.contacts or _("Address book"))


def _draft(session: Session, arguments: argparse.Namespace) -> Draft:
    for path in [*arguments.attach, *(one for one in (arguments.body_file, arguments.template) if one is not None)]:
        if not path.is_file():
            raise NotFound("no-file", what="file", name=str(path))
    draft = Draft()
    if arguments.template is not None:
        from core.server_draft import from_bytes

        draft = from_bytes(arguments.template.read_bytes(), session.settings.identities)
    if arguments.body_file is not None:
        draft = dataclasses.replace(draft, body=_text(arguments.body_file.read_bytes()))
    elif arguments.template is None and not sys.stdin.isatty():
        draft = dataclasses.replace(draft, body=_text(sys.stdin.buffer.read()))
    attached = with_files(session, arguments.attach, arguments.photo_data)
    typed = (("to", arguments.to),) if arguments.to else draft.typed
    subject = arguments.subject or draft.subject
    return dataclasses.replace(draft, subject=subject, attachments=(*draft.attachments, *attached), typed=typed)


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace").replace("\r\n", "\n")


def _show(session: Session, filled: list[Filled], wrong: list[Filled]) -> int:
    """Every message, and what keeps rows from being sent."""
    if session.json:
        rows = [
            {
                "row": one.row + 1, "to": format_addresses(one.draft.to), "subject": one.draft.subject, "body": one.draft.body,
                "trouble": [sentence(CorreioError(each.id, what=each.what)) for each in one.trouble],
            }
            for one in filled
        ]  # fmt: skip
        session.show(rows, "")
        return 1 if wrong else 0
    for one in filled:
        session.tell(None, _("Row {n}").format(n=one.row + 1))
        if one.trouble:
            session.tell(None, f"  {_row(one)}")
            continue
        session.tell(None, f"  {_('To')}: {format_addresses(one.draft.to)}")
        session.tell(None, f"  {_('Subject')}: {one.draft.subject}")
        for line in one.draft.body.split("\n"):
            session.tell(None, f"  {line}".rstrip())
    return 1 if wrong else 0


def _row(one: Filled) -> str:
    """What is wrong with a row."""
    words = " ".join(sentence(CorreioError(each.id, what=each.what)) for each in one.trouble)
    return _("row {n}: {words}").format(n=one.row + 1, words=words)
