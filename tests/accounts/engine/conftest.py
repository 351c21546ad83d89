"""An engine in this process, with players for servers."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.accounts.engine.players import Stage, home_in, settings
from tests.accounts.imap.conftest import make_demo as make_demo
from tests.scratch import short_folder


@pytest.fixture
def runtime() -> Iterator[Path]:
    """A short, private folder for the socket."""
    folder = short_folder("run-")
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def stage(tmp_path: Path, runtime: Path) -> Stage:
    """One account, nothing started."""
    return Stage(home_in(tmp_path, runtime), settings())
