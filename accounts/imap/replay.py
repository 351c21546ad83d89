"""The journal carried out on the server, in order; each operation may be repeated without doing it twice.

A repeat happens after a dropped line or a kill: what was done then is found out from the server, never guessed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from accounts.imap import bodies, flag_changes, mail_commands, namespace, transfer
from accounts.imap.folder_pass import FolderPass
from accounts.imap.work import FolderMoved, Work
from core import crossing, folder_moves, idset
from core.errors import AuthenticationError, CorreioError, NetworkError, NotFound, ProtocolError, ServerRefused
from core.flags import IMAP_NAMES, Flag
from core.store import bodies as stored
from core.store import folders, journal, messages, placements, twins
from core.store.folders import Folder
from core.store.journal import Operation

TEMPORARY = frozenset(("UNAVAILABLE", "INUSE", "LIMIT", "SERVERBUG", "EXPUNGEISSUED"))
"""Response codes (RFC 5530) after which a server may say yes another time."""
RENUMBERED = 30
"""Seconds between two tries while a folder's new numbering is not believed yet."""
MOST_ATTEMPTS = 10
"""Answers that are no yes, after which a change is given up."""
KEEP_BYTES = 25 * 1024 * 1024
"""Larger mails are not fetched before they are deleted for good: undo cannot bring them back."""

Uids = dict[int, int]


def replay(work: Work) -> int:
    """Carry out what waits; how many operations were finished, done or refused.

    Raises NetworkError or ProtocolError when the line is lost: the operation at hand waits for its turn again. What
    must wait holds back everything behind it, for the order counts.
    """
    finished = 0
    while True:
        waiting = journal.ready(work.db, work.account)
        if not waiting:
            return finished
        for operation in waiting:
            if 0 < operation.not_before - work.clock() <= journal.LONGEST_PAUSE:
                return finished
            work.tell("replay", finished, journal.waiting(work.db))
            if not journal.started(work.db, operation):
                continue  # taken back meanwhile
            work.replays += 1
            if not _carry_out(work, operation):
                return finished
            finished += 1


def _carry_out(work: Work, operation: Operation) -> bool:
    """Do one operation; False when it has to wait."""
    db = work.db
    try:
        uids = _do(work, operation)
    except (NetworkError, AuthenticationError) as error:
        pause = 0 if error.id == "cancelled" else min(journal.LONGEST_PAUSE, 2**operation.attempts)
        journal.later(db, operation, int(work.clock()) + pause, error)
        raise
    except ProtocolError as error:
        if error.id in ("name-unsendable",) or _tries(work, operation) >= MOST_ATTEMPTS:
            _refused(work, operation, error)
        else:
            journal.later(db, operation, int(work.clock()) + min(journal.LONGEST_PAUSE, 2**operation.attempts), error)
        raise
    except ServerRefused as refusal:
        if refusal.values.get("code") in TEMPORARY and _tries(work, operation) < MOST_ATTEMPTS:
            journal.later(db, operation, int(work.clock()) + min(journal.LONGEST_PAUSE, 2**operation.attempts), refusal)
            return False
        _refused(work, operation, refusal)
        return True
    except NotFound as missing:
        _refused(work, operation, missing)
        return True
    except FolderMoved:
        # UIDs that we know may be other mails now: a pass over the folder has to see to that first.
        doubt = ServerRefused("folder-renumbered", server=work.session.name, answer="", code="", command="SELECT")
        journal.later(db, operation, int(work.clock()) + RENUMBERED, doubt)
        return False
    journal.done(db, journal.get(db, operation.id) or operation, uids)
    return True


def _tries(work: Work, operation: Operation) -> int:
    """How often the server has not done it now: lines that dropped do not count, however often they did."""
    known = journal.get(work.db, operation.id) or operation
    tries = int(known.progress.get("tries", 0)) + 1
    journal.note_progress(work.db, operation, {"tries": tries})
    return tries


