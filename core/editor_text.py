"""A draft as text for an editor of one's own: a few header lines, an empty line, the body."""

from __future__ import annotations

import re
from dataclasses import replace

from core.address import Address, format_addresses, parse_addresses
from core.compose import wire_address
from core.draft import ADDRESS_FIELDS, ComposeError, Draft
from core.encoded_word import one_line

_LABELS = {"to": "To", "cc": "Cc", "bcc": "Bcc", "reply_to": "Reply-To"}
_FIELD = re.compile(r"([A-Za-z][A-Za-z-]*)[ \t]*:[ \t]*(.*)")
_KNOWN = {"from", "subject", *(label.lower() for label in _LABELS.values())}


def to_editor_text(draft: Draft) -> str:
    """The draft as text; fields that are empty are shown empty, to be filled in."""
    typed = dict(draft.typed)
    lines = [f"From: {_addresses((draft.from_,), '')}"]
    for name in ADDRESS_FIELDS:
        lines.append(f"{_LABELS[name]}: {_addresses(getattr(draft, name), typed.get(name, ''))}".rstrip())
    lines.append(f"Subject: {one_line(draft.subject)}".rstrip())
    return "\n".join(lines) + "\n\n" + draft.body


def from_editor_text(text: str, draft: Draft) -> Draft:
    """The draft with what the text says now.

    Tolerant: fields in any order and case, folded lines, CRLF, a missing empty line after the fields. A field
    that was taken out is empty; without any known field the whole text is the body and the fields stay.
    Other fields are left out: only what the composer shows can be set here.
    """
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    fields, body = _split(text)
    if not fields.keys() & _KNOWN:
        return replace(draft, body=text)
    addresses: dict[str, tuple[Address, ...]] = {}
    typed: list[tuple[str, str]] = []
    for name, label in _LABELS.items():
        whole, rest = read_field(fields.get(label.lower(), ""))
        addresses[name] = whole
        if rest:
            typed.append((name, rest))
    sender, _ = read_field(fields.get("from", ""))
    return replace(
        draft,
        to=addresses["to"],
        cc=addresses["cc"],
        bcc=addresses["bcc"],
        reply_to=addresses["reply_to"],
        from_=sender[0] if sender else draft.from_,
        subject=one_line(fields.get("subject", "")),
        body=body,
        typed=tuple(typed),
    )


def read_field(text: str) -> tuple[tuple[Address, ...], str]:
    """The addresses that are whole in the text of an address field, and what is left over, for `Draft.typed`."""
    whole: list[Address] = []
    half: list[Address] = []
    for one in parse_addresses(text.replace(";", ",")):
        try:
            wire_address(one)
        except ComposeError:
            half.append(one)
        else:
            whole.append(one)
    return tuple(whole), format_addresses([Address("", one.addr) if not one.name else one for one in half]).replace(" <>", "")


def _split(text: str) -> tuple[dict[str, str], str]:
    """Field values by lower-case name, and the body."""
    fields: dict[str, str] = {}
    lines = text.split("\n")
    last = ""
    for number, line in enumerate(lines):
        if not line.strip():
            return fields, "\n".join(lines[number + 1 :])
        if line[0] in " \t" and last:
            fields[last] += f" {line.strip()}"
            continue
        found = _FIELD.fullmatch(line)
        if not found:
            return fields, "\n".join(lines[number:])
        last = found[1].lower()
        joined = (fields[last], found[2].strip()) if last in fields and last != "subject" else (found[2].strip(),)
        fields[last] = ", ".join(filter(None, joined))
    return fields, ""


def _addresses(addresses: tuple[Address, ...], typed: str) -> str:
    shown = format_addresses([one for one in addresses if one.addr or one.name])
    return one_line(", ".join(filter(None, (shown, typed))))
