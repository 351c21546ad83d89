"""Mail from one folder to another, into a folder, and out of it: safe when cut at any point (RFC 4315, RFC 6851).

At every moment a mail exists at least once, and what other programs have marked \\Deleted is never expunged.
"""

from __future__ import annotations

from collections.abc import Iterable

from accounts.imap import folder_state, headers, left_marks, listing, mail_commands, namespace
from accounts.imap.mail_commands import Copied
from accounts.imap.session import Selected, quoted
from accounts.imap.work import Work, wire_of
from core import idset
from core.envelope import read_envelope
from core.errors import NotFound, ServerRefused
from core.flags import IMAP_NAMES, Flag
from core.header import header_block, header_hash
from core.store import bodies, folders, journal, messages
from core.store.folders import Folder
from core.store.journal import Operation

Uids = dict[int, int]
"""UID → message, or message → UID in a target."""


def move(work: Work, operation: Operation, folder: Folder, target: Folder, uids: Uids) -> Uids:
    """Move mails; message → UID in the target as far as the server told."""
    if work.session.can("MOVE"):
        # A repeat names UIDs that are gone by then, which is no error.
        work.use(folder)
        new: Uids = {}
        for chunk in idset.sequence_sets(uids):
            new.update(_placed(work, target, uids, mail_commands.copy(work.session, chunk, wire_of(target), move=True)))
        return new
    new = copy(work, operation, folder, target, uids)
    delete(work, folder, uids)
    return new


def copy(work: Work, operation: Operation, folder: Folder, target: Folder, uids: Uids) -> Uids:
    """Copy mails; message → UID in the target as far as the server told.

    The target's UIDNEXT is written down before the first COPY: a repeat finds there what has been copied already.
    """
    already = _done_before(work, operation, target, uids.values())
    wanted = {uid: message for uid, message in uids.items() if message not in already}
    new = {message: uid for message, uid in already.items() if uid}
    if wanted:
        work.use(folder)
    for chunk in idset.sequence_sets(wanted):
        new.update(_placed(work, target, wanted, mail_commands.copy(work.session, chunk, wire_of(target))))
    return new


def append(work: Work, operation: Operation, target: Folder, message: int, raw: bytes) -> int | None:
    """Put a mail into a folder; its UID there if the server told."""
    already = _done_before(work, operation, target, (message,))
    if message in already:
        return already[message] or None
    flags, names = Flag(operation.args.get("flags", 0)), operation.args.get("tags", [])
    if names:
        flags, names = _that_keep(work.use(target), flags, names)
    received = messages.get(work.db, message).received
    told = mail_commands.append(work.session, wire_of(target), raw, flags, names, received)
    if told is None or not _same_numbering(work, target, told[0]):
        return None
    return told[1]


def bring(work: Work, operation: Operation, target: Folder) -> Uids:
    """Put mails of another account into a folder, as they are shown there; message → UID as far as the server told.

    What is done is written down mail by mail: a repeat goes on with the next, and looks first whether that has come. NotFound
    `no-body` where the bytes are lost.
    """
    current = journal.get(work.db, operation.id) or operation
    done: Uids = {int(message): int(uid) for message, uid in current.progress.get("done", {}).items()}
    waiting = [message for message in operation.messages if message not in done]
    done.update(_done_before(work, operation, target, waiting))
    selected = work.use(target)
    for message in waiting:
        if message not in done:
            raw = bodies.raw(work.db, message)
            if raw is None:  # the disk has lost it: where it comes from it has to stay
                raise NotFound("no-body", what="message", name=str(message))
            flags, names = _as_shown(work, operation, message)
            kept, keywords = _that_keep(selected, flags, names)
            received = messages.get(work.db, message).received
            told = mail_commands.append(work.session, wire_of(target), raw, kept, keywords, received)
            done[message] = told[1] if told is not None and _same_numbering(work, target, told[0]) else 0
        journal.note_progress(work.db, operation, {"done": {str(message): done[message]}})
    return {message: uid for message, uid in done.items() if uid}


def _that_keep(selected: Selected, flags: Flag, names: Iterable[str]) -> tuple[Flag, list[str]]:
    """Of flags and tags those that the open folder can keep."""
    kept = Flag(sum(bit for bit in Flag if bit & flags and selected.keeps(IMAP_NAMES[bit])))
    return kept, [name for name in names if selected.keeps(name)]


