"""Where the files of a list come from: a stored message, or another file that holds them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from core.errors import CorreioError
from core.file_kind import kind_of, may_run
from tui.files import File, files_of, known

if TYPE_CHECKING:
    from core.archive import Archive, Packed
    from core.reading import Body
    from core.store.database import Database
    from tui.desk import Desk

QUICK = 1_000_000
"""Bytes of a file that can be looked through while somebody waits."""
Done = Callable[[list[File], CorreioError | None], None]


class HeldFiles:
    """Files whose bytes are all here: those of a `winmail.dat`, of a mail inside another one."""

    message = 0
    """The stored message that the files can be deleted from; 0: none."""
    fetching: File | None = None

    def __init__(self, title: str, files: Sequence[File]) -> None:
        self.title = title
        self.files = list(files)

    def get(self, wanted: Sequence[File], done: Done) -> None:
        """The files with their bytes."""
        done(list(wanted), None)

    def give_up(self) -> bool:
        """Stop fetching; whether there was anything to stop."""
        return False


class PackedFiles(HeldFiles):
    """The files in an archive, unpacked into memory when they are asked for; folders are no files."""

    def __init__(self, desk: Desk, title: str, data: bytes, archive: Archive) -> None:
        self._desk, self._data, self.archive = desk, data, archive
        entries = [one for one in archive.entries if not one.folder]
        super().__init__(title, [packed_file(one) for one in entries])
        self.entries = {id(file): one for file, one in zip(self.files, entries, strict=True)}

    def get(self, wanted: Sequence[File], done: Done) -> None:
        """Unpack them beside everything else."""
        data, entries = self._data, [self.entries[id(one)] for one in wanted]

        def work(db: Database) -> list[File]:
            from core.unpacking import unpack

            found = zip(wanted, unpack(data, entries), strict=True)
            return [known(file, one.data, damaged=one.damaged) for file, one in found]

        self._desk.look_up(work, lambda files, error: done(files or [], error))


def packed_file(entry: Packed) -> File:
    """A file in an archive: under the last part of its name it is saved, wherever the others lead."""
    import mimetypes

    name = entry.name.replace("\\", "/").rstrip("/").rpartition("/")[2]
    guess, packing = mimetypes.guess_type(name, strict=False)
    type = guess if guess is not None and packing is None else "application/octet-stream"
    problems = ["program"] if may_run(type, name) and kind_of(type, name) != "text" else []
    problems += ["locked"] if entry.locked else []
    problems += ["link"] if entry.link else ["leads-out"] if entry.leads_out else []
    return File(name, type, entry.size, problems=tuple(problems))


def files_of_enclosed(title: str, body: Body) -> HeldFiles:
    """The files of a mail that is a file itself, so all of it is here."""
    files = [known(one, body.data(one.part), damaged=body.is_damaged(one.part)) for one in files_of(body) if one.part is not None]
    return HeldFiles(title, files)


def _looked_at(body: Body, file: File) -> File:
    """With what a look at the encoded bytes tells, where that takes no time."""
    if file.part is None or file.size > QUICK or not body.is_damaged(file.part):
        return file
    return replace(file, problems=(*file.problems, "damaged"))


class StoredFiles(HeldFiles):
    """The attachments of a stored message, fetched from the server one by one, and what it has loaded from elsewhere."""

    def __init__(self, desk: Desk, body: Body, folder: int, loaded: Sequence[File] = ()) -> None:
        self._desk = desk
        self._loaded = tuple(loaded)
        """Images that the message has from the network."""
        self.folder = folder
        """The folder (row id) in which the message is seen."""
        self._given_up = False
        self.show(body)

    def show(self, body: Body) -> None:
        """The message as it is now, or another one in its place."""
        self.message = body.id
        self.parts = body.parts
        self.whole = body.raw is not None
        super().__init__(body.envelope.subject, (*files_of(body), *self._loaded))
        if self.whole:
            self.files = [_looked_at(body, one) for one in self.files]

    def reload(self) -> None:
        """What is here may have changed. NotFound when the message has gone."""
        from core.reading import open_body

        self.show(open_body(self._desk.db, self.message))

    def get(self, wanted: Sequence[File], done: Done) -> None:
        """Fetch what is missing, then read the bytes beside everything else; `done` in the event loop."""
        from core.reading import open_body

        here = open_body(self._desk.db, self.message)
        missing = next((one for one in wanted if one.part is not None and not here.has(one.part)), None)
        if missing is not None and missing.part is not None:
            self._fetch(missing, missing.part.section, wanted, done)
            return
        message = self.message

        def read(db: Database) -> list[File]:
            body = open_body(db, message)
            return [
                one if one.part is None else known(one, body.data(one.part), damaged=body.is_damaged(one.part)) for one in wanted
            ]

        self._desk.look_up(read, lambda files, error: done(files or [], error))

    def fetch_whole(self, done: Callable[[CorreioError | None], None]) -> None:
        """Have all of the message here."""
        if self.whole:
            done(None)
            return

        def fetched(answer: Any, error: CorreioError | None) -> None:
            try:
                self.reload()
            except CorreioError as gone:
                error = error or gone
            done(error)

        self._desk.ask("fetch", fetched, message=self.message, section="*")

    def give_up(self) -> bool:
        """Stop fetching; the engine ends between two pieces."""
        fetching = self.fetching
        if fetching is None or fetching.part is None:
            return False
        self._desk.engine.tell("give-up", message=self.message, section=fetching.part.section)
        return True

    def _fetch(self, file: File, section: str, wanted: Sequence[File], done: Done) -> None:
        self.fetching = file

        def fetched(answer: Any, error: CorreioError | None) -> None:
            self.fetching = None
            try:
                if error is not None:
                    raise error
                self.get(wanted, done)
            except CorreioError as why:  # it may have gone meanwhile
                done([], why)

        self._desk.ask("fetch", fetched, message=self.message, section=section)
