"""Themes: TOML files with the colours of Textual's widgets and the looks of Correio's own parts.

::

    title = "Night"
    dark = true

    [colors]                     # names of Textual's themes: primary, background, surface …
    primary = "#7fb4f5"

    [variables]                  # optional: Textual's CSS variables

    [looks]                      # names from tui.styles: attributes, a colour, "on" a colour
    unread = "bold #ffffff"
    link = "underline $primary"

`ansi = true` keeps to the terminal's own sixteen colours, `mono = true` to none at all. Looks that a theme does
not name are those of `mono`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import Any, NoReturn

from msgspec import Struct
from rich.color import ColorSystem
from rich.style import Style
from textual.color import Color, ColorParseError
from textual.theme import Theme as TextualTheme

import themes
from core.errors import NotFound, SettingsError
from core.settings.lines import line_of
from tui.styles import LOOK_NAMES, Looks
from tui.toml_file import read_toml

SHIPPED = Path(themes.__file__).parent
ATTRIBUTES = ("bold", "dim", "italic", "underline", "strike", "reverse", "overline")
COLOURS = frozenset(field.name for field in fields(TextualTheme)) & {
    "primary", "secondary", "warning", "error", "success", "accent", "foreground", "background", "surface", "panel",
    "boost",
}  # fmt: skip
_ANSI_VARIABLES = {"ansi-background": "ansi_default", "ansi-foreground": "ansi_default"}
"""What Textual's own style sheets ask for in themes with `ansi`."""
_MANY_COLOURS = re.compile(r"256color|kitty|alacritty|foot|wezterm|ghostty|direct|truecolor")


class Theme(Struct, frozen=True):
    """A theme as read and checked."""

    name: str
    title: str
    mono: bool
    textual: TextualTheme
    looks: Looks


def load_theme(name: str, folders: Sequence[Path] = ()) -> Theme:
    """The theme `name`: from the user's `folders` first, then those that come with Correio.

    Raises NotFound, or SettingsError with `file`, `line`, `key` and, by id: `settings-syntax` (`answer`),
    `theme-unknown-key`, `theme-bad-value`, `theme-bad-colour` (`value`), `theme-unknown-look`, `theme-missing`.
    """
    for folder in (*folders, SHIPPED):
        path = folder / f"{name}.toml"
        if "/" not in name and path.is_file():
            return _Reader(path).theme()
    raise NotFound("no-theme", what="theme", name=name)


def theme_names(folders: Sequence[Path] = ()) -> list[str]:
    """The names that `load_theme` knows, the shipped ones first."""
    found = [path.stem for folder in (SHIPPED, *folders) for path in sorted(folder.glob("*.toml"))]
    return list(dict.fromkeys(found))


def terminal_colours(environ: Mapping[str, str]) -> ColorSystem | None:
    """What the terminal can show; None: no colour at all is wanted or possible (NO_COLOR, TERM=dumb)."""
    term = environ.get("TERM", "").lower()
    if environ.get("NO_COLOR") or term in ("dumb", "unknown", "") or term.startswith("vt"):
        return None
    if environ.get("COLORTERM", "").lower() in ("truecolor", "24bit"):
        return ColorSystem.TRUECOLOR
    return ColorSystem.EIGHT_BIT if _MANY_COLOURS.search(term) else ColorSystem.STANDARD


def suiting_theme(environ: Mapping[str, str], wanted: str = "") -> str:
    """The theme for this terminal: `wanted`, but mono where there is no colour, ansi where there are few."""
    colours = terminal_colours(environ)
    if colours is None:
        return "mono"
    if wanted:
        return wanted
    return "ansi" if colours is ColorSystem.STANDARD else "night"


class _Reader:
    """One file being read."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.text, self.data = read_toml(path)

    def theme(self) -> Theme:
        """The theme, every value checked."""
        unknown = set(self.data) - {"title", "dark", "ansi", "mono", "colors", "variables", "looks"}
        if unknown:
            self._wrong("theme-unknown-key", (min(unknown),))
        name = self.path.stem
        mono, ansi = self._flag("mono"), self._flag("ansi")
        colours = self._colours()
        if "primary" not in colours:
            self._wrong("theme-missing", ("colors", "primary"))
        textual = TextualTheme(
            name=f"correio-{name}",
            dark=self._flag("dark", True),
            ansi=ansi or mono,
            variables={**(_ANSI_VARIABLES if ansi or mono else {}), **self._table("variables")},
            **colours,  # type: ignore[arg-type]
        )
        self._check_variables(textual)
        looks = self._looks(colours)
        base = {} if name == "mono" else _mono_styles()
        return Theme(name, str(self.data.get("title", name)), mono, textual, Looks({**base, **looks}))

    def _colours(self) -> dict[str, str]:
        table = self._table("colors")
        for key, value in table.items():
            if key not in COLOURS:
                self._wrong("theme-unknown-key", ("colors", key))
            self._colour(value, ("colors", key))
        return table

    def _check_variables(self, theme: TextualTheme) -> None:
        for key, value in theme.variables.items():
            if not key.endswith(("-style", "-style-hover")):
                self._colour(value.rpartition(" ")[0] if value.endswith("%") else value, ("variables", key))

    def _looks(self, colours: Mapping[str, str]) -> dict[str, Style]:
        table = self._table("looks")
        for key in table:
            if key not in LOOK_NAMES:
                self._wrong("theme-unknown-look", ("looks", key))
        return {key: self._style(value, colours, ("looks", key)) for key, value in table.items()}

    def _style(self, value: str, colours: Mapping[str, str], path: tuple[str, str]) -> Style:
        found: dict[str, Any] = {}
        ground = False
        for word in value.split():
            if word in ATTRIBUTES:
                found[word] = True
            elif word == "on" and not ground:
                ground = True
            else:
                colour = colours.get(word[1:], word) if word.startswith("$") else word
                found["bgcolor" if ground else "color"] = self._colour(colour, path).rich_color
        return Style(**found)

    def _colour(self, value: str, path: tuple[str, str]) -> Color:
        try:
            return Color.parse(value)
        except ColorParseError:
            self._wrong("theme-bad-colour", path, value=value)

    def _flag(self, key: str, default: bool = False) -> bool:
        value = self.data.get(key, default)
        if not isinstance(value, bool):
            self._wrong("theme-bad-value", (key,))
        return value

    def _table(self, key: str) -> dict[str, str]:
        table = self.data.get(key, {})
        if not isinstance(table, dict):
            self._wrong("theme-bad-value", (key,))
        for name, value in table.items():
            if not isinstance(value, str):
                self._wrong("theme-bad-value", (key, name))
        return table

    def _wrong(self, id: str, path: tuple[str, ...], **values: str) -> NoReturn:
        line = line_of(self.text, path)
        raise SettingsError(id, file=str(self.path), line=line, key=".".join(path), **values)


@cache
def _mono_styles() -> dict[str, Style]:
    return _Reader(SHIPPED / "mono.toml")._looks({})
