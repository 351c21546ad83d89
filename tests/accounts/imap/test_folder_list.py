"""Folders: their names, roles and what is shown of them."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.demo.imap_session import Session
from accounts.imap import folder_state, utf7
from accounts.imap.folder_list import roles_of
from accounts.imap.listing import Listed
from core import junk, operations, special_folder
from core.arrival import keep_mail
from core.errors import CorreioError
from core.flags import Flag
from core.folder_moves import move_folder
from core.settings.schema import Account
from core.store import folders
from core.store.database import Database
from tests.accounts.imap.conftest import Demo, place_on
from tests.accounts.mail_place import differences, folder_id, letter, message_at
from tests.servers.dovecot import Dovecot
from tests.servers.dovecot_conf import Options


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_names_come_back(name: str) -> None:
    wire = utf7.encode(name)
    assert wire.isascii() and utf7.decode(wire.encode()) == name


@given(st.binary(max_size=40))
def test_any_bytes_are_a_name(wire: bytes) -> None:
    assert isinstance(utf7.decode(wire), str)


@pytest.mark.parametrize(
    ("wire", "name"),
    [
        (b"Entw&APw-rfe", "Entwürfe"), (b"A&-B", "A&B"), (b"&ZeVnLIqe-", "日本語"), (b"&2D3eAA-", "😀"), (b"&", "&"),
        (b"&AOk", "&AOk"),
        (b"&AAA", "&AAA"), (b"&2D0-", "&2D0-"), (b"\xc3\xa9t\xc3\xa9", "été"), (b"\xff", "ÿ"), (b"R&D", "R&D"),
    ],
)  # fmt: skip
def test_names_in_good_and_bad_modified_utf7(wire: bytes, name: str) -> None:
    assert utf7.decode(wire) == name


def listed(path: str, *attributes: str, delimiter: str = "/") -> Listed:
    return Listed(utf7.encode(path), path, delimiter, frozenset(attributes))


def test_special_use_wins_over_names_and_the_user_over_both() -> None:
    found = [listed("INBOX"), listed("Sent"), listed("Outgoing", "\\sent"), listed("Trash"), listed("Bin"), listed("Entwürfe")]
    assert roles_of(found, {}) == {"INBOX": "inbox", "Outgoing": "sent", "Trash": "trash", "Entwürfe": "drafts"}
    chosen = roles_of(found, {"sent": "Sent", "trash": "Bin"})
    assert (chosen["Sent"], chosen["Bin"]) == ("sent", "trash")
    assert "Outgoing" not in chosen and "Trash" not in chosen


def test_a_chosen_folder_that_is_not_there_keeps_its_role_free_of_guesses() -> None:
    assert "Sent" not in roles_of([listed("INBOX"), listed("Sent")], {"sent": "Elsewhere"})


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("INBOX.Sent Items", "sent"), ("INBOX.Rascunhos", "drafts"), ("INBOX.Papierkorb", "trash"), ("INBOX.Спам", "junk"),
        ("INBOX.Archives", "archive"), ("INBOX.Éléments envoyés", "sent"), ("INBOX.ゴミ箱", "trash"), ("INBOX.Other", ""),
        ("INBOX.KOSZ", "trash"), ("INBOX.Posta inviata", "sent"), ("INBOX.E\u0301le\u0301ments supprime\u0301s", "trash"),
    ],
)  # fmt: skip
def test_names_of_many_languages(name: str, role: str) -> None:
    assert roles_of([listed("INBOX", delimiter="."), listed(name, delimiter=".")], {}).get(name, "") == role


def test_a_shallow_folder_is_taken_before_a_deep_one() -> None:
    found = roles_of([listed("Work/Trash"), listed("Trash"), listed("Old/Deep/Trash")], {})
    assert found == {"Trash": "trash"}


def test_what_cannot_be_opened_has_no_role() -> None:
    assert roles_of([listed("Sent", "\\noselect"), listed("Sent/Sent")], {}) == {"Sent/Sent": "sent"}


def test_roles_and_delimiters_of_a_server(make_dovecot: Callable[..., Dovecot], db: Database) -> None:
    place = place_on(make_dovecot(Options(separator=".")))
    place.put(letter(), "Projects.2024.März")
    incoming = place.incoming(db)
    incoming.sync()
    known = {folder.path: folder for folder in folders.all_folders(db, 1)}
    assert {path: folder.role for path, folder in known.items() if folder.role} == {
        "INBOX": "inbox", "Drafts": "drafts", "Sent": "sent", "Trash": "trash", "Junk": "junk", "Archive": "archive",
    }  # fmt: skip
    assert known["Projects.2024.März"].name == "März"
    assert known["Projects.2024.März"].delimiter == "."
    incoming.close()


def test_slashes_are_typed_where_levels_end_in_dots(make_dovecot: Callable[..., Dovecot], db: Database) -> None:
    place = place_on(make_dovecot(Options(separator=".")))
    incoming = place.incoming(db)
    incoming.sync()
    operations.create_folder(db, 1, "Reise/Ä ö")
    with pytest.raises(CorreioError, match="folder-exists"):
        operations.create_folder(db, 1, "Reise.Ä ö")
    incoming.replay()
    assert "Reise.Ä ö" in place.folders()
    made = folders.by_path(db, 1, "Reise.Ä ö")
    assert made is not None and made.name == "Ä ö"
    with pytest.raises(CorreioError, match="folder-into-itself"):
        move_folder(db, made.id, 1, "Reise/Ä ö/2026")
    move_folder(db, made.id, 1, "Alt/Reise")
    incoming.replay()
    assert "Alt.Reise" in place.folders() and "Reise.Ä ö" not in place.folders()
    operations.undo(db)
    incoming.sync()
    assert "Reise.Ä ö" in place.folders()
    incoming.close()


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("role", ["drafts", "sent"])
def test_a_copy_makes_the_folder_that_a_server_lacks(
    role: str, known: bool, make_dovecot: Callable[..., Dovecot], db: Database
) -> None:
    """Drafts and Sent may be needed before the server's folders are known."""
    place = place_on(make_dovecot(Options(special_use=False)))
    incoming = place.incoming(db)
    name, raw = folders.NAMES[role], letter()
    if known:
        incoming.sync()
    with db.write():
        target = folders.ensure(db, 1, name, role=role)
        operations.append(db, target.id, keep_mail(db, 1, raw), Flag.SEEN, actor="draft")
    incoming.sync()
    incoming.sync()
    assert differences(db, name, place.mails(name)) == "" and len(place.mails(name)) == 1
    assert not db.value("SELECT count(*) FROM operation WHERE state <> 'done'")
    found = folders.by_role(db, 1, role)
    assert found is not None and found.id == target.id
    incoming.close()


