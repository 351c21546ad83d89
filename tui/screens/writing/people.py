"""The recipients on the composer's page, and what is worth knowing of the message while it is written."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from textual.content import Content
from textual.widgets import Static

from core.address import Address
from core.draft import Draft
from core.errors import CorreioError
from core.store import correspondents
from core.store.database import Database
from tui.actions import compose as writing
from tui.actions import does
from tui.actions import writing as acts
from tui.screens.writing.images import Images
from tui.sentences import sentence
from tui.translation import _, ngettext
from tui.widgets.address_field import AddressField
from tui.widgets.sheet import human_size
from tui.writer import Done

FIELDS = ("to", "cc", "bcc")
WORTH_TELLING = 100_000
"""Bytes from which on the size is told."""


class People(Images):
    """The composer's recipients."""

    filed = 0.0
    """When a copy was last put into the Drafts folder (monotonic seconds)."""

    def keeping(self) -> Callable[[Database], CorreioError | None] | None:
        """The work that puts what was written into the Drafts folder; None when there is nothing to keep."""
        return None

    def typed(self) -> None:
        """Something was typed, or a recipient came or went."""

    def _complete(self, typed: str) -> Sequence[Address]:
        """Past mail first, most used first; then the address book."""
        found = correspondents.complete(self.correio.desk.db, typed)
        known = {one.key for one in found}
        return [*found, *(one for one in self.correio.in_address_book(typed) if one.key not in known)]

    def on_address_field_changed(self) -> None:
        """Recipients came, went, or one was chosen."""
        self.typed()
        self.show_state()
        self.correio.show_keys()

    def on_address_field_moved(self, event: AddressField.Moved) -> None:
        """A recipient goes to another field."""
        self.query_one(f"#field-{event.target}", AddressField).add([event.address])

    def on_resize(self) -> None:
        """The line above the text is as wide as the screen."""
        if self.is_mounted:
            self.show_state()

    def show_state(self) -> None:
        """What the mail is, in the line above the text: rich text, to how many, how large."""
        people = {name: self.query_one(f"#field-{name}", AddressField).people for name in FIELDS}
        most = self.correio.desk.settings.compose.many_recipients
        notes = notes_of(self.draft, self.correio.key_for(acts.Bold).partition(" ")[0], people, most)
        line = "".join(f"─ {note} " for note in notes)
        width = self.size.width
        self.query_one("#rule", Static).update(Content(line + "─" * max(width - len(line), 0)))

    def file_copy(self, done: Done = lambda result, error: None) -> None:
        """Put a copy into the Drafts folder, in place of the one before."""
        work = self.keeping()
        self.filed = time.monotonic()
        if work is None:
            done(None, None)
            return

        def filed(trouble: CorreioError | None, error: CorreioError | None) -> None:
            wrong = error or trouble
            if wrong is not None:
                self.correio.say(sentence(wrong), warning=True, seconds=15)
            else:
                done(None, None)

        self.correio.desk.write(work, filed)

    @does(writing.Keep)
    def keep(self) -> None:
        """A copy in Drafts now."""
        self.file_copy(lambda result, error: self.correio.say(_("Kept in Drafts.")))


def notes_of(draft: Draft, formats: str, people: Mapping[str, Sequence[Address]], most: int) -> list[str]:
    """What is worth knowing of a draft: its format, how many get it, how many see each other (from `most` on), its size."""
    notes = []
    if draft.rich:
        notes.append(_("Rich text · {key} formats").format(key=formats))
    everybody = {one.key for each in people.values() for one in each}
    if len(everybody) > 1:
        notes.append(ngettext("{n} recipient", "{n} recipients", len(everybody)).format(n=len(everybody)))
    visible = len({one.key for name in ("to", "cc") for one in people[name]})
    if most and visible >= most:
        notes.append(_("{n} see each other").format(n=visible))
    size = size_of(draft)
    if size >= WORTH_TELLING:
        notes.append(_("about {size}").format(size=human_size(size)))
    return notes


def size_of(draft: Draft) -> int:
    """About how many bytes the mail will have on its way: files grow by a third and more (base64)."""
    total = 0
    kept = [(one.data, one.path) for one in draft.attachments] + [(one.data, one.path) for one in draft.images]
    for data, path in kept:
        if data is not None:
            total += len(data)
        else:
            with contextlib.suppress(OSError, ValueError, RuntimeError):
                total += Path(path).expanduser().stat().st_size
    return total * 137 // 100 + len(draft.body)
