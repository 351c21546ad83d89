"""Attachments that are still on the server: fetched one by one when they are looked at, deleted there too."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from core.detaching import FIELD
from tests.servers.post import Post
from tests.terminal.program import run_correio
from tests.terminal.terminal import Terminal
from tests.tui.office import mail

Run = Callable[..., Terminal]
pytestmark = [pytest.mark.server, pytest.mark.terminal]


def test_fetched_one_by_one_and_deleted(terminal: Run, post: Post, correio_home: Path) -> None:
    files = [("tides.csv", b"date;height\n2019-06-08;1,81\n"), ("beach.bin", b"\0\1\2" * 400_000)]
    raw = mail(1, "Holidays", files=files).replace(b"\n", b"\r\n")
    with post.dovecot.client(post.mailbox) as client:
        client.append("INBOX", raw, [b"\\Seen"])
    post.add_to(correio_home, keep="headers")
    assert run_correio(["sync"], correio_home).returncode == 0
    assert run_correio(["engine", "start"], correio_home).returncode == 0
    shown = terminal().wait_for("Holidays")
    for _ in range(200):  # the screen may not have found the engine yet
        shown.press("enter").wait_for(re.compile("The text of mail 1|No engine"))
        if not shown.shows("No engine"):
            break
        shown.press("q").wait_for(re.compile("Enter +open"))
    shown.wait_for("The text of mail 1.").press("v").wait_for("2 files")
    shown.wait_for("on the server").press("enter").wait_for("2019-06-08").press("q").wait_for("2 files")
    shown.wait_for(lambda seen: seen.text.count("on the server") == 1)
    shown.press("j").wait_for("application/octet-stream, about").press("d").wait_for("Delete beach.bin").press("y")
    shown.wait_for("1 attachment deleted").wait_for("1 file")

    def there() -> list[bytes]:
        with post.dovecot.client(post.mailbox) as client:
            client.select_folder("INBOX", readonly=True)
            found = client.fetch(client.search(), ["BODY.PEEK[]"]) if client.search() else {}
            return [data.get(b"BODY[]") or b"" for data in found.values()]  # NIL: it goes at this moment

    shown.wait_for(lambda seen: [FIELD.encode() in one for one in there()] == [True])
    (left,) = there()
    assert len(left) < 10_000 and b"tides.csv" in left
