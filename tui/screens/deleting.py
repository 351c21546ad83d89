"""Deleting an entry of the settings' lists: asked first, with what goes with it and what stays."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from core.clean import clean_line
from core.errors import CorreioError
from core.settings import Account, Settings
from core.settings.entries import key_of, senders_only_of, title_of, users, without_entry
from core.settings.file import save
from core.store import accounts
from core.store.database import Database
from tui.screens.dialog import Dialog
from tui.sentences import sentence
from tui.setting_words import one_of
from tui.translation import _, ngettext
from tui.widgets.choice_list import Choice, ChoiceList
from tui.wiring import Wiring

if TYPE_CHECKING:
    from tui.app import Correio

Deleted = Callable[[Any, str], None]


class Choose(Dialog[str]):
    """A question with several answers; the first leaves everything as it is."""

    DEFAULT_CSS = "Choose ChoiceList { margin-top: 1; }"

    def __init__(self, title: str, words: str, answers: Sequence[tuple[str, str]]) -> None:
        super().__init__()
        self.heading, self.words, self.answers = title, words, answers

    def compose(self) -> ComposeResult:
        with Vertical() as frame:
            frame.border_title = Content(f" {clean_line(self.heading)} ")
            yield Static(Content("\n".join(clean_line(line) for line in self.words.splitlines())), markup=False)
            yield ChoiceList()
            yield Static(Content(_("\nUp and Down choose   Enter does it   Esc leaves it")), classes="keys", markup=False)

    def on_mount(self) -> None:
        """The answers."""
        self.query_one(ChoiceList).show([Choice(value, words) for value, words in self.answers])

    def on_key(self, event: Any) -> None:
        """Up, Down, Enter."""
        if not self.query(ChoiceList):
            self.call_later(self.on_key, event)  # it came before the answers were there
            event.stop()
            return
        answers: ChoiceList[str] = self.query_one(ChoiceList)
        if event.key in ("up", "k", "down", "j"):
            answers.step(-1 if event.key in ("up", "k") else 1)
        elif event.key == "enter" and answers.current is not None:
            self.dismiss(answers.current.value)
        else:
            return
        event.stop()

    def on_choice_list_chosen(self, event: ChoiceList.Chosen) -> None:
        """A click is an answer."""
        self.dismiss(str(event.value))


def deletion(app: Correio, kind: str, row: Any, done: Deleted) -> None:
    """Ask, and delete as is answered; `done` hears when something was deleted."""
    settings = app.desk.settings
    key = getattr(row, key_of(kind))
    title = _("Delete {what}").format(what=one_of(kind))
    words = _("{name} is deleted from the settings.").format(name=title_of(row))
    answers = [("", _("Leave everything as it is"))]
    if isinstance(row, Account):
        words, more = _about_account(settings, row)
        answers += more
    else:
        used = [title_of(one) for _kind, one in users(settings, kind, key)]
        if used:
            words = f"{words}\n" + _("It is used by {names}, which will do without it.").format(names=", ".join(used))
        alone = senders_only_of(settings, row) if kind == "outgoing" else ()
        if alone:
            names = ", ".join(one.address for one in alone)
            words = f"{words}\n" + _("No other server sends for {addresses}.").format(addresses=names)
            senders = ngettext("Delete it and that sender", "Delete it and those senders", len(alone))
            answers += [("delete", _("Delete it, keep the senders")), ("senders", senders)]
        else:
            answers += [("delete", _("Delete it"))]

    def answered(answer: str | None) -> None:
        if answer:
            app.desk.write(lambda db: delete(app.wiring, db, kind, row, answer), finished, hurry=False)

    def finished(result: Any, error: CorreioError | None) -> None:
        if error is not None:
            app.say(sentence(error), warning=True)
            return
        app.settings_written()
        app.store_changed()
        done(row, kind)

    app.push_screen(Choose(title, words, answers), answered)


def _about_account(settings: Settings, account: Account) -> tuple[str, list[tuple[str, str]]]:
    senders = [one.address for one in settings.identities if one.account == account.id]
    words = [_("{name} is deleted from the settings.").format(name=account.name)]
    if account.is_kept_here and account.incoming is None:
        words.append(_("Its mail is on this machine only."))
        return "\n".join(words), [("forget", _("Delete it and its mail, for ever"))]
    words.append(_("On the server nothing is deleted. What was collected here can stay, as an account of this machine."))
    answers = [("keep", _("Delete it, keep the mail that is here"))]
    if senders:
        words.append(_("Its senders: {addresses}.").format(addresses=", ".join(senders)))
        count = len(senders)
        answers = [
            ("keep-all", _("Delete it, keep the mail that is here and the senders")),
            ("keep", ngettext("Keep the mail, delete its sender too", "Keep the mail, delete its senders too", count)),
        ]
    return "\n".join(words), [*answers, ("forget", _("Delete it, its senders, and its mail on this machine"))]


def delete(wiring: Wiring, db: Database, kind: str, row: Any, answer: str) -> None:
    """What was answered: delete, senders (of an outgoing server: with those that only it served), keep-all, keep (an account's
    mail stays, its senders go), forget (its mail goes too).

    In the writer's thread. Raises SettingsError, NotFound, CryptoError.
    """
    settings = wiring.settings()
    key = getattr(row, key_of(kind))
    if kind == "credential":
        wiring.secrets.forget(row)
    if isinstance(row, Account) and answer in ("keep", "keep-all"):
        _keep_mail(wiring, db, row, senders=answer == "keep-all")
        return
    if isinstance(row, Account):
        _forget_passwords(wiring, settings, row)

    def change(old: Settings) -> Settings:
        left = _without_passwords(without_entry(old, kind, key), row)
        for sender in senders_only_of(old, row) if kind == "outgoing" and answer == "senders" else ():
            left = without_entry(left, "identity", sender.id)
        return left

    save(wiring.home.settings_file, change)
    if isinstance(row, Account):
        accounts.forget(db, accounts.row_of(db, row.id, local=row.is_kept_here))


def _keep_mail(wiring: Wiring, db: Database, account: Account, *, senders: bool) -> None:
    """The account stays as one of this machine, without its servers."""
    from msgspec.structs import replace

    _forget_passwords(wiring, wiring.settings(), account)
    left = replace(account, kind="local", incoming=None, outgoing=None, default=False)

    def change(old: Settings) -> Settings:
        kept = tuple(left if one.id == account.id else one for one in old.accounts)
        others = tuple(one for one in old.identities if senders or one.account != account.id)
        return _without_passwords(replace(old, accounts=kept, identities=others), account)

    save(wiring.home.settings_file, change)
    accounts.keep_here(db, account.id)


def _forget_passwords(wiring: Wiring, settings: Settings, account: Account) -> None:
    """The passwords that only this account used."""
    for name in _own_passwords(settings, account):
        wiring.secrets.forget(settings.credential(name))


def _own_passwords(settings: Settings, account: Account) -> set[str]:
    names = {server.credential for server in account.servers() if server.credential}
    return {name for name in names if [one.id for _kind, one in users(settings, "credential", name)] == [account.id]}


def _without_passwords(settings: Settings, row: Any) -> Settings:
    """The settings without the credentials that nothing uses any more since this account went."""
    if not isinstance(row, Account):
        return settings
    names = {server.credential for server in row.servers() if server.credential}
    for name in names:
        if not users(settings, "credential", name) and any(one.name == name for one in settings.credentials):
            settings = without_entry(settings, "credential", name)
    return settings
