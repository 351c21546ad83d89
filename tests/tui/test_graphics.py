"""How images get onto a terminal: what it is taken for, what it is asked, what it is sent."""

from __future__ import annotations

import base64
import re

import pytest

from core.pictures import Picture
from tui.graphics import Graphics, by_answer, by_environment, cells_of, removal, sequence, terminal_graphics
from tui.terminal_answers import TerminalAnswers
from tui.widgets.picture_area import block_lines, shade_lines


@pytest.mark.parametrize(
    ("environ", "protocol"),
    [
        ({"TERM": "xterm-kitty"}, "kitty"), ({"TERM": "xterm-256color", "KITTY_WINDOW_ID": "1"}, "kitty"),
        ({"TERM": "xterm-ghostty"}, "kitty"), ({"TERM": "xterm-256color", "LC_TERMINAL": "iTerm2"}, "iterm2"),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "WezTerm"}, "iterm2"), ({"TERM": "xterm-256color"}, None),
        ({"TERM": "tmux-256color", "KITTY_WINDOW_ID": "1"}, "blocks"), ({"TERM": "xterm-kitty", "TMUX": "/tmp/x"}, "blocks"),
        ({"TERM": "screen", "LC_TERMINAL": "iTerm2"}, "blocks"), ({"TERM": "linux"}, "blocks"), ({}, "blocks"),
        ({"TERM": "dumb"}, "blocks"), ({"TERM": "vt100"}, "blocks"),
    ],
)  # fmt: skip
def test_what_the_environment_says(environ: dict[str, str], protocol: str | None) -> None:
    assert by_environment(environ) == protocol
    assert by_environment(environ, "sixel") == "sixel", "a setting counts for more"


def test_what_the_terminal_says() -> None:
    assert by_answer("\x1b_Gi=31;OK\x1b\\\x1b[6;18;9t\x1b[?62;c") == Graphics("kitty", (9, 18))
    assert by_answer("\x1b_Gi=31;ENOTSUPPORTED:x\x1b\\\x1b[?62;4;22c") == Graphics("sixel")
    assert by_answer("\x1b[?64;1;2c").protocol == "blocks" and by_answer("").protocol == "blocks"
    assert by_answer("\x1b[?4;1c").protocol == "blocks", "the first number is the terminal's level"
    assert by_answer("\x1b[6;0;99999t\x1b[?62;4c").cell == (10, 20)


def test_a_terminal_that_need_not_be_asked() -> None:
    class Driver:
        asked = 0

        def ask_terminal(self, question: str, seconds: float) -> str:
            self.asked += 1
            return "\x1b[6;30;15t\x1b[?62c"

    driver = Driver()
    assert terminal_graphics(driver, "auto", {"TERM": "linux"}) == Graphics("blocks") and not driver.asked
    assert terminal_graphics(object(), "auto", {"TERM": "xterm-kitty"}) == Graphics("blocks"), "no terminal at all"
    assert terminal_graphics(driver, "auto", {"TERM": "xterm-kitty"}) == Graphics("kitty", (15, 30))


def test_answers_are_no_keys_and_keys_no_answers() -> None:
    answers = TerminalAnswers()
    typed = ""
    for piece in ("ab\x1b", "_Gi=3", "1;OK\x1b", "\\c\x1b[6;1", "8;9td", "\x1b[A\x1b[6~", "\x1b[?6", "2;4cz", "\x1b"):
        typed += answers.take(piece)
    assert typed == "abcd\x1b[A\x1b[6~z" and answers.release() == "\x1b" and answers.release() == ""
    assert answers.wait(0) == "\x1b_Gi=31;OK\x1b\\\x1b[6;18;9t\x1b[?62;4c"
    silent = TerminalAnswers()
    assert silent.take("q") == "q" and silent.wait(0) == ""


def test_kitty_in_pieces() -> None:
    data = bytes(range(256)) * 40
    sent = sequence("kitty", data, 20, 10)
    pieces = re.findall(r"\x1b_G([^;]*);([A-Za-z0-9+/=]*)\x1b\\", sent)
    assert "".join(f"\x1b_G{head};{text}\x1b\\" for head, text in pieces) == sent and len(pieces) == 4
    assert base64.b64decode("".join(text for _, text in pieces)) == data
    assert "c=20,r=10" in pieces[0][0] and [head.split(",")[-1 if n == 0 else 0] for n, (head, _) in enumerate(pieces)] == [
        "m=1", "m=1", "m=1", "m=0",
    ]  # fmt: skip
    assert removal("kitty") and not removal("sixel")


def test_iterm2_and_sixel() -> None:
    sent = sequence("iterm2", b"data", 3, 2)
    assert sent.startswith("\x1b]1337;File=inline=1;size=4;width=3;height=2;") and sent.endswith(":ZGF0YQ==\x07")
    assert sequence("sixel", b'0;1q"1;1;1;1#0F-\x1b[2J\x9c', 1, 1) == '\x1bP0;1q"1;1;1;1#0F-[2J\x1b\\', "nothing ends it early"
    assert cells_of(100, 41, (10, 20)) == (10, 3)


def test_blocks_and_shades() -> None:
    white, black = b"\xff\xff\xff", b"\0\0\0"
    picture = Picture(2, 3, (2, 3), 1, white + black + black + black + white + white)
    lines = block_lines(picture)
    assert [[text for text, _ in line] for line in lines] == [["▀", "▀"], ["▀▀"]]
    style = lines[0][0][1]
    assert style.color is not None and style.color.triplet == (255, 255, 255)
    assert style.bgcolor is not None and style.bgcolor.triplet == (0, 0, 0) and lines[1][0][1].bgcolor is None
    assert shade_lines(picture) == ["=", "@@"]