def _do(work: Work, operation: Operation) -> Uids:
    """Carry it out; once more where the server says no because another program has renamed a folder meanwhile, or because
    it lacks one that was needed here."""
    try:
        return _KINDS[operation.kind](work, operation)
    except ServerRefused as refusal:
        if refusal.values.get("code") in TEMPORARY or operation.kind in journal.OF_FOLDERS:
            raise
        before = _names(work, operation)
        work.look_at_folders()
        if _names(work, operation) == before and not _made(work, operation.target):
            raise
    return _KINDS[operation.kind](work, journal.get(work.db, operation.id) or operation)


def _made(work: Work, target: int | None) -> bool:
    """Make the folder to which mail goes, where the server has none: a Sent or Drafts folder may be nowhere but here.

    Servers need not say that this is why they refuse (TRYCREATE of RFC 3501 §6.3.11; Courier does not).
    """
    folder = None if target is None else _folder(work, target)
    if folder is None or folder.wire:
        return False
    _make(work, folder, namespace.wire_for(work.db, work.account, folder.path))
    return True


def _names(work: Work, operation: Operation) -> list[str]:
    """The server's names of the folders that an operation is about."""
    return [_folder(work, id).wire for id in (operation.folder, operation.target) if id is not None]


def _refused(work: Work, operation: Operation, error: CorreioError) -> None:
    """The server will not: what was shown is taken back."""
    undone = operation.kind == "leave" and crossing.taken_back(work.db, operation) is not None
    proven = _still_there(work, operation) if undone else []
    with work.db.write(durable=True):
        journal.refused(work.db, operation, error, _gone_well(work, operation))
        if proven:
            crossing.stayed(work.db, operation, proven)
        if operation.kind == "rename" and error.id == "server-refused":
            folder_moves.one_by_one(work.db, operation)


def _still_there(work: Work, leave: Operation) -> list[int]:
    """Of a `leave` that was refused, the messages that the server shows in their folder; none where it cannot be asked.

    An earlier try may have taken them away, and the answer got lost.
    """
    try:
        folder = _folder(work, leave.folder)
        uids = _uids(work, folder, leave.messages, leave.id)
        work.open_known(folder)
        there = set(mail_commands.search(work.session, f"UID {idset.to_sequence_set(uids)}")) if uids else set()
    except (ServerRefused, NotFound, FolderMoved):
        return []
    flag_changes.drop(work, folder, sorted(uids.keys() - there))
    return [message for uid, message in uids.items() if uid in there]


def _gone_well(work: Work, operation: Operation) -> list[int]:
    """Of a `take` or `bring` that was refused in the middle, the messages that were done before."""
    if operation.kind == "take":
        return [message for message in operation.messages if messages.get(work.db, message).body == 2]
    if operation.kind == "bring":
        now = journal.get(work.db, operation.id)
        return [int(message) for message in now.progress.get("done", {})] if now is not None else []
    return []


def _flag(work: Work, operation: Operation) -> Uids:
    folder, flag = _folder(work, operation.folder), Flag(operation.args["flag"])
    uids = _uids(work, folder, operation.messages)
    if uids:
        selected = work.use(folder)
        names = [name for name in (IMAP_NAMES[bit] for bit in Flag if bit & flag) if selected.keeps(name)]
        if names:
            mail_commands.store(work.session, uids, names, bool(operation.args["on"]))
    return {}


def _tag(work: Work, operation: Operation) -> Uids:
    folder, name = _folder(work, operation.folder), str(operation.args["name"])
    uids = _uids(work, folder, operation.messages)
    # Where the server keeps no keywords they stay on this machine: `done` and the passes over the folder leave them.
    if uids and work.use(folder).keeps(name):
        mail_commands.store(work.session, uids, [name], bool(operation.args["on"]))
    return {}


def _move(work: Work, operation: Operation) -> Uids:
    folder, target = _folder(work, operation.folder), _folder(work, operation.target)
    uids = _uids(work, folder, operation.messages, operation.id)
    return transfer.move(work, operation, folder, target, uids)


def _copy(work: Work, operation: Operation) -> Uids:
    folder, target = _folder(work, operation.folder), _folder(work, operation.target)
    uids = _uids(work, folder, operation.messages)
    return transfer.copy(work, operation, folder, target, uids)


