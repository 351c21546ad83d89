"""One form of text for the search index, for queries and for highlighting.

Case, accents and the shapes of letters do not matter: NFKD, marks dropped, ø ł ß æ and the like spelt plainly, case
folded. Scripts written without blanks become overlapping pairs of characters (`日本語` → `日本 本語 語`): a run ends
with its last character alone, so that every character of a text begins one of its words. A picture (emoji) is a word.
Whatever separates words is left as it is; the index's tokenizer (unicode61) and `words` cut at the same places.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections.abc import Callable, Iterable
from functools import cache, lru_cache
from itertools import pairwise

EVERY = "\ue000"
"""A word that stands in every row of the index and in no folded text: `NOT x` alone is `EVERY NOT x`."""

# Letters that Unicode does not decompose, after casefold (which already makes ß ss), and Arabic letters that are
# typed for one another.
_LETTERS = {
    "ø": "o", "ł": "l", "æ": "ae", "œ": "oe", "đ": "d", "ð": "d", "ħ": "h", "ı": "i", "ȷ": "j", "ŧ": "t", "ŋ": "n",
    "þ": "th", "ĸ": "k", "ƀ": "b", "ɓ": "b", "ɖ": "d", "ɗ": "d", "ƒ": "f", "ɨ": "i", "ʉ": "u", "ƙ": "k", "ƶ": "z",
    "ɉ": "j", "ɏ": "y", "ɇ": "e", "ɍ": "r", "ȼ": "c", "ⱥ": "a", "ⱦ": "t", "ك": "ک", "ي": "ی", "ى": "ی", "ة": "ه",
}  # fmt: skip

# Combining marks of living scripts; a fixed list, so that an index does not depend on the Python that wrote it.
# The voicing marks of kana (U+3099, U+309A) are no accents: they stay, and NFC joins them to their letters again.
_MARKS = (
    "\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u05bf\u05c1-\u05c2\u05c4-\u05c5\u05c7\u0610-\u061a\u064b-\u065f\u0670"
    "\u06d6-\u06dc\u06df-\u06e4\u06e7-\u06e8\u06ea-\u06ed\u0711\u0730-\u074a\u07a6-\u07b0\u07eb-\u07f3\u07fd"
    "\u0816-\u0819\u081b-\u0823\u0825-\u0827\u0829-\u082d\u0859-\u085b\u0898-\u089f\u08ca-\u08e1\u08e3-\u0903"
    "\u093a-\u093c\u093e-\u094f\u0951-\u0957\u0962-\u0963\u0981-\u0983\u09bc\u09be-\u09cd\u09d7\u09e2-\u09e3"
    "\u09fe-\u0a03\u0a3c-\u0a51\u0a70-\u0a71\u0a75\u0a81-\u0a83\u0abc\u0abe-\u0acd\u0ae2-\u0ae3\u0afa-\u0b03\u0b3c"
    "\u0b3e-\u0b57\u0b62-\u0b63\u0b82\u0bbe-\u0bcd\u0bd7\u0c00-\u0c04\u0c3c\u0c3e-\u0c56\u0c62-\u0c63\u0c81-\u0c83"
    "\u0cbc\u0cbe-\u0cd6\u0ce2-\u0ce3\u0d00-\u0d03\u0d3b-\u0d3c\u0d3e-\u0d4d\u0d57\u0d62-\u0d63\u0d81-\u0d83"
    "\u0dca-\u0ddf\u0df2-\u0df3\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u0eb1\u0eb4-\u0ebc\u0ec8-\u0ecd\u0f18-\u0f19\u0f35"
    "\u0f37\u0f39\u0f3e-\u0f3f\u0f71-\u0f84\u0f86-\u0f87\u0f8d-\u0fbc\u0fc6\u102b-\u103e\u1056-\u1059\u105e-\u1060"
    "\u1062-\u1064\u1067-\u106d\u1071-\u1074\u1082-\u108d\u108f\u109a-\u109d\u17b4-\u17d3\u17dd\u1ab0-\u1ace"
    "\u1dc0-\u1dff\u20d0-\u20f0\ufe20-\ufe2f"
)
# Soft hyphen, joiners, direction marks, tatweel, variation selectors, skin tones: invisible inside a word.
_INVISIBLE = "\u00ad\u034f\u0640\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufe00-\ufe0f\ufeff\U0001f3fb-\U0001f3ff"
# Han, kana, bopomofo, Thai, Lao, Myanmar, Khmer: no blanks between words; hangul: none before a word's endings.
_UNSPACED = (
    "\u3005-\u3007\u303b\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u3105-\u312f\u31a0-\u31bf\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\U00020000-\U0003fffd"
    "\u0e01-\u0e30\u0e32\u0e33\u0e40-\u0e46\u0e81-\u0eb0\u0eb2\u0eb3\u0ec0-\u0ec6\u1000-\u102a\u1780-\u17b3"
)
_PICTURES = "\u231a-\u23ff\u25a0-\u27bf\u2b00-\u2bff\U0001f000-\U0001f3fa\U0001f400-\U0001faff"

# Letters of which each is folded by itself, whatever stands beside it: Latin, Greek, Cyrillic, punctuation.
_ALONE = "\u058f"
_SIGNS = ("\u1e00", "\u2319")
_TOGETHER = "[\u0590-\u1dff\u231a-\U0010ffff]+"
_ASCII = bytes(range(128))
_PICTURE = 0xF0000
_RARE = 32
"""One more byte than letters in so many: fewer are folded run by run, more letter by letter."""
_SHORT = 12
_FOLDED = "correio-folded"
# Separators that most text beyond ASCII has, as others that leave it ASCII: what follows is quicker then.
_SEPARATORS = {
    "\u2019": "'", "\u2018": "'", "\u201c": '"', "\u201d": '"', "\u2013": "-", "\u2014": "-", "\u2022": "*",
}  # fmt: skip
_DROPPED = f"[{_MARKS}{_INVISIBLE}{EVERY}\ud800-\udfff]+"
_LETTER = f"[{''.join(_LETTERS)}]"
_RUN = f"([{_UNSPACED}]+)|[{_PICTURES}]"
_WORD = "(?:[^\\W_]|[\ue000-\uf8ff\U000f0000-\U0010fffd])+"
_CLUSTER = f"(?s:.)[{_MARKS}{_INVISIBLE}\u3099\u309a\uff9e\uff9f\u1160-\u11ff]*"


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """Compiled when first needed: the classes above take some milliseconds, which a start of the program can spare."""
    return re.compile(pattern)


def fold(text: str) -> str:
    """The form of `text` that is indexed and searched. Idempotent but for unspaced scripts and pictures."""
    if text.isascii():
        return text.lower()
    if len(text.encode("utf-8", "surrogatepass")) - len(text) > len(text) // _RARE:
        return _plain(text, _folded_run)
    # Where few letters are beyond ASCII, each run of them by itself: what is folded together stands together.
    return text.encode("ascii", _FOLDED).lower().decode("utf-8", "surrogatepass")


def words(folded: str) -> list[str]:
    """The words of a folded text, cut where the index cuts them."""
    return _compiled(_WORD).findall(folded)


def is_sign(word: str) -> bool:
    """Whether a folded word is one character of an unspaced script: it says as much as a short word of letters."""
    return len(word) == 1 and not word.isascii() and _compiled(_RUN).match(word) is not None


def sought(text: str, prefix: bool = False) -> tuple[tuple[str, ...], bool]:
    """The words that a query for `text` looks for, in a row, and whether the last one is a beginning.

    A run of an unspaced script may go on in the mail where the query ends, so its last character alone is not asked for;
    a single character is the beginning of a pair. A picture is a whole word.
    """
    row = words(fold(text))
    if row and is_sign(row[-1]):
        if len(row) > 1 and len(row[-2]) == 2 and row[-2][1] == row[-1]:
            return tuple(row[:-1]), False
        return tuple(row), True
    return tuple(row), prefix and bool(row) and not _is_picture(row[-1])


def _is_picture(word: str) -> bool:
    """Whether a folded word is what `_picture` makes of one."""
    return ord(word[0]) & ~0xFFFF == _PICTURE


def find_terms(text: str, terms: Iterable[str]) -> list[tuple[int, int]]:
    """Where `text` holds any of the terms: (start, end) in `text`, ascending, not overlapping.

    A term is one folded word, or several separated by blanks that stand in a row; a `*` at its end makes the last
    word a beginning, of which only the part that was looked for is marked.
    """
    wanted = [(words(term.removesuffix("*")), term.endswith("*")) for term in terms]
    wanted = [(row, open) for row, open in wanted if row]
    if not wanted or not text:
        return []
    found, places = _found_words(text)
    spans = []
    for row, open in wanted:
        last = len(row) - 1
        for at in range(len(found) - last):
            word, start = found[at + last]
            if all(found[at + n][0] == row[n] for n in range(last)) and (
                word == row[last] or (open and word.startswith(row[last]))
            ):
                spans.append((found[at][1], start + len(row[last])))
    return _merge((places[start][0], places[end - 1][1]) for start, end in spans)


def _plain(text: str, rest: Callable[[str], str]) -> str:
    """Folded; `rest` folds runs of characters that depend on one another."""
    # A text has few different characters beyond ASCII: replacing them one by one is far quicker than looking at all.
    beyond = set(text.encode("utf-8", "surrogatepass").translate(None, _ASCII).decode("utf-8", "surrogatepass"))
    alone = [char for char in beyond if char <= _ALONE or _SIGNS[0] <= char <= _SIGNS[1]]
    for char in alone:
        plain = _plain_alone(char)
        if plain is not None:
            text = text.replace(char, plain)
    if len(alone) < len(beyond):
        put, run = _compiled(_TOGETHER).sub, lambda found: rest(found[0]).casefold()
        # No run goes beyond its line, and of most lines ASCII is all that is left: those need not be looked through.
        text = "\n".join([line if line.isascii() else put(run, line) for line in text.split("\n")])
    # Only ASCII is left to be folded, which is quick with bytes.
    return text.lower() if text.isascii() else text.encode("utf-8", "surrogatepass").lower().decode("utf-8", "surrogatepass")


def _fold_beyond(error: UnicodeError) -> tuple[bytes, int]:
    """For `str.encode`: the folded form of what is beyond ASCII."""
    assert isinstance(error, UnicodeEncodeError)
    run = error.object[error.start : error.end]
    return (_known_run(run) if len(run) < _SHORT else _bytes_of(run)), error.end


def _bytes_of(run: str) -> bytes:
    return _plain(run, _folded_run).encode("utf-8", "surrogatepass")


_known_run = lru_cache(maxsize=4096)(_bytes_of)
codecs.register_error(_FOLDED, _fold_beyond)


@lru_cache(maxsize=4096)
def _plain_alone(char: str) -> str | None:
    """What one character becomes; None where it stays."""
    plain = _SEPARATORS.get(char) or _plain_together(char).casefold()
    return None if plain == char else plain


def _plain_together(text: str) -> str:
    # The trade mark sign would become letters of the word before it.
    text = unicodedata.normalize("NFKD", text.replace("\u2122", " "))
    text = unicodedata.normalize("NFC", _compiled(_DROPPED).sub("", text).casefold())
    return _compiled(_LETTER).sub(_letter, text)


def _folded_run(text: str) -> str:
    """With unspaced scripts and pictures cut into words."""
    return _cut_short(text) if len(text) < _SHORT else _compiled(_RUN).sub(_spaced, _plain_together(text))


@lru_cache(maxsize=4096)
def _cut_short(text: str) -> str:
    return _compiled(_RUN).sub(_spaced, _plain_together(text))


def _letter(found: re.Match[str]) -> str:
    return _LETTERS[found[0]]


def _picture(sign: str) -> str:
    """A private character for a picture: unicode61 takes it for a letter, and most pictures for blanks."""
    return chr(_PICTURE + (ord(sign) & 0xFFFF))


def _spaced(found: re.Match[str]) -> str:
    return f" {' '.join(_cut(found))} "


def _cut(found: re.Match[str]) -> list[str]:
    """The words of a run that `_RUN` found; the word at n begins with the run's character n."""
    run = found[1]
    if not run:
        return [_picture(found[0])]
    return [*map("".join, pairwise(run)), run[-1]]


def _found_words(text: str) -> tuple[list[tuple[str, int]], list[tuple[int, int]]]:
    """The words of a text with their starts in its plain form, and for each character there its place in `text`."""
    if text.isascii():
        plain, places = text.lower(), [(at, at + 1) for at in range(len(text))]
    else:
        pieces: list[str] = []
        places = []
        for cluster in _compiled(_CLUSTER).finditer(text):
            pieces.append(_plain(cluster[0], _plain_together))
            places += [cluster.span()] * len(pieces[-1])
        plain = "".join(pieces)
    found: list[tuple[str, int]] = []
    at = 0
    for run in _compiled(_RUN).finditer(plain):
        found += [(word[0], word.start()) for word in _compiled(_WORD).finditer(plain, at, run.start())]
        found += [(word, run.start() + n) for n, word in enumerate(_cut(run))]
        at = run.end()
    found += [(word[0], word.start()) for word in _compiled(_WORD).finditer(plain, at)]
    return found, places


def _merge(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
