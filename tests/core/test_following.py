"""Settings that name a folder follow it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from core.following import follow
from core.settings import Account, SavedSearch, Settings
from core.settings.file import load, save
from core.store import accounts, folders
from core.store.database import Database
from tests.empty_store import empty_store

WORK, HOME = "a1a1a1a1", "b2b2b2b2"


@pytest.fixture
def db(tmp_path: Path) -> Database:
    return empty_store(tmp_path / "store.db")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "correio.toml"


def written(file: Path, *queries: str, watch: str = "") -> Settings:
    """Settings of two accounts, one of which names folders."""
    work = Account(
        id=WORK, name="work", kind="local", email="me@work.example", watch=watch,
        keep_folders={"Lists": "headers", "Lists/a": "all", "News": "days:3"}, folders={"archive": "Lists"},
    )  # fmt: skip
    searches = tuple(SavedSearch(name=str(n), query=query) for n, query in enumerate(queries))
    home = Account(id=HOME, name="home", kind="local", keep_folders={"Lists": "all"})
    return save(file, lambda old: Settings(accounts=(work, home), searches=searches))


def followed(db: Database, file: Path) -> bool:
    return follow(db, lambda change: save(file, change))


def renaming(db: Database, uid: str, old: str, new: str) -> None:
    row = accounts.row_of(db, uid)
    found = folders.by_path(db, row, old)
    assert found is not None
    folders.rename(db, found, new)


@pytest.fixture
def rename(db: Database) -> Callable[[str, str], None]:
    """Folders of both accounts; rename one of `work`."""
    for uid, paths in {WORK: ("Lists", "Lists/a", "News", "A, B"), HOME: ("Lists", "Other")}.items():
        for path in paths:
            folders.ensure(db, accounts.row_of(db, uid), path)
    return lambda old, new: renaming(db, WORK, old, new)


def test_what_is_kept_watched_and_chosen_by_hand(db: Database, file: Path, rename: Callable[[str, str], None]) -> None:
    written(file, watch='News, "A, B", Lists/a')
    assert not followed(db, file), "nothing was renamed"
    rename("Lists", "Old lists")
    assert followed(db, file) and not followed(db, file)
    work, home = load(file).accounts
    assert work.keep_folders == {"Old lists": "headers", "Old lists/a": "all", "News": "days:3"}
    assert work.folders == {"archive": "Old lists"}
    assert work.watched() == ("News", "A, B", "Old lists/a")
    assert home.keep_folders == {"Lists": "all"}
    rename("Old lists", "Lists")  # undo, say
    rename("A, B", "A and B")
    assert followed(db, file)
    assert load(file).accounts[0] == written(file, watch="News, A and B, Lists/a").accounts[0]


def test_renamed_twice_before_anybody_looked(db: Database, file: Path, rename: Callable[[str, str], None]) -> None:
    written(file)
    rename("News", "Newer")
    rename("Newer", "Newest")
    followed(db, file)
    assert load(file).accounts[0].keep_folders["Newest"] == "days:3"
    before = file.stat().st_ino
    rename("Newest", "N")
    rename("N", "Newest")
    assert not followed(db, file) and file.stat().st_ino == before


@pytest.mark.parametrize(
    ("query", "new"),
    [
        ("in:News is:unread", "in:Latest is:unread"),
        ("-in:=news OR (in:work/News from:ana)", "-in:=Latest OR in:Latest from:ana"),
        ('in:"me@work.example/News"', "in:Latest"),
        ("in:Lists", "in:Lists"),
        ("news in:archive", "news in:archive"),
        ("in:(", "in:("),
    ],
)  # fmt: skip
def test_saved_searches(db: Database, file: Path, rename: Callable[[str, str], None], query: str, new: str) -> None:
    written(file, query)
    rename("News", "Latest")
    followed(db, file)
    assert [one.query for one in load(file).searches] == [new]


def test_saved_searches_that_mean_several_folders(db: Database, file: Path, rename: Callable[[str, str], None]) -> None:
    written(file, "in:Lists", "in:a", "in:lists/a -is:read")
    rename("Lists", "Other")
    followed(db, file)
    names = [one.query for one in load(file).searches]
    assert names == ["in:Lists OR in:work/Other", "in:a", "in:Other/a -is:read"]


def test_a_folder_that_went_is_not_followed(db: Database, file: Path, rename: Callable[[str, str], None]) -> None:
    written(file)
    rename("News", "Latest")
    gone = folders.by_path(db, accounts.row_of(db, WORK), "Latest")
    assert gone is not None
    folders.remove(db, [gone.id])
    assert not followed(db, file)
    assert load(file).accounts[0].keep_folders["News"] == "days:3"


def test_settings_that_cannot_be_written_are_tried_again(db: Database, file: Path, rename: Callable[[str, str], None]) -> None:
    written(file)
    rename("News", "Latest")

    def full(change: Callable[[Settings], Settings]) -> Settings:
        raise OSError

    with pytest.raises(OSError):
        follow(db, full)
    assert followed(db, file)
    assert "Latest" in load(file).accounts[0].keep_folders
