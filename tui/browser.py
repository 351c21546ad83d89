"""The program that opens links and HTML: chosen by setting or by what the desktop has, run by argv, never by a shell."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import threading
from contextlib import AbstractContextManager
from pathlib import Path

from tui.piping import not_run

OF_TERMINAL = ("w3m", "elinks", "lynx", "links2", "links", "cha", "chawan", "browsh", "carbonyl")
IN_TERMINAL = frozenset(OF_TERMINAL)
"""Browsers that need the terminal to themselves."""
OF_DESKTOP = ("xdg-open", "wslview", "sensible-browser", "x-www-browser", "gnome-www-browser", "firefox", "chromium")
"""What opens a page where there is a display, the one that knows best what its user likes first."""


def browser_command(setting: str) -> list[str]:
    """The words of the command: the setting, else $BROWSER, else what the desktop has; without a display, as over SSH, a
    browser in the terminal; none where there is none."""
    if setting.strip():
        return shlex.split(setting)
    for one in os.environ.get("BROWSER", "").split(os.pathsep):
        try:
            words = shlex.split(one)
        except ValueError:
            continue
        if words and shutil.which(words[0]):
            return words
    if sys.platform == "darwin":
        return ["open"]
    shown = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    known = next((one for one in (*(OF_DESKTOP if shown else ("wslview",)), *OF_TERMINAL) if shutil.which(one)), "")
    return [known] if known else []


def program_name(command: list[str]) -> str:
    """What the command is called on the screen; '' for none."""
    return Path(command[0]).name if command else ""


def open_with(command: list[str], target: str, suspended: AbstractContextManager[object]) -> None:
    """Open an address or a file's `file:` address. A word `%s` or `…=%s` of the command stands for it; else it comes last.

    A browser in the terminal has it until it ends (`suspended`); another one is not waited for. Raises CorreioError
    as `tui.piping.not_run` where it cannot be run.
    """
    # Within a longer word it could be a script's: no text from a mail gets into one.
    places = [word == "%s" or word.endswith("=%s") for word in command]
    argv = [word[:-2] + target if place else word for word, place in zip(command, places, strict=True)]
    argv += [] if any(places) else [target]
    try:
        if program_name(command) in IN_TERMINAL:
            with suspended:
                subprocess.run(argv, check=False)
            return
        process = subprocess.Popen(
            argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )
    except (OSError, ValueError) as error:
        raise not_run(argv[0], error) from error
    # Nobody waits for it, but somebody must hear that it has ended.
    threading.Thread(target=process.wait, name="browser", daemon=True).start()
