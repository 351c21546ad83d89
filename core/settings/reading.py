"""From the TOML text to `Settings`: every value checked, every mistake named by file, line and key."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from typing import Any

from msgspec import Struct, field

from core.errors import SettingsError
from core.settings.field import Setting, needed, parts_of, settings_of
from core.settings.lines import Path, line_of
from core.settings.schema import LISTS, OUTGOING, SECTIONS, Account, Credential, Server, Settings, new_id

_SECRET_WORDS = re.compile(r"pass(word|wd|phrase)?|secret|token|api_?key", re.IGNORECASE)
_ITEM: dict[str, type[Any]] = {"text": str, "choice": str, "number": int, "yes-no": bool}


class Wrong(Exception):
    """A mistake at a place of the file; `read` adds the file and the line."""

    def __init__(self, id: str, path: Path, **values: Any) -> None:
        super().__init__(id)
        self.id = id
        self.path = path
        self.values = values


def read(text: str, file: str = "") -> Settings:
    """The settings that a TOML text holds.

    Raises SettingsError with values `file`, `line`, `key` and, by id: `settings-syntax` (`answer`),
    `settings-unknown-key` (`near`: the likely key or ''), `settings-secret-in-file`, `settings-wrong-type`
    (`expected`), `settings-bad-choice` (`value`, `choices`), `settings-out-of-range` (`value`, `least`,
    `most`),
    `settings-bad-value` (`value`, `reason`: an id of `core.settings.checks`), `settings-missing`
    (`suggestion`), `settings-twice` (`value`), `settings-dangling` (`value`: a name that nothing bears).
    """
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        answer, line = _syntax(text, str(error))
        raise SettingsError("settings-syntax", file=file, line=line, key="", answer=answer) from error
    try:
        settings = _settings(tables)
        agree(settings)
    except Wrong as wrong:
        line = line_of(text, wrong.path)
        raise SettingsError(wrong.id, file=file, line=line, key=shown(wrong.path), **wrong.values) from wrong
    return settings


def shown(path: Path) -> str:
    """A path as people read it: account[2].incoming.port (list positions from 1)."""
    words = [f"[{step + 1}]" if isinstance(step, int) else f".{step}" for step in path]
    return "".join(words).removeprefix(".")


class _Names(Struct):
    """What other tables may refer to."""

    credentials: set[str] = field(default_factory=set)
    proxies: set[str] = field(default_factory=set)


def check_value(setting: Setting, value: Any, path: Path) -> None:
    """Raise if the value does not suit the setting (see `read` for what)."""
    expected: type[Any] = _ITEM.get(setting.type, Mapping)
    if not isinstance(value, expected) or (expected is int and isinstance(value, bool)):
        raise Wrong("settings-wrong-type", path, expected=setting.type)
    if setting.type == "map" and not all(isinstance(item, str) for item in value.values()):
        raise Wrong("settings-wrong-type", path, expected="map")
    if setting.choices and value not in setting.choices:
        raise Wrong("settings-bad-choice", path, value=value, choices=", ".join(setting.choices))
    too_small = setting.least is not None and value < setting.least
    if too_small or (setting.most is not None and value > setting.most):
        raise Wrong("settings-out-of-range", path, value=value, least=setting.least, most=setting.most)
    if setting.check is not None and (reason := setting.check(value)):
        raise Wrong("settings-bad-value", path, value=str(value), reason=reason)


def _settings(tables: Mapping[str, Any]) -> Settings:
    found: dict[str, Any] = {}
    for name, value in tables.items():
        if name in SECTIONS:
            found[name] = _table(SECTIONS[name], value, (name,))
        elif name in LISTS:
            attribute, kind = LISTS[name]
            if not isinstance(value, list):
                raise Wrong("settings-wrong-type", (name,), expected="list")
            found[attribute] = tuple(_table(kind, row, (name, number)) for number, row in enumerate(value))
        else:
            raise _unknown(name, (name,), [*SECTIONS, *LISTS])
    return Settings(**found)


def _table(kind: type[Any], value: Any, path: Path) -> Any:
    """A struct of `kind` from a TOML table."""
    if not isinstance(value, dict):
        raise Wrong("settings-wrong-type", path, expected="table")
    declared = {setting.key: setting for setting in settings_of(kind)}
    parts = parts_of(kind)
    found: dict[str, Any] = {}
    for name, item in value.items():
        here = (*path, name)
        if name in parts:
            found[name] = _table(parts[name], item, here)
        elif name in declared:
            check_value(declared[name], item, here)
            found[name] = item
        else:
            raise _unknown(name, here, [*declared, *parts])
    for name in needed(kind):
        if name not in found:
            raise Wrong("settings-missing", (*path, name), suggestion=new_id() if name == "id" else "")
    return kind(**found)


def _unknown(name: str, path: Path, known: list[str]) -> Wrong:
    if _SECRET_WORDS.fullmatch(name):
        return Wrong("settings-secret-in-file", path)
    import difflib

    near = difflib.get_close_matches(name, known, n=1)
    return Wrong("settings-unknown-key", path, near=near[0] if near else "")


def agree(settings: Settings) -> None:
    """What no single value shows: ids and names given once, references that lead somewhere."""
    ids: set[str] = set()
    taken: set[str] = set()
    names = _Names()
    for number, credential in enumerate(settings.credentials):
        _once(names.credentials, credential.name, ("credential", number, "name"))
        _check_credential(credential, ("credential", number))
    _check_proxies(settings, names)
    for number, credential in enumerate(settings.credentials):
        if credential.proxy and credential.proxy not in names.proxies:
            raise Wrong("settings-dangling", ("credential", number, "proxy"), value=credential.proxy)
    for number, account in enumerate(settings.accounts):
        _once(ids, account.id, ("account", number, "id"))
        _once(taken, account.name.casefold(), ("account", number, "name"))
        _check_servers(account, ("account", number), ids, names)
    accounts = {account.id for account in settings.accounts}
    for number, server in enumerate(settings.outgoing):
        _check_server(server, ("outgoing", number), OUTGOING, ids, names)
        if server.account and server.account not in accounts:
            raise Wrong("settings-dangling", ("outgoing", number, "account"), value=server.account)
    for number, identity in enumerate(settings.identities):
        _once(ids, identity.id, ("identity", number, "id"))
        if identity.account not in accounts:
            raise Wrong("settings-dangling", ("identity", number, "account"), value=identity.account)


def _check_servers(account: Account, path: Path, ids: set[str], names: _Names) -> None:
    if account.kind != "local" and account.incoming is None:
        raise Wrong("settings-missing", (*path, "incoming"), suggestion="")
    if account.incoming is not None:
        _check_server(account.incoming, (*path, "incoming"), (account.kind,), ids, names, account.email)
    if account.outgoing is not None:
        _check_server(account.outgoing, (*path, "outgoing"), OUTGOING, ids, names, account.email)


def _check_server(server: Server, path: Path, kinds: tuple[str, ...], ids: set[str], names: _Names, email: str = "") -> None:
    _once(ids, server.id, (*path, "id"))
    if server.kind not in kinds:
        raise Wrong("settings-bad-choice", (*path, "kind"), value=server.kind, choices=", ".join(kinds))
    if not server.host and server.kind != "sendmail":
        raise Wrong("settings-missing", (*path, "host"), suggestion="")
    if server.kind == "mailgun" and not server.domain:
        raise Wrong("settings-missing", (*path, "domain"), suggestion=email.rpartition("@")[2])
    if server.credential and server.credential not in names.credentials:
        raise Wrong("settings-dangling", (*path, "credential"), value=server.credential)
    if server.proxy and server.proxy not in names.proxies:
        raise Wrong("settings-dangling", (*path, "proxy"), value=server.proxy)
    if server.auth and not server.user and server.kind not in ("mailgun", "elasticemail", "sendmail"):
        raise Wrong("settings-missing", (*path, "user"), suggestion=email)


def _check_proxies(settings: Settings, names: _Names) -> None:
    for number, proxy in enumerate(settings.proxies):
        path: Path = ("proxy", number)
        _once(names.proxies, proxy.name, (*path, "name"))
        needs = "command" if proxy.kind == "command" else "host"
        if not getattr(proxy, needs):
            raise Wrong("settings-missing", (*path, needs), suggestion="")
        if proxy.credential and proxy.credential not in names.credentials:
            raise Wrong("settings-dangling", (*path, "credential"), value=proxy.credential)


def _check_credential(credential: Credential, path: Path) -> None:
    needs = []
    if credential.method == "command" and not credential.oauth:
        needs.append("command")
    if credential.oauth:
        needs.append("client_id")
    if credential.oauth == "generic":
        needs.append("token_url")
    for name in needs:
        if not getattr(credential, name):
            raise Wrong("settings-missing", (*path, name), suggestion="")


def _once(seen: set[str], value: str, path: Path) -> None:
    if value in seen:
        raise Wrong("settings-twice", path, value=value)
    seen.add(value)


def _syntax(text: str, message: str) -> tuple[str, int]:
    """tomllib's words without the place, and the line (the last one where it only says "end")."""
    found = re.search(r"\s*\(at (?:line (\d+), column \d+|end of document)\)", message)
    if found is None:
        return message, 1
    return message[: found.start()], int(found[1]) if found[1] else max(1, len(text.splitlines()))
