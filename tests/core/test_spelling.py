"""Spelling: which words are looked at, and the programs that are asked."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from core.errors import CorreioError
from core.spelling import Speller, Spellers, dictionaries_for, misspelt, own_words, paragraphs_of, words_of

PROGRAM = """
import sys
print("@(#) International Ispell (a test)", flush=True)
for line in sys.stdin:
    word = line.strip()
    if word == "^end":
        sys.exit()
    if word.startswith(("*", "#")):
        open(sys.argv[1] + ".learnt", "a").write(word)
        continue
    print("& bad 2 1: good, bat" if word == "^bad" else "# none 1" if word == "^none" else "*")
    print(flush=True)
"""


@pytest.fixture
def speller(tmp_path: Path) -> Speller:
    script = tmp_path / "speller.py"
    script.write_text(PROGRAM)
    return Speller(str(tmp_path / "book"), [("no-such-speller", "-d"), (sys.executable, str(script))])


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("Two words, isn’t it?", ["Two", "words", "isn’t", "it"]),
        ("> quoted words", []),
        ("see https://example.org/wrong and me@wrong.example", ["see", "and"]),
        ("a `wrong` x2 file.py ~/wrong/path www.wrong.example", []),
        ("[words](http://wrong) [red]{wrong}", ["words", "red"]),
        ("naïve café Straße", ["naïve", "café", "Straße"]),
    ],
)
def test_which_words_are_looked_at(line: str, words: list[str]) -> None:
    assert [line[start:end] for start, end in words_of(line)] == words


def test_a_program_is_asked_once_for_each_word(speller: Speller, tmp_path: Path) -> None:
    assert misspelt(speller, ["good bad", "bad none"]) == {"good bad": ((5, 8),), "bad none": ((0, 3), (4, 8))}
    assert speller.suggestions("bad") == ("good", "bat") and speller.suggestions("none") == ()
    speller.learn("bad")
    speller.ignore("none")
    assert speller.wrong(["bad", "none"]) == set()
    speller.close()


def test_a_program_that_ends_or_is_not_there(speller: Speller) -> None:
    with pytest.raises(CorreioError) as caught:
        speller.wrong(["end"])
    assert caught.value.id == "speller-failed"
    assert speller.wrong(["bad"]) == {"bad"}, "it is started again"
    speller.close()
    with pytest.raises(CorreioError) as caught:
        Speller("xx", [("no-such-speller", "-d")]).wrong(["a"])
    assert caught.value.id == "no-speller"


@pytest.mark.parametrize("program", ["hunspell", "aspell"])
def test_real_programs(program: str) -> None:
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")
    ways = {"hunspell": ("hunspell", "-a", "-i", "utf-8", "-d"), "aspell": ("aspell", "-a", "--encoding=utf-8", "-l")}
    speller = Speller("en_US", [ways[program]])
    try:
        assert speller.wrong(["mistke", "mistake", "isn’t"]) == {"mistke"}
        assert "mistake" in speller.suggestions("mistke")
    except CorreioError as error:
        assert error.id == "no-speller"
        pytest.skip(f"{program} has no English dictionary")
    finally:
        speller.close()


def test_which_dictionaries() -> None:
    assert dictionaries_for("", "", "pt_PT.UTF-8") == "pt_PT" and dictionaries_for("fr", "", "de") == "fr"
    assert dictionaries_for("fr", "pt", "de") == "pt" and dictionaries_for("off", "", "de") == "" and dictionaries_for("", "", "")
    assert own_words(["a", "-- ", "b"]) == 1


LANGUAGES = """
import sys
known = set(sys.argv[1].split("+"))
print("@(#) International Ispell (a test)", flush=True)
for line in sys.stdin:
    word = line.strip().lstrip("^")
    print("*" if word in known else f"& {word} 1 1: {sorted(known)[0]}")
    print(flush=True)
"""


def test_each_paragraph_is_looked_at_in_its_language(tmp_path: Path) -> None:
    script = tmp_path / "speller.py"
    script.write_text(LANGUAGES)
    program = (sys.executable, str(script))
    spellers = Spellers("the+cat+sits, o+gato+senta", [program])
    lines = ["the cat sits", "the gato", "", "o gato senta", "cat", "", "> the"]
    found = spellers.misspelt(paragraphs_of(lines, range(len(lines))))
    assert found == {"the cat sits": (), "the gato": ((4, 8),), "o gato senta": (), "cat": ((0, 3),), "> the": ()}
    assert spellers.suggestions("xy", ["o gato"]) == ("gato",) and spellers.suggestions("xy", ["the"]) == ("cat",)
    spellers.ignore("cat")
    assert spellers.misspelt([["o gato", "cat"]]) == {"o gato": (), "cat": ()}
    spellers.close()
    assert paragraphs_of(lines, [1]) == [["the cat sits", "the gato"]] and paragraphs_of(lines, [2]) == []
