"""A gpg home with one key, made once for all tests of this room."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator

import pytest

from crypto.gpg import Gpg, has_gpg
from tests.scratch import short_folder


@pytest.fixture(scope="session")
def own_key() -> Iterator[tuple[Gpg, str]]:
    """A Gpg on a home of its own, and the fingerprint of a key without passphrase."""
    if not has_gpg():
        pytest.skip("gpg is not installed")
    home = short_folder("gpg-")
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
