"""Signing in with OAuth2: a code for another device, or a page whose last address is pasted back; nothing waits meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static

from accounts.oauth import Device, OAuth, Page, Tokens
from core.clean import clean_line, clean_text
from core.errors import CorreioError
from core.qr_code import half_blocks, qr_code
from core.secret import Secret
from core.settings import Credential
from tui.screens.dialog import Dialog
from tui.sentences import sentence
from tui.translation import _

AROUND = 14
"""Lines of the dialog beside those of the QR code."""


class ConsentScreen(Dialog[bool]):
    """Gives back True when the person has agreed and the token is kept."""

    DEFAULT_CSS = """
    ConsentScreen Vertical { width: 100; max-height: 96%; }
    ConsentScreen VerticalScroll { height: auto; }
    ConsentScreen #wrong { color: $warning; text-style: bold; }
    ConsentScreen #code { width: auto; }
    """
    wants_text = True

    @dataclass
    class Shown(Message):
        """The provider has told a code or a page."""

        attempt: int
        place: Device | Page

    @dataclass
    class Ended(Message):
        """The person has agreed, or it did not work."""

        attempt: int
        error: CorreioError | None

    def __init__(
        self, credential: Credential, user: str = "", server: str = "", keep: Callable[[Tokens, Secret], None] | None = None
    ) -> None:
        """`user` is filled in on the provider's page; `server`: who wants it; `keep` is given the token and the client's
        secret, from a thread, instead of their being kept at once: for an account that is not there yet.
        """
        super().__init__()
        self._keep = keep
        self.credential, self.user, self.server = credential, user, server
        self._stop = threading.Event()
        self._attempt = 0
        self._client: OAuth | None = None
        self._secret = Secret("")
        self._place: Device | Page | None = None

    def compose(self) -> ComposeResult:
        with Vertical() as frame:
            frame.border_title = Content(" " + clean_line(_("Sign in: {name}").format(name=self.credential.name)) + " ")
            with VerticalScroll(can_focus=False):
                if self.server:
                    wanted = _("{server} wants your consent.").format(server=self.server)
                    yield Static(Content(clean_line(wanted)), markup=False)
                words = _("The provider is asked for a code or a page on which you agree; Correio never sees your password.")
                yield Static(Content(clean_line(words)), id="words", markup=False)
                yield Static(id="code", markup=False)
            yield Static(id="wrong", markup=False)
            hint = _("secret of your client id; empty: none, or the one that is kept")
            yield Input(placeholder=hint, password=True, select_on_focus=False, compact=True)
            yield Static(Content(_("Enter goes on, Esc gives it up")), classes="keys", markup=False)

    def on_mount(self) -> None:
        """The cursor is in the field."""
        self._show("#wrong", "")
        self._show("#code", "")
        self.query_one(Input).focus()
        self.wants_text = False

    def on_unmount(self) -> None:
        """Nobody waits for an answer any more."""
        self._stop.set()

    def _show(self, id: str, words: str) -> None:
        shown = self.query_one(id, Static)
        shown.update(Content(clean_text(words)))
        shown.display = bool(words)

    @on(Input.Submitted)
    def _typed(self, event: Input.Submitted) -> None:
        """The client's secret first; then the pasted address; while a code is waited for, Enter asks for a page instead."""
        event.stop()
        text, place = event.value, self._place
        self._show("#wrong", "")
        if self._client is None:
            self._begin(Secret(text), paste=False)
        elif isinstance(place, Page) and text.strip():
            client = self._client
            self._run(lambda: client.end_page(place, text))
        elif isinstance(place, Device):
            self._begin(self._secret, paste=True)

    def _begin(self, secret: Secret, *, paste: bool) -> None:
        self._show("#words", _("Asking the provider…"))
        self._show("#code", "")
        self.query_one(Input).value = ""
        self._stop.set()
        self._stop, self._place, self._secret = threading.Event(), None, secret
        stop, wiring, credential, number = self._stop, self.correio.wiring, self.credential, self._attempt + 1

        def ask() -> Tokens | None:
            if not self._secret and self._keep is None:
                self._secret = wiring.secrets.tokens.client_secret(credential)
            client = self._client = wiring.oauth(credential, self._secret)
            if paste or not client.has_codes:
                self._tell(self.Shown(number, client.begin_page(self.user)))
                return None
            found: Tokens | Device = client.begin_device()
            self._tell(self.Shown(number, cast("Device", found)))
            while isinstance(found, Device):
                if stop.wait(found.interval):
                    return None
                found = client.ask_device(found)
            return found

        self._run(ask)

    def _run(self, work: Callable[[], Tokens | None]) -> None:
        """In a thread of its own: the provider, the keyring and gpg may take their time."""
        self._attempt += 1
        number, tokens, credential, keep = self._attempt, self.correio.wiring.secrets.tokens, self.credential, self._keep

        def run() -> None:
            try:
                found = work()
                if found is None:
                    return
                if keep is not None:
                    keep(found, self._secret)
                else:
                    tokens.keep(credential, found, self._secret)
            except CorreioError as error:
                self._tell(self.Ended(number, error))
            else:
                self._tell(self.Ended(number, None))

        threading.Thread(target=run, name="consent", daemon=True).start()

    def _tell(self, message: Message) -> None:
        if self.is_running:
            self.post_message(message)

    @on(Shown)
    def _shown(self, event: Shown) -> None:
        if event.attempt != self._attempt:
            return
        place, field = event.place, self.query_one(Input)
        self._place, field.password = place, False
        if isinstance(place, Device):
            words = _("Open {url} on any device and type: {code}").format(url=clean_line(place.url), code=clean_line(place.code))
            field.placeholder = _("waiting until you have agreed; Enter: a page to open instead")
            url = place.complete or place.url
        else:
            words = "\n".join((_("Open this page in any browser, and agree:"), clean_line(place.url), "", _(
                "At the end the browser finds nothing at localhost; that is right. Paste that address here:")))  # fmt: skip
            field.placeholder = "http://localhost/?…"
            url = place.url
        self._show("#words", words)
        matrix = qr_code(url)
        lines = half_blocks(matrix) if matrix is not None else []
        fits = bool(lines) and len(lines[0]) <= min(self.app.size.width - 6, 96) and len(lines) + AROUND <= self.app.size.height
        self._show("#code", "\n".join(lines) if fits else "")

    @on(Ended)
    def _ended(self, event: Ended) -> None:
        if event.attempt != self._attempt:
            return
        if event.error is None:
            if self._keep is None:
                self.correio.desk.engine.tell("password", credential=self.credential.name, password="")
            self.dismiss(True)
            return
        self._show("#wrong", sentence(event.error))
        if not isinstance(self._place, Page):
            self._client = None  # from the start
            field = self.query_one(Input)
            field.password, field.value = True, ""
            field.placeholder = _("secret of your client id; empty: none, or the one that is kept")
