"""Who really wrote the mail in the reader: what `core.doubts` finds, in words.

Whom one knows and how an account's server says who sent a mail is gathered beside everything else; until it is here, a mail is
shown without, and again when it has come.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from core.acquaintances import Acquaintances
from core.authentication import Habit, Results
from core.clean import clean_line
from core.doubts import Sender
from core.errors import CorreioError
from core.reading import Body
from core.rendered import Link
from core.store import accounts, correspondents
from core.store.database import Database
from core.who_wrote import judged
from tui.desk import Desk
from tui.sentences import sender_sentence
from tui.sentences.senders import METHODS, RESULTS
from tui.translation import _, ngettext

ACQUAINTANCES_LAST = 300.0
"""Seconds after which people are gathered anew, at the next mail that is opened."""
HABITS_LAST = 86_400
"""Seconds after which it is learned anew how an account's server writes."""


class Known(Struct, frozen=True):
    """What the reader says of a sender."""

    vouched: str = ""
    warnings: tuple[str, ...] = ()
    told: tuple[str, ...] = ()
    about: tuple[str, ...] = ()
    """Everything, for those who ask."""


class Learned(Struct, frozen=True):
    """How an account's server writes, as it is remembered."""

    when: int
    habit: Habit | None = None


class Writers:
    """Made once for the main screen. `again` is called when more is known than when a mail was shown."""

    def __init__(self, desk: Desk, again: Callable[[], None]) -> None:
        self.desk = desk
        self.again = again
        self._acquaintances: Acquaintances | None = None
        self._gathered = float("-inf")
        self._habits: dict[int, Learned] = {}
        self._learning: set[int] = set()

    def look(self, body: Body, links: Sequence[Link] = ()) -> Known:
        """What is known of the sender of a message with these links on its page, as far as it can be said at once."""
        account = int(self.desk.db.value("SELECT account FROM message WHERE id = ?", (body.id,)) or 0)
        habit = self._habit(account)
        self._gather()
        fields = body.headers.fields
        found = self.desk.account(account)
        authserv = found.authserv if found is not None else ""
        sender, results, standing = judged(self.desk.db, body, habit, authserv, self._acquaintances, links)
        claims = sum(1 for name, _value in fields if name.lower() == "authentication-results") - len(results)
        return in_words(sender, results, standing, claims)

    # ------------------------------------------------------------------ what is gathered beside everything else

    def _gather(self) -> None:
        now = time.monotonic()
        if now - self._gathered < ACQUAINTANCES_LAST:
            return
        self._gathered = now
        settings = self.desk.settings
        own = [(one.name, one.address) for one in settings.identities] + [("", one.email) for one in settings.accounts]

        def done(known: Acquaintances | None, error: CorreioError | None) -> None:
            if known is not None:
                first, self._acquaintances = self._acquaintances is None, known
                if first:
                    self.again()

        self.desk.look_up(lambda db: correspondents.known(db, own), done)

    def _habit(self, account: int) -> Habit | None:
        learned = self._habits.get(account)
        if learned is None:
            kept = self.desk.remembered(_key(self.desk.db, account))
            learned = msgspec.convert(kept, Learned) if kept is not None else Learned(0)
            self._habits[account] = learned
        if not 0 <= time.time() - learned.when < HABITS_LAST and account not in self._learning:
            self._learning.add(account)
            self._learn(account, learned.habit)
        return learned.habit

    def _learn(self, account: int, before: Habit | None) -> None:
        def work(db: Database) -> Habit | None:
            from core.habits import habit_of

            return habit_of(db, account)

        def done(habit: Any, error: CorreioError | None) -> None:
            if error is not None:
                return
            self._learning.discard(account)
            self._habits[account] = learned = Learned(int(time.time()), habit)
            self.desk.remember(_key(self.desk.db, account), msgspec.to_builtins(learned))
            if habit != before:
                self.again()

        self.desk.look_up(work, done)


def _key(db: Database, account: int) -> str:
    return f"authserv {accounts.uid_of(db, account)}"


def in_words(sender: Sender, results: tuple[Results, ...], standing: tuple[int, int], claims: int) -> Known:
    """What was found, as sentences. `claims`: Authentication-Results in the mail that are not believed."""
    warnings = tuple(sender_sentence(one) for one in sender.findings if one.warning)
    told = tuple(sender_sentence(one) for one in sender.findings if not one.warning and not one.quiet)
    about = [_("From {domain}, as the receiving server has checked.").format(domain=sender.vouched)] if sender.vouched else []
    about += [sender_sentence(one) for one in sender.findings if one.quiet]
    for one in results:
        said = ", ".join(_checked(result.method, result.result, result.value(*_ABOUT)) for result in one.results
                         if result.method in METHODS)  # fmt: skip
        if said:
            server = clean_line(one.server) or _("The receiving server")
            about.append(_("{server} says: {said}.").format(server=server, said=said))
    if not results:
        about.append(_("Your server does not say who sent it."))
    if claims > 0:
        words = ngettext(
            "{n} other claim to have checked it is not believed.", "{n} other claims to have checked it are not believed.", claims
        )
        about.append(words.format(n=claims))
    sent, got = standing
    if sent or got > 1:
        about.append(_("Mails with this address so far: {sent} to it, {got} from it.").format(sent=sent, got=got))
    elif got == 1:
        about.append(_("This is the first mail from this address."))
    return Known(sender.vouched, warnings, told, tuple(about))


_ABOUT = ("header.from", "header.d", "header.i", "smtp.mailfrom", "smtp.helo")


def _checked(method: str, result: str, about: str) -> str:
    words = _(RESULTS.get(result, result))
    return f"{METHODS[method]} {words} ({clean_line(about)})" if about else f"{METHODS[method]} {words}"
