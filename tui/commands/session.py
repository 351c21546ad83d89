"""What every command needs: the store, the settings, the engine, and a place for its output."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from core.clean import clean_line
from core.errors import CorreioError, NetworkError, NotFound, UsageError
from core.paths import Home
from tui.translation import ngettext

if TYPE_CHECKING:
    from accounts.engine.client import EngineClient
    from core.query.facts import Context
    from core.query.tree import Query
    from core.settings import Settings
    from core.store.database import Database
    from core.store.folders import Folder
    from tui.wiring import Wiring

EVERYTHING = 1_000_000_000


class Session:
    """One run of the command line."""

    def __init__(self, home: Home, *, json: bool = False) -> None:
        self.home = home
        self.json = json
        self._db: Database | None = None

    @cached_property
    def wiring(self) -> Wiring:
        """The rooms, put together."""
        from tui.wiring import Wiring

        return Wiring(self.home)

    @cached_property
    def settings(self) -> Settings:
        """The settings as the file had them when they were first asked for."""
        return self.wiring.settings()

    @property
    def db(self) -> Database:
        """The store, opened when it is first asked for."""
        if self._db is None:
            from core.store.database import Database

            self.home.make()
            self._db = Database(self.home.database)
        return self._db

    def close(self) -> None:
        """Give the store back."""
        if self._db is not None:
            self._db.close()
            self._db = None

    # output -----------------------------------------------------------------

    def show(self, rows: Sequence[dict[str, Any]], line: str) -> None:
        """A list: as JSON, or one `line` (a format of the rows' keys) for each; keys with `_` are for people only."""
        if self.json:
            print(json.dumps([{k: v for k, v in row.items() if k[0] != "_"} for row in rows], ensure_ascii=False))
            return
        for row in rows:
            print(clean_line(line.format_map(row)).rstrip())

    def tell(self, facts: Any, sentence: str) -> None:
        """One fact: as JSON, or a sentence for people (none when it is empty)."""
        if self.json:
            print(json.dumps(facts, ensure_ascii=False))
        elif sentence:
            print(clean_line(sentence))

    # names ------------------------------------------------------------------

    def account_row(self, name: str) -> int:
        """The store's row of an account named by id, name or address. NotFound."""
        from core.store import accounts

        found = self.settings.account(name)
        return accounts.row_of(self.db, found.id, local=found.is_kept_here)

    def account_name(self, row: int) -> str:
        """The name of the account with that row; its id when the settings no longer have it."""
        from core.store import accounts

        uid = accounts.uid_of(self.db, row)
        return next((account.name for account in self.settings.accounts if account.id == uid), uid)

    def folder(self, name: str, *, make: bool = False) -> Folder:
        """A folder as `account/path`, a path where it is clear, or a role such as `trash`.

        `make`: a missing folder of the account (the default one, if none is named) is made. NotFound, or UsageError
        `folder-unclear` when several accounts have it, but not the default one.
        """
        named = [account for account in self.settings.accounts if _is_below(name, account.name)]
        for account in named:
            row, path = self.account_row(account.id), name[len(account.name) + 1 :]
            found = _in_account(self.db, row, path)
            if found is not None:
                return found
            if make and path:
                return self._make(row, path)
        default = self.settings.default_account()
        rows = {self.account_row(account.id): account for account in self.settings.accounts}
        found_in = [found for row in rows if (found := _in_account(self.db, row, name)) is not None]
        for found in found_in:
            if len(found_in) == 1 or rows[found.account] == default:
                return found
        if found_in:
            raise UsageError("folder-unclear", name=name, accounts=", ".join(rows[f.account].name for f in found_in))
        if make and default is not None:
            return self._make(self.account_row(default.id), name)
        if not self.settings.accounts:
            raise NotFound("no-account-yet", what="account")
        raise NotFound("no-folder", what="folder", name=name)

    def _make(self, row: int, path: str) -> Folder:
        from core import operations
        from core.store import folders

        operations.create_folder(self.db, row, path, actor="sync")  # `undo` takes back the move, not the folder
        found = folders.by_path(self.db, row, folders.typed(self.db, row, path))
        if found is None:
            raise NotFound("no-folder", what="folder", name=path)
        return found

    def messages(self, words: Iterable[str]) -> list[int]:
        """Row ids for IDs, `<message-id>`s and queries, each once. NotFound when a named message is not here."""
        from core.store import messages, search

        found: dict[int, None] = {}
        for word in words:
            if word.isascii() and word.isdigit():
                found[self._message(word)] = None
            elif word.startswith("<") and word.endswith(">"):
                same = messages.by_message_id(self.db, word[1:-1])
                if not same:
                    raise NotFound("no-message", what="message", name=word)
                found.update(dict.fromkeys(same))
            else:
                query, where = self.asked(word)
                found.update(dict.fromkeys(search.find(self.db, query, limit=EVERYTHING, where=where)))
        return list(found)

    def _message(self, digits: str) -> int:
        """A row id, of a message that some folder shows."""
        from core.store import messages

        id = int(digits) if len(digits) < 19 else 0
        if not messages.folders_of(self.db, id):
            raise NotFound("no-message", what="message", name=digits)
        return id

    def asked(self, words: str) -> tuple[Query, Context]:
        """A query, and what the names in it mean. QueryError; NotFound for a folder or account that is not there.

        The settings are read only for a query with a field: reading takes time.
        """
        from core.query.names import check_names
        from core.query.parse import parse
        from core.store import search

        query = parse(words)
        accounts = self.settings.accounts if ":" in words else ()
        where = search.context(self.db, {account.id: (account.name, account.email) for account in accounts})
        check_names(query, where)
        return query, where

    # the engine -------------------------------------------------------------

    def engine(self) -> EngineClient | None:
        """The running engine, or None. CorreioError `engine-other-version` where it was asked to leave."""
        from accounts.engine.lock import EngineLock

        if EngineLock(self.home.lock).holder() is None:
            return None  # and none of its modules need be loaded
        from accounts.engine.client import EngineClient

        try:
            return EngineClient(self.home)
        except NetworkError:
            return None

    def hurry(self, do: str = "look") -> None:
        """Tell a running engine that there is something to do. What it does is in the store: no answer does no harm."""
        with contextlib.suppress(CorreioError):
            client = self.engine()
            if client is not None:
                with contextlib.closing(client):
                    client.ask(do, timeout=5)


def _is_below(name: str, account: str) -> bool:
    return name[: len(account) + 1].casefold() == f"{account}/".casefold()


def _in_account(db: Database, row: int, path: str) -> Folder | None:
    from core.store import folders

    found = folders.by_path(db, row, path) or folders.by_path(db, row, folders.typed(db, row, path))
    if found is None and path.lower() in folders.ROLES:
        found = folders.by_role(db, row, path.lower())
    return found


def progress(done: int, total: int, what: str) -> None:
    """A line of progress on stderr when that is a terminal; it overwrites itself."""
    if sys.stderr.isatty():
        end = "\n" if done >= total else ""
        print(f"\r{what}: {done:,} / {total:,} ", end=end, file=sys.stderr, flush=True)


def only_on_terminal(question: str) -> bool:
    """Ask yes or no; False without asking when stdin is no terminal."""
    if not sys.stdin.isatty():
        return False
    return input(f"{question} [y/N] ").strip().lower() in ("y", "yes")


def agreed(question: str) -> bool:
    """Ask yes or no on a terminal; True without asking where there is none: the words of the command say what is wanted."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return True
    return input(f"{question} [y/N] ").strip().lower() in ("y", "yes")


def error_json(error: CorreioError | dict[str, Any] | None) -> str | None:
    """The sentence of an error, for the `error` of a JSON row."""
    from core.errors import from_json
    from tui.sentences import sentence

    if error is None:
        return None
    return sentence(from_json(error) if isinstance(error, dict) else error)


def changes_waiting(count: int) -> str:
    """How many changes wait for an account's server; '' for none."""
    return ngettext("{n} change waiting", "{n} changes waiting", count).format(n=f"{count:,}") if count else ""
