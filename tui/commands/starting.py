"""`correio` itself and `correio demo`: the screen. Only here, and late, is Textual loaded."""

from __future__ import annotations

import gc
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import UsageError
from core.paths import find_home
from tui.commands.session import Session

if TYPE_CHECKING:
    import argparse

    from accounts.demo.server_process import DemoServers
    from core.draft import Draft


def screen(session: Session, arguments: argparse.Namespace) -> int:
    """`correio`: the screen; the welcome screen when there is no account."""
    return open_screen(session)


def open_screen(session: Session, *, compose: Draft | None = None) -> int:
    """Run the screen until it is left. UsageError `no-terminal` where there is none."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError("no-terminal")
    if os.environ.get("SSH_CONNECTION"):
        os.environ.setdefault("ESCDELAY", "500")  # an ESC sequence split over a slow line is still one key
    gc.disable()  # nothing that is loaded is garbage; the application turns it on again when it has painted
    session.home.make()
    session.close()
    from tui.app import Correio

    app = Correio(session.wiring, compose=compose)
    app.run(mouse=app.desk.settings.ui.mouse)
    if app.demo_wanted:
        return demo(headless=False)
    return app.return_code or 0


def run_demo(session: Session, arguments: argparse.Namespace) -> int:
    """`correio demo`."""
    return demo(headless=arguments.headless)


def demo(*, headless: bool) -> int:
    """The demo: everything in a temporary home, which is gone afterwards."""
    import tempfile

    from accounts.demo.server_process import start_demo
    from tui.demo_account import as_line

    with tempfile.TemporaryDirectory(prefix="correio-demo-", ignore_cleanup_errors=True) as folder:
        home = Path(folder)
        servers = start_demo(home)
        try:
            if headless:
                print(as_line(servers), flush=True)
                _until_told()
                return 0
            return _demo_screen(home, servers)
        finally:
            servers.stop()


def _demo_screen(home: Path, servers: DemoServers) -> int:
    from accounts.engine.lock import EngineLock
    from tui.demo_account import set_up

    demo = Session(find_home({**os.environ, "CORREIO_HOME": str(home)}))
    os.environ["CORREIO_HOME"] = str(home)  # the engine is started from here too
    os.environ["CORREIO_LEAVE_WITH"] = str(os.getpid())
    demo.home.make()
    set_up(demo.wiring, servers)
    try:
        return open_screen(demo)
    finally:
        client = demo.engine()
        if client is not None:
            client.tell("leave")
            pid = EngineLock(demo.home.lock).holder()
            _wait_for_end(demo, pid)


def _wait_for_end(demo: Session, pid: int | None) -> None:
    """Give the engine two seconds to end by itself, then end it: its home is about to go."""
    import threading

    from accounts.engine.lock import EngineLock

    gone = threading.Event()
    for _n in range(100):
        if EngineLock(demo.home.lock).holder() is None:
            return
        gone.wait(0.02)
    if pid:
        os.kill(pid, signal.SIGKILL)


def _until_told() -> None:
    """Wait for SIGTERM or Ctrl-C."""
    import threading

    told = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: told.set())
    told.wait()
