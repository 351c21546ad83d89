"""Where a link leads: its host, what stands behind a rewritten address, and whether its text shows somebody else's."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import parse_qs, quote, unquote, urlsplit

from msgspec import Struct

from core.clean import clean_line
from core.domains import organisation, spelled

_LONGEST = 2000
_WEB = re.compile(r"(?:https?|ftps?)://([^\s/?#\\]{1,300})", re.IGNORECASE)
_SHOWN = re.compile(r"(?:(?:https?|ftps?)://|(?=www\.))([^\s/?#\\<>()\[\]\"']{1,300})", re.IGNORECASE)
_BARE = re.compile(r"((?:[^\W_](?:[\w-]{0,61}[^\W_])?\.){1,6}([^\W\d_]{2,24}|xn--[a-z0-9-]{2,40}))(?::\d{1,5})?(?:[/?#]\S*)?")
_MAIL = re.compile(r"[\w.+-]{1,64}@((?:[\w-]{1,63}\.){1,8}[a-z]{2,24})", re.IGNORECASE)
_AROUND = " \t\n\xa0<>()[]{}\"'“”„‘’«»‹›:,;.!*→➜»"
_ENDINGS = frozenset((
    "com", "org", "net", "edu", "gov", "mil", "int", "info", "biz", "name", "app", "dev", "shop", "store", "online", "site",
    "bank", "cloud", "email", "test", "example", "eu", "uk", "de", "fr", "es", "it", "pt", "br", "nl", "be", "ch", "at", "ie",
    "dk", "se", "no", "fi", "cz", "sk", "hu", "ro", "bg", "gr", "ua", "ru", "tr", "il", "in", "cn", "jp", "kr", "tw", "hk",
    "sg", "au", "nz", "za", "mx", "ar", "cl", "us", "ca", "tv", "io", "me", "lu", "lt", "lv", "ee", "hr", "si", "is",
))  # fmt: skip
"""Ends of names without `www.` that are taken for a domain: `report.md`, `setup.py` and `Node.js` are none."""
_NO_HOSTS = frozenset(("asp.net", "vb.net", "ado.net", "paint.net", "socket.io", "draw.io"))
"""Products, which are linked to their makers."""


class Target(Struct, frozen=True):
    """A link's address taken apart."""

    scheme: str
    host: str
    """In lower case, as it stands there; '' where there is none."""
    user: str = ""
    """What stands before an @ in front of the host, and can be taken for it."""
    number: str = ""
    """The IP address, where the host is one, however it is written."""

    @property
    def is_web(self) -> bool:
        """Whether a browser opens it."""
        return self.scheme in ("http", "https", "ftp", "ftps")


def read_target(address: str) -> Target:
    """Take a link's address apart, as browsers do. Never raises."""
    return _read(address[:_LONGEST])  # what is remembered is as short: addresses hold whole images


@lru_cache(maxsize=4096)
def _read(address: str) -> Target:
    scheme, colon, rest = address.partition(":")
    scheme = scheme.strip().lower() if colon else ""
    if scheme == "mailto":
        return Target(scheme, unquote(rest.partition("?")[0]).rpartition("@")[2].strip().lower())
    # Browsers take \ for /, and any number of them.
    rest = rest.replace("\\", "/")
    if not rest.startswith("//"):
        return Target(scheme, "")
    place = re.split("[/?#]", rest.lstrip("/"), maxsplit=1)[0]
    user, _at, host = place.rpartition("@")
    host = unquote(host).strip().lower()
    host = host.partition("]")[0] + "]" if host.startswith("[") else host.partition(":")[0].strip(".")
    return Target(scheme, clean_line(host), clean_line(user), _number(host))


def host_of(address: str) -> str:
    """The host of a link's address in its own letters, cleaned; '' where it has none."""
    return clean_line(spelled(read_target(address).host))


