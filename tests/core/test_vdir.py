"""Folders of entries as vdirsyncer keeps them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as trying
from hypothesis import strategies as st

from core.errors import StoreError
from core.vdir import Vdir
from tests.core.calendars import calendar, event
from tests.depth import examples


def entry(uid: str, title: str = "x") -> bytes:
    return calendar(event(uid=uid, title=title), method="")


def test_one_file_for_a_uid_wherever_it_is(tmp_path: Path) -> None:
    place = Vdir(str(tmp_path))
    first = place.put("a@example.net", entry("a@example.net"))
    assert first == tmp_path / "a@example.net.ics" and first.stat().st_mode & 0o777 == 0o600
    assert place.put("a@example.net", entry("a@example.net", "new")) == first
    assert b"SUMMARY:new" in place.read("a@example.net")
    (tmp_path / "other name.ics").write_bytes(entry("b@example.net"))
    assert place.put("b@example.net", entry("b@example.net", "again")) == tmp_path / "other name.ics"
    assert place.read("c@example.net") == b""
    assert len(list(tmp_path.iterdir())) == 2


def test_a_name_that_another_entry_has_is_not_taken(tmp_path: Path) -> None:
    (tmp_path / "a.ics").write_bytes(entry("another"))
    place = Vdir(str(tmp_path))
    assert place.put("a", entry("a")) == tmp_path / "a-2.ics"
    assert (tmp_path / "a.ics").read_bytes() == entry("another")


def test_folded_and_escaped_uids_are_found(tmp_path: Path) -> None:
    uid = "a," + "b" * 100
    (tmp_path / "x.ics").write_bytes(entry("a\\," + "b" * 40 + "\n " + "b" * 60))
    assert Vdir(str(tmp_path)).find(uid) == tmp_path / "x.ics"


@given(st.text(min_size=1, max_size=60))
@trying(max_examples=examples(40))
def test_no_uid_leaves_the_folder(tmp_path_factory: pytest.TempPathFactory, uid: str) -> None:
    folder = tmp_path_factory.mktemp("vdir")
    path = Vdir(str(folder)).put(uid, entry("a"))
    assert path.parent == folder and path.name.endswith(".ics") and not path.name.startswith(".")


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(StoreError) as caught:
        Vdir(str(tmp_path / "nowhere")).put("a", b"x")
    assert caught.value.id == "vdir-missing"
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError):
        Vdir(str(tmp_path / "file")).read("a")
