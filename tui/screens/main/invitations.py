"""Invitations and other calendar files: read beside everything else, shown on a card, answered, kept in a calendar."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from core.clean import clean_line, clean_text
from core.errors import CorreioError, NotFound
from tui.actions import does, invitation
from tui.screens.main.own_calendar import Known, OwnCalendar, read_file
from tui.translation import _

if TYPE_CHECKING:  # what invitations need is imported when a message has one
    from core.invitation import Calendar, Entry
    from core.part import Part
    from core.reading import Body
    from core.settings import Identity
    from core.store.database import Database
    from tui.invitation_card import Told
    from tui.widgets.sheet import Card

MOST_KNOWN = 50


class Invitations(OwnCalendar):
    """What is done with the calendar file of the message in the reader, or under the cursor."""

    def __init__(self) -> None:
        super().__init__()
        self._invitations: OrderedDict[int, Known] = OrderedDict()

    def on_unmount(self) -> None:
        """The process that reads calendar files ends with the screen."""
        if self._calendars is not None:
            self._calendars.close()

    # ------------------------------------------------------------------ reading

    def card_of(self, body: Body) -> Card | None:
        """The card of a message's calendar file, once it was read; for mail without one nothing is loaded."""
        part = self._calendar_part(body)
        if part is None:
            return None
        known = self._invitations.get(body.id)
        if known is None:
            known = self._invitations[body.id] = Known()
            while len(self._invitations) > MOST_KNOWN:
                self._invitations.popitem(last=False)
        if known.calendar is None:
            self._begin(body, part, known, lambda known: self._shown_anew(body))
            return None
        told = self._told(body, known)

        def card(width: int, glyphs: Any) -> Any:
            from tui.invitation_card import card_lines

            return card_lines(told, width, glyphs)

        return card

    def _calendar_part(self, body: Body) -> Part | None:
        if not any("calendar" in part.type or part.type.startswith("application/") for part in body.parts):
            return None
        from core.invitation_reply import calendar_parts

        return next(iter(calendar_parts(body.parts)), None)

    def _begin(self, body: Body, part: Part, known: Known, then: Callable[[Known], None]) -> None:
        """Read the file in a thread, after fetching it where it is not here."""
        if not body.has(part):
            if part.section in known.asked:
                return
            known.asked.add(part.section)

            def fetched(answer: Any, error: CorreioError | None) -> None:
                if error is None:
                    from core.reading import open_body

                    self._begin(open_body(self.desk.db, body.id), part, known, then)

            self.desk.ask("fetch", fetched, message=body.id, section=part.section)
            return
        if "" in known.asked:
            return
        known.asked.add("")
        from core.calendar_reader import CalendarReader
        from core.charset import decode

        if self._calendars is None:
            self._calendars = CalendarReader()
        reader, settings = self._calendars, self.desk.settings
        known.data = decode(body.data(part), part.charset).encode("utf-8", "replace")

        def work() -> None:
            read_file(reader, known, settings.calendar.folder, settings.calendar.url)
            self.correio.call_later(done)

        def done() -> None:
            self._ask_busy(body, known)
            self._ask_earlier(body, known)
            known.asked.discard("")
            entry, method = known.entry, known.calendar.method if known.calendar is not None else ""
            if entry is not None and entry.uid and method in ("REQUEST", "CANCEL", "ADD"):
                self.desk.write(lambda db: _see(db, entry, method), hurry=False)
            then(known)

        self.run_worker(work, thread=True, exit_on_error=False)

    def _told(self, body: Body, known: Known) -> Told:
        from core.store import invitations
        from tui.invitation_card import Told

        entry, settings = known.entry, self.desk.settings
        assert known.calendar is not None
        mine = frozenset(one.address.casefold() for one in settings.identities)
        answered = newest = None
        if entry is not None:
            newest = invitations.newest(self.desk.db, entry)
            own = [invitations.answered(self.desk.db, entry, one.address) for one in entry.people if _is_mine(one.address, mine)]
            own += [invitations.answered(self.desk.db, entry, one) for one in mine]
            answered = next((one for one in own if one is not None), None)
        return Told(
            calendar=known.calendar,
            mine=mine | {one.address.casefold() for one in (entry.people if entry else ()) if _is_mine(one.address, mine)},
            sender=body.envelope.from_[0].key if body.envelope.from_ else "",
            answered=answered,
            newest=newest,
            before=known.before,
            earlier=known.earlier,
            clashes=known.clashes,
            whole=known.whole,
            coming=known.coming,
            keys=self._what_can_be_done(known.calendar, entry),
        )

    def _what_can_be_done(self, calendar: Calendar, entry: Entry | None) -> str:
        from core.invitation_reply import organizer_of

        if entry is None:
            return ""
        key = self.correio.key_for
        found = []
        mine = {one.address.casefold() for one in self.desk.settings.identities}
        own = entry.organizer is not None and entry.organizer.address.casefold() in mine
        if calendar.method in ("REQUEST", "ADD") and organizer_of(entry) is not None and not own:
            found += [
                _("{key} accepts").format(key=key(invitation.Accept)),
                _("{key} declines").format(key=key(invitation.Decline)),
                _("{key} says perhaps").format(key=key(invitation.Perhaps)),
            ]
            if not (entry.rule or entry.more_rules):
                found.append(_("{key} proposes another time").format(key=key(invitation.Propose)))
        if self._has_calendar():
            found.append(_("{key} saves it").format(key=key(invitation.Keep)))
        found.append(_("{key} shows all").format(key=key(invitation.Show)))
        return " · ".join(found)

    def _with_known(self, then: Callable[[Body, Known, Entry], None]) -> None:
        """Go on with the calendar file of the message here, read first where it was not yet."""
        body = self.body_here()
        part = self._calendar_part(body) if body is not None else None
        if body is None or part is None:
            self.say(_("This message has no invitation and no calendar file."))
            return

        def go(known: Known) -> None:
            entry = known.entry
            if entry is None:
                self.say(_("This calendar file cannot be read."), warning=True)
            else:
                then(body, known, entry)

        known = self._invitations.get(body.id)
        if known is not None and known.calendar is not None:
            go(known)
            return
        known = self._invitations.setdefault(body.id, Known())
        self._begin(body, part, known, go)

    # ------------------------------------------------------------------ answering

    @does(invitation.Accept)
    def accept(self, argument: str = "") -> None:
        """I come."""
        self._answer_with("ACCEPTED", argument)

    @does(invitation.Decline)
    def decline(self, argument: str = "") -> None:
        """I do not."""
        self._answer_with("DECLINED", argument)

    @does(invitation.Perhaps)
    def perhaps(self, argument: str = "") -> None:
        """I may."""
        self._answer_with("TENTATIVE", argument)

    @does(invitation.Propose)
    def propose(self, argument: str = "") -> None:
        """Another time would be better."""

        def then(body: Body, known: Known, entry: Entry) -> None:
            from datetime import datetime

            from core.invitation_reply import organizer_of
            from tui.screens.main.setting_aside import wrong_time
            from tui.times import read_time

            to = organizer_of(entry)
            if known.calendar is None or known.calendar.method not in ("REQUEST", "ADD") or to is None:
                self.say(_("Nobody waits for an answer to this."), warning=True)
                return
            if entry.rule is not None or entry.more_rules or entry.start is None:
                self.say(_("It repeats: answer with a word instead."), warning=True)
                return

            def timed(text: str) -> None:
                if not text.strip():
                    return
                try:
                    start = read_time(text, datetime.now())
                except CorreioError as error:
                    self.complain(error)
                    return
                label = _("Another time, with a word to {who} (Enter: none): ").format(who=to.addr)
                send = self._send_invitation_answer
                self.ask_line(label, lambda word: send(body, known, entry, "COUNTER", word.strip(), start))

            if argument:
                timed(argument)
            else:
                self.ask_line(_("Which time instead (tomorrow 10:00, 2026-03-12 14:30): "), timed, check=wrong_time)

        self._with_known(then)

    def _answer_with(self, says: str, comment: str) -> None:
        def then(body: Body, known: Known, entry: Entry) -> None:
            from core.invitation_reply import organizer_of

            to = organizer_of(entry)
            if known.calendar is None or known.calendar.method not in ("REQUEST", "ADD") or to is None:
                self.say(_("Nobody waits for an answer to this."), warning=True)
                return
            if comment:
                self._send_invitation_answer(body, known, entry, says, comment)
                return
            labels = {
                "ACCEPTED": _("Accept, with a word to {who} (Enter: none): "),
                "DECLINED": _("Decline, with a word to {who} (Enter: none): "),
                "TENTATIVE": _("Perhaps, with a word to {who} (Enter: none): "),
            }
            label = labels[says].format(who=to.addr)
            self.ask_line(label, lambda text: self._send_invitation_answer(body, known, entry, says, text.strip()))

        self._with_known(then)

    def _send_invitation_answer(self, body: Body, known: Known, entry: Entry, says: str, comment: str, start: int = 0) -> None:
        from core.invitation import Answer
        from core.invitation_reply import address_of, send_answer

        identity, reader, settings = self._invited(body, entry), self._calendars, self.desk.settings
        if identity is None or reader is None:
            self.complain(NotFound("no-identity", what="identity", name=""))
            return
        answer = Answer(address_of(entry, identity), says, identity.name, comment, int(time.time()), start)
        words = _words_of_answer(entry, answer)

        def work(db: Database) -> int:
            calendar = reader.reply(known.data, entry.uid, answer)
            due = int(time.time()) + settings.compose.undo_send_seconds
            return send_answer(db, settings, body.id, body.envelope, entry, identity, answer, calendar, words, not_before=due)

        def queued(id: int | None, error: CorreioError | None) -> None:
            self.correio.mail_queued(id, error)
            if error is None:
                self._shown_anew(body)
                if self._has_calendar() and says != "COUNTER" and (says != "DECLINED" or known.before is not None):
                    self._keep(body, known, entry, answer, quiet=True)

        self.desk.write(work, queued)

    def _invited(self, body: Body, entry: Entry) -> Identity | None:
        from core.invitation_reply import invited
        from core.message import read_message
        from core.reply import identity_for

        settings = self.desk.settings
        own = self.correio.identity_of(body)
        found = invited(entry, settings.identities)
        return found or identity_for(read_message(body.header), settings.identities, own.id if own is not None else "")

    # ------------------------------------------------------------------ keeping

    @does(invitation.Keep)
    def keep(self) -> None:
        """Into one's own calendar."""
        if not self._has_calendar():
            words = _("No calendar is set. correio config set calendar.folder FOLDER (or calendar.url) names one.")
            self.say(words, warning=True)
            return
        self._with_known(lambda body, known, entry: self._keep(body, known, entry, None))

    # ------------------------------------------------------------------ all of it

    @does(invitation.Show)
    def show_calendar(self) -> None:
        """Everything in the file, on a screen of its own."""

        def then(body: Body, known: Known, entry: Entry) -> None:
            from tui.calendar_page import page_text
            from tui.files import File
            from tui.screens.file import FileScreen

            part = self._calendar_part(body)
            assert known.calendar is not None and part is not None
            name = part.name or f"{clean_line(entry.title) or 'calendar'}.ics"
            file = File(name, "text/calendar", len(known.data), data=known.data)
            words = _("Everything in the calendar file.")
            self.app.push_screen(FileScreen(file, text=clean_text(page_text(known.calendar)), notice=words))

        self._with_known(then)


