"""Files that go as links: a message of its own for each recipient, with links that nobody else has."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Protocol

from core.address import Address
from core.compose import Built, build, new_message_id, read_attachment, sender_of, wire_address
from core.draft import Attachment, ComposeError, Draft
from core.encoded_word import one_line
from core.errors import NetworkError, NotFound
from core.flowed import SIGNATURE
from core.senders import identity_for
from core.settings import Settings
from core.sizes import measured
from core.store import outbox, sent_events, shared_files
from core.store.database import Database
from core.store.outbox import Outgoing
from core.store.sent_events import Event

DAY = 86_400


Told = Callable[[int, int], bool]
"""Hears bytes done and bytes in all, and says whether to go on."""


def unheard(done: int, total: int) -> bool:
    """A `Told` that lets all go on."""
    return True


class Sharer(Protocol):
    """Where files go that are sent as links."""

    watches: bool
    """Whether it can tell that a file was fetched."""

    def place_for(self, name: str) -> str:
        """What a file will be known by there, as nobody can guess it; '' where only the upload tells."""

    def upload(self, name: str, source: Path | bytes, days: int, place: str = "", told: Told = unheard) -> tuple[str, str]:
        """Put a file there: (the address for the recipient, what it is known by there). `told` hears how far it is.

        What stands at `place` already, whole, is not sent again; what stands there in part goes before. A try that fails leaves
        nothing there as far as the line allows. Raises as accounts do, NetworkError `sending-cancelled` where `told` says no.
        """

    def withdraw(self, url: str, place: str) -> None:
        """Take it away; nothing when it has gone."""

    def fetched(self, url: str, place: str) -> int:
        """How often it was fetched."""


def has_links(draft: Draft) -> bool:
    """Whether files of a draft go as links."""
    return any(one.link for one in draft.attachments)


def pieces(draft: Draft) -> list[tuple[Draft, Draft]]:
    """(as it goes, as it is edited again) for each recipient: they do not see each other, nor each other's links."""
    found = []
    for one in draft.to:
        alone = replace(draft, to=(one,), cc=(), bcc=())
        found.append((alone, alone))
    found += [(replace(draft, to=(one,), cc=(), bcc=()), replace(draft, to=(), cc=(one,), bcc=())) for one in draft.cc]
    found += [(replace(draft, to=(one,), cc=(), bcc=()), replace(draft, to=(), cc=(), bcc=(one,))) for one in draft.bcc]
    return found


def unbuilt(settings: Settings, draft: Draft) -> Built:
    """A mail whose links are not there yet: its Message-ID and recipients are fixed, its bytes come with the links.

    Everything that can be wrong is found now: it is built once for nobody. Raises as `core.compose.build` does.
    """
    if not settings.links.url and not settings.links.command:
        raise ComposeError("no-links-place")
    identity = identity_for(settings, draft)
    message_id = new_message_id(wire_address(sender_of(draft, identity)))
    tried = [(one, "https://example.invalid/", 0) for one in draft.attachments if one.link]
    for one, _, _ in tried:
        _size(one)
    built = build(_with_links(settings, draft, [(a.name, url, 0, when) for a, url, when in tried]), identity,
                  now=datetime.now().astimezone(), message_id=message_id)  # fmt: skip
    return replace(built, wire=b"", sent_copy=b"")


def kept(draft: Draft) -> Draft:
    """The draft as the outbox keeps it until its links are there: the other files with their bytes."""
    files = tuple(one if one.link else replace(one, data=read_attachment(one)) for one in draft.attachments)
    return replace(draft, attachments=files)


def days_of(settings: Settings, draft: Draft) -> int:
    """Days after which the links of a message end: as it says itself, else as the settings say; 0 for never."""
    return int(draft.options.link_days) if draft.options.link_days else settings.links.days


def note(db: Database, settings: Settings, outgoing: int, message_id: str, recipient: Address, draft: Draft) -> None:
    """Write down which files are to be there before the mail goes. Inside `db.write`."""
    seconds = days_of(settings, draft) * DAY
    for one in draft.attachments:
        if one.link:
            # What is read again comes from the draft: these two are for people.
            name, path = one_line(one.name), one_line(one.path)
            shared_files.add(db, outgoing, message_id, recipient.key, name, path, _size(one), seconds)


