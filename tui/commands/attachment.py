"""`attachment`: what came with a message listed, written, saved, or taken out of it."""

from __future__ import annotations

import argparse
import sys

from core import attachment
from core.errors import NotFound, UsageError
from core.part import Part
from core.reading import Body
from core.store import messages
from tui.commands.session import Session, only_on_terminal
from tui.commands.show import body_of, fetch, one_message
from tui.translation import _


def run_attachment(session: Session, arguments: argparse.Namespace) -> int:
    """`correio attachment ID [N]`: never overwrites a file; deleting asks, or wants --yes."""
    message = one_message(session, arguments.id)
    if arguments.delete:
        return _delete(session, message, arguments)
    body = body_of(session, message)
    if arguments.number is None:
        return _list(session, body)
    part = _part(body, arguments.number)
    if not body.has(part):
        fetch(session, message, part.section)
    data = body.data(part)
    if arguments.output is None:
        sys.stdout.buffer.write(data)
        return 0
    target = arguments.output
    folder, name = (target, part.name) if target.is_dir() else (target.parent, target.name)
    saved = attachment.save(data, folder, name)
    session.tell({"file": str(saved), "bytes": len(data)}, str(saved))
    return 0


def _list(session: Session, body: Body) -> int:
    from tui.files import files_of, problem_words

    rows = [
        {
            "number": n, "name": file.name, "type": file.type, "size": file.size, "here": file.here,
            "problems": list(file.problems), "_title": file.title, "_words": " ".join(problem_words(file.problems)),
        }
        for n, file in enumerate(files_of(body), 1)
    ]  # fmt: skip
    session.show(rows, "{number:>2}  {_title}  {type}  {size:,}  {_words}")
    return 0


def _part(body: Body, number: int) -> Part:
    if not 1 <= number <= len(body.attachments):
        raise NotFound("no-attachment", what="attachment", name=str(number))
    return body.attachments[number - 1]


def _delete(session: Session, message: int, arguments: argparse.Namespace) -> int:
    from core.detaching import detach
    from tui.file_notes import note_of
    from tui.files import files_of

    body = body_of(session, message, whole=True)
    wanted = body.attachments if arguments.number is None else (_part(body, arguments.number),)
    files = [one for one in files_of(body) if one.part in wanted]
    if not files:
        raise NotFound("no-attachment", what="attachment", name="")
    names = ", ".join(one.title for one in files)
    if not (arguments.yes or only_on_terminal(_("Delete {names} from the message, here and on the server?").format(names=names))):
        raise UsageError("deletion-not-confirmed")
    notes = {one.part.section: note_of(one) for one in files if one.part is not None}
    for folder in messages.folders_of(session.db, message):
        detach(session.db, folder, message, notes)
    session.hurry()
    session.tell({"deleted": len(files)}, _("Deleted: {names}").format(names=names))
    return 0
