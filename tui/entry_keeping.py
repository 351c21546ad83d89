"""An entry of the settings' lists as a form has it: its tabs, what of it is shown, and keeping it with the password typed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from core.secret import Secret
from core.settings import Credential, Identity, Setting, Settings, default_port
from core.settings.entries import INCOMING, built, declared, is_long, is_there, with_entry
from core.settings.field import parts_of, settings_of
from core.settings.file import save
from core.settings.keys import parsed, parsed_map
from core.settings.schema import LISTS
from tui.new_account import best_method, free_name, usable_ways
from tui.setting_words import part_title
from tui.translation import N_, _
from tui.wiring import Wiring

LOG_IN = ("auth", "method", "user", "credential")
"""The settings of a server that are about logging in; others whose name begins with one of these, or `oauth`, too."""
PASSWORD = "password"
"""The key of the field in which a password is typed; it is no setting."""
PASSWORD_HELP = N_("Typed here it is kept as the settings say. Empty: the password that is kept stays.")


class Tab(Struct, frozen=True):
    """A part of a form: its title and the keys of its settings."""

    title: str
    keys: tuple[str, ...]
    part: str = ""
    """The nested table that it is about."""


def tabs_of(kind: str) -> tuple[Tab, ...]:
    """The tabs of the form for an entry: General, and Authentication where there is a log-in; the same for its servers."""
    table = LISTS[kind][1]
    found = _tabs(table, "")
    if kind == "credential":
        found[0] = replace(found[0], keys=(*found[0].keys, PASSWORD))
    for part, inner in parts_of(table).items():
        found += _tabs(inner, part)
    return tuple(found)


def _tabs(table: type[Struct], part: str) -> list[Tab]:
    prefix = f"{part}." if part else ""
    names = [one.key for one in settings_of(table) if not one.fixed]
    server = {"host", "user", "credential"} <= set(names)
    log_in = [name for name in names if server and name.startswith((*LOG_IN, "oauth"))]
    general = tuple(prefix + name for name in names if name not in log_in)
    first = Tab(part_title(part) if part else _("General"), general, part)
    if not log_in:
        return [first]
    title = _("{part}: log-in").format(part=part_title(part)) if part else _("Authentication")
    return [first, Tab(title, (*(prefix + name for name in log_in), prefix + PASSWORD), part)]


def setting_of(kind: str, key: str) -> Setting:
    """The setting behind a field; that of the password is made here."""
    if key.rpartition(".")[2] == PASSWORD:
        return Setting(key, "text", "", PASSWORD_HELP)
    return declared(LISTS[kind][1])[key]


_OUTGOING_ONLY = ("account", "senders", "per_hour", "per_day", "per_week", "per_message", "domain", "command", "active", "name")
_CONNECTED = ("host", "port", "security", "trust", "min_tls", "auth", "method", "user", "credential", "proxy", PASSWORD)
_LOGGED_IN = ("user", "credential", "method", PASSWORD)


def is_shown(kind: str, key: str, typed: Mapping[str, str]) -> bool:
    """Whether a field means something beside what is typed in the others."""
    part, _dot, name = key.rpartition(".")
    if kind == "account" and not part:
        return typed.get("kind") == "pop3" if setting_of(kind, key).help.startswith("POP3:") else True
    if kind == "credential":
        return _of_credential(name, typed)
    if kind == "proxy":
        through = typed.get("kind") == "command"
        return through if name == "command" else not through or name not in ("host", "port", "user", "credential", PASSWORD)
    if kind == "outgoing" or part:
        return _of_server(kind, part, name, typed)
    return True


def _of_credential(name: str, typed: Mapping[str, str]) -> bool:
    oauth, method = typed.get("oauth", ""), typed.get("method")
    if name == "command" or name == PASSWORD:
        return not oauth and (method == "command") == (name == "command")
    if name == "minutes":
        return method == "ask" and not oauth
    if name == "tenant":
        return oauth == "microsoft"
    if name.endswith("_url"):
        return oauth == "generic"
    return bool(oauth) if name in ("client_id", "scope", "trust") else True


def _of_server(kind: str, part: str, name: str, typed: Mapping[str, str]) -> bool:
    start = f"{part}." if part else ""
    speaks = typed.get(f"{start}kind", "")
    if part == "incoming" and (name in (*_OUTGOING_ONLY, "kind") or typed.get("kind") == "local"):
        return False
    if name in ("domain", "command"):
        return speaks == {"domain": "mailgun", "command": "sendmail"}[name]
    if part and name in ("account", "name", "active"):
        return False
    if speaks == "sendmail" and name in _CONNECTED:
        return False
    if speaks in ("mailgun", "elasticemail") and name in ("port", "security", "auth", "method", "user"):
        return False
    return typed.get(f"{start}auth", "yes") == "yes" if name in _LOGGED_IN else True


def values_from(kind: str, base: Mapping[str, Any], typed: Mapping[str, str]) -> dict[str, Any]:
    """The values that a form's texts mean, over those that it does not show; what means nothing stays a text and is a fault."""
    values = dict(base)
    for key, one in declared(LISTS[kind][1]).items():
        if key not in typed:
            continue
        text = typed[key] if is_long(one) else typed[key].strip()
        if one.type == "map":
            values[key] = parsed_map(text)
        elif one.type == "number" and key.endswith("port") and not text:
            values[key] = 0
        else:
            values[key] = parsed(one, text)
        if key.endswith("trust"):
            from tui.new_account import trust_value

            values[key] = trust_value(text)
    if kind == "account" and values["kind"] in INCOMING:
        values["incoming.kind"] = values["kind"]
    return values


