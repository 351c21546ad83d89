"""POP3 servers with bad habits: no secret in clear, no hang, a sentence instead of an exception, all the mail afterwards."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import count

import pytest
from msgspec import structs

from accounts import out_of_step
from accounts.pop3 import maildrop
from accounts.pop3.account import Pop3Account
from core.errors import CorreioError
from core.settings.schema import Server
from core.store.database import Database
from tests.accounts.mail_place import check_counts, letter
from tests.accounts.pop3.conftest import account_on, digest, kept
from tests.servers.authority import Authority
from tests.servers.scripted import Deed, ScriptedServer, Step
from tui.sentences import SENTENCES

OK = b"+OK\r\n"
NO = b"-ERR no\r\n"
MAILS = [letter(f"hostile {number}", body="x\r\n.dot\r\n") for number in range(3)]
USER, PASS, QUIT = Step("^USER", OK), Step("^PASS", OK), Step("^QUIT", OK, Deed.CLOSE)
GREETING, NO_CAPA = Step(None, b"+OK hello\r\n"), Step("^CAPA", NO)
LOGIN = [GREETING, NO_CAPA, USER, PASS, NO_CAPA]


def multi(*lines: bytes) -> bytes:
    """An answer of several lines."""
    return b"+OK\r\n" + b"".join(line + b"\r\n" for line in lines) + b".\r\n"


def retr(number: int, raw: bytes) -> Step:
    """A mail, its dots doubled."""
    return Step(f"^RETR {number}$", OK + raw.replace(b"\r\n.", b"\r\n..") + b".\r\n")


LIST = Step("^LIST", multi(*(b"%d %d" % (n, len(raw)) for n, raw in enumerate(MAILS, 1))))
UIDL = Step("^UIDL", multi(b"1 one", b"2 two", b"3 three"))
ALL = [retr(n, raw) for n, raw in enumerate(MAILS, 1)]
HONEST = [*LOGIN, LIST, UIDL, *ALL, QUIT]

Serve = Callable[..., ScriptedServer]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Starts scripted servers."""
    with ExitStack() as closing:

        def start(*scripts: list[Step], **words: object) -> ScriptedServer:
            return closing.enter_context(ScriptedServer(*scripts, **words))  # type: ignore[arg-type]

        yield start


