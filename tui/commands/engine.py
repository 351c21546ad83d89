"""`sync` and `engine`: the back room from the command line."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.errors import CorreioError, NetworkError, from_json
from core.settings import Account
from core.store import outbox
from tui.commands.back_room import back_room, sender
from tui.commands.session import Session, changes_waiting, error_json, progress
from tui.sentences import state_words
from tui.translation import _, ngettext

if TYPE_CHECKING:
    import logging

    from accounts.engine.client import EngineClient
    from accounts.engine.lock import EngineLock

LEAVE_WITH = "CORREIO_LEAVE_WITH"
"""In the environment: the process with which the engine is to end."""
BEHIND = 5
"""How far the engine, and what it starts, stands behind the screen where the processor is wanted by both."""
LEAVE = 10.0
"""Seconds for the engine to end."""
SETTLES = 2.0
"""Seconds after which an engine that holds the lock, but cannot be reached, is neither just starting nor just ending."""


def run_sync(session: Session, arguments: argparse.Namespace) -> int:
    """`correio sync`: by the running engine, else in this process."""
    settings = session.settings
    chosen = [settings.account(name) for name in arguments.account] or _all_to_sync(session)
    with back_room(session) as client:
        if client is None:
            results = _sync_here(session, chosen)
        else:
            results = client.ask("sync", accounts=[account.id for account in chosen])
    names = {account.id: account.name for account in settings.accounts}
    status = 0
    rows = []
    for result in results:
        error = from_json(result["error"]) if result["error"] else None
        status = max(status, error.exit_status if error else 0)
        rows.append({**result, "account": names.get(result["account"], result["account"]), "error": error_json(error)})
        if error is not None:
            print(f"correio: {rows[-1]['account']}: {rows[-1]['error']}", file=sys.stderr)
    session.show(rows, _("{account}: {new} new, {changed} changed, {removed} removed, {sent} sent, {seconds:.1f} s"))
    return status


def _all_to_sync(session: Session) -> list[Account]:
    """The active accounts with a server, and those of this machine alone that have something to send."""
    from core.store import accounts

    waiting = {row.account for row in outbox.open_rows(session.db)}
    return [
        account
        for account in session.settings.accounts
        if account.active and (account.kind != "local" or accounts.row_of(session.db, account.id, local=True) in waiting)
    ]


def _sync_here(session: Session, chosen: list[Account]) -> list[dict[str, Any]]:
    from core.store import accounts
    from core.store.turns import Others

    session.db.watched = Others(session.db)
    results = []
    # Of what sends nothing is loaded where there is nothing to send.
    post = sender(session) if outbox.rows(session.db) or outbox.unfiled(session.db) else None
    outbox.hurry(session.db)
    for account in chosen:
        started = time.monotonic()
        row = accounts.row_of(session.db, account.id, local=account.is_kept_here)
        sent = post.send_due(session.db, row) if post is not None else None
        result: dict[str, Any] = {"account": account.id, "new": 0, "changed": 0, "removed": 0, "bytes": 0}
        error = _pass(session, account, row, result) or (sent.errors.get(row) if sent is not None else None)
        result |= {"sent": sent.accepted[row] if sent is not None else 0, "seconds": time.monotonic() - started}
        results.append({**result, "error": error.as_json() if error else None})
    _cross(session, [account for account, result in zip(chosen, results, strict=True) if result["error"] is None])
    session.wiring.follow(session.db)
    return results


def _cross(session: Session, chosen: list[Account]) -> None:
    """Moves between accounts need each of them again."""
    from core.store import accounts, journal

    rows = {accounts.row_of(session.db, account.id): account for account in chosen if account.kind != "local"}
    while followed := {row for _id, row in journal.followed(session.db) if row in rows}:
        for row in followed:
            incoming = session.wiring.incoming(rows[row], session.db, row, lambda p: None)
            try:
                incoming.open()
                if not incoming.replay():
                    return
            except CorreioError:
                return  # it waits in the journal for the next pass
            finally:
                incoming.close()


def _pass(session: Session, account: Account, row: int, result: dict[str, Any]) -> CorreioError | None:
    """One pass over an account; the result's numbers are filled in, an error is noted and given back."""
    from msgspec import structs

    from accounts.engine.worker import state_of
    from core.pass_end import end_pass
    from core.store import accounts

    if account.kind == "local" or account.incoming is None:
        return None
    if session.settings.is_offline(account):
        return NetworkError("offline-chosen", server="")
    incoming = session.wiring.incoming(account, session.db, row, lambda p: progress(p.done, p.total, p.what))
    try:
        incoming.open()
        result.update(structs.asdict(incoming.sync()))
    except CorreioError as error:
        accounts.set_state(session.db, row, state_of(error), error)
        return error
    finally:
        incoming.close()
    end_pass(session.db)
    accounts.set_state(session.db, row, "")
    return None


def run_engine(session: Session, arguments: argparse.Namespace) -> int:
    """`correio engine run|start|stop|status|unit`."""
    if arguments.verb == "unit":
        return _unit(session, install=arguments.install)
    return {"run": _run, "start": _start, "stop": _stop, "status": _status}[arguments.verb](session)


def _unit(session: Session, *, install: bool) -> int:
    """`correio engine unit`: the systemd unit of the user, printed or put where systemd looks for it."""
    from tui.systemd_unit import place, unit

    text = unit(session.home)
    if not install:
        session.tell({"unit": text}, "") if session.json else print(text, end="")
        return 0
    target = place()
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, encoding="utf-8")
    words = _("Written: {file}. Then: systemctl --user enable --now correio, and loginctl enable-linger to stay after log-out.")
    session.tell({"file": str(target)}, words.format(file=target))
    return 0


