"""News from the engine and the store: shown once for a burst, quietly, without moving the cursor."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from textual import events
from textual.timer import Timer

from core.errors import CorreioError, PasswordNeeded, from_json
from core.secret import Secret
from core.store import accounts, batches, notices
from tui.dates import clock_time
from tui.effects import Effects
from tui.passphrase import NEEDED
from tui.sentences import sentence
from tui.translation import _, ngettext

if TYPE_CHECKING:
    from accounts.engine.protocol import Message
    from tui.desk import Desk

POLL = 2.0
"""Seconds between two looks at whether the store has changed, should a word of the engine get lost."""
LONG = 50
"""Messages (or more than so many bytes) from which on work is worth a word."""
SILENCE = 5.0
"""Seconds without news after which work is no longer spoken of."""
BURST = 0.15
"""Seconds in which changes are gathered before they are shown."""
SHARE = 10
"""Changes are gathered for so many times as long as it took to show the last ones: an engine at full speed leaves time."""
KEYS_REST = 0.1
"""Seconds without a key after which changes and progress are shown: between two keys nobody looks at them."""
LATEST = 2.0
"""Seconds after which they are shown whatever is pressed."""
ANSWERED = 1.0
"""Seconds for which the footer shows what a key has done before news may take its place."""
PACE = 0.25
"""Seconds between two words about the same work."""


class News(Effects):
    """The part of the application that listens."""

    desk: Desk
    _refresh_pending = False
    _has_settled = False
    """Whether a pass has ended, whose last mail is shown with the next changes."""
    _waiting_since = 0.0
    """When the first change came that is not shown yet."""
    _took = 0.0
    """Seconds of the processor that showing the last changes took."""
    _key_at = 0.0
    """When the last key was pressed."""
    _speaks = False
    """Whether a footer may show a message."""
    _said_at = 0.0
    """When it was said."""
    _progress: Message | None = None
    """What was heard last of long work."""
    _progress_at = 0.0
    _progress_shown = 0.0
    _progress_timer: Timer | None = None

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.passwords_refused: set[str] = set()
        """Credentials that nobody wanted to type a password for; they are asked for again after the next `$`."""
        self.typed: dict[str, Secret] = {}
        """What was typed when an account was added and is kept nowhere, by credential: the engine gets it when it asks."""
        self._passwords_wanted: dict[str, Message] = {}
        self._news_waiting: set[str] = set()
        """Words that will be said when the footer is free."""

    # ------------------------------------------------------------------ the engine

    def engine_says(self, event: Message) -> None:
        """In the link's thread: hand it to the event loop."""
        if self.is_running:
            self.call_later(self._heard, event)

    def engine_trouble(self, error: CorreioError) -> None:
        """In the link's thread: the engine cannot be reached or started."""
        if self.is_running:
            self.call_later(self._say_news, sentence(error), warning=True)

    def _heard(self, event: Message) -> None:
        main = self.main
        if main is None:
            return
        kind = event.get("event")
        if kind == "progress":
            self._progress, self._progress_at = event, time.monotonic()
            if self._progress_timer is None:
                self._show_progress()
            if (heard := getattr(self.screen, "heard_progress", None)) is not None:
                heard(event)
        elif kind == "state":
            self._progress = None
            main.header.progress, self._has_settled = "", True
            if not event.get("state"):
                main.line_is_back()
        elif kind == "settings":
            self._read_settings()
        elif kind == "password":
            self._passwords_wanted[str(event["credential"])] = event
            self.ask_waiting_password()
        elif kind == "outbox" and event.get("state") == "sent":
            self._say_sent(int(event.get("id", 0)))
        if kind != "progress":
            self._soon()

    def _read_settings(self) -> None:
        """Somebody has changed the settings: from the command line, perhaps."""
        before = self.desk.settings
        try:
            self.desk.settings = self.desk.wiring.settings()
            self.wear_settings(before)
        except CorreioError as error:
            self.say(sentence(error), warning=True)

    def _progress_words(self, event: Message) -> str:
        """A quiet word about long work; '' for short work and when it is done."""
        done, total = int(event.get("done", 0)), int(event.get("total", 0))
        if done >= total or total < LONG:
            return ""
        if event.get("what") == "upload":
            from tui.widgets.sheet import human_size

            return _("uploading {done} of {total}").format(done=human_size(done), total=human_size(total))
        folder = self.desk.db.value("SELECT path FROM folder WHERE id = ?", (event.get("folder"),)) or ""
        return _("{folder} {done:,} of {total:,}").format(folder=folder, done=done, total=total).strip()

    def _show_progress(self) -> None:
        """Say how far long work is, now and then, until nothing is heard of it for a while: it has ended, one way or another."""
        self._progress_timer = None
        if self.main is None or self._progress is None:
            return
        if self._keys_rest(self._progress_shown):
            self._say_progress()
        if self._progress is not None:
            self._progress_timer = self.set_timer(PACE, self._show_progress)

    def _say_progress(self) -> None:
        main, now = self.main, time.monotonic()
        if main is None or self._progress is None:
            return
        self._progress_shown = now
        if now - self._progress_at < SILENCE:
            main.header.progress = self._progress_words(self._progress)
        else:
            main.header.progress, self._progress = "", None

    def error_words(self, error: dict[str, Any]) -> str:
        """What an error that came over the socket says."""
        return sentence(from_json(error))

    # ------------------------------------------------------------------ the store

    def look(self) -> None:
        """Whether somebody else has changed the store."""
        try:
            if self.desk.changed():
                self._soon()
        except CorreioError as error:
            self.say(sentence(error), warning=True)

    async def _take_key(self, event: events.Key) -> bool:
        self._key_at = time.monotonic()
        return await super()._take_key(event)

    def _soon(self) -> None:
        """Refresh once for a burst of changes."""
        if not self._refresh_pending:
            self._refresh_pending = True
            self._waiting_since = time.monotonic()
            self.set_timer(min(max(BURST, SHARE * self._took), LATEST), self._between_keys)

    def _between_keys(self) -> None:
        """Refresh now, or when no more keys come."""
        if self._keys_rest(self._waiting_since):
            self.store_changed()
            self._say_progress()  # painted with it
        else:
            self.set_timer(KEYS_REST, self._between_keys)

    def _keys_rest(self, since: float) -> bool:
        """Whether what waits since then may be shown: no key was pressed just now, or it has waited long enough."""
        now = time.monotonic()
        return now - self._key_at >= KEYS_REST or now - since >= LATEST

    def store_changed(self) -> None:
        """Show the store as it is now."""
        begin = time.thread_time()
        try:
            self._show_store()
        finally:
            self._took = time.thread_time() - begin

    def _show_store(self) -> None:
        self._refresh_pending = False
        main = self.main
        if main is None or not main.is_mounted:
            return
        shown = getattr(self.screen, "store_changed", None)
        try:
            self.desk.changed()  # what is read now has all of that: no look finds it once more
            main.store_changed()
            main.settled = main.settled or self._has_settled
            if shown is not None and self.screen is not main:
                shown()
            self._show_notices()
        except CorreioError as error:  # a database that cannot be read now, say: what is on the screen stays
            self.say(sentence(error), warning=True)

    def reported(self) -> Callable[[Any, CorreioError | None], None]:
        """A callback for the writer: shows the change, or says what went wrong."""

        def done(result: Any, error: CorreioError | None) -> None:
            if error is not None:
                self.call_later(self.say, sentence(error), warning=True)
            else:
                self.call_later(self._soon)

        return done

    @property
    def _is_answering(self) -> bool:
        """Whether nobody would read news in the footer: it has only just said something, or one types on it."""
        main = self.main
        typing = main is not None and self.screen is main and main.is_asking
        return typing or (self._speaks and time.monotonic() - self._said_at < ANSWERED)

    def _say_sent(self, id: int) -> None:
        """A mail has gone out. Of a sending to many only the last one is worth a word: the outbox counts the others."""
        batch = self.desk.db.value("SELECT batch FROM outbox WHERE id = ?", (id,))
        if batch is None:
            self._say_news(_("Sent."))
        elif not batches.has_more(self.desk.db, batch):
            from tui.fates import batch_words

            one = batches.get(self.desk.db, batch)
            self._say_news(f"{one.name}: {batch_words(one)}")

    def _say_news(self, words: str, *, warning: bool = False) -> None:
        """What waits already is not said twice: a hundred mails that go out would keep the keys off the footer for minutes."""
        if not self._is_answering:
            self.say(words, warning=warning)
        elif words not in self._news_waiting:
            self._news_waiting.add(words)
            self.set_timer(ANSWERED, lambda: self._say_waiting(words, warning=warning))

    def _say_waiting(self, words: str, *, warning: bool) -> None:
        self._news_waiting.discard(words)
        self._say_news(words, warning=warning)

    def _show_notices(self) -> None:
        found = notices.unseen(self.desk.db)
        if found and self._is_answering:
            self.set_timer(ANSWERED, self._soon)
        elif found:
            self.say(sentence(found[-1][1]), warning=True, seconds=15)
            ids = [id for id, _error in found]
            self.desk.write(lambda db: notices.seen(db, ids), hurry=False)

    def account_notes(self) -> list[str]:
        """What is wrong with accounts, in a few words; of several with the same trouble, how many they are."""
        settings = self.desk.settings
        known = {account.id: account.name for account in settings.accounts}
        away = {account.id for account in settings.accounts if settings.is_offline(account)}
        if away and away == {account.id for account in settings.accounts if account.kind != "local"}:
            return [_("offline by choice")]
        notes: dict[str, list[str]] = {}
        since = ""
        for state in accounts.states(self.desk.db):
            if state.uid in known and (state.state or state.uid in away):
                notes.setdefault("away" if state.uid in away else state.state, []).append(known[state.uid])
                since = clock_time(state.checked) if state.state == "offline" and state.checked else since
        return [self._account_note(trouble, names, since, alone=len(known) == 1) for trouble, names in notes.items()]

    def _account_note(self, trouble: str, names: list[str], since: str, *, alone: bool) -> str:
        known = {"away": _("offline by choice"), "offline": _("offline"), "password": _("password needed")}
        words = known.get(trouble, _("trouble"))
        if len(names) > 1:
            return ngettext("{n} account: {words}", "{n} accounts: {words}", len(names)).format(n=len(names), words=words)
        if trouble == "offline" and since:
            words = _("offline since {time}").format(time=since)
        return words if alone else f"{names[0]}: {words}"

    # ------------------------------------------------------------------ passwords

    def _is_consent(self, name: str) -> bool:
        """Whether a credential is OAuth2, and no password."""
        return any(one.name == name and one.oauth for one in self.desk.settings.credentials)

    def _ask_consent(self, name: str, event: Message) -> None:
        """Nothing to type here: the provider's own page is where one agrees."""
        from tui.screens.consent import ConsentScreen

        def answered(agreed: bool | None) -> None:
            if not agreed:
                self.passwords_refused.add(name)
                self.say(sentence(PasswordNeeded("oauth-needed", credential=name, server=event["server"])), warning=True)
            self.ask_waiting_password()

        credential = next((one for one in self.desk.settings.credentials if one.name == name and one.oauth), None)
        if credential is None:
            answered(None)
        else:
            self.push_screen(ConsentScreen(credential, str(event.get("user", "")), str(event["server"])), answered)

    def ask_waiting_password(self) -> None:
        """Ask for a password the engine waits for, on the main screen only: nobody types a letter into it by mistake."""
        wanted = {name: event for name, event in self._passwords_wanted.items() if name not in self.passwords_refused}
        if not wanted or self.screen is not self.main:
            return
        from tui.screens.dialog import PassphraseScreen, PasswordScreen

        name, event = next(iter(wanted.items()))
        del self._passwords_wanted[name]
        if str(event.get("what")).startswith("oauth-") or self._is_consent(name):
            self._ask_consent(name, event)
            return
        opens = event.get("what") in NEEDED
        if (known := self.typed.pop(name, None)) is not None:
            self.desk.engine.tell("password", credential=name, password=known.reveal(), opens=opens)
            self.ask_waiting_password()
            return

        def answered(typed: str | None) -> None:
            if typed:
                self.desk.engine.tell("password", credential=name, password=typed, opens=opens)
            else:
                self.passwords_refused.add(name)
            self.ask_waiting_password()

        if opens:
            others = self._passwords_wanted.items()  # one passphrase opens the file for all of them
            self._passwords_wanted = {one: told for one, told in others if told.get("what") not in NEEDED}
            self.push_screen(PassphraseScreen(again=event["what"] == "passphrase-wrong"), answered)
        else:
            refused = event["what"] == "login-refused"
            self.push_screen(PasswordScreen(str(event["user"]), str(event["server"]), refused=refused), answered)
