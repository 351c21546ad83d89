"""Whether a shell waits that can bring the program back once it is stopped (POSIX.1-2017, 2.4.3 and XBD 3.246, orphaned groups).

A program that was started instead of a shell (`xterm -e correio`, `ssh -t host correio`, `tmux new-session correio`) would never
be seen again: whoever started it sits in another session, or does not look after stopped programs.
"""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

PATIENCE = 2.0
"""Seconds for `ps`, where there is no /proc."""


def shell_waits(terminal: int) -> bool:
    """Whether somebody with job control looks after this program, which has the terminal (a file descriptor).

    The programs above it in its process group (`sh` with a script) stop with it. The one above them is the shell: in the
    same session, with a group of its own.
    """
    if not in_foreground(terminal):
        return False
    group, session, process = os.getpgrp(), os.getsid(0), os.getpid()
    while True:
        process = os.getppid() if process == os.getpid() else _parent_of(process)
        if process <= 0:
            return False  # the first of a container
        try:
            if os.getsid(process) != session:
                return False
            if os.getpgid(process) != group:
                return True
        except OSError:
            return False  # it has ended, or another session's are nobody's business (macOS)
        if _never_stops(process):
            return False


def in_foreground(terminal: int) -> bool:
    """Whether what is typed at the terminal is for us; False where it has gone."""
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    except OSError:
        return False


def _parent_of(process: int) -> int:
    """The parent's process id, 0 where it cannot be known."""
    try:
        state = Path(f"/proc/{process}/stat").read_text(encoding="utf-8", errors="replace")
        return int(state.rpartition(")")[2].split()[1])
    except OSError:
        words = ("ps", "-o", "ppid=", "-p", str(process))
    try:
        said = subprocess.run(words, capture_output=True, text=True, timeout=PATIENCE, check=False).stdout
    except (OSError, subprocess.TimeoutExpired):
        return 0
    return int(said) if said.strip().isdecimal() else 0


def _never_stops(process: int) -> bool:
    """Whether it is known to ignore that its group is stopped, as a shell does whose job control was turned off."""
    try:
        lines = Path(f"/proc/{process}/status").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return False
    ignored = next((line.split()[1] for line in lines if line.startswith("SigIgn:")), "0")
    return bool(int(ignored, 16) >> (signal.SIGTSTP - 1) & 1)
