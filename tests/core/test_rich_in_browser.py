"""The HTML of an outgoing mail in a real browser: its text is seen, and nothing is loaded. An optional extra."""

from __future__ import annotations

import shutil
import socketserver
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from core.draft import MARKDOWN, Draft, InlineImage, Options, Original
from core.html_quote import quoted_html
from core.rich_text import gathered, html_of
from tests.pictures import png

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
HOSTILE = (
    "<link rel=stylesheet href=http://tracker.example/1.css><style>@import 'http://tracker.example/2.css'</style>"
    "<img src=http://tracker.example/3.png srcset='http://tracker.example/4.png 2x'><iframe src=http://tracker.example/5></iframe>"
    "<div style='background:url(http://tracker.example/6.png)'>Their words</div><video poster=http://tracker.example/7.png></video>"
    "<body background=http://tracker.example/8.png><svg><image href=http://tracker.example/9.png></svg><input type=image "
    "src=http://tracker.example/10.png><meta http-equiv=refresh content='0;url=http://tracker.example/11'>"
    "<script>fetch('http://tracker.example/12')</script><img src=x onerror=\"fetch('http://tracker.example/13')\">"
)


@contextmanager
def proxy() -> Iterator[tuple[int, list[str]]]:
    """A proxy that answers nothing and remembers what was asked of it."""
    asked: list[str] = []

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            asked.append(self.rfile.readline().decode("latin-1"))
            self.wfile.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield int(server.server_address[1]), asked
        server.shutdown()


def shown(page: Path, folder: Path, port: int) -> str:
    """The page as the browser has it in the end."""
    assert CHROMIUM is not None
    command = [
        CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
        "--disable-background-networking", "--disable-component-update", "--disable-sync", f"--user-data-dir={folder}/profile",
        f"--proxy-server=http://127.0.0.1:{port}", "--proxy-bypass-list=<-loopback>", "--dump-dom", page.as_uri(),
    ]  # fmt: skip
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed: this test is an extra")
def test_a_browser_shows_the_text_and_loads_nothing(tmp_path: Path) -> None:
    table = "| a | b |\n|---|---|\n| 1 | 2 |"
    body = f"# Title\n\n**Bold** words [red]{{red}}\n\n{table}\n\n![far](http://tracker.example/0.png) ![logo](l.png)\n"
    image = InlineImage("l.png", "l.png", "image/png", data=png(2, 2))
    original = Original("They wrote:", "Their words", quoted_html(HOSTILE, {}))
    draft = gathered(Draft(body=body, options=Options(format=MARKDOWN), images=(image,), original=original))
    page, control = tmp_path / "page.html", tmp_path / "control.html"
    page.write_text(html_of(draft), "utf-8")
    control.write_text("<img src=http://tracker.example/control.png>", "utf-8")
    with proxy() as (port, asked):
        dom = shown(page, tmp_path, port)
        assert not [line for line in asked if "tracker.example" in line]
        shown(control, tmp_path, port)
        assert [line for line in asked if "tracker.example/control.png" in line], "what is loaded would be seen here"
    for words in (">Title</h1>", "<strong>Bold</strong>", "color:red", "<td", "Their words", "They wrote:"):
        assert words in dom, words
