"""Files that go as links: one message per recipient with links of their own, made before it is sent, ended in time."""

from __future__ import annotations

import dataclasses
import sys
import threading
import time
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime
from email import message_from_bytes
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from accounts.engine.link_keeper import LinkKeeper, carry_out
from accounts.sharing import OwnCommand, WebDav
from core import sharing
from core.address import Address
from core.draft import Attachment, ComposeError, Draft, Options
from core.drafting import take_back
from core.errors import CorreioError, NetworkError, PasswordNeeded, ServerRefused
from core.secret import Secret
from core.sending import as_sent, queue
from core.server_draft import from_bytes, to_bytes
from core.settings import Settings
from core.settings.links import Links
from core.sharing import Told, unheard
from core.store import outbox, schedule, sent_events, shared_files
from core.store.database import Database
from tests.core.test_sending import SETTINGS
from tests.empty_store import empty_store
from tests.servers.authority import Authority
from tests.servers.web import HOST, WebSink, says

NOW = datetime(2026, 5, 3, 9, 0, tzinfo=UTC)
PLACE = Links(url=f"https://{HOST}/dav/", public="https://files.example.org/s/", user="me", days=7)
PEOPLE = (Address("Ana", "ana@example.org"), Address("Bob", "bob@example.net"))


class Place:
    """A place in memory; `down`: what it says of the next try."""

    watches = True

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.down: list[CorreioError] = []
        self.count = 0

    def place_for(self, name: str) -> str:
        return ""

    def upload(self, name: str, source: Path | bytes, days: int, place: str = "", told: Told = unheard) -> tuple[str, str]:
        if self.down:
            raise self.down.pop(0)
        url = f"https://files.example.org/{len(self.files)}/{name}"
        self.files[url] = source.read_bytes() if isinstance(source, Path) else source
        return url, url

    def withdraw(self, url: str, place: str) -> None:
        self.files.pop(place, None)

    def fetched(self, url: str, place: str) -> int:
        return self.count


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    database = empty_store(tmp_path / "state" / "correio.db")
    yield database
    database.close()


def settings(links: Links = PLACE) -> Settings:
    return replace(SETTINGS, links=links)


def draft(tmp_path: Path) -> Draft:
    file = tmp_path / "plan.pdf"
    file.write_bytes(b"%PDF the plan")
    files = (Attachment("plan.pdf", path=str(file), link=True), Attachment("note.txt", data=b"small"))
    return Draft(to=PEOPLE[:1], bcc=PEOPLE[1:], subject="The plan", body="Here it is.\n\n-- \nMe\n", attachments=files)


def prepared(db: Database, place: Place, *, links: Links = PLACE) -> list[bytes]:
    rows = outbox.rows(db)
    for row in rows:
        if shared_files.waiting(db, row.id):
            sharing.prepare(db, settings(links), row, as_sent, place)
    return [outbox.wire(db, row.id) for row in rows]


def test_each_recipient_has_links_of_their_own(db: Database, tmp_path: Path) -> None:
    first = queue(db, settings(), draft(tmp_path))
    rows = outbox.rows(db)
    assert [row.recipients for row in rows] == [("ana@example.org",), ("bob@example.net",)]
    assert all(shared_files.waiting(db, row.id) and not outbox.wire(db, row.id) for row in rows)
    place = Place()
    to_ana, to_bob = prepared(db, place)
    assert len(place.files) == 2 and set(place.files.values()) == {b"%PDF the plan"}
    assert b"/0/plan.pdf" in to_ana and b"/1/plan.pdf" not in to_ana and b"bob@" not in to_ana
    assert b"/1/plan.pdf" in to_bob and b"ana@" not in to_bob
    parts = list(message_from_bytes(to_ana).walk())
    assert [part.get_filename() for part in parts if part.get_filename()] == ["note.txt"], "the others go as they are"
    text = parts[1].get_payload(decode=True)
    assert isinstance(text, bytes) and text.index(b"https://") < text.index(b"-- \r\n"), "above the signature"
    assert f"Message-ID: <{first.message_id}>".encode() in to_ana
    assert outbox.copy(db, rows[0].id) == to_ana


