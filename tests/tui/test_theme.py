from __future__ import annotations

from pathlib import Path

import pytest
from rich.color import ColorSystem
from rich.style import Style
from textual.color import Color

from core.errors import NotFound, SettingsError
from core.rendered import STYLES
from tests.tui.pilot import PartsApp, drive
from tui.styles import LOOK_NAMES
from tui.terminal_looks import look_of
from tui.theme import load_theme, suiting_theme, terminal_colours, theme_names

LEAST_CONTRAST = 3.0


def write(folder: Path, text: str) -> Path:
    path = folder / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return path


def contrast(one: Color, other: Color) -> float:
    """The contrast ratio of WCAG 2."""

    def light(part: int) -> float:
        value = part / 255
        return value / 12.92 if value <= 0.03928 else float(((value + 0.055) / 1.055) ** 2.4)

    lights = sorted(0.2126 * light(c.r) + 0.7152 * light(c.g) + 0.0722 * light(c.b) for c in (one, other))
    return (lights[1] + 0.05) / (lights[0] + 0.05)


def test_two_dark_one_light_one_ansi_one_mono() -> None:
    themes = [load_theme(name) for name in theme_names()]
    coloured = [theme.textual for theme in themes if not theme.textual.ansi]
    assert sorted(theme.dark for theme in coloured) == [False, True, True]
    assert [theme.name for theme in themes if theme.mono] == ["mono"]
    assert [theme.name for theme in themes if theme.textual.ansi and not theme.mono] == ["ansi"]


@pytest.mark.parametrize("name", theme_names())
def test_an_application_starts_in_every_theme(name: str) -> None:
    async def script(pilot: object) -> str:
        return app.theme

    app = PartsApp(theme=name)
    assert drive(app, script) == f"correio-{name}"


@pytest.mark.parametrize("name", theme_names())
def test_looks_can_be_told_apart_without_colour(name: str) -> None:
    looks = load_theme(name).looks
    mono = load_theme("mono").looks
    assert look_of(mono["cursor"], None) is not look_of(mono[""], None)
    assert look_of(mono["unread"], None) is not look_of(mono[""], None)
    assert look_of(looks["unread"], None) is not look_of(looks[""], None), "unread must be more than a colour"
    assert look_of(looks["link"], None) is not look_of(looks[""], None), "a link must be more than a colour"


def test_mono_has_no_colour_at_all() -> None:
    looks = load_theme("mono").looks
    for name in LOOK_NAMES:
        look = look_of(looks[name], ColorSystem.TRUECOLOR)
        assert (look.foreground, look.background) == ("", ""), name


@pytest.mark.parametrize("name", [name for name in theme_names() if name not in ("ansi", "mono")])
def test_every_look_can_be_read(name: str) -> None:
    looks = load_theme(name).looks
    for look in sorted({*LOOK_NAMES, *STYLES} - {"rule", "rule-line", "thumb"}):
        style = looks[look]
        assert style.color is not None and style.bgcolor is not None
        ratio = contrast(Color.from_rich_color(style.color), Color.from_rich_color(style.bgcolor))
        assert ratio >= LEAST_CONTRAST, f"{look}: {ratio:.1f}"


@pytest.mark.parametrize(
    ("text", "id", "line", "key"),
    [
        ("[colors]\nprimary = '#zzz'\n", "theme-bad-colour", 2, "colors.primary"),
        ("[colors]\nprimary = '#fff'\nmauve = '#fff'\n", "theme-unknown-key", 3, "colors.mauve"),
        ("[colors]\nprimary = '#fff'\n[looks]\nunread = 'bold blurple'\n", "theme-bad-colour", 4, "looks.unread"),
        ("[colors]\nprimary = '#fff'\n[looks]\nunraed = 'bold'\n", "theme-unknown-look", 4, "looks.unraed"),
        ("[colors]\nprimary = '#fff'\n[looks]\nunread = 7\n", "theme-bad-value", 4, "looks.unread"),
        ("[colors]\nprimary = '#fff'\n[variables]\nborder = 'x'\n", "theme-bad-colour", 4, "variables.border"),
        ("dark = 'yes'\n[colors]\nprimary = '#fff'\n", "theme-bad-value", 1, "dark"),
        ("looks = 5\n[colors]\nprimary = '#fff'\n", "theme-bad-value", 1, "looks"),
        ("drak = true\n[colors]\nprimary = '#fff'\n", "theme-unknown-key", 1, "drak"),
        ("title = 'Mine'\n", "theme-missing", 1, "colors.primary"),
        ("title = 'Mine\n", "settings-syntax", 1, ""),
    ],
)
def test_mistakes_are_named_with_file_and_line(tmp_path: Path, text: str, id: str, line: int, key: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(SettingsError) as refused:
        load_theme("mine", [tmp_path])
    assert refused.value.id == id
    assert refused.value.values["file"] == str(path)
    assert (refused.value.values["line"], refused.value.values["key"]) == (line, key)


def test_a_theme_of_ones_own_begins_from_mono(tmp_path: Path) -> None:
    write(tmp_path, "[colors]\nprimary = '#336699'\n[looks]\nlink = 'underline $primary'\n")
    theme = load_theme("mine", [tmp_path])
    assert theme.looks.bare("link").color == Color.parse("#336699").rich_color
    assert theme.looks.bare("cursor").reverse


def test_an_unknown_theme_is_not_found() -> None:
    with pytest.raises(NotFound):
        load_theme("../night")


@pytest.mark.parametrize(
    ("environ", "colours", "theme"),
    [
        ({"TERM": "xterm-256color"}, ColorSystem.EIGHT_BIT, "night"),
        ({"TERM": "xterm", "COLORTERM": "truecolor"}, ColorSystem.TRUECOLOR, "night"),
        ({"TERM": "xterm-kitty"}, ColorSystem.EIGHT_BIT, "night"),
        ({"TERM": "linux"}, ColorSystem.STANDARD, "ansi"),
        ({"TERM": "xterm"}, ColorSystem.STANDARD, "ansi"),
        ({"TERM": "vt100"}, None, "mono"),
        ({"TERM": "dumb"}, None, "mono"),
        ({}, None, "mono"),
        ({"TERM": "xterm-256color", "NO_COLOR": "1"}, None, "mono"),
    ],
)
def test_the_theme_suits_the_terminal(environ: dict[str, str], colours: ColorSystem | None, theme: str) -> None:
    assert terminal_colours(environ) is colours
    assert suiting_theme(environ) == theme
    assert suiting_theme(environ, "paper") == ("mono" if colours is None else "paper")


def test_the_colours_of_the_list_have_short_numbers() -> None:
    """They are written with every key: 8 bytes instead of 16."""
    looks = load_theme("night").looks
    for name in ("people", "subject", "unread", "count", "date", "snippet", "more", "dot", "flag", "clip", "answered", "cursor"):
        assert look_of(looks[name], ColorSystem.TRUECOLOR).foreground.startswith("38;5;"), name


def test_a_colour_goes_by_its_number_only_where_that_is_exact() -> None:
    assert look_of(Style(color="#ffffff", bgcolor="#1c1c1c"), ColorSystem.TRUECOLOR).foreground == "38;5;231"
    assert look_of(Style(color="#ffffff", bgcolor="#1c1c1c"), ColorSystem.TRUECOLOR).background == "48;5;234"
    assert look_of(Style(color="#fffffe"), ColorSystem.TRUECOLOR).foreground == "38;2;255;255;254"
    assert look_of(Style(color="red"), ColorSystem.TRUECOLOR).foreground == "31"
