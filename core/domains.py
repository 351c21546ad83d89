"""Domains as people see them: to whom they belong, what they look like, which alphabets they mix (after UTS #39)."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

LONGEST = 255

_LOOKS = {
    "0": "o", "1": "l", "3": "e", "5": "s", "|": "l", "ı": "i", "ɩ": "i", "ɡ": "g", "ɑ": "a", "ł": "l", "ø": "o", "đ": "d",
    # Cyrillic
    "а": "a", "в": "b", "с": "c", "ԁ": "d", "е": "e", "һ": "h", "і": "i", "ј": "j", "к": "k", "ӏ": "l", "м": "m", "н": "h",
    "о": "o", "р": "p", "ԛ": "q", "г": "r", "ѕ": "s", "т": "t", "ц": "u", "ѵ": "v", "ԝ": "w", "х": "x", "у": "y", "ү": "y",
    "п": "n", "ь": "b", "з": "e",
    # Greek
    "α": "a", "β": "b", "ε": "e", "η": "n", "ι": "i", "κ": "k", "ν": "v", "ο": "o", "ρ": "p", "σ": "o", "τ": "t", "υ": "u",
    "χ": "x", "ω": "w", "γ": "y", "ϲ": "c", "ϳ": "j",
    # Armenian
    "օ": "o", "ո": "n", "ս": "u", "հ": "h", "ց": "g", "զ": "q", "ա": "w", "յ": "j", "ք": "p",
}  # fmt: skip
"""Letters and digits that look like Latin small letters, with these."""
_PAIRS = (("rn", "m"), ("vv", "w"))
_ALPHABETS = frozenset((
    "LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "HEBREW", "ARABIC", "GEORGIAN", "CHEROKEE", "COPTIC", "DEVANAGARI", "BENGALI",
    "TAMIL", "THAI", "LAO", "ETHIOPIC",
))  # fmt: skip


@lru_cache(maxsize=2048)
def organisation(domain: str, *, keep_case: bool = False) -> str:
    """The part of a domain that somebody registered, lower case: example.org of mail.example.org, a.co.uk of b.a.co.uk.

    By a list of registries that is not complete (`core.registries`); a single word is its own organisation.
    """
    labels = domain.strip().strip(".").split(".")
    if not keep_case:
        labels = [label.lower() for label in labels]
    if len(labels) <= 2 or labels[-1].isdigit():
        return ".".join(labels)
    from core.registries import registry_labels  # what needs no domain does not load the list

    return ".".join(labels[-1 - registry_labels([label.lower() for label in labels[-4:]]) :])


@lru_cache(maxsize=2048)
def spelled(domain: str) -> str:
    """A domain in its own letters: xn-- labels decoded (RFC 3492), those that cannot be as they are. Never raises."""
    if "xn--" not in domain.lower():
        return domain
    return ".".join(_decoded(label) for label in domain[:LONGEST].split("."))


def _decoded(label: str) -> str:
    if not label.lower().startswith("xn--"):
        return label
    try:
        return label[4:].encode("ascii").decode("punycode")
    except (UnicodeError, OverflowError, ValueError):
        return label


@lru_cache(maxsize=8192)
def skeleton(text: str) -> str:
    """What a text looks like at a glance: two texts with one skeleton can be taken for each other."""
    if text.isascii():
        text = text.replace("I", "l").lower()
    else:
        text = "".join(_LOOKS.get(letter, letter) for letter in unicodedata.normalize("NFKC", text).lower())
        # An accent is easily passed over.
        text = "".join(letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter))
    text = "".join(_LOOKS.get(letter, letter) for letter in text)
    for pair, letter in _PAIRS:
        text = text.replace(pair, letter)
    return text


def nearly_same(one: str, other: str) -> bool:
    """Whether one letter more, less, another or two changed places is all that tells two different texts apart."""
    if one == other or abs(len(one) - len(other)) > 1:
        return False
    if len(one) > len(other):
        one, other = other, one
    at = 0
    while at < len(one) and one[at] == other[at]:
        at += 1
    if len(one) < len(other):
        return one[at:] == other[at + 1 :]
    swapped = one[at + 1 : at + 2] == other[at] and one[at] == other[at + 1 : at + 2] and one[at + 2 :] == other[at + 2 :]
    return swapped or one[at + 1 :] == other[at + 1 :]


def scripts(text: str) -> tuple[str, ...]:
    """The alphabets that a word's letters are from, sorted, lower case: more than one in a word is a disguise.

    Chinese, Japanese and Korean signs stand beside Latin letters everywhere and are not counted.
    """
    if text.isascii():
        return ("latin",) if any(letter.isalpha() for letter in text) else ()
    found = {unicodedata.name(letter, "").partition(" ")[0] for letter in text[:LONGEST] if letter.isalpha()}
    return tuple(sorted(name.lower() for name in found & _ALPHABETS))


def is_disguise(domain: str) -> str:
    """The ASCII domain that one of other letters looks like, whole (аррӏе.com: apple.com); '' for an honest one."""
    own = spelled(domain)
    foreign = [label for label in own.split(".") if not label.isascii()]
    if not foreign or any("latin" in scripts(label) for label in foreign):
        return ""
    looks = skeleton(own)
    return looks if looks.isascii() else ""