@pytest.mark.parametrize(("days", "until"), [("", 7), ("1", 1), ("0", 0)])
def test_a_message_can_say_when_its_links_end(db: Database, tmp_path: Path, days: str, until: int) -> None:
    asked: list[int] = []

    class Counting(Place):
        def upload(self, name: str, source: Path | bytes, days: int, place: str = "", told: Told = unheard) -> tuple[str, str]:
            asked.append(days)
            return super().upload(name, source, days, place, told)

    one = dataclasses.replace(draft(tmp_path), bcc=(), options=Options(link_days=days))
    assert Draft.from_json(one.to_json()).options == one.options
    assert from_bytes(to_bytes(one, SETTINGS.identities[0], now=NOW), SETTINGS.identities).options.link_days == days
    row = queue(db, settings(), one)
    prepared(db, Counting())
    (file,) = shared_files.of(db, row.id)
    assert asked == [until] and round((file.expires - time.time()) / 86400) == until if until else not file.expires


def test_what_is_there_is_not_uploaded_again(db: Database, tmp_path: Path) -> None:
    many = draft(tmp_path)
    second = tmp_path / "second.txt"
    second.write_text("2")
    many = Draft(to=PEOPLE[:1], subject="x", attachments=(*many.attachments[:1], Attachment("2", path=str(second), link=True)))
    row = queue(db, settings(), many)
    place = Place()
    original = place.upload

    def once(name: str, source: Path | bytes, days: int, *more: object) -> tuple[str, str]:
        if name == "2" and not place.count:
            place.count = 1
            raise ServerRefused("http-status", server="x", answer="", code=507)
        return original(name, source, days)

    place.upload = once  # type: ignore[method-assign]
    with pytest.raises(ServerRefused):
        sharing.prepare(db, settings(), row, as_sent, place)
    assert not outbox.wire(db, row.id)
    sharing.prepare(db, settings(), row, as_sent, place)
    assert len(place.files) == 2
    wire = outbox.wire(db, row.id)
    sharing.prepare(db, settings(), row, as_sent, place)
    assert outbox.wire(db, row.id) == wire, "once fixed, bytes never change"


@pytest.mark.parametrize(("links", "gone", "id"), [(Links(), False, "no-links-place"), (PLACE, True, "attachment-unreadable")])
def test_what_cannot_go_is_said_before_it_is_queued(db: Database, tmp_path: Path, links: Links, gone: bool, id: str) -> None:
    written = draft(tmp_path)
    if gone:
        (tmp_path / "plan.pdf").unlink()
    with pytest.raises(ComposeError) as caught:
        queue(db, settings(links), written)
    assert caught.value.id == id
    assert outbox.rows(db, all=True) == []


def test_links_end(db: Database, tmp_path: Path) -> None:
    queue(db, settings(), draft(tmp_path))
    place = Place()
    prepared(db, place)
    entries = {entry.kind: entry for entry in schedule.of_kind(db, "withdraw") + schedule.of_kind(db, "fetched")}
    assert entries["withdraw"].due > time.time() + 6 * 86_400
    place.count = 2
    assert carry_out(db, entries["fetched"], lambda: place) is None
    [event] = [one for one in sent_events.of(db, outbox.rows(db)[1].message_id) if one.kind == "fetched"]
    assert (event.recipient, event.words, event.teller) == ("bob@example.net", "plan.pdf", "files.example.org")
    assert carry_out(db, entries["withdraw"], lambda: place) is None
    assert len(place.files) == 1
    assert len(shared_files.there(db)) == 1
    assert len(schedule.of_kind(db, "withdraw")) == 1, "the other one's end is still to come"


def test_a_link_that_cannot_be_withdrawn_now_is_tried_again(db: Database, tmp_path: Path) -> None:
    queue(db, settings(), draft(tmp_path))
    prepared(db, Place())
    [first, _] = schedule.of_kind(db, "withdraw")

    def nowhere() -> sharing.Sharer:
        raise CorreioError("no-links-place")

    assert carry_out(db, first, nowhere) is not None
    assert len(schedule.of_kind(db, "withdraw")) == 2


def test_the_engine_looks_after_them(db: Database, tmp_path: Path) -> None:
    queue(db, settings(), draft(tmp_path))
    place = Place()
    prepared(db, place)
    shared_files.end(db, [one.id for one in shared_files.there(db)])
    looks = threading.Semaphore(0)
    first, *later = schedule.due(db, time.time())

    class Store:
        def __enter__(self) -> Database:
            self.db = Database(tmp_path / "state" / "correio.db")
            return self.db

        def __exit__(self, *ended: object) -> None:
            if later:  # due just when all that was known is done
                keeper.carry_out(self.db, [later.pop()])
            self.db.close()

    keeper = LinkKeeper(Store, lambda: place, looks.release)  # type: ignore[arg-type]
    keeper.carry_out(db, [first])
    assert looks.acquire(timeout=30) and looks.acquire(timeout=30)
    assert place.files == {} and shared_files.there(db) == []


