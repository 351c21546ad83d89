"""A mail merge of 2,000: how long it takes until every message is built, proofread and in the outbox."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from core.draft import Draft
from core.merge import fill_all, plan
from core.merge_table import read_csv
from core.merging import queue_all
from core.settings import Account, Identity, Settings
from core.store import batches, outbox
from core.store.database import Database
from tests.bench.figures import Figure

PEOPLE = 2_000
BODY = "Dear {name},\n\n" + "This is what everybody hears, in a line that is long enough.\n\n" * 20 + "Your number is {number}.\n"


def measure_merges(people: int = PEOPLE) -> list[Figure]:
    """Reading the table, filling every message, and queueing all."""
    account = Account(id="5e44e400", name="work", email="me@example.org")
    settings = Settings(
        accounts=(account,), identities=(Identity(id="1d000001", account=account.id, address="me@example.org", name="Me"),)
    )
    lines = [f"Person {n};p{n}@example.net;{n}" for n in range(people)]
    data = "\n".join(["Name;E-Mail;Number", *lines, ""]).encode()
    with tempfile.TemporaryDirectory() as folder:
        db = Database(Path(folder) / "correio.db")
        try:
            begin, used = time.monotonic(), time.process_time()
            made = plan(Draft(subject="News for {name}", body=BODY), read_csv(data, "people.csv"))
            filled = sum(not one.trouble for one in fill_all(made))
            looked = time.monotonic() - begin
            batch = queue_all(db, settings, made, "News")
            took, cpu = time.monotonic() - begin, time.process_time() - used
            queued = batches.get(db, batch).total
            begin = time.process_time()
            outbox.counts(db), batches.unseen(db), outbox.open_rows(db)
            listed = time.process_time() - begin
        finally:
            db.close()
    return [
        Figure("messages queued", queued, "mails", people, least=True),
        Figure("every message filled to be looked through", looked, "s", 2, more=f"{filled:,} mails"),
        Figure("all in the outbox", took, "s", 10),
        Figure("processor time for that", cpu, "s"),
        Figure("the outbox shown with them in it, processor time", listed * 1000, "ms", 50),
    ]
