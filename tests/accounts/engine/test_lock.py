"""Who works: one at a time, found by everybody."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from accounts.engine.lock import EngineLock
from core.errors import CorreioError
from tests.terminal.program import ROOT

HOLD = """
import sys
from pathlib import Path
from accounts.engine.lock import EngineLock
lock = EngineLock(Path(sys.argv[1]), Path("/run/x.sock"))
lock.acquire()
print("held", flush=True)
sys.stdin.read()
"""


def test_one_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "state" / "engine.lock"
    assert EngineLock(path).holder() is None
    with EngineLock(path) as lock:
        assert EngineLock(path).holder() == os.getpid()
        with pytest.raises(CorreioError) as caught:
            EngineLock(path).acquire()
        assert (caught.value.id, caught.value.values["pid"]) == ("engine-running", os.getpid())
        assert lock.path.stat().st_mode & 0o777 == 0o600
    assert EngineLock(path).holder() is None
    with EngineLock(path):
        assert EngineLock(path).holder() == os.getpid()


def test_it_says_where_the_holder_listens(tmp_path: Path) -> None:
    path = tmp_path / "engine.lock"
    assert EngineLock(path).socket() is None
    odd = tmp_path / "with blank and é.sock"
    with EngineLock(path, odd):
        assert EngineLock(path).socket() == odd
    with EngineLock(path):
        assert EngineLock(path).socket() is None


def test_a_killed_holder_holds_nothing(tmp_path: Path) -> None:
    path = tmp_path / "engine.lock"
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(path)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"held\n"
    assert EngineLock(path).holder() == process.pid
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert EngineLock(path).holder() is None
    with EngineLock(path):
        assert EngineLock(path).holder() == os.getpid()


def test_looking_does_not_take_it(tmp_path: Path) -> None:
    """Many who only look: whoever wants the lock still gets it."""
    path = tmp_path / "engine.lock"
    script = "\nwhile True: EngineLock(Path(sys.argv[1])).holder()"
    script = "import sys\nfrom pathlib import Path\nfrom accounts.engine.lock import EngineLock\nprint('on', flush=True)" + script
    path.touch()
    looker = subprocess.Popen([sys.executable, "-c", script, str(path)], cwd=ROOT, stdout=subprocess.PIPE)
    assert looker.stdout is not None
    assert looker.stdout.readline() == b"on\n"
    try:
        for _ in range(50):
            with EngineLock(path):
                pass
    finally:
        looker.kill()
        looker.communicate()


@pytest.mark.parametrize("text", [b"", b"\xff\xfe", b"not a number\n", b"12", b"\n\n"])
def test_nonsense_in_the_file_is_no_holder_of_interest(tmp_path: Path, text: bytes) -> None:
    path = tmp_path / "engine.lock"
    with EngineLock(path):
        path.write_bytes(text)
        assert EngineLock(path).holder() in (0, 12)
        assert EngineLock(path).socket() is None
