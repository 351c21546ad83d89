"""What commands print where a person looks on: each step once."""

from __future__ import annotations

from pathlib import Path

from tests.terminal.program import ROOT, correio, environment
from tests.terminal.pty import Pty


def test_each_step_of_a_test_is_told_once(correio_home: Path) -> None:
    servers = ["--in-host", "127.0.0.1", "--in-port", "1", "--out-host", "127.0.0.1", "--out-port", "1"]
    words = ["account", "add", "--email", "me@example.org", "--name", "away", "--password-command", "echo secret", *servers]
    with Pty(correio(*words), environment(correio_home), columns=140, rows=40, cwd=str(ROOT)) as terminal:
        assert terminal.wait_exit() == 5
        lines = bytes(terminal.raw).decode().splitlines()
    steps = [line.partition(": ")[2].rpartition(": ")[0] for line in lines if line.startswith(("IMAP: ", "SMTP: "))]
    assert "looking up 127.0.0.1:1" in steps and len(lines) == 14
    kinds = [(line[:4], line.split(": ")[1]) for line in lines[:13]]
    assert len(set(kinds)) == 13