def account(db: Database, server: ScriptedServer, security: str = "none", **more: object) -> Pop3Account:
    """Correio's account there."""
    return account_on(
        db, Server(kind="pop3", host=server.host, port=server.port, security=security, user="maria", trust="ignore"),
        "canary-secret", **more,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "script", "id"),
    [
        ("no POP3 at all", [Step(None, b"* OK IMAP4rev1\r\n", Deed.HANG)], "not-pop3"),
        ("an endless greeting", [Step(None, b"+OK " + b"x" * 200_000, Deed.HANG)], "line-too-long"),
        ("endless capabilities", [GREETING, Step("^CAPA", OK + b"X\r\n" * 3000, Deed.HANG)], "too-many-lines"),
        ("it closes at once", [Step(None, b"", Deed.CLOSE)], "connection-closed"),
        ("it resets within a mail", [*LOGIN, LIST, UIDL, Step("^RETR", b"+OK\r\nSubject: ha", Deed.RESET)], "connection-closed"),
        ("it says nothing any more", [*LOGIN, LIST, UIDL, Step("^RETR", b"+OK\r\nSub", Deed.HANG)], "connection-timeout"),
        ("a list of nonsense", [*LOGIN, Step("^LIST", multi(b"one two"))], "answer-senseless"),
        ("a list that is refused", [*LOGIN, Step("^LIST", NO)], "command-refused"),
        ("the maildrop is in use", [GREETING, NO_CAPA, USER, Step("^PASS", b"-ERR [IN-USE] locked\r\n")], "server-unavailable"),
        ("no room, says the greeting", [Step(None, b"-ERR too many\r\n", Deed.CLOSE)], "server-unavailable"),
        ("no answer to UIDL but mail", [*LOGIN, LIST, Step("^UIDL", b"Subject: x\r\n")], "not-pop3"),
    ],
    ids=lambda one: one if isinstance(one, str) and " " in one else "",
)
def test_a_sentence_and_then_everything(
    serve: Serve, db: Database, name: str, script: list[Step], id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = serve(script, HONEST, otherwise=NO)
    incoming = account(db, server, patience=0.5 if id == "connection-timeout" else 30.0)
    with pytest.raises(CorreioError) as caught:
        incoming.sync()
    assert caught.value.id == id, name
    assert id in SENTENCES
    assert "canary-secret" not in str(caught.value)
    assert account(db, server).sync().new == 3
    assert sorted(kept(db)) == sorted(map(digest, MAILS))


def test_a_drip_feed_ends(serve: Serve, db: Database) -> None:
    """A byte now and then is no answer: the deadline is one for the whole mail."""
    import socket

    listener = socket.create_server(("127.0.0.1", 0))
    stop = threading.Event()

    def drip() -> None:
        line, _ = listener.accept()
        with line:
            line.sendall(b"+OK hello\r\n")
            for answer in (NO, OK, OK, NO, LIST.answer, UIDL.answer, b"+OK\r\n"):
                line.recv(4096)
                line.sendall(answer)
            try:
                while not stop.wait(0.02):
                    line.sendall(b"x")
            except OSError:
                return

    thread = threading.Thread(target=drip, daemon=True)
    thread.start()
    server = Server(kind="pop3", host="localhost", port=listener.getsockname()[1], security="none", user="maria")
    with pytest.raises(CorreioError) as caught:
        account_on(db, server, patience=1.0).sync()
    stop.set()
    thread.join()
    listener.close()
    assert caught.value.id == "connection-timeout"


def test_no_password_before_tls(serve: Serve, db: Database, authority: Authority) -> None:
    stripped = [GREETING, Step("^CAPA", multi(b"USER")), Step("^QUIT", OK)]
    refused = [GREETING, Step("^CAPA", multi(b"STLS")), Step("^STLS", NO)]
    inject = Step("^STLS", b"+OK\r\n+OK injected\r\n", Deed.TLS)
    not_taken = Step("^PASS", b"-ERR the injected answer was not taken\r\n")
    injected = [GREETING, Step("^CAPA", multi(b"STLS")), inject, Step("^CAPA", NO), USER, not_taken]
    for script, id in ((stripped, "starttls-missing"), (refused, "starttls-refused"), (injected, "login-refused")):
        server = serve(script, otherwise=NO, certificate=authority.certificate())
        with pytest.raises(CorreioError) as caught:
            account(db, server, "starttls").sync()
        assert caught.value.id == id
        if script is not injected:
            assert not [line for line in server.lines if b"canary" in line or b"maria" in line]


def test_the_same_id_for_every_mail(serve: Serve, db: Database) -> None:
    same = Step("^UIDL", multi(b"1 x", b"2 x", b"3 x"))
    tops = [Step(f"^TOP {n} 0", OK + raw.partition(b"\r\n\r\n")[0] + b"\r\n\r\n.\r\n") for n, raw in enumerate(MAILS, 1)]
    server = serve([*LOGIN, LIST, same, *tops, *ALL, QUIT], [*LOGIN, LIST, same, *tops, QUIT])
    assert account(db, server).sync().new == 3
    assert account(db, server).sync().new == 0
    server.check()
    assert sum(kept(db).values()) == 3


def test_no_unique_ids(serve: Serve, db: Database) -> None:
    tops = [Step(f"^TOP {n} 0", OK + raw.partition(b"\r\n\r\n")[0] + b"\r\n\r\n.\r\n") for n, raw in enumerate(MAILS, 1)]
    server = serve([*LOGIN, LIST, Step("^UIDL", NO), *tops, *ALL, QUIT], [*LOGIN, LIST, Step("^UIDL", NO), *tops, QUIT])
    assert account(db, server).sync().new == 3
    assert account(db, server).sync().new == 0
    server.check()


def test_neither_unique_ids_nor_headers(serve: Serve, db: Database) -> None:
    twice = [step for n, one in enumerate(ALL, 1) for step in (Step(f"^TOP {n}", NO), one)]
    server = serve([*LOGIN, LIST, Step("^UIDL", NO), *twice, *ALL, QUIT], [*LOGIN, LIST, Step("^UIDL", NO), *twice, QUIT])
    assert account(db, server).sync().new == 3
    assert account(db, server).sync().new == 0
    server.check()


def test_lies_about_numbers_and_sizes(serve: Serve, db: Database) -> None:
    listing = Step("^LIST", multi(b"1 1", b"2 99999999999999999999", b"3 0"))
    server = serve([*LOGIN, listing, Step("^UIDL", multi(b"3 three", b"1 one", b"2 two")), *ALL, QUIT])
    assert account(db, server).sync().new == 3
    assert sorted(kept(db)) == sorted(map(digest, MAILS))


def test_a_mail_that_is_never_given_out(serve: Serve, db: Database) -> None:
    script = [*LOGIN, LIST, UIDL, ALL[0], Step("^RETR 2", NO), ALL[2], QUIT]
    server = serve(script, [*LOGIN, LIST, UIDL, ALL[1], QUIT])
    assert account(db, server).sync().new == 2
    assert db.value("SELECT count(*) FROM notice") == 1
    assert account(db, server).sync().new == 1
    assert sorted(kept(db)) == sorted(map(digest, MAILS))
    server.check()


def test_a_mail_too_large_stays_and_the_others_come(serve: Serve, db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    listing = Step("^LIST", multi(b"1 100", b"2 999999999999", b"3 100"))
    server = serve([*LOGIN, listing, UIDL, ALL[0], ALL[2], Step("^DELE 1", OK), Step("^DELE 3", OK), QUIT])
    assert account(db, server, leave=False).sync().new == 2
    assert not [line for line in server.lines if line == b"DELE 2"]
    # One that says it is small and does not end: the next pass takes the others first.
    monkeypatch.setattr(maildrop, "LARGEST", 20_000)
    endless = serve(
        [*LOGIN, LIST, Step("^UIDL", multi(b"1 a", b"2 b", b"3 c")), Step("^RETR 1", OK + b"x" * 200_000)],
        [*LOGIN, LIST, Step("^UIDL", multi(b"1 a", b"2 b", b"3 c")), ALL[1], ALL[2], Step("^RETR 1", b"", Deed.CLOSE)],
        otherwise=OK,
    )
    incoming = account(db, endless)
    with pytest.raises(CorreioError) as caught:
        incoming.sync()
    assert caught.value.id == "answer-too-large"
    with pytest.raises(CorreioError):
        incoming.sync()
    assert digest(MAILS[1]) in kept(db)
    check_counts(db)


def test_deleted_only_when_it_is_here(serve: Serve, db: Database) -> None:
    """Cut between the mails and QUIT: nothing was deleted, nothing comes twice."""
    cut = [*LOGIN, LIST, UIDL, *ALL, Step("^DELE 1", OK), Step("^DELE 2", b"", Deed.RESET)]
    again = [*LOGIN, LIST, UIDL, *(Step(f"^DELE {n}$", OK) for n in (1, 2, 3)), QUIT]
    server = serve(cut, again)
    with pytest.raises(CorreioError):
        account(db, server, leave=False).sync()
    assert account(db, server, leave=False).sync().new == 0
    assert sorted(kept(db)) == sorted(map(digest, MAILS))
    server.check()


def test_a_cut_after_each_mail_converges(serve: Serve, db: Database) -> None:
    numbers = count(1)
    scripts = [
        [*LOGIN, LIST, UIDL, retr(n, MAILS[n - 1]), Step("^RETR", b"+OK\r\nhalf", Deed.RESET)]
        for n in (next(numbers), next(numbers))
    ]
    server = serve(*scripts, [*LOGIN, LIST, UIDL, ALL[2], QUIT])
    for _ in range(2):
        with pytest.raises(CorreioError):
            account(db, server).sync()
    assert account(db, server).sync().new == 1
    assert sorted(kept(db)) == sorted(map(digest, MAILS))
    server.check()


def test_a_server_that_breaks_on_many_commands_is_asked_one_at_a_time(
    serve: Serve, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(out_of_step, "_stumbles", {})
    pipes = Step("^CAPA", multi(b"PIPELINING"))
    start = [GREETING, pipes, USER, PASS, pipes, LIST, UIDL]
    breaks = [*start, Step("^RETR 3", OK, Deed.RESET)]
    server = serve(breaks, breaks, [*start, *ALL, QUIT], otherwise=b"")
    for _ in range(2):
        with pytest.raises(CorreioError):
            account(db, server).sync()
    wrote: list[bytes] = []
    write = maildrop.Maildrop._write
    monkeypatch.setattr(maildrop.Maildrop, "_write", lambda drop, command: (wrote.append(command), write(drop, command))[1])
    assert account(db, server).sync().new == 3
    assert [one for one in wrote if one.startswith(b"RETR")] == [b"RETR 1", b"RETR 2", b"RETR 3"]


@pytest.mark.parametrize("pipes", [True, False])
@pytest.mark.parametrize("bad", [6, 22])
def test_many_bad_mails_in_a_row_do_not_keep_the_others_away(
    pipes: bool, bad: int, serve: Serve, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server is asked for twenty at a time; where the last ones were bad, the others are left for the next pass."""
    monkeypatch.setattr(out_of_step, "_stumbles", {})
    mails = [letter(f"one of many {number}") for number in range(30)]
    can = Step("^CAPA", multi(b"PIPELINING")) if pipes else NO_CAPA
    listing = Step("^LIST", multi(*(b"%d %d" % (n, len(raw)) for n, raw in enumerate(mails, 1))))
    start = [GREETING, can, USER, PASS, can, listing, Step("^UIDL", multi(*(b"%d u%d" % (n, n) for n in range(1, 31))))]

    def answer(n: int) -> Step:
        return Step(f"^RETR {n}$", NO) if n <= bad else retr(n, mails[n - 1])

    first = range(1, 31 if bad < 20 else 21)
    later = ([n for n in range(1, 31) if n not in first] + [n for n in first if n <= bad])[:20]
    server = serve([*start, *map(answer, first), QUIT], [*start, *map(answer, later), QUIT])
    incoming = account(db, server)
    incoming.sync()
    incoming.sync()
    server.check()
    assert sorted(kept(db)) == sorted(map(digest, mails[bad:]))


@pytest.mark.parametrize("said", [b"", b"bye\r\n"])
def test_a_server_that_leaves_without_a_word(said: bytes, serve: Serve, db: Database) -> None:
    """Everything is here: that it was in a hurry is no error."""
    goes = Step("^QUIT", said, Deed.CLOSE)
    deletes = [Step(f"^DELE {n}$", OK) for n in (1, 2, 3)]
    server = serve([*LOGIN, LIST, UIDL, *ALL, *deletes, goes], [*LOGIN, LIST, UIDL, *deletes, QUIT])
    assert account(db, server, leave=False).sync().new == 3
    assert account(db, server, leave=False).sync().new == 0
    server.check()


@pytest.mark.parametrize("line", [b"2", b"2 ", b"2\t"])
def test_a_mail_without_an_id_or_a_size(line: bytes, serve: Serve, db: Database) -> None:
    uidl, listing = Step("^UIDL", multi(b"1 one", line, b"3 three")), Step("^LIST", multi(b"1 200", line, b"3 200"))
    top = Step("^TOP 2 0", OK + MAILS[1].partition(b"\r\n\r\n")[0] + b"\r\n\r\n.\r\n")
    server = serve([*LOGIN, listing, uidl, top, *ALL, QUIT], [*LOGIN, listing, uidl, top, QUIT])
    assert account(db, server).sync().new == 3
    assert account(db, server).sync().new == 0
    server.check()


@pytest.mark.parametrize("said", [b"Your mailbox is already locked", b"Unable to lock maildrop", b"maildrop already locked"])
def test_a_lock_told_in_words_is_no_wrong_password(said: bytes, serve: Serve, db: Database) -> None:
    """Servers that know no response codes (RFC 2449 §8)."""
    server = serve([GREETING, NO_CAPA, USER, Step("^PASS", b"-ERR " + said + b"\r\n")], HONEST)
    with pytest.raises(CorreioError) as caught:
        account(db, server).sync()
    assert caught.value.id == "server-unavailable"
    assert account(db, server).sync().new == 3


@pytest.mark.parametrize("last", [False, True])
def test_a_mail_that_a_dot_cuts_short_is_not_deleted(last: bool, serve: Serve, db: Database) -> None:
    """A server that doubles no dots: what comes behind the first one looks like an answer."""
    raw = letter("dots", body="before\r\n.\r\nand much after that\r\n")
    cut, whole = Step("^RETR 1", OK + raw + b".\r\n"), ALL[1]
    start = [*LOGIN, Step("^LIST", multi(b"1 %d" % len(raw), b"2 200")), Step("^UIDL", multi(b"1 one", b"2 two"))]
    server = serve([*start, cut, Step("^RETR 2", b"")], [*start, whole, cut, Step("^RETR", b"")])
    incoming = account(db, server, leave=False)
    for _ in range(2 if last else 1):
        with pytest.raises(CorreioError) as caught:
            incoming.sync()
        assert caught.value.id == "not-pop3"
    assert sorted(kept(db)) == ([digest(MAILS[1])] if last else [])
    honest = serve([*start, *([] if last else [whole]), retr(1, raw), Step("^DELE", OK), Step("^DELE", OK), QUIT])
    incoming.server = structs.replace(incoming.server, port=honest.port)
    incoming.sync()
    honest.check()
    assert sorted(kept(db)) == sorted(map(digest, (raw, MAILS[1])))