def _number(host: str) -> str:
    """The IP address that a host is: 203.0.113.9, also as 3405803785, 0xcb007109 or 0313.0.0161.011; '' for a name."""
    if not (host.startswith("[") or host[:1].isdigit()):
        return ""
    import ipaddress

    if host.startswith("["):
        try:
            return str(ipaddress.IPv6Address(host.strip("[]").partition("%")[0]))
        except ValueError:
            return ""
    pieces = host.split(".")
    if len(pieces) > 4:
        return ""
    values = []
    for piece in pieces:
        if not re.fullmatch(r"0x[0-9a-f]{1,10}|[0-9]{1,12}", piece):
            return ""
        octal = piece.startswith("0") and piece.isdecimal() and len(piece) > 1
        try:
            values.append(int(piece, 16 if piece.startswith("0x") else 8 if octal else 10))
        except ValueError:
            return ""
    *upper, last = values
    if any(value > 255 for value in upper) or last >= 256 ** (4 - len(upper)):
        return ""
    whole = last + sum(value << (8 * (3 - place)) for place, value in enumerate(upper))
    return str(ipaddress.IPv4Address(whole))


@lru_cache(maxsize=1024)
def unwrapped(address: str) -> str:
    """The address behind one that a mail gateway or a search engine has wrapped, by its known form; else itself."""
    target = read_target(address)
    try:
        query = urlsplit(address[:8000]).query
        if target.host.endswith(".safelinks.protection.outlook.com"):
            return _first(query, "url", address)
        if target.host in ("www.google.com", "google.com") and "/url?" in address:
            return _first(query, "q", _first(query, "url", address))
        if target.host == "urldefense.proofpoint.com" and "/v2/" in address:
            inside = parse_qs(query, max_num_fields=50).get("u", [""])[0]
            return _web(unquote(inside.replace("-", "%").replace("_", "/")), address)
        if target.host in ("urldefense.com", "urldefense.us") and (found := re.search(r"/v3/__(.+?)__;", address)):
            return _web(re.sub(r"^(https?:/)(?!/)", r"\1/", found[1]), address)
    except ValueError:
        return address
    return address


def _first(query: str, name: str, otherwise: str) -> str:
    return _web(parse_qs(query, max_num_fields=50).get(name, [""])[0], otherwise)


def _web(address: str, otherwise: str) -> str:
    address = clean_line(address)
    return address if _WEB.match(address) else otherwise


def shown_elsewhere(text: str, address: str) -> str:
    """The host that a link's text shows, where it is another organisation's than the one the link leads to; else ''.

    Only a text that is an address is taken for one: `www.a.example`, `https://a.example/x`, `a.example`, `me@a.example`.
    """
    if "." not in text or len(text) > _LONGEST:
        return ""
    target = read_target(unwrapped(address))
    if not target.host:
        return ""
    shown = _shown_mail(text) if target.scheme == "mailto" else _shown_host(text) if target.is_web else ""
    homes = {_whose(target.host), target.number} - {""}
    if not shown or _whose(shown) in homes or _number(shown) in homes:
        return ""
    if target.is_web and _whose(_shown_host("".join(text.split()))) in homes:  # an address with a line end inside
        return ""
    return clean_line(spelled(shown))


def _whose(host: str) -> str:
    return organisation(spelled(host.lower()))


def _shown_host(text: str) -> str:
    text = "".join(clean_line(text).split("\n")).strip(_AROUND)
    if found := _SHOWN.match(text):
        host = found[1].rpartition("@")[2].partition(":")[0].strip(".").lower()
        return host if "." in host else ""
    if " " in text or "@" in text or (bare := _BARE.fullmatch(text)) is None:
        return ""
    host, ending = bare[1].lower(), bare[2].lower()
    return host if (ending in _ENDINGS or not ending.isascii() or ending.startswith("xn--")) and host not in _NO_HOSTS else ""


def _shown_mail(text: str) -> str:
    found = _MAIL.fullmatch(clean_line(text).strip(_AROUND))
    return found[1].lower() if found else ""


def ascii_target(address: str) -> str:
    """The address as it is opened and copied: its host in ASCII (IDNA), everything else outside ASCII percent-encoded."""
    if address.isascii():
        return address
    from core.address import ascii_domain
    from core.errors import UsageError

    scheme, slashes, rest = address.partition("://")
    if not slashes:
        return quote(address, safe=_KEPT)
    end = next((at for at, sign in enumerate(rest) if sign in "/?#\\"), len(rest))
    user, at, host = rest[:end].rpartition("@")
    name, colon, port = host.partition(":")
    try:
        host = ascii_domain(name)
    except UsageError:
        host = quote(name)
    return f"{scheme}{slashes}{quote(user, safe=_KEPT)}{at}{host}{colon}{port}{quote(rest[end:], safe=_KEPT)}"


_KEPT = "%:/?#[]@!$&'()*+,;=-._~"
