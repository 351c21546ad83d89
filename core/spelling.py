"""Spelling, by hunspell or aspell: one process that is asked word by word through a pipe (the protocol of `ispell -a`)."""

from __future__ import annotations

import re
import select
import shutil
import subprocess
import threading
import time
from collections.abc import Iterable, Iterator, Sequence

from core.errors import CorreioError
from core.flowed import SIGNATURE

SECONDS = 5.0
"""After which a program that does not answer is given up."""
MOST_SUGGESTIONS = 8
MOST_LINES = 60
"""Lines above and below that are taken for one paragraph."""
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_NOT_WORDS = re.compile(
    r"`[^`]*`|\]\([^)]*\)|\{[^{}]*\}|[a-zA-Z][a-zA-Z0-9+.-]*://\S+|\bwww\.\S+|\S+@\S+|(?:^|\s)[~.]?/\S+|\S*\w[._/\\]\w\S*|\S*\d\S*|<[^<>]*>"
)
_HUNSPELL = ("hunspell", "-a", "-i", "utf-8", "-d")
_ASPELL = ("aspell", "-a", "--encoding=utf-8", "-l")


class Speller:
    """Knows right words from wrong ones in some languages. Safe to use from several threads; `close` ends its process."""

    def __init__(self, dictionaries: str, programs: Sequence[Sequence[str]] = (_HUNSPELL, _ASPELL)) -> None:
        self.dictionaries = dictionaries
        self._programs = programs
        self._process: subprocess.Popen[bytes] | None = None
        self._known: dict[str, tuple[str, ...] | None] = {}
        """Words that were asked about: None for right ones, else the suggestions."""
        self._rest = b""
        self._lock = threading.RLock()

    def wrong(self, words: Iterable[str]) -> set[str]:
        """Those of the words that are misspelt. Raises CorreioError as `suggestions`."""
        asked = list(dict.fromkeys(words))
        with self._lock:
            for word in asked:
                if word not in self._known:
                    self._known[word] = self._ask(word)
        return {word for word in asked if self._known[word] is not None}

    def suggestions(self, word: str) -> tuple[str, ...]:
        """What may be meant by a misspelt word, likeliest first.

        Raises CorreioError `no-speller` (`name`: the dictionaries) where no program has such dictionaries,
        `speller-failed` (`answer`) when it broke down.
        """
        self.wrong([word])
        return self._known[word] or ()

    def learn(self, word: str) -> None:
        """Put a word into the personal dictionary. Raises CorreioError as `suggestions`."""
        with self._lock:
            self._say(f"*{word}\n#\n")
        self._known[word] = None

    def ignore(self, word: str) -> None:
        """Take a word for right until Correio ends."""
        self._known[word] = None

    def close(self) -> None:
        """End the program."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    pipe.close()

    def _ask(self, word: str) -> tuple[str, ...] | None:
        # The sign before it keeps a word from being read as a command.
        self._say(f"^{word.replace('’', chr(39))}\n")
        found: tuple[str, ...] | None = None
        for line in self._answer():
            if line.startswith("&"):
                listed = line.partition(": ")[2].split(", ")
                found = (found or ()) + tuple(one for one in listed if one)
            elif line.startswith("#"):
                found = found or ()
        return None if found is None else found[:MOST_SUGGESTIONS]

    def _say(self, text: str) -> None:
        process = self._process or self._begin()
        try:
            assert process.stdin is not None
            process.stdin.write(text.encode("utf-8", "replace"))
            process.stdin.flush()
        except OSError as error:
            self._broke_down(str(error))

    def _answer(self) -> Iterator[str]:
        """The lines up to an empty one."""
        deadline = time.monotonic() + SECONDS
        while True:
            while b"\n" not in self._rest:
                self._rest += self._read(deadline)
            line, _, self._rest = self._rest.partition(b"\n")
            if not line.strip():
                return
            yield line.decode("utf-8", "replace").rstrip("\r")

    def _read(self, deadline: float) -> bytes:
        process = self._process
        assert process is not None and process.stdout is not None
        ready, _, _ = select.select([process.stdout], [], [], max(deadline - time.monotonic(), 0))
        data = process.stdout.read1(65536) if ready else b""  # type: ignore[attr-defined]
        if not data:
            self._broke_down("" if ready else "no answer")
        return bytes(data)

    def _broke_down(self, answer: str) -> None:
        self.close()
        raise CorreioError("speller-failed", answer=answer)

    def _begin(self) -> subprocess.Popen[bytes]:
        """Start the first program that has the dictionaries."""
        for program in self._programs:
            if shutil.which(program[0]) is None:
                continue
            try:
                process = subprocess.Popen(
                    [*program, self.dictionaries],
                    stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True,
                )  # fmt: skip
            except OSError:
                continue
            self._process, self._rest = process, b""
            try:
                while b"\n" not in self._rest:
                    self._rest += self._read(time.monotonic() + SECONDS)
            except CorreioError:
                continue
            banner, _, self._rest = self._rest.partition(b"\n")
            if banner.startswith(b"@(#)"):
                return process
            self.close()
        raise CorreioError("no-speller", name=self.dictionaries)


class Spellers:
    """One for each of several dictionaries: a paragraph is looked at by the one that fits it best. Safe as `Speller` is."""

    def __init__(self, dictionaries: str, programs: Sequence[Sequence[str]] = (_HUNSPELL, _ASPELL)) -> None:
        self.dictionaries = dictionaries
        self._each = [Speller(one.strip(), programs) for one in dictionaries.split(",") if one.strip()]

    def misspelt(self, paragraphs: Iterable[Sequence[str]]) -> dict[str, tuple[tuple[int, int], ...]]:
        """Of each line of some paragraphs, where its misspelt words are. Raises CorreioError as `Speller.suggestions`."""
        found: dict[str, tuple[tuple[int, int], ...]] = {}
        for lines in paragraphs:
            found |= misspelt(self._fitting(lines), lines)
        return found

    def suggestions(self, word: str, lines: Sequence[str]) -> tuple[str, ...]:
        """What may be meant by a word of a paragraph. Raises CorreioError as `Speller.suggestions`."""
        return self._fitting(lines).suggestions(word)

    def learn(self, word: str, lines: Sequence[str]) -> None:
        """Put a word of a paragraph into the personal dictionary of its language. Raises CorreioError."""
        self._fitting(lines).learn(word)

    def ignore(self, word: str) -> None:
        """Take a word for right until Correio ends."""
        for one in self._each:
            one.ignore(word)

    def close(self) -> None:
        """End the programs."""
        for one in self._each:
            one.close()

    def _fitting(self, lines: Sequence[str]) -> Speller:
        """The one to which the fewest words are strange, the first of equals; those that no program has are left out."""
        words = [line[start:end] for line in lines for start, end in words_of(line)]
        if not self._each:
            raise CorreioError("no-speller", name=self.dictionaries)
        ranked: list[tuple[int, int]] = []
        each = list(self._each)
        for number, one in enumerate(each):
            try:
                ranked.append((len(one.wrong(words)) if words else 0, number))
            except CorreioError as error:
                if error.id != "no-speller" or len(each) == 1:
                    raise
        if not ranked:
            raise CorreioError("no-speller", name=self.dictionaries)
        self._each = [each[number] for _wrong, number in sorted(ranked, key=lambda pair: pair[1])]
        return each[min(ranked)[1]]


def paragraphs_of(lines: Sequence[str], rows: Iterable[int]) -> list[list[str]]:
    """The paragraphs that these lines (by number) belong to, each once."""
    found: dict[int, list[str]] = {}
    for row in rows:
        if not 0 <= row < len(lines) or not lines[row].strip():
            continue
        start = row
        while start and lines[start - 1].strip() and row - start < MOST_LINES:
            start -= 1
        if start in found:
            continue
        end = row + 1
        while end < len(lines) and lines[end].strip() and end - row < MOST_LINES:
            end += 1
        found[start] = list(lines[start:end])
    return list(found.values())


def words_of(line: str) -> list[tuple[int, int]]:
    """Where the words of a line begin and end; none in quotations, addresses, paths, code and what has digits in it."""
    if line.startswith((">", "```", ":::")):
        return []
    plain = _NOT_WORDS.sub(lambda found: " " * len(found[0]), line)
    return [(found.start(), found.end()) for found in _WORD.finditer(plain) if found.end() - found.start() > 1]


def misspelt(speller: Speller, lines: Iterable[str]) -> dict[str, tuple[tuple[int, int], ...]]:
    """Of each line, where its misspelt words begin and end. Raises CorreioError as `Speller.suggestions`."""
    places = {line: words_of(line) for line in lines}
    wrong = speller.wrong(line[start:end] for line, found in places.items() for start, end in found)
    return {line: tuple(one for one in found if line[one[0] : one[1]] in wrong) for line, found in places.items()}


def own_words(lines: Sequence[str]) -> int:
    """How many lines there are above the signature: names are no misspelt words."""
    return next((number for number, line in enumerate(lines) if line == SIGNATURE), len(lines))


def dictionaries_for(setting: str, own: str, language: str) -> str:
    """The dictionaries to take: one's own setting, the general one, else that of the language (`LANG`); '' for none."""
    wanted = own or setting
    if wanted == "off":
        return ""
    return wanted or language.partition(".")[0].partition("@")[0] or "en_US"
