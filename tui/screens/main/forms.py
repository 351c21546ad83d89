"""The forms of a message: plain text, HTML, source, and HTML in a browser. Plain or HTML is kept for each sender."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from core.clean import clean_line
from tui.actions import does, view
from tui.screens.main.links import Links
from tui.translation import _

if TYPE_CHECKING:
    from core.reading import Body
    from tui.opened import Opened


class Forms(Links):
    """What a message is shown as."""

    def make_ready(self, opened: Opened) -> None:
        """A message is shown as its sender's mail was the last time, unless another form was chosen for it already."""
        from core.store import reading_choices

        super().make_ready(opened)
        if not opened.form:
            chosen = reading_choices.of(self.desk.db, sender_of(opened.body)).form
            opened.form = chosen if chosen in opened.forms() else ""

    @does(view.Source)
    def other_form(self) -> None:
        """Plain text, HTML, source: the next of them."""
        reading = self.reading
        opened = reading.opened if reading else None
        if opened is None or reading is None:
            return
        if not opened.turn():
            self.say(_("There is no other form of this message here."))
            return
        self.show_body(reading, opened.body)
        sender = sender_of(opened.body)
        if opened.form == "source":
            self.say(_("Source"))
        elif len(opened.forms()) < 3 or not sender:
            self.say({"plain": _("Plain text"), "html": _("HTML")}[opened.form])
        else:
            self._keep_form(sender, opened.form)
            words = {"plain": _("Plain text, for all mail of {sender}"), "html": _("HTML, for all mail of {sender}")}
            self.say(words[opened.form].format(sender=clean_line(sender)))

    def _keep_form(self, sender: str, form: str) -> None:
        from core.store import reading_choices
        from core.store.database import Database

        def work(db: Database) -> None:
            reading_choices.put(db, sender, replace(reading_choices.of(db, sender), form=form))

        self.desk.write(work, self.correio.reported(), hurry=False)

    @does(view.Browser)
    def view_in_browser(self) -> None:
        """The HTML in a browser, from a copy that can load nothing."""
        body = self.body_here()
        if body is None:
            return
        part = body.html_part
        if part is not None and body.has(part):
            self._view_copy(body)
        elif part is None and body.parts:
            self.say(_("There is no HTML in this message."))
        else:
            self.with_whole(body, self._view_copy)

    def _view_copy(self, body: Body) -> None:
        from core.html_clean import cleaned_html

        part = body.html_part
        if part is None:
            self.say(_("There is no HTML in this message."))
            return
        images = {
            one.content_id.lower(): (one.type, body.data(one))
            for one in body.parts
            if one.content_id and one.main == "image" and body.has(one)
        }
        self.correio.show_page(cleaned_html(body.text(part), body.envelope.subject, {**images, **self.loaded_images(body.id)}))


def sender_of(body: Body) -> str:
    """The address under which choices for a sender are kept."""
    return body.envelope.from_[0].key if body.envelope.from_ else ""