def test_taken_back_its_links_end(db: Database, tmp_path: Path) -> None:
    row = queue(db, settings(), draft(tmp_path))
    prepared(db, Place())
    taken = take_back(db, settings(), row.id)
    assert taken is not None and taken.draft is not None
    assert (taken.draft.to, taken.draft.bcc) == (PEOPLE[:1], PEOPLE[1:])
    assert len([entry for entry in schedule.due(db, time.time()) if entry.kind == "withdraw"]) == 2


# the places ----------------------------------------------------------------


def test_webdav(authority: Authority, tmp_path: Path) -> None:
    file = tmp_path / "x"
    file.write_bytes(b"data")
    with WebSink(authority, says(201)) as web:
        place = WebDav(replace(PLACE, trust=str(authority.file)), Secret("s3cret"), resolver=web.resolver)
        url, known = place.upload("../a plan?.pdf", file, 7)
        place.withdraw(url, known)
    (head, _, _), (put, headers, body), (gone, _, _) = web.requests
    assert head.startswith(f"HEAD /dav/{known} ")
    assert put.startswith("PUT /dav/") and put.split()[1].endswith("-_a_plan_.pdf") and body == b"data"
    assert headers["If-None-Match"] == "*" and headers["Authorization"].startswith("Basic ")
    assert url == "https://files.example.org/s/" + known and len(known) > 30
    assert gone.split()[:2] == ["DELETE", f"/dav/{known}"]


@pytest.mark.parametrize(
    ("status", "kind"), [(401, PasswordNeeded), (403, ServerRefused), (507, ServerRefused), (412, NetworkError)]
)
def test_webdav_refuses(authority: Authority, status: int, kind: type[CorreioError]) -> None:
    with WebSink(authority, says(status)) as web, pytest.raises(kind):
        links = replace(PLACE, trust=str(authority.file), credential="cloud")
        WebDav(links, Secret("x"), resolver=web.resolver).upload("a", b"x", 1)


class Disk:
    """What a WebDAV server has; `cut`: after how many bytes of the next PUT the line breaks, what came stays."""

    def __init__(self) -> None:
        self.files: dict[str, int] = {}
        self.largest = 0
        self.cut = 0
        self.full = False

    def answer(self, sink: WebSink, line: BaseHTTPRequestHandler) -> None:
        if line.command == "PUT":
            self._take(line)
        elif line.command == "DELETE":
            says(204 if self.files.pop(line.path, None) is not None else 404)(sink, line)
        elif line.path in self.files:
            says(200, **{"Content-Length": str(self.files[line.path])})(sink, line)
        else:
            says(404)(sink, line)

    def _take(self, line: BaseHTTPRequestHandler) -> None:
        left = int(line.headers["Content-Length"])
        assert line.path not in self.files
        if self.full:
            line.send_response(507)
            line.send_header("Content-Length", "0")
            line.end_headers()
            return
        while left and (data := line.rfile.read1(65536)):  # type: ignore[attr-defined]
            left -= len(data)
            self.files[line.path] = self.files.get(line.path, 0) + len(data)
            if self.cut and self.files[line.path] >= self.cut:
                line.connection.close()
                return
        if not left:
            line.send_response(201)
            line.send_header("Content-Length", "0")
            line.end_headers()


@pytest.fixture
def cloud(authority: Authority) -> Iterator[tuple[Disk, WebDav]]:
    disk = Disk()
    with WebSink(authority, disk.answer, reads=False) as web:
        yield disk, WebDav(replace(PLACE, trust=str(authority.file)), Secret("x"), resolver=web.resolver)


LARGE = 40_000_000


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """A file with a hole for its content."""
    file = tmp_path / "film.bin"
    with file.open("wb") as opened:
        opened.truncate(LARGE)
    return file


def test_a_large_file_is_read_while_it_goes(cloud: tuple[Disk, WebDav], large: Path) -> None:
    disk, place = cloud
    heard: list[tuple[int, int]] = []

    def told(done: int, total: int) -> bool:
        heard.append((done, total))
        return True

    tracemalloc.start()
    try:
        _url, known = place.upload("film.bin", large, 7, place.place_for("film.bin"), told)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert disk.files == {f"/dav/{known}": LARGE}
    assert peak < LARGE / 8, "never the whole of it in memory"
    assert heard[0] == (0, LARGE) and sorted(heard) == heard


