"""Putting messages aside: snoozed until a time, muted, judged as spam; and tags to find them again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from core.clean import clean_line
from core.errors import CorreioError
from core.labels import LABELS, read_tags
from core.store.database import Database
from tui.actions import does, folder, message
from tui.screens.main.changes import Changed
from tui.screens.main.images import Images
from tui.screens.main.remote import RemoteContent
from tui.sentences import sentence
from tui.translation import _, ngettext
from tui.view import View, folders_of, with_choices

if TYPE_CHECKING:  # what changes need is imported when something is changed
    from core.operations import Place
    from core.store.schedule import Entry


class SettingAside(RemoteContent, Images):
    """What is done with messages that one does not want to see now."""

    @does(message.Snooze)
    def snooze(self, argument: str = "") -> None:
        """Away until a time that is asked for."""
        chosen = self.chosen()
        if chosen.nothing:
            self.app.bell()
            return

        def answered(text: str) -> None:
            from tui.times import read_time

            if not text.strip():
                return
            try:
                until = read_time(text, datetime.now())
            except CorreioError as error:
                self.complain(error)
                return
            self.correio.remember(message.Snooze, text)

            def work(db: Database, places: Sequence[Place]) -> Changed:
                from core import snooze

                count = len(places)
                words = ngettext("{n} message comes back {time}", "{n} messages come back {time}", count)
                step = snooze.snooze(db, places, until)
                return Changed(step or -1, words.format(n=f"{count:,}", time=when(until)))

            self.change(work, leaves=not self._in_role("snoozed"), chosen=chosen)

        if argument:
            answered(argument)
        else:
            self.ask_line(_("Snooze until (tomorrow, 2h, mon 9:00): "), answered, check=wrong_time)

    @does(folder.Snoozed)
    def show_snoozed(self) -> None:
        """What is snoozed and until when; the one chosen is shown in its folder."""
        from core import snooze
        from core.store import messages
        from tui.screens.picker import Picker
        from tui.widgets.choice_list import Choice

        found = snooze.snoozed(self.desk.db)
        if not found:
            self.say(_("Nothing is snoozed."))
            return
        choices = []
        for entry in found:
            mail = messages.get(self.desk.db, entry.message or 0)
            label, who = clean_line(mail.subject) or _("(no subject)"), clean_line(mail.name or mail.address)
            choices.append(Choice(entry, label, detail=who, right=when(entry.due)))

        def picked(entry: Entry | None) -> None:
            if entry is not None and entry.message is not None:
                self._go_to_message(entry.message)

        self.app.push_screen(Picker(_("Snoozed"), choices), picked)

    def _go_to_message(self, id: int) -> None:
        from core.store import messages

        places = messages.folders_of(self.desk.db, id)
        if not places:
            return
        view = with_choices(self.desk, View(places[0]))
        self.open_view(view)
        self.show_pane("list")
        key = self.source_of(view).key_of(id)
        if key is not None:
            self.list.go_to(key)

    @does(message.Mute)
    def mute(self) -> None:
        """The conversation is quiet from now on, or no longer."""

        def work(db: Database, places: Sequence[Place]) -> Changed:
            from core import mute

            on, count = mute.mute(db, places)
            words = (
                ngettext("{n} conversation muted and read: its new mail arrives read",
                         "{n} conversations muted and read: their new mail arrives read", count)
                if on
                else ngettext("{n} conversation is heard again, what was unread is unread",
                              "{n} conversations are heard again, what was unread is unread", count)
            )  # fmt: skip
            return Changed(-1, words.format(n=f"{count:,}"))

        self.change(work, chosen=self.chosen(whole=True))

    @does(message.Spam)
    def spam(self) -> None:
        """To the spam folder, or out of it."""
        guilty = not self._in_role("junk")

        def work(db: Database, places: Sequence[Place]) -> Changed:
            from core import junk

            count = len(places)
            words = (
                ngettext("{n} message moved to spam", "{n} messages moved to spam", count)
                if guilty
                else ngettext("{n} message is no spam: back in the inbox", "{n} messages are no spam: back in the inbox", count)
            )
            return Changed(junk.judge(db, places, guilty), words.format(n=f"{count:,}"))

        self.change(work, leaves=True)

    @does(folder.Empty)
    def empty_folder(self) -> None:
        """All of the trash or the spam folder for ever, after asking."""
        from tui.screens.dialog import Confirm

        shown = [one for one in folders_of(self.desk.db, self.view) if not self.view.is_search]
        if not shown or any(one.role not in ("trash", "junk") for one in shown):
            self.say(_("Only the trash and the spam folder can be emptied: go there first."), warning=True)
            return
        count = sum(one.total for one in shown)
        if not count:
            self.say(_("There was nothing to change."))
            return
        ids = [one.id for one in shown]

        def work(db: Database) -> Changed:
            from core import operations

            marks = ",".join("?" * len(ids))
            places = [
                (row[0], row[1])
                for row in db.read(f"SELECT folder, message FROM placement WHERE folder IN ({marks}) AND hidden = 0", ids)
            ]
            gone = ngettext("{n} message deleted for ever", "{n} messages deleted for ever", len(places))
            return Changed(operations.expunge(db, places), gone.format(n=f"{len(places):,}"))

        def answered(yes: bool | None) -> None:
            if yes:
                self.desk.write(work, self._changed)

        words = ngettext("Delete {n} message for ever?", "Delete {n} messages for ever?", count).format(n=f"{count:,}")
        self.app.push_screen(Confirm(words, _("Delete")), answered)

    @does(message.Tag)
    def tag(self, argument: str = "") -> None:
        """Tags on or off."""
        chosen = self.chosen()
        if chosen.nothing:
            self.app.bell()
            return

        def answered(text: str) -> None:
            tags = read_tags(text)
            if not tags:
                return
            self.correio.remember(message.Tag, text)

            def work(db: Database, places: Sequence[Place]) -> Changed:
                from core import operations

                count = len(places)
                words = ngettext("{n} message tagged: {tags}", "{n} messages tagged: {tags}", count)
                return Changed(operations.set_tags(db, places, tags), words.format(n=f"{count:,}", tags=" ".join(text.split())))

            self.change(work, chosen=chosen)

        if argument:
            answered(argument)
        else:
            self.ask_line(_("Tags (-name takes one off): "), answered, complete=self._complete_tags)

    def _complete_tags(self, text: str) -> list[str]:
        """The line with its last word completed to a tag that there is."""
        before, blank, last = text.rpartition(" ")
        sign = last[:1] if last[:1] in "+-" else ""
        rows = self.desk.db.read(
            "SELECT DISTINCT name FROM keyword WHERE shown = 1 AND name >= ?1 AND name < ?1 || char(1114111) AND"
            " name NOT LIKE '$%' ORDER BY name LIMIT 20",
            (last[len(sign) :].lower(),),
        )
        labels = [name for name in LABELS.values() if name.startswith(last[len(sign) :]) and last[len(sign) :]]
        return [f"{before}{blank}{sign}{name}" for name in (*labels, *(name for (name,) in rows))]


def when(seconds: int) -> str:
    """A time to come, as people write it."""
    return f"{datetime.fromtimestamp(seconds):%a %d %b %H:%M}"


def wrong_time(text: str) -> str:
    """What is wrong with a time that somebody types; '' for one that can be had, and for none."""
    from tui.times import read_time

    try:
        if text.strip():
            read_time(text, datetime.now())
    except CorreioError as error:
        return sentence(error)
    return ""
