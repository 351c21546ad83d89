"""The question before a link is opened: where it leads, in full, and what is to be known of it."""

from __future__ import annotations

from typing import Literal

from textual import events
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from core.cells import wrap
from core.clean import clean_line
from core.link_doubts import examine_link
from core.link_target import ascii_target, read_target
from core.rendered import Link
from tui.glyphs import glyphs_of
from tui.screens.dialog import Dialog
from tui.screens.picker import Picker
from tui.sentences import link_sentence
from tui.translation import _
from tui.widgets.choice_list import ChoiceList

LONGEST_TEXT = 300
WIDTH = 70

Answer = Literal["open", "copy"]


class LinkQuestion(Dialog[Answer]):
    """A link's true target; `y` opens it, `c` copies it. `opener`: what opens it, '' where nothing does."""

    DEFAULT_CSS = """
    LinkQuestion VerticalScroll {
        width: 76; max-width: 96%; height: auto; max-height: 80%; border: round $border; border-title-color: $foreground;
        background: $background; padding: 0 1; scrollbar-size-vertical: 1;
    }
    LinkQuestion .warning { color: $error; text-style: bold; }
    LinkQuestion .target { margin: 1 0; }
    """

    def __init__(self, link: Link, opener: str) -> None:
        super().__init__()
        self.link, self.opener = link, opener
        self.target = ascii_target(link.target)

    def compose(self) -> ComposeResult:
        title = _("Link {number}").format(number=self.link.number) if self.link.number else _("Link")
        findings = examine_link(self.link)
        sign = glyphs_of(self).urgent
        with VerticalScroll() as frame:
            frame.border_title = Content(f" {title} ")
            for one in findings:
                if one.warning:
                    yield Static(Content(f"{sign} {link_sentence(one)}"), classes="warning", markup=False)
            if self.link.text and self.link.text != self.link.target:
                words = _("Text: {text}").format(text=clean_line(self.link.text)[:LONGEST_TEXT])
                yield Static(Content(words), classes="keys", markup=False)
            yield Static(self._address(), classes="target", markup=False)
            for one in findings:
                if not one.warning:
                    yield Static(Content(link_sentence(one)), classes="keys", markup=False)
            told = any(not one.warning for one in findings)
            yield Static(Content(f"\n{self._keys()}" if told else self._keys()), classes="keys", markup=False)

    def _address(self) -> Content:
        """The address as it is opened, its host set off."""
        text = "\n".join(wrap(self.target, min(WIDTH, max(self.app.size.width - 8, 20))))
        host = read_target(self.target).host
        at = text.lower().find(host) if host else -1
        if read_target(self.target).user:
            at = text.lower().find("@" + host) + 1
        if at < 0:
            return Content(text)
        end = at + len(host)
        return Content.assemble(text[:at], (text[at:end], "bold underline"), text[end:])

    def _keys(self) -> str:
        if self.opener:
            return _("y opens it ({program})     c copies it     n or Esc leaves it").format(program=self.opener)
        return _("y or c copies it     n or Esc leaves it")

    def on_key(self, event: events.Key) -> None:
        if event.key in ("y", "o", "enter", "c", "n", "q"):
            event.stop()
            copies = event.key == "c" or not self.opener
            self.dismiss(None if event.key in ("n", "q") else "copy" if copies else "open")


class LinkPicker(Picker[Link]):
    """The links of a page; a number that is typed is that of a link before it is part of an address."""

    def _fit(self, typed: str) -> None:
        super()._fit(typed)
        number = typed.strip()
        exact = [one for one in self.all_choices if number.isdecimal() and str(one.value.number) == number]
        if exact:
            fitting: ChoiceList[Link] = self.query_one(ChoiceList)
            fitting.show([*exact, *(one for one in fitting.choices if one is not exact[0])])
