"""A password in a real keyring (GNOME's, on a D-Bus of its own), from the command line."""

from __future__ import annotations

import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.terminal.program import correio, environment

PASSWORD = "amseldrossel-41c9"
MISSING = [name for name in ("dbus-run-session", "gnome-keyring-daemon", "secret-tool") if shutil.which(name) is None]
ADD = (
    "account", "add", "--name", "work", "--email", "ana@work.example", "--store", "keyring", "--password-stdin", "--no-test",
    "--yes", "--in-host", "127.0.0.1", "--in-port", "1", "--out-host", "127.0.0.1", "--out-port", "1",
)  # fmt: skip

pytestmark = pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)}")


def test_a_password_is_kept_and_goes_with_its_account(correio_home: Path) -> None:
    add, remove = (shlex.join(correio(*words)) for words in (ADD, ("account", "remove", "work", "--yes")))
    look = "secret-tool search --all service correio 2>&1"
    script = f"""set -e
        printf ring | gnome-keyring-daemon --unlock --components=secrets > /dev/null
        printf {PASSWORD} | {add}
        echo == kept; {look}
        {remove}
        echo == removed; {look}"""
    env = environment(correio_home)
    del env["PYTHON_KEYRING_BACKEND"]
    for folder in ("HOME", "XDG_DATA_HOME", "XDG_RUNTIME_DIR"):
        Path(env[folder]).mkdir(mode=0o700, parents=True, exist_ok=True)
    done = subprocess.run(
        ["dbus-run-session", "--", "bash", "-c", script], env=env, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    added, kept, removed = done.stdout.replace("== removed", "== kept").split("== kept")
    assert PASSWORD not in added and f"secret = {PASSWORD}" in kept and PASSWORD not in removed
    top = correio_home.parent
    assert [path for path in top.rglob("*") if path.is_file() and PASSWORD.encode() in path.read_bytes()] == []
