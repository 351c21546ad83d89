"""From the text of a query to its tree.

Terms in a row must all be found (AND, also written so); OR binds weaker; `-` or NOT turn a term or a bracket around.
AND, OR and NOT are operators in capitals only.
"""

from __future__ import annotations

import re
from typing import NoReturn

from core.errors import QueryError
from core.query.tree import (
    DATE_FIELDS,
    FIELDS,
    SIZE_FIELDS,
    STATES,
    TEXT_FIELDS,
    THINGS,
    Everything,
    Field,
    Not,
    Phrase,
    Query,
    Word,
    all_of,
    any_of,
)
from core.query.when import byte_size, day_range

LONGEST = 10_000
DEEPEST = 40
MOST_TERMS = 500
_BLANKS = re.compile(r"\s*")
_FIELD = re.compile(rf"({'|'.join(FIELDS)}):", re.IGNORECASE)
_BARE = re.compile(r'[^\s"()]+')
_QUOTED = re.compile(r'"((?:\\["\\*]|[^"])*)("?)(\*?)')
_OPERATOR = re.compile(r"(AND|OR|NOT)(?=[\s()\"]|$)")
_ESCAPED = re.compile(r'\\(["\\*])')
_OPEN_END = re.compile(r"(?:[^\W_]|[^\x00-\x7f])(\*+)\Z")
_NAMES = {
    "is": {name: name for name in STATES} | {"seen": "read", "unseen": "unread", "starred": "flagged", "replied": "answered"},
    "has": {name: name for name in THINGS} | {"attachments": "attachment", "invitations": "invitation"},
}


def parse(text: str, *, typing: bool = False) -> Query:
    """The tree of a query.

    With `typing` the query is still being written: its last word is taken for a beginning, what is not finished at its end
    (a quote, a bracket, an operator, a field without its value) does not matter, and nothing at all means every mail.
    Raises QueryError: `query-empty`, `query-too-long`, `query-too-deep`, `query-quote`, `query-bracket`, `query-operator`,
    `query-no-value` (`field`), `query-bad-value` (`field`, `value`, `possible`), all with `query` and `position`.
    """
    return _Parser(text, typing).whole()


