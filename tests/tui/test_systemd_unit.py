"""The unit file names this installation, whatever characters its folders have."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from core.paths import find_home
from tui.systemd_unit import place, unit


def test_it_starts_this_program() -> None:
    text = unit(find_home({"HOME": "/nowhere"}), {})
    assert "entry.py engine run\n" in text and "Environment" not in text
    assert "WantedBy=default.target" in text and "UMask=0077" in text


def test_a_home_of_ones_own_is_named(tmp_path: Path) -> None:
    environ = {"CORREIO_HOME": str(tmp_path / 'a "b" 100%')}
    text = unit(find_home(environ), environ)
    assert f'Environment="CORREIO_HOME={tmp_path}/a \\"b\\" 100%%"\n' in text


def test_where_it_goes(tmp_path: Path) -> None:
    assert place({"XDG_CONFIG_HOME": str(tmp_path)}) == tmp_path / "systemd" / "user" / "correio.service"


def test_systemd_takes_it(tmp_path: Path) -> None:
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("systemd-analyze is not installed")
    file = tmp_path / "correio.service"
    file.write_text(unit(find_home({"CORREIO_HOME": str(tmp_path)}), {"CORREIO_HOME": str(tmp_path)}))
    done = subprocess.run([analyze, "verify", "--user", "--man=no", str(file)], capture_output=True, text=True, check=False)
    assert "correio.service:" not in done.stderr, done.stderr
