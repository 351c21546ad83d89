"""The configuration file: read, and changed in place with its comments and order kept."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from msgspec.structs import replace

from core.errors import SettingsError
from core.private_file import locked, write_private
from core.settings.reading import read
from core.settings.schema import Account, Credential, Identity, Settings

Change = Callable[[Settings], Settings]


def load(path: Path) -> Settings:
    """The settings in the file; the defaults where there is none.

    SettingsError as `core.settings.reading.read` says, `settings-unreadable` or `settings-not-utf8`.
    """
    return read(_text(path), str(path))


def save(path: Path, change: Change) -> Settings:
    """Let `change` make new settings from those on disk, and write them; gives back the new ones.

    Comments and order stay, the file is replaced whole (mode 0600), two writers wait for each other, and what
    could not be read again is never written. Raises SettingsError: as `load`, or `settings-unwritable`.
    """
    try:
        with locked(path):
            before = _text(path)
            old = read(before, str(path))
            new = change(old)
            if new != old:
                write_private(path, _written(before, old, new, str(path)).encode())
            return new
    except OSError as error:
        raise _file_error("settings-unwritable", path, error) from error


def add_account(
    path: Path, account: Account, identity: Identity | None = None, credentials: tuple[Credential, ...] = ()
) -> Settings:
    """Add an account, with the sender that comes with it and the credentials its servers use.

    Credentials of a known name replace what was there. The first account becomes the default.
    """

    def change(old: Settings) -> Settings:
        first = replace(account, default=True) if not old.accounts else account
        identities = (*old.identities, identity) if identity else old.identities
        new = replace(old, accounts=(*_without_default(old, first), first), identities=identities)
        for credential in credentials:
            new = _with_credential(new, credential)
        return new

    return save(path, change)


def change_account(path: Path, account: Account) -> Settings:
    """Replace the account of this id; NotFound if there is none."""

    def change(old: Settings) -> Settings:
        old_one = old.account(account.id)
        others = _without_default(old, account)
        return replace(old, accounts=tuple(account if one.id == old_one.id else one for one in others))

    return save(path, change)


def remove_account(path: Path, id: str) -> Settings:
    """Remove the account of this id, its identities and outgoing servers, and the credentials that nothing else uses."""

    def change(old: Settings) -> Settings:
        gone = old.account(id)
        accounts = tuple(one for one in old.accounts if one.id != gone.id)
        new = replace(
            old,
            accounts=accounts,
            outgoing=tuple(one for one in old.outgoing if one.account != gone.id),
            identities=tuple(one for one in old.identities if one.account != gone.id),
        )
        orphans = old.used_credentials() - new.used_credentials()
        return replace(new, credentials=tuple(one for one in old.credentials if one.name not in orphans))

    return save(path, change)


def add_identity(path: Path, identity: Identity) -> Settings:
    """Add a sender."""
    return save(path, lambda old: replace(old, identities=(*old.identities, identity)))


def change_identity(path: Path, identity: Identity) -> Settings:
    """Replace the identity of this id; NotFound if there is none."""

    def change(old: Settings) -> Settings:
        old.identity(identity.id)
        return replace(old, identities=tuple(identity if one.id == identity.id else one for one in old.identities))

    return save(path, change)


def remove_identity(path: Path, id: str) -> Settings:
    """Remove a sender; NotFound if there is none."""

    def change(old: Settings) -> Settings:
        gone = old.identity(id)
        return replace(old, identities=tuple(one for one in old.identities if one is not gone))

    return save(path, change)


def put_credential(path: Path, credential: Credential) -> Settings:
    """Add the credential, or replace the one of the same name."""
    return save(path, lambda old: _with_credential(old, credential))


def _with_credential(settings: Settings, credential: Credential) -> Settings:
    if any(one.name == credential.name for one in settings.credentials):
        kept = (credential if one.name == credential.name else one for one in settings.credentials)
        return replace(settings, credentials=tuple(kept))
    return replace(settings, credentials=(*settings.credentials, credential))


def _without_default(settings: Settings, newest: Account) -> tuple[Account, ...]:
    """The accounts, none of them the default if the newest is to be it."""
    if not newest.default:
        return settings.accounts
    return tuple(replace(one, default=False) if one.default else one for one in settings.accounts)


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode()
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise _file_error("settings-unreadable", path, error) from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise SettingsError("settings-not-utf8", file=str(path), line=line, key="", answer=error.reason) from error


def _written(before: str, old: Settings, new: Settings, file: str) -> str:
    """The text changed to say `new`; read again before anybody relies on it."""
    from core.settings.writing import written

    text = written(before, old, new)
    try:
        same = read(text, file) == new
    except SettingsError as error:
        # The line is one of a text that nobody will see.
        error.values["line"] = 0
        raise
    if not same:
        raise SettingsError("settings-unwritable", file=file, line=0, key="", answer="read back differently")
    return text


def _file_error(id: str, path: Path, error: OSError) -> SettingsError:
    return SettingsError(id, file=str(path), line=0, key="", answer=error.strerror or str(error))
