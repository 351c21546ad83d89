"""One's own calendar, a folder or on a server: what it has at the time of an invitation, and entries put into it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field

from core.errors import CorreioError, PasswordNeeded
from tui.screens.main.fates import Fates
from tui.sentences import sentence
from tui.translation import _

if TYPE_CHECKING:  # what calendars need is imported when there is something for one
    from core.calendar_reader import CalendarReader
    from core.invitation import Calendar, Entry, Stretch
    from core.reading import Body
    from core.store.database import Database

MOST_TIMES = 10
"""Times of a series that are compared with the calendar."""
SHOWN_TIMES = 3


class Known(Struct):
    """What was read of the calendar file of one message."""

    data: bytes = b""
    calendar: Calendar | None = None
    before: Entry | None = None
    earlier: Entry | None = None
    """The version before this one, as an earlier mail has it."""
    clashes: tuple[Stretch, ...] | None = None
    whole: bool = True
    coming: tuple[Stretch, ...] | None = ()
    spans: tuple[tuple[int, int], ...] = ()
    """The times that it would take, seconds since 1970."""
    asked: set[str] = field(default_factory=set)
    """Sections that were fetched for it."""

    @property
    def entry(self) -> Entry | None:
        """The entry that it is about."""
        return self.calendar.main if self.calendar is not None else None


class OwnCalendar(Fates):
    """What invitations ask of the calendar, and put into it."""

    def __init__(self) -> None:
        super().__init__()
        self._calendars: CalendarReader | None = None

    def _has_calendar(self) -> bool:
        settings = self.desk.settings.calendar
        return bool(settings.folder or settings.url)

    def _ask_busy(self, body: Body, known: Known) -> None:
        """What the calendar on its server has then; where it does not answer, nothing is said of it."""
        entry, reader = known.entry, self._calendars
        if entry is None or reader is None or not self.desk.settings.calendar.url or not (known.spans or entry.uid):
            return

        def answered(found: Any, error: CorreioError | None) -> None:
            if error is None and isinstance(found, dict):
                self.run_worker(lambda: work(found), thread=True, exit_on_error=False)

        def work(found: dict[str, Any]) -> None:
            import msgspec

            from core.invitation import Stretch

            before = reader.read(str(found["before"]).encode()).main if found["before"] else None
            self.correio.call_later(done, msgspec.convert(found["taken"], list[Stretch]), bool(found["whole"]), before)

        def done(taken: list[Stretch], whole: bool, before: Entry | None) -> None:
            known.before = known.before or before
            if known.spans:
                known.clashes = tuple(dict.fromkeys((*(known.clashes or ()), *taken)))
                known.whole = known.whole and whole
            self._shown_anew(body)

        self.desk.ask("busy", answered, uid=entry.uid, spans=known.spans)

    def _ask_earlier(self, body: Body, known: Known) -> None:
        """What the mail before this one said of the same event."""
        entry, reader = known.entry, self._calendars
        if entry is None or reader is None or not entry.uid or (known.calendar and known.calendar.method == "REPLY"):
            return
        from core.earlier_invitations import EarlierFile, earlier_files, version_before

        sender = body.envelope.from_[0].key if body.envelope.from_ else ""

        def found(files: list[EarlierFile] | None, error: CorreioError | None) -> None:
            if files:
                self.run_worker(lambda: work(files), thread=True, exit_on_error=False)

        def work(files: list[EarlierFile]) -> None:
            calendars = [(reader.read(one.data), one.received) for one in files]
            if (before := version_before(entry, calendars)) is not None:
                self.correio.call_later(done, before[0])

        def done(before: Entry) -> None:
            known.earlier = before
            self._shown_anew(body)

        self.desk.look_up(lambda db: earlier_files(db, body.id, entry, sender), found)

    def _keep(self, body: Body, known: Known, entry: Entry, answer: Any, *, quiet: bool = False) -> None:
        from core.calendar_keeping import keep_in_folder

        reader, settings = self._calendars, self.desk.settings.calendar
        if reader is None:
            return

        def kept(place: str, error: CorreioError | None) -> None:
            if error is not None:
                self.complain(error)
                return
            known.calendar, known.asked = None, set()
            self._shown_anew(body)
            if not quiet:
                self.say(_("Saved in your calendar: {place}").format(place=place))

        if settings.folder:

            def into_folder() -> None:
                try:
                    path = keep_in_folder(reader, settings.folder, known.data, entry.uid, answer)
                except CorreioError as error:
                    self.correio.call_later(kept, "", error)
                else:
                    self.correio.call_later(kept, str(path), None)

            self.run_worker(into_folder, thread=True, exit_on_error=False)
        if settings.url:
            from core.calendar_keeping import question

            words = question(known.data, entry.uid, answer)

            def work(db: Database) -> int:
                from core.store import calendar_waiting

                return calendar_waiting.queue(db, words, entry.title)

            def queued(waiting: int | None, error: CorreioError | None) -> None:
                if waiting is None:
                    kept("", error)
                else:
                    self._keep_on_server(waiting, kept)

            self.desk.write(work, queued, hurry=False)

    def _keep_on_server(self, waiting: int, kept: Callable[[str, CorreioError | None], None]) -> None:
        """The engine puts it there, now or as soon as it can; a password that it needs is asked for."""

        def answered(place: Any, error: CorreioError | None) -> None:
            from core.store import schedule

            if isinstance(error, PasswordNeeded) and error.values.get("credential"):
                self._ask_calendar_password(error, lambda: self._keep_on_server(waiting, kept))
            elif error is not None and schedule.find(self.desk.db, waiting) is not None:
                self.say(_("It waits for your calendar's server. {why}").format(why=sentence(error)))
                self.correio.store_changed()
            else:
                kept(str(place or self.desk.settings.calendar.url), error)

        self.desk.ask("keep-event", answered, entry=waiting)

    def _ask_calendar_password(self, error: PasswordNeeded, again: Callable[[], None]) -> None:
        from tui.passphrase import NEEDED
        from tui.screens.dialog import PassphraseScreen, PasswordScreen

        settings, opens = self.desk.settings.calendar, error.id in NEEDED

        def typed(password: str | None) -> None:
            if password is None:
                self.complain(error)
                self.correio.store_changed()
                return

            def told(answer: Any, refused: CorreioError | None) -> None:
                if refused is None:
                    again()
                else:
                    self.complain(refused)

            self.desk.ask("password", told, credential=error.values["credential"], password=password, opens=opens)

        wrong = error.id == "passphrase-wrong"
        self.app.push_screen(PassphraseScreen(again=wrong) if opens else PasswordScreen(settings.user, settings.url), typed)


def read_file(reader: CalendarReader, known: Known, folder: str, url: str) -> None:
    """In a thread: the file, then what one's own calendar has to say about it."""
    from core.calendar_keeping import in_folder

    calendar = reader.read(known.data)
    entry = calendar.main
    now = int(time.time())
    if entry is not None:
        series = entry.rule is not None or entry.more_rules
        times: list[Stretch] | None = []
        if entry.start is not None and (series or folder or url):
            times = reader.next_times(known.data, now, MOST_TIMES)
        known.coming = tuple(times[:SHOWN_TIMES]) if times is not None and series else None if times is None else ()
        if entry.busy and calendar.method in ("REQUEST", "ADD", "COUNTER", "PUBLISH", ""):
            known.spans = tuple((one.start, one.end) for one in times or () if one.end > one.start)
        if folder:
            known.before = in_folder(reader, folder, entry.uid)
            if known.spans:
                found, known.whole = reader.taken(folder, known.spans, entry.uid)
                known.clashes = tuple(found)
    known.calendar = calendar
