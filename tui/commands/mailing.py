"""`send` and `mailto:`: mail going out."""

from __future__ import annotations

import argparse
import dataclasses
import sys
import time
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

from core.address import Address, parse_addresses
from core.clean import clean_line
from core.draft import MARKDOWN, Attachment, ComposeError, Draft
from core.errors import CorreioError, NotFound, UsageError
from core.letterhead import begun
from core.own_addresses import find_sender, is_own
from core.senders import foreign_sender, identity_for
from core.sending import queue
from core.settings import Identity, Settings
from core.store import outbox
from tui.commands.back_room import back_room, sender
from tui.commands.outbox import tell
from tui.commands.session import Session
from tui.sentences import sentence
from tui.times import read_time
from tui.translation import _

FINAL = ("sent", "failed", "cancelled", "uncertain")
LOOK = 0.05
"""Seconds between two looks at a mail that the engine is sending."""


def written_from(settings: Settings, draft: Draft, sender: str) -> Draft:
    """The draft from a sender of one's own: the one named, if any. UsageError `sender-not-yours` for another's address."""
    if sender:
        [named] = parse_addresses(sender)[:1] or [Address("", sender)]
        known = [one for one in settings.identities if one.address.casefold() == named.key]
        found = known[0].id if known else ""
        if not found and (own := find_sender([named.addr], settings.identities)):
            found = own[0].id  # a plus-address or an alias
        draft = dataclasses.replace(draft, from_=named, identity=found)
    if not known_sender(draft, settings.identities):
        raise UsageError("sender-not-yours", address=draft.from_.addr)
    return dataclasses.replace(draft, identity=identity_for(settings, draft).id)


def run_send(session: Session, arguments: argparse.Namespace) -> int:
    """`correio send`."""
    settings = session.settings
    draft = _from_mail(session) if arguments.whole else _from_words(session, arguments)
    draft = written_from(settings, draft, arguments.sender)
    identity = settings.identity(draft.identity)
    if not arguments.whole:
        draft = begun(draft, identity)
    if arguments.markdown:
        draft = _as_markdown(session, draft)
    address = draft.from_.addr or identity.address
    if (doubt := foreign_sender(settings, settings.account(identity.account), address)) is not None:
        print(f"correio: {sentence(doubt)}", file=sys.stderr)
    at = read_time(arguments.at, datetime.now()) if arguments.at else 0
    row = queue(session.db, settings, draft, not_before=at)
    if arguments.wait:
        return _wait(session, row.id)
    session.hurry()
    tell(session, outbox.get(session.db, row.id))
    return 0


def _as_markdown(session: Session, draft: Draft) -> Draft:
    """The draft in rich text; the images that it names are kept, so that it can be edited again from anywhere."""
    from core.mail_images import MailImages

    options = dataclasses.replace(draft.options, format=MARKDOWN, font=draft.options.font or session.settings.compose.font)
    images = MailImages(session.home.state, bare=session.settings.compose.photo_data != "keep")
    return images.kept(dataclasses.replace(draft, options=options))


def known_sender(draft: Draft, own: Iterable[Identity]) -> bool:
    """Whether a draft is from one of the user's own addresses (or names none)."""
    return not draft.from_.addr or is_own(draft.from_.addr, own)


def _from_mail(session: Session) -> Draft:
    from core.server_draft import from_bytes

    return from_bytes(sys.stdin.buffer.read(), session.settings.identities)


def _from_words(session: Session, arguments: argparse.Namespace) -> Draft:
    for path in [*arguments.attach, *arguments.link, *([arguments.body_file] if arguments.body_file else [])]:
        if not path.is_file():
            raise NotFound("no-file", what="file", name=str(path))
    if arguments.body_file is not None:
        body = _text(arguments.body_file.read_bytes())
    else:
        body = "" if sys.stdin.isatty() else _text(sys.stdin.buffer.read())
    attached = with_files(session, arguments.attach, arguments.photo_data)
    attached += with_files(session, arguments.link, arguments.photo_data, link=True)
    to, cc, bcc = (tuple(_addresses(values)) for values in (arguments.to, arguments.cc, arguments.bcc))
    draft = Draft(to=to, cc=cc, bcc=bcc, subject=arguments.subject, body=body, attachments=attached)
    if arguments.group:
        draft = _to_groups(session, arguments, draft)
    return _on_template(session, arguments, draft) if arguments.template else draft