def _is_mine(address: str, mine: frozenset[str]) -> bool:
    from core.own_addresses import is_own
    from core.settings import Identity

    return any(is_own(address, (Identity(account="00000000", address=one),)) for one in mine)


def _see(db: Database, entry: Entry, method: str) -> None:
    from core.store import invitations

    with db.write():
        invitations.see(db, entry, method)


def _words_of_answer(entry: Entry, answer: Any) -> tuple[str, str]:
    """Subject and text of an answer, for people."""
    from datetime import date

    from core.cells import wrap
    from tui import calendar_words

    title = entry.title or _("(no title)")
    proposed = ""
    if answer.start and entry.start is not None:
        known = entry.end is not None and entry.end.seconds is not None and entry.start.seconds is not None
        lasts = entry.end.seconds - entry.start.seconds if known else 0  # type: ignore[union-attr, operator]
        day = calendar_words.day(date.fromtimestamp(answer.start))
        proposed = day if entry.start.is_day else calendar_words.span(answer.start, answer.start + lasts)
    subjects = {"ACCEPTED": _("Accepted: {title}"), "DECLINED": _("Declined: {title}"), "TENTATIVE": _("Perhaps: {title}"),
                "COUNTER": _("Another time: {title}")}  # fmt: skip
    texts = {
        "ACCEPTED": _("{who} has accepted the invitation to “{title}”, {when}."),
        "DECLINED": _("{who} has declined the invitation to “{title}”, {when}."),
        "TENTATIVE": _("{who} has answered the invitation to “{title}”, {when}, with “perhaps”."),
        "COUNTER": _("{who} proposes another time for “{title}”: {proposed}, instead of {when}."),
    }
    who, when = answer.name or answer.address, calendar_words.when(entry)
    text = texts[answer.says].format(who=who, title=title, when=when, proposed=proposed)
    lines = "\n".join(wrap(text, 72))
    return subjects[answer.says].format(title=title), f"{lines}\n\n{answer.comment}\n" if answer.comment else f"{lines}\n"
