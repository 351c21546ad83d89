"""What is to be known of a link before it is opened. Pure: a link in, findings out; their words are in `tui.sentences.links`."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import unquote, urlsplit

from core.clean import clean_line, hidden_characters
from core.domains import is_disguise, scripts, spelled
from core.doubts import Finding
from core.link_target import Target, ascii_target, host_of, read_target, shown_elsewhere, unwrapped
from core.rendered import Link


def examine_link(link: Link) -> tuple[Finding, ...]:
    """What speaks against a link, and what else is to be known of it, the worst first. Never raises."""
    target = read_target(link.target)
    found = (*_lies(link), *_host(target), *_inside(link.target), *_hidden(link.target), *_way(link.target, target))
    return tuple({(one.id, *one.values.values()): one for one in found}.values())


def _lies(link: Link) -> Iterator[Finding]:
    shown = link.shows or shown_elsewhere(link.text, link.target)
    if shown:
        yield Finding("link-lies", {"shown": shown, "host": host_of(unwrapped(link.target))})


def _host(target: Target) -> Iterator[Finding]:
    """Hosts that can be taken for others."""
    host, own = target.host, clean_line(spelled(target.host))
    if target.user and target.is_web:
        yield Finding("link-user", {"user": target.user, "host": own})
    if target.number:
        yield Finding("link-number", {"host": host, "number": target.number})
        return
    mixed = [label for label in own.split(".") if len(scripts(label)) > 1]
    if mixed:
        yield Finding("link-mixed", {"word": mixed[0], "scripts": ", ".join(kind.title() for kind in scripts(mixed[0]))})
    elif looks := is_disguise(host):
        yield Finding("link-disguised", {"spelled": own, "looks": looks})
    if not own.isascii():
        coded = read_target(ascii_target(f"https://{own}")).host
        yield Finding("link-spelled", {"host": coded if coded != own else host, "spelled": own}, warning=False)


def _inside(address: str) -> Iterator[Finding]:
    inside = unwrapped(address)
    if inside != address:
        yield Finding("link-wrapped", {"host": host_of(address), "inside": inside}, warning=False)
        yield from (one for one in _host(read_target(inside)) if one.warning)


def _hidden(address: str) -> Iterator[Finding]:
    found = set(hidden_characters(unquote(address)))
    if found:
        yield Finding("link-hidden", {"signs": ", ".join(f"U+{ord(letter):04X}" for letter in sorted(found)[:4])})


def _way(address: str, target: Target) -> Iterator[Finding]:
    """How it gets there."""
    if target.scheme in ("http", "ftp"):
        yield Finding("link-open", {"host": clean_line(spelled(target.host))}, warning=False)
    if not target.is_web:
        return
    try:
        port = urlsplit(ascii_target(address)).port
    except ValueError:
        port = None
    if port not in (None, 80, 443, 8080, 8443):
        yield Finding("link-port", {"port": str(port)}, warning=False)
