"""What lower rooms need from higher ones, handed to them at start. Nothing here loads Textual."""

from __future__ import annotations

import contextlib
import functools
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from core.errors import CorreioError, NetworkError, NotFound
from core.paths import Home
from core.settings import Account, Credential, Server, Settings
from core.settings.file import load
from tui.version import version

if TYPE_CHECKING:
    from accounts.caldav import CalendarServer
    from accounts.engine.client import EngineClient
    from accounts.engine.engine import Means
    from accounts.incoming import Incoming, Report
    from accounts.oauth import OAuth
    from accounts.outgoing import Outgoing
    from accounts.proxies import Way
    from accounts.remote_images import Loaded
    from accounts.secrets import MakeVault, SecretStore, Vault
    from core.secret import Secret
    from core.settings.gateway import Gateway
    from core.sharing import Sharer, Told
    from core.store.database import Database
    from core.store.outbox import Outgoing as Outgone
    from tui.passphrase import AskedPassphrase

ROOT = Path(__file__).resolve().parent.parent
"""The folder that holds the rooms."""
ENGINE_START = 10.0
"""Seconds for the engine to open its socket."""


@dataclass(frozen=True)
class Wiring:
    """The pieces of one user's Correio, made when they are first asked for."""

    home: Home

    def settings(self) -> Settings:
        """The settings as the file has them now."""
        return load(self.home.settings_file)

    @functools.cached_property
    def secrets(self) -> SecretStore:
        """Where passwords come from."""
        from accounts.secrets import SecretStore

        return SecretStore(_vaults(self.home, self.passphrase_file, self.passphrase), clients=self.oauth)

    @functools.cached_property
    def passphrase(self) -> AskedPassphrase:
        """The passphrase of the file with the passwords, if there is such a file."""
        from tui.passphrase import AskedPassphrase

        return AskedPassphrase()

    @property
    def passphrase_file(self) -> Path:
        """The file with passwords that a passphrase opens; there is none before the first of them is kept."""
        return self.home.config / "credentials.passphrase.json"

    def secret_for(self, server: Server) -> Secret:
        """The password of a server; an empty one where none is wanted. Raises PasswordNeeded."""
        from core.secret import Secret

        if not server.auth or not server.credential:
            return Secret("")
        return self.secrets.get(self.settings().credential(server.credential), server.host)

    def incoming(self, account: Account, db: Database, row: int, report: Report) -> Incoming:
        """The connection of an account that mail comes from."""
        if account.incoming is not None:
            account = replace(account, incoming=self.reached(account.incoming))
        if account.kind == "pop3":
            from accounts.pop3.account import Pop3Account

            return Pop3Account(account, self.secret_for, db, row, report)
        from accounts.imap.account import ImapAccount

        return ImapAccount(account, self.secret_for, db, row, report, push=self.settings().sync.idle)

    def load_images(self, addresses: Sequence[str], *, plain: bool) -> list[Loaded]:
        """Remote images of a mail, when the user has said so. Takes its time: never in the event loop."""
        from accounts.remote_images import Loaded, load_images

        try:
            way = self.through(self.settings().sync.proxy)
        except CorreioError as error:
            return [Loaded(address, error=error) for address in addresses]
        return load_images(addresses, plain=plain, through=way)

    def outgoing(self, account: Account) -> Outgoing:
        """The way out of an account. NotFound `no-outgoing-server` where it has none."""
        from accounts.ways_out import outgoing_of

        if account.outgoing is None:
            raise NotFound("no-outgoing-server", what="server", name=account.name)
        return outgoing_of(self.reached(account.outgoing), self.secret_for(account.outgoing))

    def reached_account(self, account: Account) -> Account:
        """An account with the ways to its servers looked up. Raises as `reached`."""
        ways = {side: self.reached(server) for side in ("incoming", "outgoing") if (server := getattr(account, side)) is not None}
        return replace(account, **ways)

    def reached(self, server: Server) -> Server:
        """A server with the way to it looked up. Raises NotFound `no-proxy`, PasswordNeeded."""
        return replace(server, through=self.through(server.proxy)) if server.proxy else server

    def through(self, name: str) -> Way | None:
        """The way through the proxy of this name, None for ''. Raises NotFound `no-proxy`, PasswordNeeded."""
        if not name:
            return None
        from accounts.proxies import Way
        from core.secret import Secret

        settings = self.settings()
        proxy = settings.proxy(name)
        known = settings.credential(proxy.credential) if proxy.credential else None
        # A proxy knows passwords only; and a provider of tokens may have to be asked through it.
        secret = self.secrets.get(known, proxy.host) if known is not None and not known.oauth else Secret("")
        return Way(proxy, secret)

    def oauth(self, credential: Credential, client_secret: Secret) -> OAuth:
        """The client of an OAuth2 provider. Raises as `through`."""
        from accounts.oauth import OAuth

        return OAuth(credential, client_secret, through=self.through(credential.proxy))

    def leave_list(self, uri: str) -> None:
        """Leave a mailing list with one request. Raises as `accounts.one_click.leave` and `through`."""
        from accounts.one_click import leave

        leave(uri, through=self.through(self.settings().sync.proxy))

    def gateway(self, id: str) -> Outgoing:
        """The way to phones with this id. Raises NotFound `no-gateway-now`, `no-credential`, PasswordNeeded."""
        found = self.settings().gateway(id)
        if found is None:
            raise NotFound("no-gateway-now", what="gateway", name=id)
        return self.way_to_phones(found)

    def way_to_phones(self, found: Gateway) -> Outgoing:
        """The way through a gateway by command or web. Raises NotFound `no-credential`, PasswordNeeded."""
        from core.fax import first_page

        if found.command:
            from accounts.command_gateway import CommandGateway

            return CommandGateway(found, first_page)
        from accounts.web_gateway import WebGateway, place_of
        from core.secret import Secret

        server = self.reached(place_of(found))
        if not found.credential:
            return WebGateway(found, server, Secret(""), first_page)
        credential = self.settings().credential(found.credential)
        secret = self.secrets.get(credential, server.host)
        return WebGateway(found, server, secret, first_page, refused=lambda: self.secrets.refused(credential))

    def way(self, server: Server, secret: Secret | None = None) -> Outgoing:
        """The way out through a server; `secret`: a password that was typed and is not kept yet. Raises PasswordNeeded."""
        from accounts.ways_out import outgoing_of

        return outgoing_of(self.reached(server), secret if secret is not None else self.secret_for(server))

    def sharer(self) -> Sharer:
        """Where files go that are sent as links. Raises NotFound `no-links-place`, PasswordNeeded."""
        from accounts.sharing import OwnCommand, WebDav
        from core.secret import Secret

        settings = self.settings()
        if settings.links.command:
            return OwnCommand(settings.links)
        if not settings.links.url:
            raise NotFound("no-links-place", what="links", name="")
        way = self.through(settings.links.proxy)
        if not settings.links.credential:
            return WebDav(settings.links, Secret(""), through=way)
        credential = settings.credential(settings.links.credential)
        secret = self.secrets.get(credential, settings.links.url)
        return WebDav(settings.links, secret, lambda: self.secrets.refused(credential), through=way)

    def make_links(self, db: Database, row: Outgone, told: Told) -> None:
        """The links of a mail in the outbox, and its bytes; `told` hears how far the files are."""
        from core.sending import as_sent
        from core.sharing import prepare

        prepare(db, self.settings(), row, as_sent, self.sharer(), told)

    def calendar(self) -> CalendarServer:
        """The calendar server of the settings. Raises NotFound `no-calendar`, PasswordNeeded."""
        from accounts.caldav import CalendarServer
        from core.secret import Secret

        settings = self.settings()
        own = settings.calendar
        if not own.url:
            raise NotFound("no-calendar", what="calendar", name="")
        if not own.credential:
            return CalendarServer(own, Secret(""), through=self.through(own.proxy))
        credential = settings.credential(own.credential)

        def refused() -> None:
            self.secrets.refused(credential)

        return CalendarServer(own, self.secrets.get(credential, own.url), refused, through=self.through(own.proxy))

    @contextlib.contextmanager
    def open_store(self) -> Iterator[Database]:
        """A connection to the store for a while."""
        from core.store.database import Database

        db = Database(self.home.database)
        try:
            yield db
        finally:
            db.close()

    def account_of(self, db: Database, row: int) -> Account | None:
        """The settings of the account with this row in the store."""
        from core.store import accounts

        uid = accounts.uid_of(db, row)
        return next((account for account in self.settings().accounts if account.id == uid), None)

    def go_offline(self, offline: bool, accounts: Sequence[str] = ()) -> Settings:
        """Take accounts (ids; none: all) off the line, or put them on it, and keep that; the new settings.

        All accounts on the line: also those that were taken off one by one.
        """
        from core.settings.file import save

        def change(old: Settings) -> Settings:
            if not accounts:
                ones = tuple(replace(one, offline=one.offline and offline) for one in old.accounts)
                return replace(old, accounts=ones, sync=replace(old.sync, offline=offline))
            # One account back on the line while all are off: the others stay off, each by itself.
            others = old.sync.offline and not offline
            ones = tuple(
                replace(one, offline=offline if one.id in accounts else one.offline or (others and one.kind != "local"))
                for one in old.accounts
            )
            return replace(old, accounts=ones, sync=replace(old.sync, offline=old.sync.offline and offline))

        return save(self.home.settings_file, change)

    def follow(self, db: Database) -> bool:
        """Have the settings follow folders that were renamed; whether there were any. Raises SettingsError."""
        if not db.value("SELECT 1 FROM folder_renamed LIMIT 1"):
            return False
        from core.following import follow
        from core.settings.file import save

        return follow(db, lambda change: save(self.home.settings_file, change))

    def keep_password(self, credential: str, password: str) -> None:
        """Somebody has typed a password: use it while this process lives."""
        from core.secret import Secret

        known = self.settings().credential(credential)
        if known.oauth:
            # The person has agreed anew; what is kept nowhere else comes with it.
            self.secrets.tokens.forget(known)
            if password:
                self.secrets.remember(known, Secret(password))
        else:
            self.secrets.remember(known, Secret(password))

    def keep_passphrase(self, passphrase: str) -> None:
        """Somebody has typed the passphrase of the file with the passwords: use it while this process lives."""
        from core.secret import Secret

        self.passphrase.tell(Secret(passphrase))

    def forget_refused(self, credential: str) -> bool:
        """A server has refused the password of a credential; True where a new try may work by itself."""
        return self.secrets.refused(self.settings().credential(credential))

    def forget_password(self, credential: str) -> None:
        """A password is no longer to be known to this process."""
        self.secrets.drop(credential)

    def means(self) -> Means:
        """What the engine is handed."""
        from accounts.engine.engine import Means

        return Means(
            load_settings=self.settings,
            incoming=self.incoming,
            outgoing=self.outgoing,
            keep_password=self.keep_password,
            keep_passphrase=self.keep_passphrase,
            forget_refused=self.forget_refused,
            forget_password=self.forget_password,
            version=version(),
            calendar=self.calendar,
            follow=self.follow,
            gateway=self.gateway,
            leave_list=self.leave_list,
            sharer=self.sharer,
            prepare=self.make_links,
        )

    def start_engine(self) -> EngineClient:
        """The running engine; started in a session of its own when there is none.

        Raises NetworkError `engine-not-starting` when it does not come up, `engine-unreachable` when it does not answer.
        """
        from accounts.engine.lock import EngineLock

        lock = EngineLock(self.home.lock)
        limit = time.monotonic() + ENGINE_START
        started: subprocess.Popen[bytes] | None = None
        while time.monotonic() < limit:
            if (client := self._engine()) is not None:
                return client
            if lock.holder() is None:
                if started is None:
                    started = spawn_engine(self.home)
                elif started.poll() is not None:
                    break  # it has said in its log why
            time.sleep(0.02)
        if (unreachable := lock.unreachable()) is not None:
            raise unreachable
        raise NetworkError("engine-not-starting", server="engine", file=str(self.home.logs / "engine.log"))

    def _engine(self) -> EngineClient | None:
        from accounts.engine.client import EngineClient

        try:
            return EngineClient(self.home)
        except NetworkError:
            return None
        except CorreioError as error:
            if error.id != "engine-other-version":  # that one was asked to leave
                raise
            return None


