"""Remote images: never loaded by themselves; once, for a sender, or always, when the user says so."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from msgspec.structs import replace

from core.clean import clean_line
from core.errors import CorreioError
from tui.actions import does, view
from tui.actions.message import Attachments, Export, Pipe
from tui.screens.main.forms import Forms, sender_of
from tui.sentences import sentence
from tui.translation import _, ngettext

if TYPE_CHECKING:
    from accounts.remote_images import Loaded
    from core.rendered import Page
    from core.store.reading_choices import ReadingChoice
    from tui.opened import Opened
    from tui.screens.main.opening import Reading

MOST_MESSAGES = 20
"""Messages whose loaded images are kept in memory; nowhere else."""


class RemoteContent(Forms):
    """What a message would have from the network."""

    def __init__(self) -> None:
        super().__init__()
        self._loaded: OrderedDict[int, dict[str, Loaded]] = OrderedDict()
        self._wanted: set[int] = set()
        """Messages whose images were asked for, or are on their way."""

    def loaded_images(self, message: int) -> dict[str, tuple[str, bytes]]:
        """The type and bytes of the remote images of a message that were loaded, by address."""
        found = self._loaded.get(message, {})
        return {one.address: (one.size.type, one.data) for one in found.values() if one.size is not None}

    def make_ready(self, opened: Opened) -> None:
        """Say which keys load images and list files, and what the images are called that were loaded."""
        super().make_ready(opened)
        opened.files_key = self.correio.key_for(Attachments)
        opened.load_key = self.correio.key_for(view.LoadRemote)
        words = _("{pipe} gives all of it to a program, {save} saves it.")
        opened.rest_words = words.format(pipe=self.correio.key_for(Pipe), save=self.correio.key_for(Export))
        for one in self._loaded.get(opened.body.id, {}).values():
            if one.size is not None:
                opened.loaded[one.address] = f"{one.size.width}×{one.size.height}"

    def _laid_out(self, reading: Reading, opened: Opened, page: Page) -> None:
        super()._laid_out(reading, opened, page)
        if self.reading is reading and reading.opened is opened:
            self._load_wanted(opened, page)

    def _put_again(self, message: int, opened: Opened) -> None:
        super()._put_again(message, opened)
        if self._ready.get(message) is opened and self._is_on_page(message):
            self._load_wanted(opened, opened.page(self.reader.text_width()))

    def _load_wanted(self, opened: Opened, page: Page) -> None:
        if page.remote and self._loads_by_itself(opened, page):
            self._load_images(opened, page)

    def _loads_by_itself(self, opened: Opened, page: Page) -> bool:
        """Whether the user has said so, for all mail or for this sender: and nothing speaks against that it is he."""
        settings = self.desk.settings
        if opened.body.id in self._wanted or settings.sync.offline or self._writers is None:
            return False
        if settings.ui.remote_content:
            return True
        return self._choice(opened).remote and not self._writers.look(opened.body, page.links).warnings

    def _choice(self, opened: Opened) -> ReadingChoice:
        from core.store import reading_choices

        return reading_choices.of(self.desk.db, sender_of(opened.body))

    # ------------------------------------------------------------------ asking

    @does(view.LoadRemote)
    def load_remote(self) -> None:
        """Load the images now, or always for this sender or for all."""
        from tui.opened import hosts_of
        from tui.screens.picker import Picker
        from tui.widgets.choice_list import Choice

        opened = self.reading.opened if self.reading is not None else None
        if opened is None:
            return
        page = self.reader.page
        sender = sender_of(opened.body)
        kept, always = self._choice(opened).remote, self.desk.settings.ui.remote_content
        if not page.remote and not kept and not always:
            self.say(_("This message would load nothing from the network."))
            return
        choices = []
        if page.remote:
            hosts = clean_line(", ".join(hosts_of(page)))
            choices.append(Choice("once", _("Load the images now, this once"), hosts))
        if sender and not kept:
            choices.append(Choice("sender", _("Always load the images of {sender}").format(sender=clean_line(sender))))
        if sender and kept:
            choices.append(Choice("not sender", _("No longer load the images of {sender}").format(sender=clean_line(sender))))
        if always:
            choices.append(Choice("not all", _("No longer load the images of all mail")))
        else:
            choices.append(Choice("all", _("Always load the images of all mail")))

        def chosen(answer: str | None) -> None:
            if answer is not None and self.reading is not None and self.reading.opened is opened:
                self._answered(opened, page, answer)

        self.app.push_screen(Picker(_("Images from the network"), choices), chosen)

    def _answered(self, opened: Opened, page: Page, answer: str) -> None:
        if answer.endswith("sender"):
            self._keep_remote(sender_of(opened.body), answer == "sender")
        elif answer.endswith("all"):
            self._keep_for_all(answer == "all")
        if answer in ("once", "sender", "all") and page.remote:
            self._load_images(opened, page)
        elif answer.startswith("not"):
            self.say(_("They are loaded only when you say so."))

    def _keep_remote(self, sender: str, loads: bool) -> None:
        from core.store import reading_choices
        from core.store.database import Database

        def work(db: Database) -> None:
            reading_choices.put(db, sender, replace(reading_choices.of(db, sender), remote=loads))

        self.desk.write(work, self.correio.reported(), hurry=False)

    def _keep_for_all(self, loads: bool) -> None:
        from core.settings.file import save

        try:
            save(self.desk.wiring.home.settings_file, lambda old: replace(old, ui=replace(old.ui, remote_content=loads)))
        except CorreioError as error:
            self.complain(error)
        else:
            self.desk.reload_settings()

    # ------------------------------------------------------------------ loading

    def _load_images(self, opened: Opened, page: Page) -> None:
        """Fetch the images in a thread. Those that nobody would see only tell the sender, and are left alone."""
        addresses = [one.address for one in page.remote if not one.tracker]
        message = opened.body.id
        self._wanted.add(message)
        if not addresses:
            self.say(_("There is nothing to be seen: all of it are trackers."))
            return
        self.say(ngettext("{n} image is being loaded…", "{n} images are being loaded…", len(addresses)).format(n=len(addresses)))
        wiring, plain = self.desk.wiring, self.desk.settings.ui.remote_http

        def work() -> None:
            found = wiring.load_images(addresses, plain=plain)
            self.correio.call_later(self._images_came, message, found)

        self.run_worker(work, thread=True, exit_on_error=False)

    def _images_came(self, message: int, found: list[Loaded]) -> None:
        good = {one.address: one for one in found if one.error is None}
        self._loaded[message] = {**self._loaded.get(message, {}), **good}
        self._loaded.move_to_end(message)
        while len(self._loaded) > MOST_MESSAGES:
            self._loaded.popitem(last=False)
        reading = self.reading
        if reading is not None and reading.opened is not None and reading.message == message and good:
            self.show_body(reading, reading.opened.body)
        elif good and self._is_on_page(message):
            self._ready.pop(message, None)
            self.reader.put(message, self.sheet(message))
        if good:
            self.more_images(message)
        words = ngettext("{n} image loaded.", "{n} images loaded.", len(good)).format(n=len(good))
        wrong = [one.error for one in found if one.error is not None]
        if wrong:
            more = ngettext("{n} was not: {why}", "{n} were not; the first: {why}", len(wrong))
            words = f"{words} {more.format(n=len(wrong), why=sentence(wrong[0]))}"
        self.say(words, warning=bool(wrong) and not good)
