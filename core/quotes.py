"""Plain text as rows: quote depth, flowed paragraphs, the signature, what was forwarded below (RFC 3676)."""

from __future__ import annotations

import re

from msgspec import Struct

_PREFIX = re.compile(r" ?(?:>[ ]?)+")
_FLOWED_PREFIX = re.compile(r">+")
_SEPARATOR = re.compile(r"-- ?$")
# What Outlook and the like put above the mail that is answered, in common languages.
_ORIGINAL = re.compile(
    r"\s*-{2,10} ?(?:Original Message|Original Appointment|Forwarded message|Urspr[uü]ngliche Nachricht|Message d'origine|"
    r"Mensaje original|Mensagem original|Messaggio originale|Oorspronkelijk bericht|Oprindelig meddelelse|Ursprungligt "
    r"meddelande|Исходное сообщение|Wiadomość oryginalna|原始邮件|Weitergeleitete Nachricht|Message transféré) ?-{2,10}\s*$",
    re.IGNORECASE,
)
_BLOCK_START = re.compile(r"(?:\*?(?:From|Von|De|Da|Van|Från|Fra|发件人)\s{0,2}:\*? |_{20,}$)")
_LATEST_SEPARATOR = 60
"""A separator without its blank (`--`) counts only this near to the end."""


class Row(Struct, gc=False):
    """One line as the sender meant it: a paragraph where the text is flowed."""

    text: str
    depth: int = 0
    """How deep it is quoted."""
    block: int = 0
    """Rows that fold as one share a number above 0."""
    marked: bool = True
    """Whether the quote is shown by signs in front; False below `Original Message`, where none were sent."""
    signature: bool = False


def read_rows(text: str, *, flowed: bool = False, delsp: bool = False, limit: int = 1_000_000) -> list[Row]:
    """The rows of clean text, at most `limit` of them; `flowed` and `delsp` as Content-Type says."""
    lines = text.split("\n", limit)[:limit]
    rows = _flowed(lines, delsp) if flowed else [_row(line) for line in lines]
    while rows and not rows[-1].text.strip() and not rows[-1].depth:
        rows.pop()
    _mark_original(rows)
    _mark_signature(rows)
    _number_blocks(rows)
    return rows


def _row(line: str) -> Row:
    if line[:2] == "> " and line[2:3] != ">":
        return Row(line[2:].rstrip(), 1)
    if ">" in line[:2] and (found := _PREFIX.match(line)):
        return Row(line[found.end() :].rstrip(), found[0].count(">"))
    return Row(line if line == "-- " else line.rstrip())


def _flowed(lines: list[str], delsp: bool) -> list[Row]:
    """Paragraphs put together again (RFC 3676 §4): a line that ends with a blank goes on in the next one."""
    rows: list[Row] = []
    open_depth = -1
    gathered: list[str] = []
    for line in lines:
        found = _FLOWED_PREFIX.match(line)
        depth = found.end() if found else 0
        text = line[depth:]
        text = text[1:] if text[:1] == " " else text
        separator = text == "-- "
        if gathered and (depth != open_depth or separator):
            rows.append(Row("".join(gathered).rstrip(), open_depth))
            gathered = []
        if text.endswith(" ") and not separator:
            gathered.append(text[:-1] if delsp else text)
            open_depth = depth
            continue
        gathered.append(text)
        rows.append(Row("".join(gathered) if separator else "".join(gathered).rstrip(), depth))
        gathered = []
    if gathered:
        rows.append(Row("".join(gathered).rstrip(), open_depth))
    return rows


def _mark_original(rows: list[Row]) -> None:
    """What stands below `-----Original Message-----` and its header lines is quoted, though nothing marks it."""
    for at, row in enumerate(rows):
        if row.depth or not row.text or row.text[0] not in "-_ " or at == 0:
            continue
        following = rows[at + 1 : at + 4]
        rule = row.text.startswith("____") and row.text.strip("_") == ""
        if _ORIGINAL.match(row.text) or (rule and any(_BLOCK_START.match(each.text) for each in following[:2])):
            for below in range(at, len(rows)):
                rows[below].marked = rows[below].depth > 0
                rows[below].depth += 1
            return


def _mark_signature(rows: list[Row]) -> None:
    """From the last separator on the writer's signature stands (RFC 3676 §4.3), up to quoted text."""
    for at in range(len(rows) - 1, -1, -1):
        row = rows[at]
        if row.depth or row.text[:2] != "--" or not _SEPARATOR.match(row.text):
            continue
        if row.text == "--" and len(rows) - at > _LATEST_SEPARATOR:
            continue
        for below in range(at, len(rows)):
            if rows[below].depth:
                return
            rows[below].signature = True
        return


def _number_blocks(rows: list[Row]) -> None:
    """Quoted rows in a row, with empty lines between, fold as one."""
    block, last = 0, -10
    for at, row in enumerate(rows):
        if not row.depth:
            continue
        if last == at - 1 and last >= 0:
            row.block, last = block, at
            continue
        goes_on = 0 <= last >= at - 3 and not any(each.text for each in rows[last + 1 : at])
        if not goes_on:
            block += 1
        for each in range(last + 1 if goes_on else at, at + 1):
            rows[each].block = block
        last = at
