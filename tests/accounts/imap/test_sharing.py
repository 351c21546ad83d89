"""Folders that somebody else shares: shown with ~name, used as far as their owner lets us; and what we share ourselves."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from accounts.imap import namespace
from accounts.incoming import Sharing
from core import operations
from core.errors import ServerRefused
from core.flags import Flag
from core.store import folders, rights
from core.store.database import Database
from tests.accounts.imap.conftest import place_on
from tests.accounts.mail_place import Place, open_store
from tests.scratch import short_folder
from tests.servers.dovecot import Dovecot, find_dovecot, version_of
from tests.servers.dovecot_options import Options
from tests.servers.service_user import service_users
from tests.tui.office import mail

SHARED = """
protocol imap {{
  mail_plugins = zlib acl imap_zlib imap_acl
}}
namespace shared {{
  type = shared
  separator = /
  prefix = shared/%%n/
  location = maildir:~/../%%n/mail:LAYOUT=fs:INBOX=~/../%%n/inbox
  subscriptions = no
  list = children
}}
namespace public {{
  type = public
  separator = /
  prefix = Public/
  location = maildir:{folder}/public:LAYOUT=fs
  subscriptions = no
}}
plugin {{
  acl = vfile
  acl_shared_dict = file:{folder}/acl
}}
"""
SHARED_24 = """
mail_plugins {{
  acl = yes
}}
protocol imap {{
  mail_plugins {{
    imap_acl = yes
  }}
}}
namespace shared {{
  type = shared
  separator = /
  prefix = shared/$user/
  mail_path = %{{owner_home}}/mail
  mail_inbox_path = %{{owner_home}}/inbox
  subscriptions = no
  list = children
}}
namespace public {{
  type = public
  separator = /
  prefix = Public/
  mail_path = {folder}/public
  mail_inbox_path =
  subscriptions = no
}}
acl_driver = vfile
acl_sharing_map {{
  dict file {{
    path = {folder}/acl
  }}
}}
"""


@pytest.fixture(scope="module")
def server(make_dovecot: Callable[..., Dovecot]) -> Iterator[Dovecot]:
    """A server on which users can share folders, with a folder that all may read."""
    program, (_service, owner) = find_dovecot(), service_users()
    folder = short_folder("acl-")
    news = folder / "public" / "News"
    for part in ("cur", "new", "tmp"):
        (news / part).mkdir(parents=True)
    (news / "dovecot-acl").write_text("authenticated lr\n")
    for path in (folder, *folder.rglob("*")):
        if os.geteuid() == 0:
            os.chown(path, owner.uid, owner.gid)
    words = SHARED if program is None or version_of(program) < (2, 4) else SHARED_24
    yield make_dovecot(Options(extra=words.format(folder=folder)))
    shutil.rmtree(folder)


@pytest.fixture
def maria(server: Dovecot) -> Iterator[Place]:
    """Somebody with a folder of projects."""
    place = place_on(server)
    place.put(mail(1, "The plan"), "Projects")
    return place


@pytest.fixture
def others(tmp_path: Path) -> Iterator[Database]:
    """The owner's own store."""
    (tmp_path / "owner").mkdir()
    found = open_store(tmp_path / "owner")
    yield found
    found.close()


def test_what_others_share_is_shown_and_used_as_they_allow(server: Dovecot, maria: Place, db: Database, others: Database) -> None:
    me = place_on(server)
    with contextlib.closing(maria.incoming(others)) as owner, contextlib.closing(me.incoming(db)) as mine:
        owner.sync()
        projects = folders.by_path(others, owner.row, "Projects")
        assert projects is not None
        assert isinstance(owner, Sharing)
        assert sorted(dict(owner.access(projects.id, me.user, "lr"))[me.user]) == ["l", "r"]
        mine.sync()
        path = f"~{maria.user}/Projects"
        shared = folders.by_path(db, mine.row, path)
        assert shared is not None and (shared.total, shared.role) == (1, "")
        assert not [one for one in folders.all_folders(db) if one.path.startswith("shared")]
        assert rights.of(db, shared.id) is not None and not rights.allows(db, shared.id, "t")
        (message,) = [id for (id,) in db.read("SELECT message FROM placement WHERE folder = ?", (shared.id,))]
        place = (shared.id, message)
        inbox = folders.by_role(db, mine.row, "inbox")
        assert inbox is not None
        for change in (
            lambda: operations.expunge(db, [place]),
            lambda: operations.set_flag(db, [place], Flag.FLAGGED, True),
            lambda: operations.move(db, [place], inbox.id),
        ):
            with pytest.raises(ServerRefused, match="no-right"):
                change()
        assert operations.set_flag(db, [place], Flag.SEEN, True) is not None
        assert db.value("SELECT flags FROM placement WHERE message = ?", (message,)) == 0
        operations.copy(db, [place], inbox.id)
        mine.replay()
        assert len(me.mails("INBOX")) == 1
        owner.access(projects.id, me.user, "")
        assert me.user not in dict(owner.access(projects.id))


def test_folders_of_all_say_what_one_may_do(server: Dovecot, db: Database) -> None:
    me = place_on(server)
    with contextlib.closing(me.incoming(db)) as mine:
        mine.sync()
        news = folders.by_path(db, mine.row, "Public/News")
        assert news is not None
        letters = rights.of(db, news.id)
        assert letters is not None and sorted(letters) == ["l", "r"]
        assert rights.of(db, folders.by_role(db, mine.row, "inbox").id) is None, "one's own are not asked about"  # type: ignore[union-attr]


def test_a_new_folder_below_somebody_elses_goes_to_their_place(db: Database) -> None:
    namespace.remember_others(db, 1, ("shared/",))
    assert namespace.wire_for(db, 1, "~maria/Projects/New") == "shared/maria/Projects/New"
    assert namespace.wire_for(db, 1, "Mine") == "Mine"
    assert namespace.shown("shared/maria/M&AOQ-rz", "", ("shared/",)) == "~maria/März"
    assert namespace.is_root("shared", ("shared/",), "/") and not namespace.is_root("shared/maria", ("shared/",), "/")