def _run(session: Session) -> int:
    from accounts.engine.engine import Engine
    from core import heap

    session.home.make()
    os.umask(0o077)
    _stand_behind()
    _log_to(session)
    heap.share()
    engine = Engine(session.home, session.wiring.means())
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: engine.leave())
    if owner := os.environ.get(LEAVE_WITH, ""):
        threading.Thread(target=_leave_with, args=(int(owner), engine.leave), name="owner", daemon=True).start()
    engine.run()
    return 0


def _stand_behind() -> None:
    """Leave the processor to the screen where both want it.

    Most kernels of Linux share it among sessions first, whatever is nice in them (sched(7), "The autogroup feature"): ours too.
    """
    os.nice(BEHIND)
    if os.getsid(0) == os.getpid():
        with suppress(OSError):
            Path("/proc/self/autogroup").write_text(str(BEHIND))


def _leave_with(owner: int, leave: Callable[[], None]) -> None:
    """Leave when the process `owner` has gone: the demo's engine must not outlive the demo, however that ends."""
    while True:
        try:
            os.kill(owner, 0)
        except ProcessLookupError:
            leave()
            return
        time.sleep(2.0)


def log_into(folder: Path, most: int = 1_000_000) -> logging.Handler:
    """The engine's log in a folder: rotated after so many bytes, three kept besides; no secrets."""
    import logging.handlers

    from core.redaction import RedactingFormatter

    handler = logging.handlers.RotatingFileHandler(folder / "engine.log", maxBytes=most, backupCount=3)
    handler.setFormatter(RedactingFormatter("%(asctime)s %(name)s %(levelname)s %(message)s"))
    return handler


def _log_to(session: Session) -> None:
    """What the engine notes: nothing below INFO, no library's chatter."""
    import logging

    logging.raiseExceptions = False  # a log that cannot be written (the disk is full) stops nothing
    handler = log_into(session.home.logs)
    for room in ("accounts", "core", "tui", "crypto"):
        logging.getLogger(room).addHandler(handler)
        logging.getLogger(room).setLevel(logging.INFO)
        logging.getLogger(room).propagate = False


def _start(session: Session) -> int:
    client = session.wiring.start_engine()
    words = _("The engine runs (process {pid}). To keep it after you log out: loginctl enable-linger.")
    session.tell({"pid": client.pid}, words.format(pid=client.pid))
    client.close()
    return 0


def _stop(session: Session) -> int:
    ended = end_engine(session)
    session.tell({"stopped": ended}, _("The engine has ended.") if ended else _("No engine runs."))
    return 0


def end_engine(session: Session) -> bool:
    """Ask the engine to leave and wait until it has; False when none runs. CorreioError `engine-not-stopping`."""
    from accounts.engine.lock import EngineLock

    lock = EngineLock(session.home.lock)
    pid = lock.holder()
    limit = time.monotonic() + LEAVE
    try:
        client = _reached(session, lock, limit)
        if client is None:
            return False
    except CorreioError as error:
        if error.id != "engine-other-version":  # that one was asked to leave in the greeting
            raise
    else:
        client.tell("leave")
        client.close()
    while lock.holder() is not None:
        if time.monotonic() > limit:
            raise CorreioError("engine-not-stopping", pid=pid)
        time.sleep(0.02)
    return True


def _reached(session: Session, lock: EngineLock, limit: float) -> EngineClient | None:
    """The engine, or None where none runs. NetworkError `engine-unreachable` where one still holds the lock at `limit`, by the
    steady clock: it may be just starting, or ending."""
    while (client := session.engine()) is None and (unreachable := lock.unreachable()) is not None:
        if time.monotonic() > limit:
            raise unreachable
        time.sleep(0.05)
    return client


def _status(session: Session) -> int:
    from accounts.engine.lock import EngineLock

    client = _reached(session, EngineLock(session.home.lock), time.monotonic() + SETTLES)
    if client is None:
        session.tell({"running": False}, _("No engine runs."))
        return 3
    status = client.ask("status", timeout=10)
    client.close()
    names = {account.id: account.name for account in session.settings.accounts}
    status["accounts"] = {
        names.get(uid, uid): {**state, "error": error_json(state.get("error")), "offline": uid in _resting(session)}
        for uid, state in status["accounts"].items()
    }
    if session.json:
        session.tell({"running": True, **status}, "")
        return 0
    n = status["waiting"]
    waiting = ngettext("{n} change waits", "{n} changes wait", n).format(n=f"{n:,}")
    print(_("The engine runs (process {pid}); {waiting}.").format(pid=status["pid"], waiting=waiting))
    for name, state in status["accounts"].items():
        words = _("offline by choice") if state["offline"] else state_words(state["state"]) or _("well")
        print("  " + ", ".join(filter(None, (f"{name}: {words}", changes_waiting(state["pending"])))))
        if state["error"] and not state["offline"]:
            print(f"    {state['error']}")
    return 0


def _resting(session: Session) -> set[str]:
    """The ids of the accounts that are offline by choice."""
    return {account.id for account in session.settings.accounts if session.settings.is_offline(account)}


def run_line(session: Session, arguments: argparse.Namespace) -> int:
    """`correio offline` and `correio online`: of all accounts, or of those named; both are kept."""
    offline = arguments.command == "offline"
    chosen = [session.settings.account(name) for name in arguments.account]
    session.wiring.go_offline(offline, [account.id for account in chosen])
    session.hurry("reload")
    if not offline:
        outbox.hurry(session.db, outbox.LINE)
        session.hurry()
    names = ", ".join(account.name for account in chosen)
    words = _("Offline: {names}. Changes and mails wait.") if offline else _("Online: {names}.")
    session.tell({"offline": offline, "accounts": [one.name for one in chosen]}, words.format(names=names or _("all accounts")))
    return 0
