"""A gpg home with one key, made once for all tests of this room."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from crypto.gpg import Gpg, has_gpg


@pytest.fixture(scope="session")
def own_key() -> Iterator[tuple[Gpg, str]]:
    """A Gpg on a home of its own, and the fingerprint of a key without passphrase."""
    if not has_gpg():
        pytest.skip("gpg is not installed")
    # Below /tmp: the agent's socket has a name of at most 104 bytes.
    home = Path(tempfile.mkdtemp(prefix="gpg-", dir="/tmp"))
    try:
        subprocess.run(
            ["gpg", "--homedir", home, "--batch", "--passphrase", "", "--quick-generate-key",
             "Ana <ana@example.org>", "future-default", "default", "never"],
            capture_output=True, check=True,
        )  # fmt: skip
        gpg = Gpg(home)
        yield gpg, gpg.secret_keys()[0].fingerprint
    finally:
        subprocess.run(["gpgconf", "--homedir", home, "--kill", "all"], check=False)
        shutil.rmtree(home, ignore_errors=True)
