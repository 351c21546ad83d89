"""The first screen of somebody new: one field for the address, and the demo. Servers are looked for at once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static

from accounts.discovery import Found, Step, discover
from accounts.discovery.found import Report
from core.clean import clean_line
from core.elsewhere import Elsewhere, look_around
from core.errors import CorreioError
from core.settings import Settings, checks
from tui.actions import does, program
from tui.elsewhere import TITLES, as_found, described, new_ones
from tui.glyphs import UNICODE, glyphs_of
from tui.new_account import usable_ways
from tui.screens.form_screen import FormScreen
from tui.sentences import sentence, step_label, step_words, wrong_sentence
from tui.translation import _, ngettext
from tui.widgets.choice_list import Choice
from tui.widgets.form import PushButton, text_field
from tui.widgets.status import FooterBar, HeaderBar
from tui.widgets.steps import StepLine, StepList

LookAround = Callable[[], list[Elsewhere]]
"""Finds the accounts of other programs: `core.elsewhere.look_around`."""
Find = Callable[[str, Report], Found]
"""Finds the servers for an address and reports every step: `accounts.discovery.discover`."""
WAYS_SECONDS = 5.0
"""Seconds to wait for the answer where passwords can be kept; a keyring may take three."""

ENVELOPE = """\
╭────────────╮
│╲__      __╱│
│   ╲____╱   │
│            │
╰────────────╯"""


class WelcomeScreen(FormScreen[bool]):
    """Gives back True when an account was added."""

    DEFAULT_CSS = """
    WelcomeScreen { align: center middle; }
    WelcomeScreen #middle { width: 100%; max-width: 68; height: auto; padding: 0 1; }
    WelcomeScreen #sign { height: auto; margin-bottom: 2; }
    WelcomeScreen #envelope { width: 18; height: 5; color: $primary; }
    WelcomeScreen #words { height: 5; padding-top: 1; width: 1fr; }
    WelcomeScreen #title { height: 2; text-style: bold; color: $primary; }
    WelcomeScreen #ask { height: 1; text-style: bold; }
    WelcomeScreen #address { margin-bottom: 1; border: none; height: 1; padding: 0 1; background: $surface; }
    WelcomeScreen #address:focus { background: $panel; background-tint: transparent; }
    WelcomeScreen #note { height: auto; margin-bottom: 1; color: $foreground 60%; }
    WelcomeScreen #note.warning { color: $warning; text-style: bold; }
    WelcomeScreen #offers { height: auto; }
    WelcomeScreen .offer { height: 1; }
    WelcomeScreen .offer PushButton { width: 20; }
    WelcomeScreen .offer Static { width: 1fr; height: 1; color: $foreground 60%; }
    WelcomeScreen StepList { display: none; }
    WelcomeScreen.looking StepList { display: block; }
    WelcomeScreen.looking #offers { display: none; }
    WelcomeScreen.-low { align: center top; }
    WelcomeScreen.-low #sign, WelcomeScreen.-low #note { display: none; }
    WelcomeScreen.-low #note.warning { display: block; }
    """

    @dataclass
    class StepTaken(Message):
        """A way to find servers has begun or ended."""

        search: int
        step: Step

    @dataclass
    class ServersFound(Message):
        """The search is over."""

        search: int
        found: Found
        ways: tuple[str, ...]
        other: Elsewhere | None = None
        """Another program's account, where it was not searched for."""

    @dataclass
    class SearchFailed(Message):
        """The address is none with which one could search."""

        search: int
        error: CorreioError

    @dataclass
    class OthersFound(Message):
        """The accounts of other programs on this machine."""

        found: list[Elsewhere]

    def __init__(self, find: Find = discover, look_around: LookAround = look_around) -> None:
        super().__init__()
        self._look_around = look_around
        self._others: list[Elsewhere] = []
        self.wants_text = True
        self._find = find
        self._search = 0
        self._ways: tuple[str, ...] = ("file", "command", "ask")
        self._ways_known = threading.Event()

    def compose(self) -> ComposeResult:
        art = ENVELOPE if glyphs_of(self) is UNICODE else ""
        yield HeaderBar(id="header")
        with Vertical(id="middle"):
            with Horizontal(id="sign"):
                yield Static(Content(art), id="envelope", markup=False)
                with Vertical(id="words"):
                    yield Static(Content(_("Welcome to Correio")), id="title", markup=False)
                    yield Static(Content(_("Mail for people who live in a terminal.")), markup=False)
            yield Static(Content(_("Your mail address")), id="ask", markup=False)
            field = text_field("", _("maria@example.org"))
            field.id = "address"
            yield field
            yield Static(id="note", markup=False)
            yield StepList(id="steps")
            with Vertical(id="offers"):
                yield from self._offers()
        yield FooterBar(id="footer")

    def _offers(self) -> ComposeResult:
        with Horizontal(classes="offer", id="elsewhere-offer"):
            yield PushButton(_("Take one over"), id="elsewhere")
            yield Static(id="elsewhere-words", markup=False)
        with Horizontal(classes="offer"):
            yield PushButton(_("Try the demo"), id="demo")
            yield Static(Content(_("sample mail, no account needed")), markup=False)
        with Horizontal(classes="offer"):
            yield PushButton(_("No server"), id="local")
            yield Static(Content(_("folders on this machine only")), markup=False)
        with Horizontal(classes="offer"):
            yield PushButton(_("Leave"), id="leave")
            yield Static(Content(_("or Ctrl-Q, here and anywhere")), markup=False)

    def on_mount(self) -> None:
        """The cursor is in the field; meanwhile it is looked up where passwords can be kept, and what other programs have."""
        self.query_one("#elsewhere-offer").display = False
        threading.Thread(target=self._look_for_ways, name="password-ways", daemon=True).start()
        self._say("")
        self._say_keys((_("Tab"), _("next")))
        self.set_focus(self.query_one("#address", Input))
        self.wants_text = False

    def _say_keys(self, here: tuple[str, str]) -> None:
        self.show_keys((_("Enter"), _("go on")), here, (_("Ctrl-Q"), _("leave")))

    def _look_for_ways(self) -> None:
        self._told(self.OthersFound(new_ones(self._look_around(), Settings())))
        self._ways = usable_ways(self.correio.wiring)
        self._ways_known.set()

    @on(OthersFound)
    def _others_found(self, event: OthersFound) -> None:
        """Offer the accounts that other programs have here."""
        self._others = event.found
        programs = ", ".join(dict.fromkeys(TITLES.get(one.program, one.program) for one in event.found))
        count = len(event.found)
        words = ngettext("{n} account of {programs}", "{n} accounts of {programs}", count).format(n=count, programs=programs)
        self.query_one("#elsewhere-words", Static).update(Content(clean_line(words)))
        self.query_one("#elsewhere-offer").display = bool(event.found)

    @on(PushButton.Pressed, "#elsewhere")
    def _take_over(self) -> None:
        from tui.screens.picker import Picker

        if len(self._others) == 1:
            self._other_chosen(self._others[0])
        else:
            choices = [Choice(one, described(one)) for one in self._others]
            self.app.push_screen(Picker(_("Take over an account"), choices), self._other_chosen)

    def _other_chosen(self, one: Elsewhere | None) -> None:
        """Show all of it; nothing is taken over before it was seen and tested."""
        if one is None:
            return
        words = _("Opening {account}").format(account=described(one))
        self._begin_looking(words)
        threading.Thread(target=self._open_other, args=(self._search, one), name="taking-over", daemon=True).start()

    def _open_other(self, search: int, one: Elsewhere) -> None:
        self._ways_known.wait(WAYS_SECONDS)
        self._told(self.ServersFound(search, as_found(one), self._ways, one))

    def _say(self, warning: str) -> None:
        note = self.query_one("#note", Static)
        note.set_class(bool(warning), "warning")
        words = _("Enter looks for its servers, IMAP or POP3. You will see what was found and can change all of it.")
        note.update(Content(warning or words))

    # ------------------------------------------------------------------ looking for servers

    def action_go_on(self) -> None:
        """Enter: look for the servers, or press the button."""
        here = self.focused
        if isinstance(here, PushButton):
            here.press()
        elif here is not None:
            here.call_later(self._look_for_servers)  # once the field has got everything that was typed before

    def _look_for_servers(self) -> None:
        address = self.query_one("#address", Input).value.strip()
        if wrong := checks.address(address):
            self._say(wrong_sentence("empty" if not address else wrong))
            return
        self._begin_looking(_("Looking for the servers of {address}").format(address=address))
        looking = threading.Thread(target=self._look, args=(self._search, address), name="discovery", daemon=True)
        looking.start()

    def _begin_looking(self, words: str) -> None:
        self._search += 1
        self._say("")
        self.query_one("#note", Static).update(Content(clean_line(words)))
        self.query_one(StepList).clear()
        self.add_class("looking")
        self._say_keys((_("Esc"), _("stop looking")))

    def _look(self, search: int, address: str) -> None:
        """In a thread of its own: words only come back as messages."""
        try:
            found = self._find(address, lambda step: self._told(self.StepTaken(search, step)))
        except CorreioError as error:
            self._told(self.SearchFailed(search, error))
            return
        self._ways_known.wait(WAYS_SECONDS)
        self._told(self.ServersFound(search, found, self._ways))

    def _told(self, message: Message) -> None:
        if self.is_running:
            self.post_message(message)

    @on(StepTaken)
    def _step_taken(self, event: StepTaken) -> None:
        if event.search == self._search:
            step = event.step
            state = "absent" if step.state == "failed" else step.state
            self.query_one(StepList).tell(step.name, StepLine(step_label(step), state, step_words(step)))

    @on(ServersFound)
    def _servers_found(self, event: ServersFound) -> None:
        if event.search == self._search:
            # The form is large: what stands here now is to be seen before it is made. What is typed meanwhile is for the form.
            self.wants_text = True
            self.set_focus(None)
            self.call_after_refresh(self._open_form, event)

    def _open_form(self, event: ServersFound) -> None:
        from tui.screens.account_form import AccountScreen

        self.wants_text = False
        other = (event.other.person, event.other.command) if event.other is not None else ()
        self.app.push_screen(AccountScreen(event.found, event.ways, *other), self._form_left)
        self._stop_looking()

    @on(SearchFailed)
    def _search_failed(self, event: SearchFailed) -> None:
        if event.search == self._search:
            self._stop_looking()
            self._say(sentence(event.error))

    def _stop_looking(self) -> None:
        self._search += 1
        self.remove_class("looking")
        self._say_keys((_("Tab"), _("next")))
        self._say("")
        self.query_one("#address", Input).focus()

    def _form_left(self, added: bool | None) -> None:
        if added:
            self.dismiss(True)

    # ------------------------------------------------------------------ other ways

    @on(PushButton.Pressed, "#demo")
    def _demo(self) -> None:
        self.correio.demo_wanted = True
        self.dismiss(False)

    @on(PushButton.Pressed, "#local")
    def _local(self) -> None:
        """An account of folders of this machine."""
        from tui.screens.account_form import AccountScreen

        nothing = Found(address="", source="local", provider=_("Local"))
        self.app.push_screen(AccountScreen(nothing, self._ways, kind="local"), self._form_left)

    @on(PushButton.Pressed, "#leave")
    @does(program.Quit)
    def leave(self) -> None:
        """Leave Correio; nothing was changed."""
        self.dismiss(False)

    @does(program.Cancel)
    def give_up(self) -> None:
        """Look no longer."""
        self._stop_looking()
