"""A Secret shows itself to nobody who does not ask for it by name."""

from __future__ import annotations

import copy
import json
import os
import pickle
import signal
import subprocess
import sys
import traceback
from pathlib import Path

import pytest

import core.secret
from core.secret import Secret

WORD = "correct horse"


def test_it_is_hidden_in_every_text_made_of_it() -> None:
    secret = Secret(WORD)
    texts = [repr(secret), str(secret), f"{secret}", f"{secret:>40}", f"{secret!r}", repr([secret])]
    assert not any(WORD in text for text in texts)
    assert secret.reveal() == WORD


def test_it_is_hidden_in_a_traceback_with_locals() -> None:
    def fail(secret: Secret) -> None:
        raise ValueError(secret)

    with pytest.raises(ValueError, match="Secret") as caught:
        fail(Secret(WORD))
    shown = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    assert "horse" not in "".join(line for line in shown.format() if "WORD" not in line)


def test_it_is_never_written_down() -> None:
    secret = Secret(WORD)
    with pytest.raises(TypeError):
        pickle.dumps(secret)
    with pytest.raises(TypeError):
        json.dumps(secret)
    with pytest.raises(TypeError):
        vars(secret)


def test_it_is_copied_as_itself_and_compared_by_content() -> None:
    secret = Secret(WORD)
    assert copy.copy(secret) is secret
    assert copy.deepcopy({"a": secret})["a"] is secret
    assert secret == Secret(WORD)
    assert secret != Secret("other")
    assert secret != WORD
    assert bool(secret)
    assert not Secret("")
    with pytest.raises(TypeError):
        hash(secret)


def test_odd_bytes_compare_too() -> None:
    odd = b"\xff\xfe".decode("utf-8", "surrogateescape")
    assert Secret(odd) == Secret(odd)


def test_a_process_that_crashes_writes_no_secret_to_the_disk(tmp_path: Path) -> None:
    script = (
        "import resource, os; most = resource.getrlimit(resource.RLIMIT_CORE)[1];"
        "resource.setrlimit(resource.RLIMIT_CORE, (most, most));"
        "from core.secret import Secret; kept = Secret('canary'); print(resource.getrlimit(resource.RLIMIT_CORE)[0], flush=True);"
        "os.abort()"
    )
    where = {**os.environ, "PYTHONPATH": str(Path(core.secret.__file__).parent.parent)}
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, cwd=tmp_path, env=where, capture_output=True, text=True, timeout=60)
    assert done.returncode == -signal.SIGABRT and done.stdout == "0\n"
    assert "canary" not in done.stderr and list(tmp_path.iterdir()) == []
