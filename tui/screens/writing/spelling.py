"""Spelling: what is misspelt is marked while nobody types, and a key goes through it."""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING

from textual.timer import Timer

from core.errors import CorreioError
from core.senders import identity_for
from tui.actions import does, writing
from tui.screens.writing.editing import Editing
from tui.sentences import sentence
from tui.translation import _

if TYPE_CHECKING:
    from core.spelling import Spellers
    from tui.widgets.choice_list import Choice

REST = 0.8
"""Seconds without a key after which words are looked at."""


class Spelling(Editing):
    """The composer's spelling."""

    _resting: Timer | None = None
    _speller: Spellers | None = None
    _no_speller = False

    def words_changed(self) -> None:
        """A key was typed: look at the words when it was the last for a while."""
        if self._no_speller:
            return
        if self._resting is None:
            self._resting = self.set_timer(REST, self._rested)
        else:
            self._resting.reset()

    def _rested(self) -> None:
        self._resting = None
        if self.is_active and not self._no_speller and self.is_mounted:
            self._look(self._in_view())

    def _in_view(self) -> list[list[str]]:
        """The paragraphs in view, as far as they are one's own."""
        from core.spelling import own_words, paragraphs_of

        lines = self.editor.document.lines
        end = own_words(lines)
        return paragraphs_of(lines[:end], self.editor.visible_rows())

    def _look(self, paragraphs: list[list[str]]) -> None:
        speller = self._its_speller()
        if speller is None:
            return

        def look() -> None:
            try:
                found = speller.misspelt(paragraphs)
            except CorreioError as error:
                self.app.call_from_thread(self._spelling_failed, error)
            else:
                self.app.call_from_thread(self._mark, found, set(found))

        self.run_worker(look, thread=True, exit_on_error=False, group="spelling")

    def _mark(self, found: dict[str, tuple[tuple[int, int], ...]], lines: set[str]) -> None:
        if self.is_mounted:
            self.editor.mark(found, lines)

    def _its_speller(self) -> Spellers | None:
        """The speller for the sender's language; None where spelling is off or there is no program."""
        from core.spelling import Spellers, dictionaries_for

        settings = self.correio.desk.settings
        sender = identity_for(settings, self.draft)
        own = sender.spelling
        language = sender.language or settings.ui.language or os.environ.get("LC_ALL") or os.environ.get("LANG") or ""
        known = "" if language in ("C", "POSIX", "C.UTF-8") else language
        wanted = dictionaries_for(settings.compose.spelling, own, known)
        if not wanted:
            return None
        if self._speller is None or self._speller.dictionaries != wanted:
            if self._speller is not None:
                self._speller.close()
            self._speller = Spellers(wanted)
        return self._speller

    def _spelling_failed(self, error: CorreioError) -> None:
        """No word about it while one writes; who asks for it is told."""
        self._no_speller = True
        if self._resting is not None:
            self._resting.stop()

    def on_unmount(self) -> None:
        """The program goes with the screen."""
        self.end_spelling()

    def end_spelling(self) -> None:
        """The composer closes."""
        if self._speller is not None:
            self._speller.close()
            self._speller = None

    # ------------------------------------------------------------------ word by word

    @does(writing.NextMisspelt)
    def next_misspelt(self) -> None:
        """The next misspelt word, and what may be meant."""
        self._no_speller = False
        speller = self._its_speller()
        if speller is None:
            self.say(_("Spelling is off: see the setting compose.spelling."))
            return
        from core.spelling import own_words, paragraphs_of

        lines = self.editor.lines[: own_words(self.editor.document.lines)]
        row, column = self.editor.selection.end

        def look() -> None:
            try:
                found = speller.misspelt(paragraphs_of(lines, range(len(lines))))
            except CorreioError as error:
                self.app.call_from_thread(self._say_error, error)
                return
            for step in range(len(lines) + 1):
                number = (row + step) % len(lines) if lines else 0
                for start, end in found.get(lines[number], ()) if lines else ():
                    if step == 0 and start < column:
                        continue
                    offered = speller.suggestions(lines[number][start:end], paragraphs_of(lines, [number])[0])
                    self.app.call_from_thread(self._offer, number, start, end, offered)
                    return
            self.app.call_from_thread(self.say, _("No word is misspelt."))

        self.run_worker(look, thread=True, exit_on_error=False, group="spelling")

    def _say_error(self, error: CorreioError) -> None:
        self._no_speller = True
        self.say(sentence(error), warning=True)

    def _offer(self, row: int, start: int, end: int, words: tuple[str, ...]) -> None:
        from textual.widgets.text_area import Selection

        from tui.screens.picker import Picker
        from tui.widgets.choice_list import Choice

        editor = self.editor
        if row >= editor.document.line_count:
            return
        word = editor.document.get_line(row)[start:end]
        editor.selection = Selection((row, start), (row, end))
        choices: list[Choice[tuple[str, str]]] = [Choice(("take", one), one) for one in words]
        choices.append(Choice(("learn", word), _("Add “{word}” to the dictionary").format(word=word)))
        choices.append(Choice(("ignore", word), _("Leave “{word}” for now").format(word=word)))
        title = _("“{word}” is not in the dictionary").format(word=word)
        self.app.push_screen(Picker(title, choices), partial(self._decided, (row, start), (row, end)))

    def _decided(self, start: tuple[int, int], end: tuple[int, int], chosen: tuple[str, str] | None) -> None:
        if chosen is None or self._speller is None:
            return
        from core.spelling import paragraphs_of

        verb, word = chosen
        try:
            if verb == "take":
                self.editor.replace(word, start, end)
                self.editor.move_cursor((start[0], start[1] + len(word)))
            elif verb == "learn":
                self._speller.learn(word, paragraphs_of(self.editor.lines, [start[0]])[0])
            else:
                self._speller.ignore(word)
        except CorreioError as error:
            self.say(sentence(error), warning=True)
            return
        self._look(self._in_view())
        self.next_misspelt()