def prepare(
    db: Database, settings: Settings, row: Outgoing, dressed: Callable[[Settings, Draft], Draft], sharer: Sharer,
    told: Told = unheard,
) -> None:  # fmt: skip
    """Upload what is not there yet, then build the mail with its links and fix its bytes, before anything of it is sent.

    Where each file goes is on disk before its first byte goes: a crash leaves nothing behind that nobody knows of, and what was
    uploaded before it is not uploaded again. `told` hears how far all of them are. Raises ComposeError, and what `sharer` raises.
    """
    draft = Draft.from_json(row.draft)
    linked = [one for one in draft.attachments if one.link]
    files = shared_files.of(db, row.id)
    total, before = sum(one.size for one in files), 0
    for shared, one in zip(files, linked, strict=True):
        if shared.state == shared_files.WAITING:
            source = one.data if one.data is not None else Path(one.path).expanduser()
            place = shared.place or sharer.place_for(one.name)
            shared_files.begun(db, shared.id, place)
            far = partial(_so_far, told, before, total)
            url, place = sharer.upload(one.name, source, days_of(settings, draft), place, far)
            shared_files.uploaded(db, shared, url, place, watched=sharer.watches)
        before += shared.size
    if outbox.get(db, row.id).state == "cancelled":  # while the last of it went
        shared_files.end(db, [one.id for one in shared_files.of(db, row.id) if one.state == shared_files.THERE])
        raise NetworkError("sending-cancelled", server="", answer="")
    links = [(one.name, one.url, one.size, one.expires) for one in shared_files.of(db, row.id)]
    people = draft.recipients
    alone = replace(draft, to=people, cc=(), bcc=())
    built = build(
        dressed(settings, _with_links(settings, alone, links)), identity_for(settings, draft), now=datetime.now().astimezone(),
        message_id=row.message_id,
    )  # fmt: skip
    outbox.fix(db, row.id, built.wire, built.sent_copy)


def _so_far(told: Told, before: int, total: int, done: int, size: int) -> bool:
    return told(before + done, max(total, before + size))


def _with_links(settings: Settings, draft: Draft, links: list[tuple[str, str, int, int]]) -> Draft:
    """The message with its links below the text, above the signature, and without the files."""
    lines = []
    for name, url, size, until in links:
        date = time.strftime("%Y-%m-%d", time.localtime(until)) if until else "—"
        words = settings.links.words.replace("{name}", one_line(name)).replace("{size}", " ".join(measured(size)))
        words = words.replace("{date}", date)
        lines += [words, url, ""]
    text, mark, signature = draft.body.rpartition(f"\n{SIGNATURE}\n")
    if not mark:
        text, signature = draft.body, ""
    body = text.rstrip("\n") + "\n\n" + "\n".join(lines)
    body = f"{body}{mark}{signature}" if mark else body
    return replace(draft, body=body, attachments=tuple(one for one in draft.attachments if not one.link))


def _size(one: Attachment) -> int:
    if one.data is not None:
        return len(one.data)
    try:
        return Path(one.path).expanduser().stat().st_size
    except OSError as error:
        answer = error.strerror or str(error)
        raise ComposeError("attachment-unreadable", name=one.name, path=one.path, answer=answer) from error


# afterwards ----------------------------------------------------------------


def withdraw(db: Database, sharer: Sharer, id: int) -> None:
    """Take a link back. Raises as `sharer` does."""
    one = shared_files.find(db, id)
    if one is None or one.state == shared_files.WITHDRAWN or not (one.url or one.place):
        return
    sharer.withdraw(one.url, one.place)
    with db.write(durable=True):
        shared_files.withdrawn(db, id)


def look(db: Database, sharer: Sharer, id: int) -> bool:
    """Whether a link is to be looked at again; what is known of it is written down. Raises as `sharer` does."""
    one = shared_files.find(db, id)
    if one is None or one.state != shared_files.THERE:
        return False
    times = sharer.fetched(one.url, one.place)
    with db.write():
        if shared_files.count_fetched(db, id, times):
            event = Event(one.recipient, sent_events.FETCHED, int(time.time()), words=one_line(one.name), teller=_host(one.url))
            sent_events.add(db, one.message_id, [event])
    return True


def _host(url: str) -> str:
    return url.partition("://")[2].partition("/")[0]


def withdraw_all(db: Database, message_id: str) -> int:
    """Every link of a sent message ends as soon as the engine can; how many. Raises NotFound `no-links`."""
    found = shared_files.of_message(db, message_id)
    if not found:
        raise NotFound("no-links", what="message", name=message_id)
    ids = [one.id for one in found if one.state == shared_files.THERE]
    shared_files.end(db, ids)
    return len(ids)
