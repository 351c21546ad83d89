"""What a setting may hold. Each check answers '' when the value is fine, else the id of what is wrong."""

from __future__ import annotations

import re
import shlex
import string
import time
from collections.abc import Callable, Mapping

_HOST = re.compile(r"[^\s/@:\\\[\]\x00-\x20\x7f]+|\[?[0-9A-Fa-f:.]+(%\w+)?\]?")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}([_-][A-Za-z0-9]{2,8})*(\.[\w-]+)?(@\w+)?")

_FONT = re.compile(r"sans|serif|mono|small|large|huge|(?:[6-9]|[1-6]\d|7[0-2])pt")
_DICTIONARIES = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*(,[A-Za-z0-9][A-Za-z0-9_.-]*)*")


def _has_control(value: str) -> bool:
    return any(ord(letter) < 32 or 127 <= ord(letter) < 160 for letter in value)


def one_line(value: str) -> str:
    """One line without control characters; it may be empty."""
    return "control-character" if _has_control(value) else ""


def one_line_something(value: str) -> str:
    """One line without control characters, not empty."""
    return one_line(value) if value.strip() else "empty"


def text(value: str) -> str:
    """Lines of text: line feeds and tabs, no other control character."""
    return one_line(value.replace("\n", "").replace("\r", "").replace("\t", ""))


def an_id(value: str) -> str:
    """Eight hexadecimal digits."""
    return "" if re.fullmatch(r"[0-9a-f]{8}", value) else "not-an-id"


def id_or_nothing(value: str) -> str:
    """Eight hexadecimal digits, or empty."""
    return an_id(value) if value else ""


def one_word(value: str) -> str:
    """One word that can stand in a web address."""
    return "" if re.fullmatch(r"[A-Za-z0-9._-]{1,100}", value) else "not-a-word"


def account_name(value: str) -> str:
    """A name that can stand before the slash of a folder path."""
    if "/" in value:
        return "slash-in-name"
    return one_line_something(value)


def host(value: str) -> str:
    """A host name (any script) or an IP address."""
    return "" if _HOST.fullmatch(value) and len(value) <= 255 and not value.startswith("-") else "not-a-host"


def host_or_nothing(value: str) -> str:
    """A host name, or empty."""
    return host(value) if value else ""


def authserv(value: str) -> str:
    """An authserv-id (RFC 8601) or a domain of such: one word as a host name is; it may be empty."""
    return host(value) if value else ""


def address(value: str) -> str:
    """local@domain, roughly: what no server could take is refused, everything else passes."""
    local, at, domain = value.rpartition("@")
    fine = at and local and host(domain) == "" and not _has_control(value) and not re.search(r"[\s<>,;]", value)
    return "" if fine else "not-an-address"


def address_or_nothing(value: str) -> str:
    """An address, or empty."""
    return address(value) if value else ""


def trust(value: str) -> str:
    """system, ignore, sha256:HEX (64 digits, colons allowed), or the path of a file."""
    if value in ("system", "ignore"):
        return ""
    if value.startswith("sha256:"):
        return "" if re.fullmatch(r"[0-9a-fA-F]{64}", value[7:].replace(":", "")) else "not-a-fingerprint"
    return one_line(value) if "/" in value else "not-a-trust"


def web_address_or_nothing(value: str) -> str:
    """An https address with a host, or empty: a password never goes out unencrypted."""
    scheme, _, rest = value.partition("://")
    fine = scheme.lower() == "https" and rest.strip("/") and not re.search(r"[\s\x00-\x20\x7f]", value)
    return "" if not value or fine else "not-a-web-address"


def keep(value: str) -> str:
    """headers, all, or days:N with N from 1 to 36500."""
    if value in ("headers", "all"):
        return ""
    found = re.fullmatch(r"days:([0-9]{1,5})", value)
    return "" if found and 1 <= int(found[1]) <= 36500 else "not-a-keep"


def keep_map(value: Mapping[str, str]) -> str:
    """A map from folder paths to what `keep` takes."""
    return next((wrong for path, kept in value.items() if (wrong := one_line_something(path) or keep(kept))), "")


def command(value: str) -> str:
    """Words as a shell would split them; no shell runs them."""
    try:
        shlex.split(value)
    except ValueError:
        return "unclosed-quote"
    return one_line(value)


def gateway_address(value: str) -> str:
    """An address with {number} in it, or nothing."""
    if value and "{number}" not in value:
        return "no-number"
    return address_or_nothing(value.replace("{number}", "1")) or one_line(value)


def header_line(value: str) -> str:
    """A header line (RFC 9110 §5), or nothing."""
    return "" if not value or re.fullmatch(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+:[ \t]*[\x20-\x7e]+", value) else "not-a-header"


def web_body(value: str) -> str:
    """A form, or JSON with words in curly brackets as values, or nothing."""
    if not value.lstrip().startswith(("{", "[")):
        return text(value)
    import json

    try:
        json.loads(value)
    except ValueError:
        return "not-json"
    return ""


def price(value: str) -> str:
    """A number with at most six digits behind the point, or nothing."""
    return "" if re.fullmatch(r"(?:\d{1,6}(?:[.,]\d{1,6})?)?", value) else "not-a-price"


def date_pattern(value: str) -> str:
    """auto, or a strftime pattern."""
    if value == "auto":
        return ""
    if "%" not in value:
        return "not-a-date-pattern"
    try:
        time.strftime(value)
    except ValueError:
        return "not-a-date-pattern"
    return one_line(value)


def language(value: str) -> str:
    """Empty, or a language as in LANG: pt, pt_BR, de_DE.UTF-8."""
    return "" if not value or _LANGUAGE.fullmatch(value) else "not-a-language"


def font(value: str) -> str:
    """Words about letters: sans, serif, mono, small, large, huge, or 6pt to 72pt."""
    return "" if all(_FONT.fullmatch(word) for word in value.split()) else "not-a-font"


def dictionaries(value: str) -> str:
    """Names of dictionaries with commas between them, or off, or empty."""
    return "" if not value or _DICTIONARIES.fullmatch(value) else "not-dictionaries"


def attribution(value: str) -> str:
    """Text with {date}, {name} and {address} in it, nothing else in braces."""
    try:
        names = {name for _, name, _, _ in string.Formatter().parse(value) if name is not None}
    except ValueError:
        return "unclosed-brace"
    return text(value) if names <= {"date", "name", "address"} else "unknown-field"


def role_map(roles: tuple[str, ...]) -> Callable[[Mapping[str, str]], str]:
    """A check for a map from these roles to folder paths."""

    def check(value: Mapping[str, str]) -> str:
        if set(value) - set(roles):
            return "unknown-role"
        return next((wrong for path in value.values() if (wrong := one_line_something(path))), "")

    return check


MOST_SIGNATURE = 16_384
"""Characters of a signature or footer."""


def signature(value: str) -> str:
    """Text as `text` has it, of at most MOST_SIGNATURE characters."""
    return "too-long" if len(value) > MOST_SIGNATURE else text(value)


def mailbox_or_nothing(value: str) -> str:
    """`Name <address>` or an address alone, or empty."""
    if not value.strip():
        return ""
    if one_line(value):
        return "control-character"
    from core.address import parse_addresses

    found = parse_addresses(value)
    return address(found[0].addr) if len(found) == 1 else "not-an-address"


def address_patterns(value: str) -> str:
    """Addresses separated by commas, `*@domain` for all of a domain; it may be empty."""
    parts = [part.strip() for part in value.split(",") if part.strip()]
    return next((wrong for part in parts if (wrong := address(part.replace("*@", "x@", 1) if part[0] == "*" else part))), "")
