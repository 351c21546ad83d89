"""A whole reading session with every connection and every program looked at: none that was not asked for."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import pytest
from msgspec.structs import replace

from core.paths import find_home
from core.settings.file import save
from tests.pictures import stripes
from tests.servers.post import Post
from tests.terminal.program import correio, environment, run_correio
from tests.terminal.terminal import Terminal
from tests.tui.office import mail

pytestmark = [pytest.mark.server, pytest.mark.terminal]
PAGE = """<html><head><link rel=stylesheet href="https://css.example/a.css"><style>@import "https://css.example/b.css";
</style></head><body background="https://img.example/ground.png"><h1>Sea letter</h1>
<img src="https://img.example/boat.png" width=600 alt="A boat"><img src="http://t.example/o.gif" width=1 height=1>
<iframe src="https://frame.example/"></iframe><img src="cid:pic@x" alt="Stripes"><script src="https://js.example/a.js"></script>
<object data="https://o.example/"></object><video src="https://v.example/" autoplay></video>
<p>Read <a href="https://www.example.net/more">more</a>, <a href="https://evil.test/">https://bank.example/</a></p></body>"""
CONNECT = re.compile(r"connect\(\d+, \{sa_family=(AF_\w+)(.*?)\}, \d+\)")
NOWHERE = ("192.0.2.1", "2001:db8::1")
"""Addresses of nobody: the routing table is asked by them where the machine is (`accounts.engine.pause`), nothing is sent."""


def letter() -> bytes:
    """A newsletter with everything that other programs load, an image of its own and files."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "Sea <news@sea.example>", "me@example.org", "Sea letter"
    message["Message-ID"], message["Date"] = "<news@sea.example>", "Sun, 9 Jun 2019 12:00:00 +0000"
    message["List-Unsubscribe"] = "<https://lists.example/leave?u=1>"
    message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message["Disposition-Notification-To"] = "news@sea.example"
    message.set_content(PAGE, subtype="html")
    message.add_related(stripes(160, 160), "image", "png", cid="<pic@x>", filename="stripes.png")
    message.add_attachment(b"date;height\n2019-06-08;1,81\n", "text", "csv", filename="tides.csv")
    return message.as_bytes()


@pytest.fixture
def strace(tmp_path: Path) -> Iterator[list[str]]:
    """A command that watches another one; what it sees stands in `tmp_path / "seen"`."""
    watch = ["strace", "-f", "-qq", "-s", "400", "-e", "trace=connect,execve", "-o", str(tmp_path / "seen"), "--"]
    if shutil.which("strace") is None:
        pytest.skip("strace is not installed")
    if subprocess.run([*watch, "true"], check=False, capture_output=True).returncode:
        pytest.skip("strace may not watch programs here")
    yield watch


def test_nothing_is_connected_or_run_that_nobody_asked_for(
    terminal: Callable[..., Terminal], strace: list[str], post: Post, correio_home: Path, tmp_path: Path
) -> None:
    with post.dovecot.client(post.mailbox) as client:
        raws = (letter(), mail(2, "Re: Talk", parent=1, html=PAGE), mail(1, "Talk", body="One.\n"))
        for n, raw in enumerate(raws):
            client.append("INBOX", raw.replace(b"\n", b"\r\n"), msg_time=datetime(2026, 3, 9 - n, tzinfo=UTC))
    post.add_to(correio_home, keep="all")
    save(find_home(environment(correio_home)).settings_file, lambda old: replace(old, ui=replace(old.ui, theme="mono")))
    env = {"NO_COLOR": "1", "TMUX": "/tmp/none,1,0"}
    shown = terminal(command=[*strace, *correio()], cold=True, env=env, columns=100, rows=40)
    try:
        shown.wait_for("Sea letter").press("g", "g", "enter").wait_for("A boat").wait_for("remote images were not loaded")
        shown.press("I").wait_for("@" * 20).press("I").wait_gone("@" * 20)
        shown.press("v").wait_for("2 files").press("enter").wait_for("160 × 160").press("q").wait_for("2 files")
        shown.press("j", "enter").wait_for("2019-06-08").press("q").wait_for("2 files").press("q").wait_for("A boat")
        shown.press("o").wait_for("www.example.net").press("escape").wait_for("A boat")
        shown.press("q", "j", "enter").wait_for("One.").wait_for("2 messages").wait_for("evil.test").press("J")
        shown.press("q").wait_for("Talk").type("/more").press("enter").wait_for(re.compile("[12] found")).press("escape")
        shown.wait_gone("Search: more").press("q").wait_for(lambda seen: b"\x1b[?1049l" in seen.raw)
    finally:
        run_correio(["engine", "stop"], correio_home)  # strace ends with the last that it watches
    assert shown.wait_exit() == 0
    check((tmp_path / "seen").read_text("utf-8", "replace"), post, correio_home)


def check(seen: str, post: Post, home: Path) -> None:
    """Connections to the configured servers and the engine, no program but Correio's own processes."""
    servers = {("127.0.0.1", post.dovecot.ports.imap), ("127.0.0.1", post.dovecot.ports.imaps), ("127.0.0.1", post.smtp.port)}
    reached, strange = set(), []
    for family, rest in CONNECT.findall(seen):
        if family == "AF_UNIX":
            path = re.search(r'sun_path=@?"([^"]*)"', rest)
            if path is None or not (Path(path[1]).is_relative_to(home.parent) or "nscd" in path[1]):
                strange.append(rest)
            continue
        port = re.search(r"(?:sin|sin6)_port=htons\((\d+)\)", rest)
        address = re.search(r'inet_(?:addr|pton)\((?:AF_INET6, )?"([^"]+)"', rest)
        place = (address[1] if address else "", int(port[1]) if port else 0)
        if place in servers:
            reached.add(place)
        elif place[0] not in NOWHERE:
            strange.append(f"{family}{rest}")
    assert strange == []
    assert reached, "the mail came from somewhere"
    programs = re.findall(r'execve\("([^"]+)", \[(.*?)\](?:, | /\*).*= 0', seen)
    assert {Path(name).resolve() for name, _ in programs} == {Path(sys.executable).resolve()}
    kinds = [next((one for one in OWN if one in words), words) for _, words in programs]
    assert set(kinds) <= set(OWN), kinds
    assert {"core.render_worker", "core.picture_worker"} <= set(kinds), "HTML and images are read beside"


OWN = ("tui/entry.py", "core.render_worker", "core.picture_worker", "core.packing_worker", "core.calendar_worker")
