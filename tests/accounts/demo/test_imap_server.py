"""The demo's IMAP server as imapclient and imaplib see it."""

from __future__ import annotations

import imaplib
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from imapclient import IMAPClient, exceptions

from tests.accounts.demo.conftest import MAIL, Running

Start = Callable[..., Running]


def waiting(client: IMAPClient) -> list[tuple[object, ...]]:
    """The first news that IDLE brings."""
    found: list[tuple[object, ...]] = client.idle_check(timeout=60)
    return found


def test_wrong_password_is_refused(imap: Running) -> None:
    client = IMAPClient("127.0.0.1", imap.server.port, ssl=False, timeout=60)
    with pytest.raises(exceptions.LoginError, match="Wrong user or password"):
        client.login("maria@correio.example", "wrong")
    client.login("maria@correio.example", "demo")
    client.logout()


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
def test_authenticate(imap: Running, mechanism: str) -> None:
    client = imaplib.IMAP4("127.0.0.1", imap.server.port, timeout=60)
    answers = {"PLAIN": [b"\0maria@correio.example\0demo"], "LOGIN": [b"maria@correio.example", b"demo"]}[mechanism]
    assert client.authenticate(mechanism, lambda prompt: answers.pop(0))[0] == "OK"
    assert client.select()[0] == "OK"


def test_plain_with_initial_response(imap: Running) -> None:
    client = IMAPClient("127.0.0.1", imap.server.port, ssl=False, timeout=60)
    client.plain_login("maria@correio.example", "demo")
    assert client.select_folder("INBOX")[b"EXISTS"] == 3


def test_select_tells_what_it_owes(imap: Running) -> None:
    found = imap.client().select_folder("INBOX")
    assert found[b"EXISTS"] == found[b"RECENT"] == 3
    assert found[b"UIDNEXT"] == 4
    assert found[b"HIGHESTMODSEQ"] == 4
    assert b"\\*" in found[b"PERMANENTFLAGS"]
    assert found[b"READ-WRITE"]


def test_append_tells_its_uid_and_keeps_bytes_and_date(imap: Running) -> None:
    client = imap.client(select="INBOX")
    when = datetime(2024, 2, 29, 23, 59, 58, tzinfo=UTC)
    raw = MAIL % b"four" + b"\x00\xff not text\r\n" * 9
    assert b"APPENDUID" in client.append("INBOX", raw, [b"\\Seen", b"$Work"], when)
    client.normalise_times = False
    found = client.fetch([4], ["BODY.PEEK[]", "FLAGS", "INTERNALDATE", "RFC822.SIZE"])[4]
    assert found[b"BODY[]"] == raw
    assert found[b"RFC822.SIZE"] == len(raw)
    assert set(found[b"FLAGS"]) == {b"\\Seen", b"$Work", b"\\Recent"}
    assert found[b"INTERNALDATE"] == when


def test_append_to_a_missing_folder_says_trycreate(imap: Running) -> None:
    with pytest.raises(exceptions.IMAPClientError, match="TRYCREATE"):
        imap.client().append("Nowhere", MAIL % b"x")


def test_store_adds_removes_and_replaces(imap: Running) -> None:
    client = imap.client(select="INBOX")
    assert set(client.add_flags([1, 2], [b"\\Flagged", b"todo"])[2]) >= {b"\\Flagged", b"todo"}
    assert b"todo" not in client.remove_flags([1], [b"ToDo"])[1], "keywords have no case"
    assert set(client.set_flags([2], [b"\\Seen"])[2]) == {b"\\Seen", b"\\Recent"}
    assert client.search(["FLAGGED"]) == [1]


def test_reading_a_body_marks_it_seen_and_peeking_does_not(imap: Running) -> None:
    client = imap.client(select="INBOX")
    client.fetch([1], ["BODY.PEEK[TEXT]"])
    assert client.search(["SEEN"]) == []
    assert b"\\Seen" in client.fetch([1], ["BODY[TEXT]"])[1][b"FLAGS"]
    assert client.search(["SEEN"]) == [1]


def test_examine_changes_nothing(imap: Running) -> None:
    client = imap.client()
    client.select_folder("INBOX", readonly=True)
    client.fetch([1], ["BODY[]"])
    assert client.search(["SEEN"]) == []
    with pytest.raises(exceptions.IMAPClientError, match="read-only"):
        client.add_flags([1], [b"\\Seen"])


def test_copy_and_move_tell_where_the_mails_went(imap: Running) -> None:
    client = imap.client(select="INBOX")
    client.create_folder("Archive")
    client.add_flags([2], [b"\\Flagged"])
    validity = client.folder_status("Archive", ["UIDVALIDITY"])[b"UIDVALIDITY"]
    kind, lines = client._imap._simple_command("UID", "COPY", "2:3", "Archive")
    assert lines == [f"[COPYUID {validity} 2:3 1:2] Copy completed.".encode()]
    kind, lines = client._imap._simple_command("UID", "MOVE", "1,3", "Archive")
    assert kind == "OK", lines
    assert client._imap.untagged_responses["COPYUID"][-1] == f"{validity} 1,3 3:4".encode()
    assert client.search() == [2]
    client.select_folder("Archive")
    assert client.search(["FLAGGED"]) == [1]


def test_expunge_of_uids_leaves_other_deleted_mail(imap: Running) -> None:
    client = imap.client(select="INBOX")
    client.delete_messages([1, 2])
    client.uid_expunge([2])
    assert client.search() == [1, 3]
    client.expunge()
    assert client.search() == [3]


