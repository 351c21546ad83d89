"""Correio as a program: its command lines and an environment that touches nothing of the person who runs the tests."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).parents[2]
_KEPT = ("PATH", "LD_LIBRARY_PATH", "VIRTUAL_ENV", "TMPDIR")


@contextlib.contextmanager
def temporary_home() -> Iterator[Path]:
    """A fresh CORREIO_HOME; everything below its parent is removed at the end, and processes that use it are ended.

    The path is short, since the sockets of gpg-agent and of the engine below it allow about 100 bytes.
    """
    top = Path(tempfile.mkdtemp(prefix="cor-", dir="/tmp"))
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
    """End the agents that gpg started for this GNUPGHOME."""
    if shutil.which("gpgconf"):
        command = ["gpgconf", "--homedir", str(folder), "--kill", "all"]
        subprocess.run(command, check=False, capture_output=True, timeout=30)


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
    return subprocess.run(
        correio(*args),
        input=stdin or b"",
        capture_output=True,
        env=environment(home, **(env or {})),
        timeout=timeout,
        cwd=home.parent,
        check=False,
    )


def processes_of(home: Path) -> list[int]:
    """Process ids of everything started with this CORREIO_HOME (Linux; elsewhere none are found)."""
    wanted = b"CORREIO_HOME=" + str(home).encode()
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if wanted in (entry / "environ").read_bytes().split(b"\0"):
                found.append(int(entry.name))
    return [process for process in found if process != os.getpid()]