def with_files(session: Session, paths: Sequence[Path], photo_data: str | None, *, link: bool = False) -> tuple[Attachment, ...]:
    """Files to attach. A command asks nothing: photos that tell where they were taken go without that unless told otherwise."""
    if not paths:
        return ()
    from core.mail_images import MailImages
    from core.photo_files import attached, telling

    bare = telling(paths, photo_data or session.settings.compose.photo_data)
    if bare and not photo_data:
        words = _("{names}: sent without place, time and camera (--photo-data keep sends photos as they are).")
        names = clean_line(", ".join(path.name for path in bare))
        print(f"correio: {words.format(names=names)}", file=sys.stderr)
    return attached(paths, bare, MailImages(session.home.state), link=link)


def _to_groups(session: Session, arguments: argparse.Namespace, draft: Draft) -> Draft:
    """Everybody of some groups of contacts among the recipients, each once."""
    from core.contact_book import addresses, members, read_book

    people = read_book(session.settings.contacts.folder)
    every = session.settings.compose.merge_addresses == "all"
    found = {one.key: one for name in arguments.group for one in addresses(members(people, name), every=every)}
    new = tuple(one for key, one in found.items() if key not in {known.key for known in draft.recipients})
    field = (*getattr(draft, arguments.group_in), *new)
    if arguments.group_in == "to":
        return dataclasses.replace(draft, to=field)
    return dataclasses.replace(draft, cc=field) if arguments.group_in == "cc" else dataclasses.replace(draft, bcc=field)


def _on_template(session: Session, arguments: argparse.Namespace, said: Draft) -> Draft:
    """A template with what was said in place of its own words.

    ComposeError `template-names-missing`: nobody sees this mail before it goes, so it does not go with a hole in it.
    """
    from core.placeholders import left_in
    from tui.commands.template import template_draft

    name = arguments.template
    draft = template_draft(session, name, said, sender=arguments.sender, sign=not said.body.strip())
    own = [mine for mine, theirs in ((draft.subject, said.subject), (draft.body, said.body.strip())) if not theirs]
    missing = left_in(*own)
    if missing and draft.recipients:
        example = missing[0].replace("}", "|friend}")
        raise ComposeError("template-names-missing", template=name, names=", ".join(missing), example=example)
    return dataclasses.replace(
        draft,
        subject=said.subject or draft.subject,
        body=said.body if said.body.strip() else draft.body,
        attachments=(*draft.attachments, *said.attachments),
    )


def _addresses(values: list[str]) -> list[Address]:
    return [address for value in values for address in parse_addresses(value)]


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace").replace("\r\n", "\n")


def _wait(session: Session, id: int) -> int:
    """Have a mail sent, by the engine or here when none runs, and wait for the end.

    What keeps it waiting without a time (no line, a refused password, a server that asks for patience) ends the wait
    too: it stays in the outbox, and is tried again by the engine or the next `sync`.
    """
    while not _at_end(row := outbox.get(session.db, id)):
        with back_room(session) as client:
            if client is not None:
                client.ask("look", timeout=5)
                while not client.ended and not _at_end(outbox.get(session.db, id)):
                    time.sleep(LOOK)
            else:
                post = sender(session)
                time.sleep(max(0.0, row.not_before - time.time()))
                post.send_due(session.db, row.account)
    row = outbox.get(session.db, id)
    tell(session, row)
    if row.state == "sent":
        return 0
    error = row.reason or CorreioError("send-failed")
    print(f"correio: {sentence(error)}", file=sys.stderr)
    return error.exit_status


def _at_end(row: outbox.Outgoing) -> bool:
    return row.state in FINAL or (row.state == "waiting" and row.reason is not None)


def run_open(session: Session, arguments: argparse.Namespace) -> int:
    """`correio 'mailto:…'`: the screen, with the composer open."""
    from core.mailto import read_mailto
    from tui.commands.starting import open_screen

    return open_screen(session, compose=read_mailto(arguments.url).draft())
