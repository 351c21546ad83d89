"""What every kind of account that mail comes from has to do. A test class for a kind derives from `IncomingContract`
and has a fixture `place`; those that cannot change the server (POP3) leave out `ChangesContract`."""

from __future__ import annotations

import threading

import pytest

from accounts.incoming import Incoming, SyncResult
from core import operations
from core.errors import NetworkError
from core.flags import Flag
from core.store import bodies, journal
from core.store.database import Database
from tests.accounts.mail_place import Place, check_counts, folder_id, letter, message_at, stored


class IncomingContract:
    """Collecting mail."""

    keeps_headers = True
    """Whether bodies can stay on the server."""

    def here(self, db: Database) -> object:
        """What the store has of the Inbox …"""
        return stored(db)

    def there(self, place: Place) -> object:
        """… in the form in which the server has it."""
        return place.mails()

    def test_is_an_incoming(self, place: Place, db: Database) -> None:
        assert isinstance(place.incoming(db), Incoming)

    def test_first_pass_brings_everything(self, place: Place, db: Database) -> None:
        for _ in range(5):
            place.put(letter())
        incoming = place.incoming(db)
        result = incoming.sync()
        assert result.new == 5
        assert result.bytes > 500
        assert self.here(db) == self.there(place)
        check_counts(db)
        incoming.close()

    def test_a_second_pass_finds_nothing(self, place: Place, db: Database) -> None:
        place.put(letter())
        incoming = place.incoming(db)
        incoming.sync()
        again = incoming.sync()
        assert (again.new, again.changed, again.removed) == (0, 0, 0)
        incoming.close()

    def test_an_empty_mailbox(self, place: Place, db: Database) -> None:
        incoming = place.incoming(db)
        assert incoming.sync().new == 0
        assert stored(db) == {}
        incoming.close()

    def test_what_comes_later_comes_too(self, place: Place, db: Database) -> None:
        place.put(letter())
        incoming = place.incoming(db)
        incoming.sync()
        place.put(letter())
        place.put(letter())
        assert incoming.sync().new == 2
        assert self.here(db) == self.there(place)
        incoming.close()

    def test_equal_mails_are_two_placements(self, place: Place, db: Database) -> None:
        raw = letter()
        place.put(raw)
        place.put(raw)
        incoming = place.incoming(db)
        incoming.sync()
        assert len(stored(db)) == 2
        assert db.value("SELECT count(*) FROM message") == 1
        incoming.close()

    def test_a_forged_message_id_hides_nothing(self, place: Place, db: Database) -> None:
        forged = "X: 1\r\nMessage-ID: <same@farol.example>\r\n"
        place.put(letter("real", extra=forged))
        place.put(letter("false", extra=forged))
        incoming = place.incoming(db)
        incoming.sync()
        assert self.here(db) == self.there(place)
        assert db.value("SELECT count(*) FROM message") == 2
        incoming.close()

    def test_policy_headers_leaves_bodies_there(self, place: Place, db: Database) -> None:
        if not self.keeps_headers:
            return
        uid = place.put(letter(body="lots of words\r\n"))
        incoming = place.incoming(db, keep="headers")
        incoming.sync()
        message = message_at(db, uid)
        assert bodies.raw(db, message) is None
        incoming.fetch(message)
        raw = bodies.raw(db, message)
        assert raw is not None and b"lots of words" in raw
        incoming.close()

    def test_after_a_cut_the_next_call_works(self, place: Place, db: Database) -> None:
        place.put(letter())
        incoming = place.incoming(db)
        incoming.sync()
        incoming.open()
        place.cut()
        with pytest.raises(NetworkError):
            while True:
                incoming.sync()
        place.put(letter())
        assert incoming.sync().new == 1
        incoming.close()

    def test_wake_ends_a_wait(self, place: Place, db: Database) -> None:
        incoming = place.incoming(db)
        incoming.sync()
        incoming.wake()
        assert incoming.wait(60) is False
        incoming.close()

    def test_cancel_ends_a_wait(self, place: Place, db: Database) -> None:
        incoming = place.incoming(db)
        incoming.sync()
        timer = threading.Timer(0.05, incoming.cancel)
        timer.start()
        try:
            incoming.wait(60)
        except NetworkError as error:
            assert error.id == "cancelled"
        timer.join()
        with pytest.raises(NetworkError) as caught:
            incoming.sync()
        assert caught.value.id == "cancelled"
        incoming.close()

    def test_closing_twice_and_unopened(self, place: Place, db: Database) -> None:
        incoming = place.incoming(db)
        incoming.close()
        incoming.open()
        incoming.close()
        incoming.close()

    def test_others_may_use_the_line_while_a_pass_breathes(self, place: Place, db: Database) -> None:
        place.put(letter(body="look at me\r\n"))
        incoming = place.incoming(db, keep="headers")
        incoming.sync()
        first = int(db.value("SELECT id FROM message"))
        place.put(letter())
        seen = []

        def breathe() -> None:
            assert incoming.busy
            incoming.fetch(first)
            seen.append(bodies.raw(db, first))

        incoming.breathe = breathe
        assert incoming.sync().new == 1
        assert seen and seen[0] is not None
        assert not incoming.busy
        incoming.close()

    def test_nothing_changed_means_an_empty_result(self, place: Place, db: Database) -> None:
        assert SyncResult(1, 2, 3, 4) + SyncResult(1, 1, 1, 1) == SyncResult(2, 3, 4, 5)