def test_an_upload_that_is_cut_off_is_begun_anew_at_the_same_place(cloud: tuple[Disk, WebDav], large: Path) -> None:
    disk, place = cloud
    known = place.place_for("film.bin")
    disk.cut = 100_000
    with pytest.raises(CorreioError):
        place.upload("film.bin", large, 7, known)
    disk.cut = 0
    disk.files[f"/dav/{known}"] = 5  # the line was gone: nothing could be taken away
    place.upload("film.bin", large, 7, known)
    assert disk.files == {f"/dav/{known}": LARGE}
    before = dict(disk.files)
    assert place.upload("film.bin", large, 7, known)[1] == known
    assert disk.files == before, "what is there whole is not sent again"


def test_an_upload_can_be_given_up(cloud: tuple[Disk, WebDav], large: Path) -> None:
    disk, place = cloud
    with pytest.raises(NetworkError) as caught:
        place.upload("film.bin", large, 7, "x", lambda done, total: False)
    assert caught.value.id == "sending-cancelled"
    assert disk.files == {}, "nothing of it stays"


def test_a_server_without_room_says_so(cloud: tuple[Disk, WebDav], large: Path) -> None:
    disk, place = cloud
    disk.full = True
    with pytest.raises(CorreioError) as caught:
        place.upload("film.bin", large, 7)
    assert caught.value.values.get("code") == 507 or isinstance(caught.value, NetworkError)
    assert disk.files == {}


def test_where_a_file_goes_is_known_before_it_goes(db: Database, tmp_path: Path) -> None:
    row = queue(db, settings(), draft(tmp_path))
    place = Place()
    place.place_for = lambda name: f"random-{name}"  # type: ignore[method-assign]
    place.down = [NetworkError("connection-closed", server="x", answer="")]
    with pytest.raises(NetworkError):
        sharing.prepare(db, settings(), row, as_sent, place)
    [one] = shared_files.of(db, row.id)
    assert (one.state, one.place) == (shared_files.WAITING, "random-plan.pdf")
    take_back(db, settings(), row.id)
    [entry] = [entry for entry in schedule.due(db, time.time()) if entry.kind == "withdraw"]
    place.files["random-plan.pdf"] = b"%PDF the"
    assert carry_out(db, entry, lambda: place) is None
    assert place.files == {}, "what a broken upload has left goes with the mail"


def test_cancelled_while_its_files_go(db: Database, tmp_path: Path) -> None:
    row = queue(db, settings(), draft(tmp_path))
    place = Place()
    whole = place.upload

    def slow(*words: Any) -> tuple[str, str]:
        outbox.cancel(db, row.id)
        return whole(*words)

    place.upload = slow  # type: ignore[method-assign]
    with pytest.raises(NetworkError):
        sharing.prepare(db, settings(), row, as_sent, place)
    assert [entry.kind for entry in schedule.due(db, time.time())] == ["withdraw"]


def test_a_command(tmp_path: Path) -> None:
    script = tmp_path / "up.py"
    script.write_text(
        "import sys\nverb, *words = sys.argv[1:]\n"
        "if verb == 'up': print('working'); print('https://x.example/' + words[1] + '?' + words[2] + open(words[0]).read())\n"
        "elif verb == 'count': print(3)\nelif words[0] == 'https://bad': sys.exit('no such link')\n"
    )
    run = f"{sys.executable} -S {script}"
    links = Links(command=f"{run} up {{file}} {{name}} {{days}}", withdraw=f"{run} down {{url}}", fetched=f"{run} count {{url}}")
    place = OwnCommand(links)
    assert place.upload("a b;rm.txt", b"!", 9) == ("https://x.example/a_b_rm.txt?9!",) * 2
    assert (place.watches, place.fetched("https://x", "")) == (True, 3)
    place.withdraw("https://x", "")
    with pytest.raises(CorreioError) as caught:
        place.withdraw("https://bad", "")
    assert caught.value.values["answer"] == "no such link"
    with pytest.raises(CorreioError) as caught:
        OwnCommand(Links(command="/nowhere/up {file}")).upload("a", b"", 1)
    assert caught.value.id == "links-command"
