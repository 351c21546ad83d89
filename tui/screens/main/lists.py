"""Mailing lists: leaving one, asking its owner, finding its archive."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from core.errors import CorreioError
from tui.actions import compose, does, message
from tui.screens.main.answering import Answering
from tui.sentences import sentence
from tui.translation import _

if TYPE_CHECKING:  # what lists need is imported when somebody turns to one
    from core.mailing_list import MailingList, Way
    from core.reading import Body


class MailingLists(Answering):
    """What is done with the list that the message in the reader, or under the cursor, came through."""

    def __init__(self) -> None:
        super().__init__()
        self._tried: set[str] = set()
        """Addresses that were asked in vain: another way is offered first."""

    @does(message.Unsubscribe)
    def unsubscribe(self) -> None:
        """Leave the list, after asking; what will happen, and who hears of it, is said first."""
        from core.mailing_list import MAIL, ONE_CLICK, PAGE

        found = self._list_here()
        if found is None:
            return
        body, it = found
        ways = sorted(it.ways(), key=lambda way: way.uri in self._tried)
        if not ways:
            self.say(_("There is nothing to unsubscribe from: this message names no way to."), warning=True)
            return
        leave = {ONE_CLICK: self._leave_by_request, MAIL: self._leave_by_mail, PAGE: self._leave_on_page}
        leave[ways[0].kind](body, it, ways[0])

    def _leave_by_request(self, body: Body, it: MailingList, way: Way) -> None:
        words = _("Leave {list}? One request goes to {host}, over https: the address that this message names, nothing more.")

        def done(answer: Any, error: CorreioError | None) -> None:
            if error is None:
                self._shown_anew(body)
                self.say(_("{host} has accepted it: you have left {list}.").format(host=way.place, list=_called(it, body)))
                return
            self._tried.add(way.uri)
            why = sentence(error)
            more = _("{why} {key} offers the next way.").format(why=why, key=self._key())
            self.say(more if any(other.uri not in self._tried for other in it.ways()) else why, warning=True)

        def go() -> None:
            self.say(_("{host} is asked…").format(host=way.place))
            self.desk.ask("leave-list", done, message=body.id, uri=way.uri)

        self._confirm(body, it, words.format(list=_called(it, body), host=way.place), _("Unsubscribe"), go)

    def _leave_by_mail(self, body: Body, it: MailingList, way: Way) -> None:
        from core import leaving_lists
        from core.store.database import Database

        settings = self.desk.settings
        own = self.correio.identity_of(body)
        try:
            draft = leaving_lists.letter(settings, body.header, way, own.id if own is not None else "")
        except CorreioError as error:
            self.complain(error)
            return
        words = _("Leave {list}? A mail goes from {me} to {to}, with the subject “{subject}” and no text.")
        if draft.body.strip():
            words = _("Leave {list}? A mail goes from {me} to {to}, with the subject “{subject}” and the text “{text}”.")
        words = words.format(
            list=_called(it, body), me=draft.from_.addr, to=way.place, subject=draft.subject, text=_short(draft.body)
        )

        def work(db: Database) -> int:
            due = int(time.time()) + settings.compose.undo_send_seconds
            return leaving_lists.leave_by_mail(db, settings, body.id, draft, way, not_before=due)

        def queued(id: int | None, error: CorreioError | None) -> None:
            if error is None:
                self._shown_anew(body)
            self.correio.mail_queued(id, error)

        self._confirm(body, it, words, _("Unsubscribe"), lambda: self.desk.write(work, queued))

    def _leave_on_page(self, body: Body, it: MailingList, way: Way) -> None:
        words = _("{list} can only be left on a page: {uri} Correio does not open it; its address is copied for your browser.")
        self._confirm(body, it, words.format(list=_called(it, body), uri=_short(way.uri)), _("Copy"), lambda: self._copy(way.uri))

    def _left_at(self, body: Body, it: MailingList) -> int | None:
        from core.mailing_list import key_of
        from core.store import lists_left

        return lists_left.when(self.desk.db, body.id, key_of(it, body.envelope))

    def _confirm(self, body: Body, it: MailingList, question: str, yes: str, go: Any) -> None:
        from tui.dates import full_date
        from tui.screens.dialog import Confirm

        left = self._left_at(body, it)
        if left is not None:
            question = _("You left this list on {date}. {question}").format(date=full_date(left), question=question)
        if self._is_spam(body):
            warning = _("This message is in spam: whoever sent it learns that your address is read.")
            question = f"{warning} {question}"
        self.app.push_screen(Confirm(question, yes), lambda said: go() if said else None)

    def _is_spam(self, body: Body) -> bool:
        from core.store import folders, messages

        db = self.desk.db
        return any(folders.get(db, place).role == "junk" for place in messages.folders_of(db, body.id))

    def _shown_anew(self, body: Body) -> None:
        """The reader says it at once, unless the screen is just leaving."""
        reading = self.reading
        if not self.query("#reader") or reading is None or reading.opened is None:
            return
        if reading.message == body.id or self._is_on_page(body.id):
            self.show_body(reading, reading.opened.body if reading.message == body.id else body)

    # ------------------------------------------------------------------ its archive, its people

    @does(message.ListArchive)
    def list_archive(self) -> None:
        """Where the message, or the whole list, can be read."""
        self._turn_to(lambda it: (*it.archived_at, *it.archive), _("This message names no archive."))

    @does(compose.ListOwner)
    def list_owner(self) -> None:
        """Write to who runs the list."""
        self._turn_to(lambda it: it.owner, _("This message does not name the owner of a list."))

    @does(compose.ListHelp)
    def list_help(self) -> None:
        """Ask the list how it is used."""
        self._turn_to(lambda it: it.help, _("This message names no place that helps with its list."))

    @does(compose.ListSubscribe)
    def list_subscribe(self) -> None:
        """Come (back) to the list."""
        self._turn_to(lambda it: it.subscribe, _("This message does not say how one subscribes."))

    def _turn_to(self, wanted: Callable[[MailingList], tuple[str, ...]], nothing: str) -> None:
        """The first of the addresses that the list here gives: a mail to it is begun, a page's is shown and copied."""
        from core import leaving_lists

        found = self._list_here()
        if found is None:
            return
        body, it = found
        uris = wanted(it)
        if not uris:
            self.say(nothing, warning=True)
        elif uris[0].lower().startswith("mailto:"):
            own = self.correio.identity_of(body)
            settings = self.desk.settings
            self.correio.write_draft(leaving_lists.to_list(settings, body.header, uris[0], own.id if own is not None else ""))
        else:
            self._copy(uris[0])

    def _copy(self, uri: str) -> None:
        self.correio.copy_address(uri)

    def _list_here(self) -> tuple[Body, MailingList] | None:
        from core.mailing_list import read_list

        body = self.body_here()
        return (body, read_list(body.headers)) if body is not None else None

    # ------------------------------------------------------------------ in the reader

    def about_list(self, body: Body) -> str:
        """A line for the reader, where the message says how its list is left; '' for all other mail."""
        if b"list-unsubscribe" not in body.header.lower():
            return ""
        from core.mailing_list import read_list
        from tui.dates import full_date

        it = read_list(body.headers)
        if not it.ways():
            return ""
        left = self._left_at(body, it)
        if left is not None:
            return _("You unsubscribed from {list} on {date}").format(list=_called(it, body), date=full_date(left))
        return _("Mailing list {list} · {key} unsubscribes").format(list=_called(it, body), key=self._key())

    def _key(self) -> str:
        return self.correio.key_for(message.Unsubscribe) or ":unsubscribe"


def _called(it: MailingList, body: Body) -> str:
    """The list for people: its name, else its sender's."""
    senders = body.envelope.from_
    name = it.name or (senders[0].shown if senders else "") or _("this list")
    return f"“{_short(name, 60)}”"


def _short(text: str, most: int = 200) -> str:
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[: most - 1]}…"