class ChangesContract:
    """Changes in both directions, for servers that have folders and flags."""

    def test_flags_keywords_and_deletions_of_others(self, place: Place, db: Database) -> None:
        one, two, three = (place.put(letter()) for _ in range(3))
        incoming = place.incoming(db)
        incoming.sync()
        place.flag(one, "\\Seen", "\\Flagged", "work")
        place.flag(two, "\\Answered")
        place.delete(three)
        result = incoming.sync()
        assert (result.changed, result.removed) == (2, 1)
        assert stored(db) == place.mails()
        place.flag(one, "\\Seen", "work", on=False)
        assert incoming.sync().changed == 1
        assert stored(db) == place.mails()
        check_counts(db)
        incoming.close()

    def test_own_flags_and_tags(self, place: Place, db: Database) -> None:
        uid = place.put(letter())
        incoming = place.incoming(db)
        incoming.sync()
        spot = [(folder_id(db), message_at(db, uid))]
        operations.set_flag(db, spot, Flag.SEEN, True)
        operations.set_flag(db, spot, Flag.FLAGGED, True)
        operations.set_tag(db, spot, "Todo", True)
        assert incoming.replay() == 3
        assert place.mails()[uid][1] == {"\\seen", "\\flagged", "todo"}
        assert stored(db) == place.mails()
        operations.set_flag(db, spot, Flag.FLAGGED, False)
        operations.set_tag(db, spot, "todo", False)
        incoming.sync()
        assert place.mails()[uid][1] == {"\\seen"}
        assert stored(db) == place.mails()
        incoming.close()

    def test_pending_flags_do_not_flicker(self, place: Place, db: Database) -> None:
        uid = place.put(letter())
        incoming = place.incoming(db)
        incoming.sync()
        spot = [(folder_id(db), message_at(db, uid))]
        operations.set_flag(db, spot, Flag.SEEN, True)
        place.flag(uid, "\\Answered")
        incoming.sync_folder(spot[0][0])
        assert stored(db)[uid][1] == {"\\seen", "\\answered"}
        incoming.sync()
        assert stored(db) == place.mails()
        incoming.close()

    def test_move_copy_and_undo(self, place: Place, db: Database) -> None:
        one, two = place.put(letter()), place.put(letter(), flags=["\\Seen"])
        place.put(letter(), "Archive")
        incoming = place.incoming(db)
        incoming.sync()
        inbox, archive = folder_id(db), folder_id(db, "Archive")
        operations.move(db, [(inbox, message_at(db, one))], archive)
        operations.copy(db, [(inbox, message_at(db, two))], archive)
        incoming.replay()
        incoming.sync()
        for path in ("INBOX", "Archive"):
            assert stored(db, path) == place.mails(path)
        assert set(stored(db)) == {two}
        assert len(stored(db, "Archive")) == 3
        assert db.value("SELECT count(*) FROM message") == 3
        operations.undo(db)
        operations.undo(db)
        incoming.sync()
        for path in ("INBOX", "Archive"):
            assert stored(db, path) == place.mails(path)
        assert len(stored(db)) == 2
        check_counts(db)
        incoming.close()

    def test_moved_on_before_the_server_has_heard(self, place: Place, db: Database) -> None:
        uid = place.put(letter())
        for path in ("Archive", "Later"):
            place.put(letter(), path)
        incoming = place.incoming(db)
        incoming.sync()
        message = message_at(db, uid)
        operations.move(db, [(folder_id(db), message)], folder_id(db, "Archive"))
        operations.set_flag(db, [(folder_id(db, "Archive"), message)], Flag.FLAGGED, True)
        operations.move(db, [(folder_id(db, "Archive"), message)], folder_id(db, "Later"))
        assert incoming.replay() == 3
        incoming.sync()
        for path in ("INBOX", "Archive", "Later"):
            assert stored(db, path) == place.mails(path)
        assert len(stored(db, "Later")) == 2
        assert any("\\flagged" in flags for _, flags in stored(db, "Later").values())
        incoming.close()

    def test_deleted_for_good_and_brought_back(self, place: Place, db: Database) -> None:
        uid = place.put(letter(), flags=["\\Seen"])
        incoming = place.incoming(db, keep="headers")
        incoming.sync()
        before = place.mails()[uid]
        operations.expunge(db, [(folder_id(db), message_at(db, uid))])
        incoming.sync()
        assert place.mails() == stored(db) == {}
        operations.undo(db)
        incoming.sync()
        assert list(place.mails().values()) == [before]
        assert stored(db) == place.mails()
        incoming.close()

    def test_append_and_create(self, place: Place, db: Database) -> None:
        incoming = place.incoming(db)
        incoming.sync()
        operations.create_folder(db, 1, "Férias & mais")
        with db.write():
            from core.arrival import keep_mail

            message = keep_mail(db, 1, letter("to be kept"))
        operations.append(db, folder_id(db, "Férias & mais"), message, Flag.SEEN | Flag.DRAFT)
        incoming.sync()
        assert "Férias & mais" in place.folders()
        assert stored(db, "Férias & mais") == place.mails("Férias & mais")
        assert [flags for _, flags in stored(db, "Férias & mais").values()] == [{"\\seen", "\\draft"}]
        incoming.close()

    def test_what_the_server_refuses_is_taken_back(self, place: Place, db: Database) -> None:
        uid = place.put(letter())
        place.put(letter(), "Doomed")
        incoming = place.incoming(db)
        incoming.sync()
        with place.client() as client:
            client.delete_folder("Doomed")
        operations.move(db, [(folder_id(db), message_at(db, uid))], folder_id(db, "Doomed"))
        assert incoming.replay() == 1
        assert db.value("SELECT state FROM operation") == "failed"
        assert stored(db) == place.mails()
        assert journal.waiting(db) == 0
        assert db.value("SELECT count(*) FROM notice") == 1
        incoming.close()

    def test_operations_on_what_others_deleted(self, place: Place, db: Database) -> None:
        uid = place.put(letter())
        place.put(letter(), "Archive")
        incoming = place.incoming(db)
        incoming.sync()
        spot = [(folder_id(db), message_at(db, uid))]
        operations.set_flag(db, spot, Flag.SEEN, True)
        operations.copy(db, spot, folder_id(db, "Archive"))
        operations.move(db, spot, folder_id(db, "Archive"))
        place.delete(uid)
        incoming.sync()
        incoming.sync()
        assert journal.waiting(db) == 0
        for path in ("INBOX", "Archive"):
            assert stored(db, path) == place.mails(path)
        incoming.close()