@pytest.mark.parametrize(("role", "name"), [("sent", "Gesendet"), ("drafts", "Entwürfe")])
def test_a_copy_goes_where_the_server_wants_it_although_it_was_made_before_that_was_known(
    role: str, name: str, make_dovecot: Callable[..., Dovecot], db: Database
) -> None:
    place = place_on(make_dovecot(Options(special_use=False)))
    with place.client() as client:
        client.create_folder(name)
    incoming = place.incoming(db)
    with db.write():
        target = folders.ensure(db, 1, folders.NAMES[role], role=role)
        operations.append(db, target.id, keep_mail(db, 1, letter()), Flag.SEEN, actor="draft")
    incoming.sync()
    incoming.sync()
    with place.client() as client:
        assert folders.NAMES[role] not in {found[2] for found in client.list_folders()}
    assert differences(db, name, place.mails(name)) == "" and len(place.mails(name)) == 1
    assert [one.path for one in folders.all_folders(db, 1) if one.role == role] == [name]
    incoming.close()


@pytest.mark.parametrize("role", ["archive", "trash", "junk"])
def test_what_a_server_has_no_folder_for_is_made(role: str, make_dovecot: Callable[..., Dovecot], db: Database) -> None:
    """Cyrus has no archive, Courier nothing but the Inbox."""
    place = place_on(make_dovecot(Options(special_use=False)))
    name = folders.NAMES[role]
    place.put(letter())
    incoming = place.incoming(db)
    incoming.sync()
    here = [(folder_id(db), message_at(db, 1))]
    if role == "junk":
        junk.judge(db, here, True)
    else:
        special_folder.to_role(db, here, role)
    incoming.sync()
    assert len(place.mails(name)) == 1 and not place.mails()
    made = folders.by_role(db, 1, role)
    assert made is not None and (made.path, made.total) == (name, 1)
    operations.undo(db)
    incoming.sync()
    assert len(place.mails()) == 1 and place.mails(name) == {}
    incoming.close()


def test_only_subscribed_folders(make_demo: Callable[..., Demo], db: Database) -> None:
    place = make_demo().place
    for name in ("Wanted", "Unwanted", "Sent"):
        place.put(letter(), name)
    with place.client() as client:
        client.subscribe_folder("Wanted")
        client.unsubscribe_folder("Unwanted")
        client.unsubscribe_folder("Sent")
    incoming = place.incoming(db)
    incoming.settings = Account(
        id="0123abcd", name="test", email="maria@correio.example", subscribed=True, incoming=place.settings
    )
    incoming.sync()
    assert {folder.path for folder in folders.all_folders(db, 1)} == {"INBOX", "Wanted", "Sent"}
    incoming.close()


def test_two_spellings_of_one_name(make_demo: Callable[..., Demo], db: Database) -> None:
    demo = make_demo()
    demo.loop.call(lambda: demo.server.account.create("&AOk-"))
    demo.server.on_answer = lambda session, command, answer: (
        b'* LIST () "/" "\xc3\xa9"\r\n* LIST () "/" "&AOk-"\r\n' + answer if command == "LIST" else None
    )
    incoming = demo.place.incoming(db)
    incoming.sync()
    assert len({folder.path for folder in folders.all_folders(db, 1)}) == 3
    incoming.close()


@pytest.mark.parametrize("nonsense", [b"\x97\xc9\x19\x01\xb5U", b"J(\x87\xb5U", b'"\x01', b"\x10\n\xb5U", b"\\"])
def test_nonsense_in_place_of_a_folders_id(nonsense: bytes, make_demo: Callable[..., Demo], db: Database) -> None:
    """As Cyrus 3.6 answers STATUS, while SELECT tells the truth."""
    demo = make_demo()

    def answer(_session: Session, name: str, honest: bytes) -> bytes | None:
        if name not in ("LIST", "STATUS"):
            return None
        return re.sub(rb"MAILBOXID \([^)]*\)", lambda _: b"MAILBOXID (%s)" % nonsense, honest)

    demo.server.on_answer = answer
    incoming = demo.place.incoming(db)
    for _ in range(2):
        demo.place.put(letter(), "Lists")
        incoming.sync()
        assert differences(db, "Lists", demo.place.mails("Lists")) == ""
    ids = {path: box.id for path, box in demo.loop.call(lambda: dict(demo.server.account.boxes)).items()}
    assert {one.path: folder_state.noted(db, one.id, "mailboxid") for one in folders.all_folders(db, 1)} == ids