class _Parser:
    """One pass from left to right; `at` is where the next term begins. A term that says nothing yet is None."""

    def __init__(self, text: str, typing: bool) -> None:
        self.text = text
        self.typing = typing
        self.at = 0
        self.depth = 0
        self.terms = 0

    def whole(self) -> Query:
        if len(self.text) > LONGEST:
            self._fail("query-too-long", LONGEST)
        self._skip_blanks()
        if self.at == len(self.text) and not self.typing:
            self._fail("query-empty", 0)
        found = self._alternatives()
        while self.at < len(self.text):  # only a closing bracket stops the parser before the end
            if not self.typing:
                self._fail("query-bracket", self.at)
            self.at += 1
            more = self._alternatives()
            found = all_of([part for part in (found, more) if part is not None]) if found or more else None
        return Everything() if found is None else found

    def _alternatives(self) -> Query | None:
        parts = [self._row()]
        while self._operator("OR"):
            parts.append(self._row(after_operator=True))
        known = [part for part in parts if part is not None]
        return any_of(known) if known else None

    def _row(self, after_operator: bool = False) -> Query | None:
        parts: list[Query] = []
        wanted = after_operator
        start = self.at
        while True:
            self._skip_blanks()
            if self.at == len(self.text) or self.text[self.at] == ")" or self._sees("OR"):
                break
            if self._operator("AND"):
                if not parts or wanted:
                    self._miss_operand(start)
                wanted = True
                continue
            part = self._term()
            wanted = False
            if part is not None:
                parts.append(part)
        if wanted or (not parts and (self._sees("OR") or (self.depth and self.text[self.at : self.at + 1] == ")"))):
            self._miss_operand(start)
        return all_of(parts) if parts else None

    def _term(self) -> Query | None:
        turned = False
        while self.text[self.at : self.at + 1] == "-" or self._sees("NOT"):
            start, dash = self.at, self.text[self.at] == "-"
            self.at += 1 if dash else 3
            if dash and self._at_end_of_term():
                part: Query | None = None if self.typing and self.at == len(self.text) else Word("-")
                break
            self._skip_blanks()
            if self.at == len(self.text) or self.text[self.at] == ")" or self._sees("AND|OR"):
                self._miss_operand(start)
                return None
            turned = not turned
        else:
            part = self._atom()
        return Not(part) if turned and part is not None else part

    def _atom(self) -> Query | None:
        self.terms += 1
        if self.terms > MOST_TERMS:
            self._fail("query-too-long", self.at)
        if self.text[self.at] == "(":
            return self._bracket()
        if self.text[self.at] == '"':
            value, prefix = self._quoted()
            return Phrase(value, prefix)
        if found := _FIELD.match(self.text, self.at):
            return self._field(found[1].lower(), found)
        value, prefix = self._bare()
        if value == "*" and not prefix:
            return Everything()
        return Word(value, prefix)

    def _bracket(self) -> Query | None:
        start = self.at
        self.at += 1
        self.depth += 1
        if self.depth > DEEPEST:
            self._fail("query-too-deep", start)
        inner = self._alternatives()
        self.depth -= 1
        if self.text[self.at : self.at + 1] == ")":
            self.at += 1
        elif not self.typing:
            self._fail("query-bracket", start)
        return inner

    def _field(self, name: str, found: re.Match[str]) -> Query | None:
        start, self.at = self.at, found.end()
        exact = name == "in" and self.text[self.at : self.at + 1] == "="
        self.at += exact
        if self._at_end_of_term():
            self._skip_blanks()
        quoted = self.text[self.at : self.at + 1] == '"'
        if quoted:
            value, prefix = self._quoted()
        elif self.at < len(self.text) and self.text[self.at] not in "()" and not self._sees("AND|OR|NOT"):
            value, prefix = self._bare()
        else:
            value, prefix = "", False
        last = self.typing and self.at == len(self.text)
        star = prefix and not last
        if name not in (*TEXT_FIELDS, "tag", "list", "comment"):
            value, prefix = value + "*" * star, False
        elif value == "*" and name == "tag" and not quoted:
            value, prefix = "", True
        value = _NAMES[name].get(value.lower(), value) if name in _NAMES else value
        if not value.strip() and not prefix:
            return None if last else self._fail("query-no-value", start, field=name)
        if not _sensible(name, value):
            return None if last else self._fail("query-bad-value", start, field=name, value=value, possible=_possible(name))
        return Field(name, value, prefix, exact)

    def _quoted(self) -> tuple[str, bool]:
        found = _QUOTED.match(self.text, self.at)
        assert found is not None  # the caller has seen the quote
        inner, closing, star = found.groups()
        if not closing and not self.typing:
            self._fail("query-quote", self.at)
        self.at = found.end()
        open_end = _OPEN_END.search(inner)
        if open_end:
            inner = inner[: open_end.start(1)]
        return _ESCAPED.sub(r"\1", inner), bool(star or open_end or not closing)

    def _bare(self) -> tuple[str, bool]:
        found = _BARE.match(self.text, self.at)
        assert found is not None  # the caller has seen a character that is none of blank, quote, bracket
        value, self.at = found[0], found.end()
        open_end = _OPEN_END.search(value)
        if open_end:
            return value[: open_end.start(1)], True
        return value, self.typing and self.at == len(self.text) and value != "*"

    def _skip_blanks(self) -> None:
        found = _BLANKS.match(self.text, self.at)
        self.at = found.end() if found else self.at

    def _at_end_of_term(self) -> bool:
        return self.at == len(self.text) or self.text[self.at].isspace()

    def _sees(self, names: str) -> bool:
        found = _OPERATOR.match(self.text, self.at)
        return found is not None and found[1] in names.split("|")

    def _operator(self, name: str) -> bool:
        """Step over an operator if it stands here."""
        self._skip_blanks()
        seen = self._sees(name)
        self.at += len(name) if seen else 0
        return seen

    def _miss_operand(self, position: int) -> None:
        """An operator with nothing beside it; while typing only the one at the end is forgiven."""
        if not (self.typing and self.at == len(self.text)):
            self._fail("query-operator", position)

    def _fail(self, id: str, position: int, **values: str) -> NoReturn:
        raise QueryError(id, query=self.text, position=position, **values)


def _possible(name: str) -> str:
    """What may stand after a field of few values, or examples of it, as one would type them."""
    if name in _NAMES:
        return ", ".join(dict.fromkeys(_NAMES[name].values()))
    return "500k, 2M" if name in SIZE_FIELDS else "2026-03-12, 2026-03, 2026, today, yesterday, monday, 3d, 2w, 1m, 1y"


def _sensible(name: str, value: str) -> bool:
    if name in _NAMES:
        return value in _NAMES[name]
    try:
        if name in DATE_FIELDS:
            day_range(value, 0)
        elif name in SIZE_FIELDS:
            byte_size(value)
    except ValueError:
        return False
    return True