def followed_port(kind: str, key: str, before: Mapping[str, str], after: Mapping[str, str]) -> tuple[str, str] | None:
    """The port that follows from another kind or security: its key and value; None where it stays."""
    part, dot, name = key.rpartition(".")
    if kind == "account" and key == "kind":
        # What the account is its server speaks.
        before, after = ({**one, "incoming.kind": one["kind"]} for one in (before, after))
        part, dot = "incoming", "."
    port = f"{part}{dot}port"
    if name not in ("security", "kind") or port not in after:
        return None
    usual = [str(default_port(one.get(f"{part}{dot}kind", ""), one.get(f"{part}{dot}security", ""))) for one in (before, after)]
    return (port, usual[1]) if after[port] in ("", "0", usual[0]) and usual[1] != "0" else None


class Kept(Struct, frozen=True):
    """What is to be kept: an entry, and the passwords typed with it by the key of the credential's setting."""

    kind: str
    values: dict[str, Any]
    replaces: str
    secrets: dict[str, Secret]


def keep(wiring: Wiring, kept: Kept) -> tuple[Settings, dict[str, Secret]]:
    """Write the entry; the new settings, and the passwords by credential for the engine.

    In a thread: a keyring or gpg may ask somebody something. Raises SettingsError, CryptoError, NotFound.
    """
    values = dict(kept.values)
    made: list[Credential] = []
    told: dict[str, Secret] = {}
    settings = wiring.settings()
    for key, secret in kept.secrets.items():
        if not secret:
            continue
        credential = _credential_for(wiring, settings, kept.kind, key, values, made)
        wiring.secrets.put(credential, secret)
        told[credential.name] = secret
    row = built(kept.kind, values)

    def change(old: Settings) -> Settings:
        new = old
        for credential in made:
            new = with_entry(new, "credential", credential, credential.name)
        new = with_entry(new, kept.kind, row, kept.replaces)
        return _with_sender(new, row) if kept.kind == "account" and not kept.replaces else new

    wiring.home.make()
    return save(wiring.home.settings_file, change), told


def _credential_for(
    wiring: Wiring, settings: Settings, kind: str, key: str, values: dict[str, Any], made: list[Credential]
) -> Credential:
    """The credential that a typed password belongs to; one is made where the server has none."""
    if kind == "credential":
        return Credential(name=values["name"], method=values["method"], command=values["command"])
    name = key.rpartition(".")[0]
    reference = f"{name}.credential" if name else "credential"
    known = {one.name: one for one in (*settings.credentials, *made)}
    if values[reference] in known:
        return known[values[reference]]
    user = str(values.get(reference.replace("credential", "user")) or values.get("email") or values.get("name"))
    credential = Credential(name=free_name(user, set(known)), method=best_method(usable_ways(wiring)))
    made.append(credential)
    values[reference] = credential.name
    return credential


def _with_sender(settings: Settings, account: Any) -> Settings:
    """A new account's address is a sender by itself; the first account is the default one."""
    address = account.email
    if len(settings.accounts) == 1:
        settings = replace(settings, accounts=(replace(account, default=True),))
    if not address or any(one.address.casefold() == address.casefold() for one in settings.identities):
        return settings
    return replace(settings, identities=(*settings.identities, Identity(account=account.id, address=address)))


def servers_there(kind: str, values: Mapping[str, Any]) -> tuple[str, ...]:
    """The nested servers of an entry that are filled in."""
    table = LISTS[kind][1]
    return tuple(part for part in parts_of(table) if f"{part}.host" in values and is_there(table, part, values))