def _expunge(work: Work, operation: Operation) -> Uids:
    folder = _folder(work, operation.folder)
    uids = _uids(work, folder, operation.messages, operation.id)
    for message in operation.messages if operation.actor != "trash" else ():
        known = messages.get(work.db, message)
        if known.body < 2 and known.size < KEEP_BYTES and message in uids.values():
            try:
                bodies.fetch_raw(work, message)
            except NotFound:
                continue  # somebody else has deleted it already
    if uids:
        transfer.delete(work, folder, uids)
    return {}


def _append(work: Work, operation: Operation) -> Uids:
    target = _folder(work, operation.target)
    found: Uids = {}
    for message in operation.messages:
        raw = stored.raw(work.db, message)
        if raw is None:
            raise NotFound("no-body", what="message", name=str(message))
        uid = transfer.append(work, operation, target, message, raw)
        if uid is not None:
            found[message] = uid
    return found


def _take(work: Work, operation: Operation) -> Uids:
    """Fetch what goes to another account. What somebody else has deleted meanwhile stays deleted, and that is told."""
    missing = None
    for message in operation.messages:
        try:
            bodies.fetch_raw(work, message)
        except NotFound as error:
            missing = error
    if missing is not None:
        raise missing
    return {}


def _bring(work: Work, operation: Operation) -> Uids:
    target = _folder(work, operation.target)
    for message in operation.messages:
        if not twins.give(work.db, int(operation.args["from"][str(message)]), message):
            raise NotFound("no-body", what="message", name=str(message))
    return transfer.bring(work, operation, target)


def _leave(work: Work, operation: Operation) -> Uids:
    folder = _folder(work, operation.folder)
    uids = _uids(work, folder, operation.messages, operation.id)
    if uids:
        transfer.delete(work, folder, uids)
    return {}


def _create(work: Work, operation: Operation) -> Uids:
    folder = _folder(work, operation.target)
    path = str(operation.args.get("path", folder.path))
    _make(work, folder, folder.wire or namespace.wire_for(work.db, work.account, path))
    return {}


def _make(work: Work, folder: Folder, name: str) -> None:
    transfer.create(work, name)
    with work.db.write():
        work.db.run("UPDATE folder SET wire = ? WHERE id = ?", (name, folder.id))
        # Made anew, it has another numbering.
        work.db.run(
            "UPDATE folder SET uidvalidity = NULL, uidnext = NULL, modseq = NULL WHERE id = ?1"
            " AND NOT EXISTS (SELECT 1 FROM placement WHERE folder = ?1 AND uid IS NOT NULL)",
            (folder.id,),
        )


def _remove(work: Work, operation: Operation) -> Uids:
    """Delete a folder that the server shows empty."""
    folder = _folder(work, operation.folder)
    transfer.remove(work, folder)
    return {}


def _rename(work: Work, operation: Operation) -> Uids:
    path = str(operation.args["path"])
    transfer.rename(work, operation, _folder(work, operation.folder), namespace.wire_for(work.db, work.account, path))
    return {}


_KINDS: dict[str, Callable[[Work, Operation], Uids]] = {
    "flag": _flag, "tag": _tag, "move": _move, "copy": _copy, "expunge": _expunge, "append": _append, "create": _create,
    "take": _take, "bring": _bring, "leave": _leave, "remove": _remove, "rename": _rename,
}  # fmt: skip


def _folder(work: Work, id: int | None) -> Folder:
    if id is None:
        raise NotFound("no-folder", what="folder", name="")
    return folders.get(work.db, id)


def _uids(work: Work, folder: Folder, wanted: Sequence[int], hider: int | None = None) -> Uids:
    """UID → message. Mails whose UID is not known yet (an own copy without COPYUID) are looked for first.

    `hider`: only what this operation takes away.
    """
    found = placements.uids(work.db, folder.id, wanted, hider)
    unknown = set(wanted) - set(found.values())
    if unknown and any(
        placement.uid is None for message in unknown for placement in placements.of_message(work.db, message, folder.id)
    ):
        FolderPass(work, folder).run()
        found = placements.uids(work.db, folder.id, wanted, hider)
    return found
