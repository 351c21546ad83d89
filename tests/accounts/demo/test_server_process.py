"""The demo's servers as a process: one line, clean ends, nothing left behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from imapclient import IMAPClient

import accounts.demo
from accounts.demo.server_process import start_demo
from core.errors import NetworkError

ROOT = Path(accounts.demo.__file__).parents[2]


def test_starts_serves_and_stops(tmp_path: Path) -> None:
    with start_demo(tmp_path) as servers:
        assert servers.home == tmp_path
        client = IMAPClient(servers.imap_host, servers.imap_port, ssl=False, timeout=60)
        client.login(servers.user, servers.password)
        assert client.select_folder("INBOX")[b"EXISTS"] > 20
    assert servers.process.returncode == 0
    servers.stop()


def test_ends_when_its_parent_is_gone(tmp_path: Path) -> None:
    servers = start_demo(tmp_path)
    assert servers.process.stdin
    servers.process.stdin.close()
    assert servers.process.wait(timeout=60) == 0
    servers.stop()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_headless_line_and_signals(number: int) -> None:
    command = [sys.executable, "-P", "-m", "accounts.demo"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, env=environment)
    assert process.stdout
    told = json.loads(process.stdout.readline())
    assert set(told) == {"imap", "smtp", "user", "password", "home"}
    assert set(told["imap"]) == set(told["smtp"]) == {"host", "port", "security"}
    assert told["imap"]["security"] == "none"
    home = Path(told["home"])
    assert home.is_dir(), "without --home it makes one"
    process.send_signal(number)
    assert process.wait(timeout=60) == 0
    assert process.stdout.read() == b""
    assert not home.exists()


def test_a_foreign_package_is_not_picked_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "accounts").mkdir()
    (tmp_path / "accounts" / "__init__.py").write_text("raise SystemExit('the wrong accounts')")
    (tmp_path / "core").mkdir()
    (tmp_path / "core" / "__init__.py").write_text("raise SystemExit('the wrong core')")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with start_demo(tmp_path) as servers:
        assert servers.process.poll() is None


def test_failure_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / "python"
    broken.write_text("#!/bin/sh\necho 'no such module' >&2\nexit 1\n")
    broken.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(broken))
    with pytest.raises(NetworkError) as failed:
        start_demo(tmp_path)
    assert failed.value.values["answer"] == "no such module"
