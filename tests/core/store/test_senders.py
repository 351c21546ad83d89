"""What the store knows of a sender: whom one knows, and how an account's server says who sent a mail."""

from __future__ import annotations

from core.address import Address
from core.arrival import arrive_mail
from core.authentication import Habit
from core.flags import Flag
from core.habits import habit_of
from core.store import correspondents, folders
from core.store.database import Database
from tests.core.store.mails import mail

OWN = [("Me", "me@correio.example")]


def receive(db: Database, account: int, *mails: bytes, role: str = "inbox") -> None:
    with db.write():
        folder = folders.by_role(db, account, role) or folders.ensure(db, account, role.title(), role=role)
        for raw in mails:
            arrive_mail(db, folder.id, account, raw, flags=Flag(0))


def test_one_knows_whom_one_wrote_to_and_who_wrote_often(db: Database, local: int) -> None:
    with db.write():
        correspondents.note_sent(db, (Address("Ana Sousa", "ana@lighthouse.example"),), 1)
    receive(db, local, *(mail(id=f"{n}@x", sender="Rui Barros <rui@harbour.example>") for n in range(5)))
    receive(db, local, mail(id="one@x", sender="Eve Once <eve@elsewhere.example>"))
    known = correspondents.known(db, OWN)
    assert known.person_like("Ana Sousa", "other@freemail.example") == "ana@lighthouse.example"
    assert known.person_like("Ana Sousa", "ANA@lighthouse.example") == ""
    assert known.person_like("Rui Barros", "other@freemail.example") == "rui@harbour.example"
    assert known.person_like("Eve Once", "other@freemail.example") == ""
    assert known.domain_like("lighth0use.example") == "lighthouse.example"
    assert known.domain_like("elsewhere1.example") == ""
    assert known.domain_like("corre1o.example") == "correio.example"


def test_the_standing_of_an_address(db: Database, local: int) -> None:
    assert correspondents.standing(db, "ana@lighthouse.example") == (0, 0)
    receive(db, local, mail(sender="Ana <Ana@lighthouse.example>"))
    assert correspondents.standing(db, "ana@Lighthouse.example") == (0, 1)
    with db.write():
        correspondents.note_sent(db, (Address("", "ana@lighthouse.example"),), 2)
    assert correspondents.standing(db, "ana@lighthouse.example") == (1, 1)


def delivered(number: int, *, by: str = "mx.correio.example", forged: bool = False) -> bytes:
    results = f"Authentication-Results: {by}; dmarc=pass header.from=example.org\r\n"
    received = f"Received: from mail.example.org by mx.correio.example; Tue, 10 Mar 2026 10:{number:02}:00 +0000\r\n"
    return (f"{received}{results}" if forged else f"{results}{received}").encode() + mail(id=f"{number}@{by}")


def test_the_habit_of_a_server_is_learned_from_an_accounts_mail(db: Database, local: int, remote: int) -> None:
    assert habit_of(db, remote) is None
    receive(db, remote, *(delivered(n) for n in range(8)), delivered(9, by="mx.evil.example", forged=True))
    receive(db, remote, *(delivered(n, by="mx.evil.example") for n in range(20, 50)), role="sent")
    assert habit_of(db, remote) == Habit("correio.example", 0, 1), "what lies in Sent teaches nothing"
    assert habit_of(db, local) is None, "each account by itself"
