"""Attachments are saved under safe names, whole, and over nothing."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.attachment import LONGEST, safe_name, save
from core.errors import StoreError
from tests.core.test_clean import any_text, is_safe


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("report.pdf", "report.pdf"),
        ("../../etc/passwd", "passwd"),
        ("..\\..\\boot.ini", "boot.ini"),
        ("/etc/cron.d/x", "x"),
        ("C:\\x\\y.txt", "y.txt"),
        ("-rf", "rf"),
        ("--help", "help"),
        (".bashrc", "bashrc"),
        ("~", "attachment"),
        ("..", "attachment"),
        (".", "attachment"),
        ("", "attachment"),
        ("   ", "attachment"),
        ("a\x00b.txt", "a_b.txt"),
        ("a\nb.txt", "a b.txt"),
        ("a\x1b[2Jb", "a_[2Jb"),
        ("photo\u202egnp.exe", "photognp.exe"),
        ("CON", "_CON"),
        ("nul.txt", "_nul.txt"),
        ("COM1.log", "_COM1.log"),
        ("console.txt", "console.txt"),
        ("what?.txt", "what_.txt"),
        ("trailing. . ", "trailing"),
        ("folder/", "folder"),
        ("café.txt", "café.txt"),
        ("cafe\u0301.txt", "café.txt"),
    ],
)
def test_safe_names(name: str, safe: str) -> None:
    assert safe_name(name) == safe


def test_long_names_keep_their_ending() -> None:
    name = safe_name("é" * 300 + ".jpeg")
    assert len(name.encode()) <= LONGEST
    assert name.endswith("é.jpeg")
    assert len(safe_name("x" * 300 + "." + "y" * 300).encode()) <= LONGEST


@settings(deadline=None)
@given(any_text | st.text(st.sampled_from("./\\-~ :*con\x00\u202e"), max_size=40))
def test_any_name_becomes_one_safe_name(name: str) -> None:
    safe = safe_name(name)
    assert safe
    assert is_safe(safe)
    assert not set(safe) & set('/\\:*?"<>|\0')
    assert safe[0] not in "-.~ "
    assert safe[-1] not in ". "
    assert len(safe.encode("utf-8", "replace")) <= LONGEST
    assert safe_name(safe) == safe


def test_a_file_is_written_whole_and_private(tmp_path: Path) -> None:
    path = save(b"data", tmp_path, "../report.pdf")
    assert path == tmp_path / "report.pdf"
    assert path.read_bytes() == b"data"
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    paths = [save(str(number).encode(), tmp_path, "a.tar.gz") for number in range(3)]
    assert [path.name for path in paths] == ["a.tar.gz", "a (2).tar.gz", "a (3).tar.gz"]
    assert [path.read_bytes() for path in paths] == [b"0", b"1", b"2"]


def test_links_are_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_text("precious")
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "a.txt").symlink_to(outside)
    (folder / "a (2).txt").symlink_to(tmp_path / "missing")
    assert save(b"new", folder, "a.txt").name == "a (3).txt"
    assert outside.read_text() == "precious"
    assert not (tmp_path / "missing").exists()


def test_a_file_system_without_hard_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    (tmp_path / "a").write_text("old")
    assert save(b"new", tmp_path, "a").name == "a (2)"
    assert (tmp_path / "a").read_text() == "old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "a (2)"]


def test_a_folder_that_is_missing_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(StoreError) as raised:
        save(b"x", tmp_path / "none", "a")
    assert raised.value.id == "cannot-save"


def test_a_disk_that_is_full_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StoreError) as raised:
        save(b"x", tmp_path, "a")
    assert raised.value.values["answer"] == "No space left on device"
    assert list(tmp_path.iterdir()) == []
