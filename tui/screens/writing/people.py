"""The recipients on the composer's page, and what is worth knowing of the message while it is written."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from textual.content import Content
from textual.widgets import Static

from core.address import Address
from core.draft import Draft, size_of
from core.errors import CorreioError
from core.senders import identity_for
from core.store import correspondents
from core.store.database import Database
from tui.actions import compose as writing
from tui.actions import does
from tui.actions import writing as acts
from tui.screens.writing.recipients import FIELDS, Recipients
from tui.sentences import sentence
from tui.translation import _, ngettext
from tui.widgets.address_field import MOST, AddressField
from tui.widgets.sheet import human_size
from tui.writer import Done

if TYPE_CHECKING:
    from accounts.caps import Left
    from core.contact_names import Group
    from core.settings import Server

WORTH_TELLING = 100_000
"""Bytes from which on the size is told."""

LOOKED_AT_AFTER = 0.3
"""Seconds after which the caps of a server are looked at."""


class People(Recipients):
    """The composer's recipients."""

    def _way_out(self) -> Server | None:
        """The server that the sender's mail goes to first; None where there is none."""
        settings = self.correio.desk.settings
        identity = identity_for(settings, self.draft)
        ways = settings.ways_out(settings.account(identity.account), self.draft.from_.addr or identity.address)
        return ways[0] if ways else None

    def _limit(self) -> int:
        """How large a mail the sender's server takes, as far as it has said so; else 0."""
        from core.store import quota

        server = self._way_out()
        return (quota.limit_of(self.correio.desk.db, server.id) if server is not None else None) or 0

    _left: tuple[str, Left | None] = ("", None)
    """The server whose caps were looked up (its id), and what is left of them."""

    def _look_at_caps(self) -> None:
        """Look up what the sender's server takes until its caps are reached; the providers' are known elsewhere only."""
        server = self._way_out()
        if server is None or server.id == self._left[0]:
            return
        self._left = server.id, None

        def work(db: Database) -> Left | None:
            from accounts.caps import left_of

            return left_of(db, server, int(time.time()))

        def known(left: Left | None, error: CorreioError | None) -> None:
            if left is not None and self._left[0] == server.id and self.is_attached:
                self._left = server.id, left
                self.show_state()

        # Not while the page opens: what is known of providers is a hundred milliseconds of modules.
        self.set_timer(LOOKED_AT_AFTER, lambda: self.correio.desk.look_up(work, known))

    taken_out = False
    instead: tuple[int, ...] = ()
    filed = 0.0
    """When a copy was last put into the Drafts folder (monotonic seconds)."""

    def keeping(self, *, asked: bool = False) -> Callable[[Database], CorreioError | None] | None:
        """The work that puts what was written into the Drafts folder; None when there is nothing to keep."""
        return None

    def typed(self) -> None:
        """Something was typed, or a recipient came or went."""

    def _complete(self, typed: str) -> Sequence[Address | Group]:
        """Past mail first, most used first; then the address book; its groups stand last and are never left out."""
        found = correspondents.complete(self.correio.desk.db, typed)
        known = {one.key for one in found}
        found += [one for one in self.correio.in_address_book(typed) if one.key not in known]
        groups = self.correio.groups_in_address_book(typed)
        return [*found[: MOST - len(groups)], *groups]

    def offer_again(self) -> None:
        """The address book has come: it may know whom one is typing."""
        for field in self.address_fields().values():
            field.offer_again()

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
        notes = notes_of(self.draft, self.correio.key_for(acts.Bold).partition(" ")[0], people, most, self._limit())
        if self.taken_out:
            notes.insert(0, _("Not sent: taken out of the outbox"))
        elif self.instead:
            notes.insert(0, _("The old one stays in the outbox until this is sent or kept"))
        self._look_at_caps()
        if self._left[1] is not None:
            notes.append(left_words(self._left[1]))
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


def notes_of(draft: Draft, formats: str, people: Mapping[str, Sequence[Address]], most: int, limit: int) -> list[str]:
    """What is worth knowing of a draft: its format, how many get it, how many see each other (from `most` on), its size.

    `limit`: the largest mail that the server takes, 0 where it has not said.
    """
    notes = []
    if draft.rich:
        notes.append(_("Rich text · {key} formats").format(key=formats))
    everybody = {one.key for each in people.values() for one in each}
    if len(everybody) > 1:
        notes.append(ngettext("{n} recipient", "{n} recipients", len(everybody)).format(n=len(everybody)))
    visible = len({one.key for name in ("to", "cc") for one in people[name]})
    if most and visible >= most:
        notes.append(_("{n} see each other").format(n=visible))
    size = about(draft)
    if size >= WORTH_TELLING and limit:
        notes.append(_("about {size} of {limit}").format(size=human_size(size), limit=human_size(limit)))
    elif size >= WORTH_TELLING:
        notes.append(_("about {size}").format(size=human_size(size)))
    return notes


def left_words(left: Left) -> str:
    """What is left of a cap, in few words."""
    words = {
        "hour": _("{n} of {cap} left this hour"),
        "day": _("{n} of {cap} left today"),
        "week": _("{n} of {cap} left this week"),
    }
    return words[left.window].format(n=f"{left.count:,}", cap=f"{left.limit:,}")


def about(draft: Draft) -> int:
    """About how many bytes the mail will have on its way: files grow by a third and more (base64)."""
    return (sum(map(size_of, draft.attachments)) + sum(map(size_of, draft.images))) * 137 // 100 + len(draft.body)