def test_unselect_keeps_and_close_expunges(imap: Running) -> None:
    client = imap.client(select="INBOX")
    client.delete_messages([1])
    client.unselect_folder()
    client.select_folder("INBOX")
    assert client.search() == [1, 2, 3]
    client.close_folder()
    client.select_folder("INBOX")
    assert client.search() == [2, 3]


def test_idle_tells_of_new_mail_flags_and_expunges(imap: Running) -> None:
    idler, other = imap.client(select="INBOX"), imap.client(select="INBOX")
    idler.idle()
    imap.add("four")
    assert (4, b"EXISTS") in waiting(idler)
    other.add_flags([2], [b"\\Flagged"])
    assert waiting(idler)[0][:2] == (2, b"FETCH")
    other.delete_messages([1])
    waiting(idler)
    other.expunge()
    assert waiting(idler) == [(1, b"EXPUNGE")]
    idler.idle_done()
    assert idler.search() == [2, 3, 4]


def test_expunges_wait_while_numbers_are_in_use(imap: Running) -> None:
    one, other = imap.plain(), imap.client(select="INBOX")
    one.select()
    other.delete_messages([1])
    other.expunge()
    assert one.fetch("1", "(UID)")[1] == [b"1 (UID 1)"], "number 1 still is the mail with UID 1"
    assert one.response("EXPUNGE")[1] == [None]
    one.noop()
    assert one.response("EXPUNGE")[1] == [b"1"]
    assert one.fetch("1", "(UID)")[1] == [b"1 (UID 2)"]


def test_a_mail_that_came_and_went_unseen_is_not_told(imap: Running) -> None:
    client = imap.client(select="INBOX")

    def come_and_go() -> None:
        box, mail = imap.server.account.add("INBOX", MAIL % b"ghost")
        box.expunge([mail])

    imap.loop.call(come_and_go)
    assert client.noop()[1] == []


def test_deleted_mailbox_says_bye(imap: Running) -> None:
    one, other = imap.plain(), imap.client()
    other.create_folder("Gone")
    one.select("Gone")
    other.delete_folder("Gone")
    with pytest.raises(imaplib.IMAP4.abort, match="deleted"):
        one.noop()


def test_folders_with_special_uses_children_and_subscriptions(imap: Running) -> None:
    client = imap.client()
    client._imap._simple_command("CREATE", "Sent", "(USE (\\Sent))")
    client.create_folder("Reisen/Straße")
    client.unsubscribe_folder("Sent")
    found = {name: set(flags) for flags, delimiter, name in client.list_folders()}
    assert found["Sent"] == {b"\\HasNoChildren", b"\\Sent"}
    assert found["Reisen"] == {b"\\HasChildren"}
    assert next(iter(found)) == "INBOX"
    assert client.find_special_folder(b"\\Sent") == "Sent"
    assert "Sent" not in [name for _, _, name in client.list_sub_folders()]
    assert [name for _, _, name in client.list_folders("", "%")] == ["INBOX", "Reisen", "Sent"]


def test_rename_takes_the_folders_below_along(imap: Running) -> None:
    client = imap.client()
    client.create_folder("A/B/C")
    client.append("A/B", MAIL % b"kept")
    client.rename_folder("A/B", "Z")
    assert [name for _, _, name in client.list_folders()] == ["INBOX", "A", "Z", "Z/C"]
    assert client.folder_status("Z", ["MESSAGES"])[b"MESSAGES"] == 1
    with pytest.raises(exceptions.IMAPClientError, match="ALREADYEXISTS"):
        client.rename_folder("A", "Z")


def test_list_status_in_one_go(imap: Running) -> None:
    client = imap.plain()
    kind, lines = client._simple_command("LIST", '""', "*", "RETURN", "(STATUS (MESSAGES UNSEEN UIDNEXT))")
    assert kind == "OK", lines
    assert client.untagged_responses["STATUS"] == [b'"INBOX" (MESSAGES 3 UNSEEN 3 UIDNEXT 4)']


def test_status(imap: Running) -> None:
    found = imap.client().folder_status("INBOX", ["MESSAGES", "RECENT", "UNSEEN", "HIGHESTMODSEQ"])
    assert found == {b"MESSAGES": 3, b"RECENT": 3, b"UNSEEN": 3, b"HIGHESTMODSEQ": 4}


def test_taking_capabilities_away_takes_their_answers_away(start_imap: Start) -> None:
    imap = start_imap(capabilities=frozenset({"IMAP4rev1"}), keywords=False)
    uid = imap.add("one")
    client = imap.client()
    assert b"HIGHESTMODSEQ" not in (found := client.select_folder("INBOX"))
    assert b"\\*" not in found[b"PERMANENTFLAGS"]
    assert client.capabilities() == (b"IMAP4REV1",)
    assert b"APPENDUID" not in client.append("INBOX", MAIL % b"two")
    client._imap.capabilities += ("MOVE", "UIDPLUS", "IDLE")
    for command in (("UID", "MOVE", "1", "INBOX"), ("UID", "EXPUNGE", "1"), ("IDLE",)):
        with pytest.raises(imaplib.IMAP4.error, match="Unknown command"):
            client._imap._simple_command(*command)
    assert client.add_flags([uid], [b"todo"])[uid] == (b"\\Recent",)


def test_nonsense_is_answered_and_the_session_goes_on(imap: Running) -> None:
    client = imap.plain()
    client.select()
    for line in (b"x", b"(", b'a1 LOGIN "a', b"a2 FETCH 1 (FLAGS", b"a3 FETCH 9 FLAGS", b"a4 UID", b"a5 STORE 1 FLAGS"):
        client.send(line + b"\r\n")
        assert b"BAD" in client.readline(), line
    assert client.noop()[0] == "OK"
