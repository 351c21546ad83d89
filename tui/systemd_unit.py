"""The systemd unit with which the engine of a user is started at log-in and again when it fails."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from core.paths import Home
from tui.wiring import program

_UNIT = """\
[Unit]
Description=Correio: collects, sends and files mail while no screen is open
Documentation=man:correio(1)

[Service]
Type=simple
ExecStart={command}
{environment}UMask=0077
Restart=on-failure
RestartSec=30
TimeoutStopSec=10

[Install]
WantedBy=default.target
"""


def unit(home: Home, environ: Mapping[str, str] = os.environ) -> str:
    """The text of `correio.service` for this installation and this home."""
    command = " ".join(_quoted(word) for word in (*program(), "engine", "run"))
    environment = f"Environment={_quoted(f'CORREIO_HOME={home.state.parent}')}\n" if environ.get("CORREIO_HOME") else ""
    return _UNIT.format(command=command, environment=environment)


def place(environ: Mapping[str, str] = os.environ) -> Path:
    """Where systemd looks for the units of the user."""
    config = Path(environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    return config / "systemd" / "user" / "correio.service"


def _quoted(word: str) -> str:
    """A word of a unit's command line (systemd.service, "COMMAND LINES")."""
    plain = word.replace("%", "%%").replace("$", "$$")
    if not any(c in plain for c in " \t\"'\\;"):
        return plain
    escaped = plain.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