def _as_shown(work: Work, operation: Operation, message: int) -> tuple[Flag, list[str]]:
    """Flags and tags that the user sees on a mail that is on its way; he may have changed them since."""
    row = work.db.one("SELECT id, flags FROM placement WHERE message = ? AND maker = ?", (message, operation.id))
    if row is None:
        return Flag(0), []
    names = work.db.read("SELECT name FROM keyword WHERE placement = ? AND shown = 1 ORDER BY name", (row[0],))
    return Flag(row[1]) & ~Flag.DELETED, [name for (name,) in names]


def delete(work: Work, folder: Folder, uids: Iterable[int]) -> None:
    """Delete mails for good. Where the server would expunge others' mail along, ours stay marked and out of sight."""
    wanted = list(uids)
    work.use(folder)
    mail_commands.store(work.session, wanted, ["\\Deleted"], True)
    left = mail_commands.expunge(work.session, wanted)
    if left:
        left_marks.add(work, folder, left)


def create(work: Work, wire: str) -> None:
    """CREATE and subscribe; nothing when the folder exists."""
    try:
        work.session.run("CREATE", quoted(wire))
    except ServerRefused as error:
        if not any(one.wire == wire for one in listing.ask(work).listed):
            raise error from None
    work.session.run("SUBSCRIBE", quoted(wire), quiet=True)


def remove(work: Work, folder: Folder) -> None:
    """UNSUBSCRIBE and DELETE a folder in which there is nothing; nothing when it is gone already.

    ServerRefused `folder-not-empty` where the server or the store knows of something in it or below it.
    """
    inbox = folders.by_role(work.db, work.account, "inbox")
    if inbox is not None:
        work.open(inbox)  # an open folder's STATUS need not be fresh, and it cannot be deleted everywhere
    wire = wire_of(folder)
    found = [one for one in listing.ask(work).listed if one.wire == wire or one.wire.startswith(wire + (folder.delimiter or "/"))]
    if not any(one.wire == wire for one in found):
        return
    told = listing.status_of(work, wire) if found[0].selectable or len(found) > 1 else None
    if len(found) > 1 or (told is not None and told.messages):
        raise ServerRefused("folder-not-empty", server=work.session.name, answer="", code="", command="DELETE", name=folder.path)
    work.session.run("UNSUBSCRIBE", quoted(wire), quiet=True)
    work.session.run("DELETE", quoted(wire))


def rename(work: Work, operation: Operation, folder: Folder, new: str) -> None:
    """RENAME a folder with all below it, and what is subscribed of it (RFC 3501 §6.3.5: servers do not do that).

    A repeat finds out what has been done. Nothing where that is all.
    """
    current = journal.get(work.db, operation.id) or operation
    old = str(current.progress.get("was", wire_of(folder)))
    if "was" not in current.progress:
        journal.note_progress(work.db, operation, {"was": old})
    if wire_of(folder) != new:
        inbox = folders.by_role(work.db, work.account, "inbox")
        if inbox is not None:
            work.open(inbox)  # an open folder cannot be renamed everywhere
        if operation.attempts == 0 or not _renamed(work, old, new):
            try:
                work.session.run("RENAME", quoted(old), quoted(new))
            except ServerRefused:
                if not _renamed(work, old, new):
                    raise
        folders.rewire(work.db, folder, new)
    for wire in listing.subscriptions(work):
        if wire == old or wire.startswith(old + (folder.delimiter or "/")):
            work.session.run("SUBSCRIBE", quoted(new + wire[len(old) :]), quiet=True)
            work.session.run("UNSUBSCRIBE", quoted(wire), quiet=True)


def _renamed(work: Work, old: str, new: str) -> bool:
    """Whether it has been done already. Raises ServerRefused `folder-exists`, NotFound `no-folder`."""
    names = {one.wire for one in listing.ask(work).listed}
    if old in names and new in names:
        name = namespace.shown(new, namespace.prefix_of(work.db, work.account), work.session.others)
        raise ServerRefused("folder-exists", server=work.session.name, answer="", code="", command="RENAME", name=name)
    if not {old, new} & names:
        raise NotFound("no-folder", what="folder", name=old)
    return new in names


