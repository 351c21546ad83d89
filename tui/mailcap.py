"""Which program opens a file: the user's mailcap (RFC 1524), read without any shell.

A command is split into words as a shell would split it, and its `%s` becomes one argument: a path of ours, whatever the
file was called by its sender. Entries that need a shell (pipes, `$(…)`, `;`) are passed over.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from core.part import Part

_SHELL = re.compile(r"[|&;<>`$(){}*?\n]")
_TEST = re.compile(r'^(?:test|\[)\s+(?:(-n|-z)\s+)?"?\$\{?([A-Za-z_][A-Za-z0-9_]*)\}?"?\s*\]?$')
_PARAMETER = re.compile(r"%\{([^}]*)\}")
_TEMPLATE = re.compile(r"[A-Za-z0-9_.-]*%s[A-Za-z0-9_.-]*")
_SAFE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+/-]*")
_MOST = 1_000_000
"""Bytes of a mailcap file that are read."""


class Entry(Struct, frozen=True):
    """One line of a mailcap."""

    type: str
    """`text/html`, `image/*`."""
    command: str
    fields: Mapping[str, str]
    """The other fields, names in lower case; flags have the value ''."""


class Command(Struct, frozen=True):
    """How a file is opened."""

    argv: tuple[str, ...]
    """`%s` stands for the file where it is a whole word or part of one; else it comes last."""
    terminal: bool = False
    """It wants the terminal for itself."""
    template: str = ""
    """What the file has to be called, with `%s` in it."""
    pages: bool = False
    """It writes what is to be read, page by page (`copiousoutput`)."""

    def with_file(self, path: Path) -> list[str]:
        """The argument vector for a file."""
        if any("%s" in word for word in self.argv[1:]):
            return [self.argv[0], *(word.replace("%s", str(path)) for word in self.argv[1:])]
        return [*self.argv, str(path)]


def read_mailcap(text: str) -> list[Entry]:
    """The entries of a mailcap file; what is none is passed over."""
    found = []
    for line in re.sub(r"\\\n", "", text[:_MOST]).splitlines():
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        parts = [part.strip().replace("\\;", ";") for part in re.split(r"(?<!\\);", line)]
        if len(parts) < 2 or not parts[0] or not parts[1]:
            continue
        fields = {}
        for part in parts[2:]:
            name, _, value = part.partition("=")
            fields[name.strip().lower()] = value.strip()
        kind = parts[0].lower()
        found.append(Entry(kind if "/" in kind else f"{kind}/*", parts[1], fields))
    return found


def mailcap_files(environ: Mapping[str, str]) -> list[Path]:
    """Where mailcap files are, the user's own first."""
    if listed := environ.get("MAILCAPS"):
        return [Path(one) for one in listed.split(":") if one]
    home = Path(environ.get("HOME") or "~").expanduser()
    return [home / ".mailcap", *map(Path, ("/etc/mailcap", "/usr/etc/mailcap", "/usr/local/etc/mailcap"))]


def find_command(part: Part, entries: Iterable[Entry], environ: Mapping[str, str]) -> Command | None:
    """The first entry that fits the type and can be run here."""
    main = part.type.partition("/")[0]
    for entry in entries:
        if entry.type not in (part.type, f"{main}/*"):
            continue
        if not _holds(entry.fields.get("test"), environ):
            continue
        command = _command(entry, part)
        if command is not None and shutil.which(command.argv[0], path=environ.get("PATH")) is not None:
            return command
    return None


def _holds(test: str | None, environ: Mapping[str, str]) -> bool:
    """Whether the condition of an entry holds: only those on variables are understood, programs are not run for it."""
    if not test:
        return True
    found = _TEST.match(test.strip())
    if found is None:
        return False
    return bool(environ.get(found[2])) != (found[1] == "-z")


def _command(entry: Entry, part: Part) -> Command | None:
    if _SHELL.search(_PARAMETER.sub("", entry.command)):
        return None

    def parameter(match: re.Match[str]) -> str:
        # Only what cannot be taken for an option or anything else: the value comes from the mail.
        value = part.params.get(match[1].lower(), "")
        return value if _SAFE.fullmatch(value) else "us-ascii" if match[1].lower() == "charset" else ""

    try:
        words = shlex.split(entry.command)
    except ValueError:
        return None
    argv = [_PARAMETER.sub(parameter, word) for word in words]
    argv = [word.replace("%t", part.type if _SAFE.fullmatch(part.type) else "application/octet-stream") for word in argv]
    if not argv or "%s" in argv[0] or any(re.search(r"%[nF]", word) for word in argv):
        return None
    terminal = "needsterminal" in entry.fields
    template = entry.fields.get("nametemplate", "")
    pages = "copiousoutput" in entry.fields and not terminal
    return Command(tuple(argv), terminal, template if _TEMPLATE.fullmatch(template) else "", pages)


def desktop_command(environ: Mapping[str, str], platform: str = sys.platform) -> Command | None:
    """What opens files as the desktop does, where there is a desktop."""
    if platform == "darwin":
        return Command(("open",))
    if not (environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY") or environ.get("WSL_DISTRO_NAME")):
        return None
    for argv in (("xdg-open",), ("gio", "open"), ("wslview",)):
        if shutil.which(argv[0], path=environ.get("PATH")):
            return Command(argv)
    return None


def opener_for(part: Part, setting: str, environ: Mapping[str, str] = os.environ) -> Command | None:
    """How a file is opened: the command of the setting, the user's own mailcap, the desktop, the system's mailcap."""
    if setting:
        try:
            words = shlex.split(setting)
        except ValueError:
            words = []
        return Command(tuple(words)) if words else None
    own, *others = mailcap_files(environ)
    found = find_command(part, _entries([own] if "MAILCAPS" not in environ else [own, *others]), environ)
    return found or desktop_command(environ) or find_command(part, _entries(others), environ)


def passed_over(part: Part, environ: Mapping[str, str] = os.environ) -> bool:
    """Whether a mailcap has something for the type, though nothing that is run here (`find_command`)."""
    main = part.type.partition("/")[0]
    return any(entry.type in (part.type, f"{main}/*") for entry in _entries(mailcap_files(environ)))


def _entries(paths: Sequence[Path]) -> list[Entry]:
    found: list[Entry] = []
    for path in paths:
        try:
            with path.open("rb") as file:
                found += read_mailcap(file.read(_MOST).decode("utf-8", "replace"))
        except OSError:
            continue
    return found
