"""Correio as a program: its command lines and an environment that touches nothing of the person who runs the tests."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from tests.scratch import short_folder
from tests.terminal.pty import TERMINAL, Process, begin_anew
from tests.terminal.warm import WarmStart

ROOT = Path(__file__).parents[2]
_KEPT = ("PATH", "LD_LIBRARY_PATH", "VIRTUAL_ENV", "TMPDIR")
_warm: WarmStart | None = None
_warm_screen: WarmStart | None = None


@contextlib.contextmanager
def temporary_home() -> Iterator[Path]:
    """A fresh CORREIO_HOME; everything below its parent is removed at the end, and processes that use it are ended.

    The path is short, since the sockets of gpg-agent and of the engine below it allow about 100 bytes.
    """
    top = short_folder("cor-")
    home = top / "correio"
    for name in ("correio", "user", "gnupg", "run"):
        (top / name).mkdir(mode=0o700)
    try:
        yield home
    finally:
        for process in processes_of(home):
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        end_gpg(top / "gnupg")
        shutil.rmtree(top, ignore_errors=True)


def end_gpg(folder: Path) -> None:
    """End the agents that gpg started for this GNUPGHOME; where it has never been, it has left nothing."""
    if any(folder.iterdir()) and shutil.which("gpgconf"):
        command = ["gpgconf", "--homedir", str(folder), "--kill", "all"]
        subprocess.run(command, check=False, capture_output=True, timeout=60)


def environment(home: Path, **more: str) -> dict[str, str]:
    """The environment of a program that works in `home` (from `temporary_home`) and in nobody's own folders."""
    top = home.parent
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    return {
        **kept,
        "CORREIO_HOME": str(home),
        "HOME": str(top / "user"),
        "XDG_CONFIG_HOME": str(top / "user" / ".config"),
        "XDG_STATE_HOME": str(top / "user" / ".local" / "state"),
        "XDG_DATA_HOME": str(top / "user" / ".local" / "share"),
        "XDG_CACHE_HOME": str(top / "user" / ".cache"),
        "XDG_RUNTIME_DIR": str(top / "run"),
        "GNUPGHOME": str(top / "gnupg"),
        "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
        "PYTHONPATH": str(ROOT),
        "LANG": "C.UTF-8",
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
        "EDITOR": "false",
        **more,
    }


def correio(*args: str) -> list[str]:
    """The command line of Correio in this checkout."""
    return [sys.executable, "-P", str(ROOT / "tui" / "entry.py"), *args]


def run_correio(
    args: list[str] | tuple[str, ...],
    home: Path,
    stdin: str | bytes | None = None,
    timeout: float = 60,
    env: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run a command of Correio to its end; text comes back decoded as UTF-8.

    Without `stdin` it is empty. Raises TimeoutExpired, also when a child that stays behind holds the output open.
    """
    given = stdin.encode() if isinstance(stdin, str) else stdin
    done = run_correio_bytes(args, home, given, timeout, env)
    out, err = (stream.decode("utf-8", "replace") for stream in (done.stdout, done.stderr))
    return subprocess.CompletedProcess(done.args, done.returncode, out, err)


def run_correio_bytes(
    args: list[str] | tuple[str, ...],
    home: Path,
    stdin: bytes | None = None,
    timeout: float = 60,
    env: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[bytes]:
    """As `run_correio`, with the bytes as they are, e.g. of `show --raw`."""
    told = environment(home, **(env or {}))
    if _warm is not None and _warm.fits(told):
        return _warm.run(args, stdin or b"", timeout, home.parent, told)
    return subprocess.run(
        correio(*args), input=stdin or b"", capture_output=True, env=told, timeout=timeout, cwd=home.parent, check=False
    )


def begin_correio(command: list[str], slave: int, env: dict[str, str], cwd: str | None) -> Process:
    """Correio at a terminal, for `Terminal(begin=…)`: as it is started anew, but forked where `warm_start` allows."""
    start = len(correio())
    if _warm_screen is None or command[:start] != correio() or not _warm_screen.fits(env):
        return begin_anew(command, slave, env, cwd)
    return _warm_screen.begin(command[start:], [slave] * 3, cwd or "/", env, alone=True)


def begin_command(args: Sequence[str], home: Path, **env: str) -> Process:
    """A command that goes on by itself, with nothing to read; what it says goes nowhere."""
    told = environment(home, **env)
    with Path(os.devnull).open("r+b") as nowhere:
        if _warm is not None and _warm.fits(told):
            return _warm.begin(args, [nowhere.fileno()] * 3, str(home.parent), told, alone=False)
        return subprocess.Popen(
            correio(*args), env=told, cwd=home.parent, start_new_session=True, stdin=nowhere, stdout=nowhere, stderr=nowhere
        )


@contextlib.contextmanager
def warm_start() -> Iterator[None]:
    """For this long, commands are forked from a process that has Correio loaded (see `tests.terminal.nursery`).

    CORREIO_COLD_START=1 in the environment has every command start from nothing all the same.
    """
    global _warm, _warm_screen
    if os.environ.get("CORREIO_COLD_START") == "1":
        yield
        return
    with temporary_home() as nowhere, contextlib.ExitStack() as running:
        _warm, _warm_screen = (
            running.enter_context(contextlib.closing(WarmStart(environment(nowhere, **more), screen=bool(more))))
            for more in ({}, TERMINAL)
        )
        try:
            yield
        finally:
            _warm = _warm_screen = None


def processes_of(home: Path) -> list[int]:
    """Process ids of everything started with this CORREIO_HOME (Linux; elsewhere none are found)."""
    wanted = b"CORREIO_HOME=" + str(home).encode()
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if wanted in (entry / "environ").read_bytes().split(b"\0"):
                found.append(int(entry.name))
    for warm in (_warm, _warm_screen):
        found += warm.processes_of(home) if warm is not None else []
    return [process for process in found if process != os.getpid()]