class SearchContract:
    """Asking the server for what is not here."""

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("needle", {"plain", "both"}),
            ("needle haystack", {"both"}),
            ('"needle and" OR café', {"both", "accents"}),
            ("café", {"accents"}),
            ("café body:crème", {"accents"}),
            ("crème OR café -needle", {"accents"}),
            ("(crème OR café) -needle from:ana café", {"accents"}),
            ("needle -haystack", {"plain"}),
            ("(needle OR café) from:ana", {"plain", "both", "accents"}),
            ("needle attachment:x in:inbox", {"plain", "both"}),
            ("from:ana", set()),
            ("attachment:needle", set()),
        ],
    )
    def test_what_the_server_finds(self, place: Place, db: Database, query: str, found: set[str]) -> None:
        texts = {"plain": "a needle", "both": "needle and haystack", "accents": "a café crème", "nothing": "nothing"}
        uids = {place.put(letter(name, body=text + "\r\n")): name for name, text in texts.items()}
        incoming = place.incoming(db, keep="headers")
        incoming.sync()
        messages = {message_at(db, uid): name for uid, name in uids.items()}
        assert {messages[id] for id in incoming.search(folder_id(db), query)} == found
        incoming.fetch(next(id for id, name in messages.items() if name == "both"), "*")
        assert {messages[id] for id in incoming.search(folder_id(db), query)} == found - {"both"}, "it is here now"
        incoming.close()
