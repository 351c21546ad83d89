"""A process that writes into a store until it is killed, and says on its standard output what it knows to be kept."""

from __future__ import annotations

import random
import sys
from pathlib import Path

from core import operations
from core.arrival import arrive_mail
from core.flags import Flag
from core.store import accounts, compression, drafts, folders, journal, outbox, pieces, pruning, repacking, room
from core.store.database import Database
from tests.core.store.mails import mail


def main(path: Path, seed: int) -> None:
    """Write for ever. Lines: `draft ID WORDS`, `operation ID`, `outgoing ID WORDS`."""
    compression.ENOUGH, compression.SIZE, compression._TRIED = 320, 16 * 1024, 30
    pieces.LARGE, pieces.PIECE = 20_000, 4_000
    chance = random.Random(seed)
    db = Database(path)
    account = accounts.row_of(db, "5e44e400")
    inbox, archive = (folders.ensure(db, account, name).id for name in ("INBOX", "Archive"))
    draft = None
    number = int(db.value("SELECT coalesce(max(uid), 0) FROM placement")) + 1
    while True:
        with db.write():
            for _ in range(20):
                number += 1
                body = chance.randbytes(chance.choice((50, 500, 15_000))).hex()
                raw = mail(id=f"{number}@x", references=f"{number // 7}@x", body=body)
                arrive_mail(db, inbox, account, raw, uid=number, internal=1_700_000_000 + number * 60)
        draft = drafts.save(db, draft, f"words-{number}", account=account, subject="", recipients="")
        say("draft", draft, f"words-{number}")
        places = [(inbox, row[0]) for row in db.read("SELECT message FROM placement WHERE folder = ? AND hidden = 0", (inbox,))]
        operations.set_flag(db, chance.sample(places, 3), Flag.FLAGGED, chance.random() < 0.5)
        operations.move(db, chance.sample(places, 3), archive)
        operations.expunge(db, chance.sample(places, 3))
        say("operation", db.value("SELECT max(id) FROM operation"))
        wire = chance.randbytes(3000)
        sent = outbox.queue(
            db, account=account, message_id=f"{number}@out", sender="me@example.org", recipients=["ana@example.org"],
            subject="", shown="", wire=wire, copy=wire, not_before=0,
        )  # fmt: skip
        say("outgoing", sent, wire.hex())
        for operation in journal.pending(db, account)[: chance.randrange(4)]:
            number += len(operation.messages) if operation.target else 0
            journal.started(db, operation)
            uids = {message: number - n for n, message in enumerate(operation.messages)} if operation.target else {}
            journal.done(db, operation, uids)
        room.sweep(db, 1 << 40)
        repacking.repack(db)
        pruning.prune(db, account, 1_700_000_000 + number * 30, stored_before=1 << 40)
        if chance.random() < 0.3:
            db.checkpoint()


def say(*words: object) -> None:
    """One line, at once."""
    print(*words, flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