def _placed(work: Work, target: Folder, uids: Uids, told: Copied | None) -> Uids:
    if told is None or not _same_numbering(work, target, told.uidvalidity):
        return {}
    return {uids[old]: new for old, new in told.pairs.items() if old in uids}


def _same_numbering(work: Work, target: Folder, uidvalidity: int) -> bool:
    """Whether UIDs that the server told for the target belong to the numbering we know."""
    known = folder_state.read(work.db, target.id).uidvalidity
    return known == uidvalidity


def _done_before(work: Work, operation: Operation, target: Folder, wanted: Iterable[int]) -> Uids:
    """Which of the mails an earlier try has put into the target: message → UID there.

    On the first try there are none, and where the target's numbers stand is written down.
    """
    start = (operation.progress or {}).get("uidnext")
    current = journal.get(work.db, operation.id)
    if start is None and current is not None:
        start = current.progress.get("uidnext")
    if start is None:
        told = listing.status(work, target)
        journal.note_progress(work.db, operation, {"uidnext": told.uidnext if told and told.uidnext else 0})
        return {}
    if operation.attempts == 0:
        return {}
    wanted = set(wanted)
    # A pass over the folder may have met some of them since.
    rows = work.db.read("SELECT message, uid FROM placement WHERE maker = ? AND uid IS NOT NULL", (operation.id,))
    met = {message: uid for message, uid in rows if message in wanted}
    return {**met, **_look(work, operation, target, int(start), wanted - met.keys())}


def _look(work: Work, operation: Operation, target: Folder, start: int, wanted: set[int]) -> Uids:
    """Find mails in the target by header hash, or by Message-ID and size (a server may add lines to the header).

    Where that fits several mails of the operation, and for mail that came from this machine, the bodies decide.
    """
    work.open_known(target)
    known = {row[0] for row in work.db.read("SELECT uid FROM placement WHERE folder = ? AND uid >= ?", (target.id, start))}
    uids = [uid for uid in mail_commands.search(work.session, f"UID {max(start, 1)}:*") if uid >= start and uid not in known]
    alike: dict[object, list[int]] = {}
    for message in operation.messages:
        mail = messages.get(work.db, message)
        raw = bodies.raw(work.db, message)
        alike.setdefault(mail.hash, []).append(message)
        if mail.message_id:
            alike.setdefault((mail.message_id, len(raw) if raw is not None else mail.size), []).append(message)
    fitting: list[tuple[int, int, list[int]]] = []
    sets = [(part, headers.BATCH * headers.EXPECTED) for part in idset.sequence_sets(uids)]
    for batch in mail_commands.fetch(work.session, sets, headers.ITEMS, apart=True):
        for one in batch:
            if "HEADER" not in one.body or one.size is None or one.uid not in uids:
                continue
            block = header_block(one.body["HEADER"])
            may_be = alike.get(header_hash(block, one.size)) or alike.get((read_envelope(block).message_id, one.size))
            if may_be:
                fitting.append((one.uid, one.size, may_be))
    found: Uids = {}
    for uid, size, may_be in fitting:
        proven = len(may_be) > 1 or operation.kind in ("append", "bring")
        same = _of_these(work, uid, size, may_be) if proven else may_be[0]
        if same is not None and same in wanted:
            found.setdefault(same, uid)
    return found


def _of_these(work: Work, uid: int, size: int, may_be: list[int]) -> int | None:
    """Which of these messages, all with such a header, the mail in the open folder is; None for none."""
    fetched = mail_commands.fetch_one(work.session, uid, "(UID BODY.PEEK[])", size)
    if fetched is None or "" not in fetched.body:
        return None
    theirs = _text(fetched.body[""])
    unknown = []
    for message in may_be:
        raw = bodies.raw(work.db, message)
        if raw is None:
            unknown.append(message)
        elif _text(raw) == theirs:
            return message
    return unknown[0] if unknown else None


def _text(raw: bytes) -> bytes:
    """A mail without its header."""
    return raw[len(header_block(raw)) :].replace(b"\r\n", b"\n").strip(b"\n")