def spawn_engine(home: Home) -> subprocess.Popen[bytes]:
    """Start `correio engine run` detached: own session, no terminal, output to the log, umask 077."""
    home.make()
    log = os.open(home.logs / "engine.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    environ = {**os.environ}
    if "CORREIO_HOME" in environ:
        environ["CORREIO_HOME"] = str(home.state.parent)  # it may be relative to the folder we are in
    try:
        return subprocess.Popen(
            [*program(), "engine", "run"],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            cwd="/",
            umask=0o077,
            env=environ,
        )
    finally:
        os.close(log)


def program() -> list[str]:
    """How to start Correio again: this Python, with nothing of the current folder or PYTHONPATH before our rooms."""
    return [sys.executable, "-P", str(ROOT / "tui" / "entry.py")]


def _vaults(home: Home, locked: Path, passphrase: AskedPassphrase) -> dict[str, Vault | MakeVault]:
    """How passwords can be kept; what takes long to look at is made when it is first asked for."""
    from tui.passphrase import PassphraseFile

    return {
        "keyring": _keyring,
        "gpg": lambda: _for_own_key(home.config / "credentials.gpg.json"),
        "file": lambda: _with_key_beside(home.config / "credentials.json", home.config / "credentials.key"),
        "passphrase": lambda: PassphraseFile(locked, passphrase),
    }


def _keyring() -> Vault | None:
    from accounts.keyrings import KeyringVault, safe_backend

    backend = safe_backend()
    return KeyringVault(backend) if backend is not None else None


def _with_key_beside(file: Path, key: Path) -> Vault:
    from crypto.credentials import CredentialFile, KeyFile

    return CredentialFile(file, KeyFile(key))


def _for_own_key(file: Path) -> Vault | None:
    """A file for the first key of the user's that can be encrypted to; one that is there can be read by any."""
    from crypto.credentials import CredentialFile, OwnKey
    from crypto.gpg import Gpg, has_gpg

    if not has_gpg():
        return None
    try:
        own = next((key for key in Gpg().secret_keys() if key.encrypts), None)
    except CorreioError:
        return None
    if own is None and not file.exists():
        return None
    return CredentialFile(file, OwnKey(Gpg(), own.fingerprint if own is not None else ""))
