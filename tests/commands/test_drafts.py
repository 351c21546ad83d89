"""Drafts on a real server: one copy, replaced, gone when the mail is sent; and a composer that is killed."""

from __future__ import annotations

import signal
import subprocess
import sys
from dataclasses import replace

import pytest

from core import drafting
from core.address import Address
from core.draft import Draft
from core.sending import queue
from core.settings import Settings
from core.settings.file import load
from core.store import drafts, folders
from tests.commands.house import House, PostOffice
from tests.terminal.program import ROOT, environment

DRAFT = Draft(to=(Address("Ana", "ana@farol.example"),), subject="Lunch", body="At one?\n")

WRITE = """
import os, signal, sys
from core import drafting
from core.draft import Draft
from core.paths import find_home
from core.settings.file import load
from core.store.database import Database
home = find_home()
db, settings = Database(home.database), load(home.settings_file)
id = None
for n in range(1000):
    id = drafting.save(db, settings, Draft(subject="Killed", body=f"{n} words\\n"), id)
    print(n, flush=True)
"""


def settings_of(house: House) -> Settings:
    return load(house.home.settings_file)


def on_server(post: PostOffice) -> list[bytes]:
    """What another mail program finds in Drafts."""
    with post.dovecot.client(post.mailbox, "Drafts") as client:
        told = client.fetch(client.search(), ["BODY.PEEK[]", "FLAGS"])
        assert all(b"\\Draft" in data[b"FLAGS"] for data in told.values())
        return [data[b"BODY[]"] for data in told.values()]


@pytest.mark.server
@pytest.mark.parametrize("between", [True, False], ids=["synced in between", "all at once"])
def test_one_copy_on_the_server_until_it_is_sent(post: PostOffice, between: bool) -> None:
    post.sync()
    settings = settings_of(post)
    with post.store() as db:
        id = drafting.save(db, settings, DRAFT, None)
        for n in range(3):
            drafting.save(db, settings, replace(DRAFT, body=f"Version {n}\n"), id)
            drafting.file(db, settings, id)
            if between:
                post.sync()
        post.sync()
        [copy] = on_server(post)
        assert b"Version 2" in copy
        assert [row["subject"] for row in post.json("list", "drafts")] == ["Lunch"]
        row = queue(db, settings, Draft.from_json(drafts.get(db, id).data), draft_id=id)
    post.sync()
    assert on_server(post) == []
    assert post.json("list", "drafts") == []
    [delivery] = post.smtp.wait_for(1)
    assert row.message_id.encode() in delivery.raw
    assert b"Version 2" in delivery.raw


@pytest.mark.server
def test_a_draft_of_another_program_is_gone_on_with(post: PostOffice) -> None:
    from core.reading import open_body
    from core.server_draft import from_message

    text = b"From: me@example.org\r\nTo: ana@farol.example\r\nSubject: From the phone\r\n\r\nAt two?\r\n"
    post.dovecot.deliver(post.mailbox, text, "Drafts", ["\\Draft"])
    post.sync()
    settings = settings_of(post)
    with post.store() as db:
        [row] = post.json("list", "drafts")
        body = open_body(db, row["id"])
        assert body.message is not None
        draft = from_message(body.message, settings.identities)
        id = drafting.adopt(db, row["id"], draft, settings)
        drafting.save(db, settings, replace(draft, body="At three?\n"), id)
        drafting.file(db, settings, id)
    post.sync()
    [copy] = on_server(post)
    assert b"At three?" in copy


def test_what_was_written_survives_kill_9(cut_off: House) -> None:
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITE], env=environment(cut_off.path), cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert writer.stdout is not None
    for line in writer.stdout:
        if line == "20\n":
            break
    writer.send_signal(signal.SIGKILL)
    rest = writer.communicate()[0].split()
    last = int(rest[-1]) if rest else 20
    settings = settings_of(cut_off)
    with cut_off.store() as db:
        [stored] = drafts.all_drafts(db)
        words = Draft.from_json(stored.data).body.split()[0]
        assert int(words) in (last, last + 1), "what was said to be saved is there"
        assert drafting.file_unfinished(db, settings) == 1
        [folder] = folders.with_role(db, "drafts")
        assert folder.total == 1
    assert [row["subject"] for row in cut_off.json("list", "drafts")] == ["Killed"]
