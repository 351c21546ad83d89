"""The least a Textual program can be: what the start of Correio is compared with. `python -m tests.bench.bare`."""

from __future__ import annotations

from textual.app import App, ComposeResult
from textual.widgets import Footer, Header, Static

READY = "bare program ready"


class Bare(App[None]):
    """A header, a line of text, a footer."""

    def compose(self) -> ComposeResult:
        """The three widgets."""
        yield Header()
        yield Static(READY)
        yield Footer()


if __name__ == "__main__":
    Bare().run()
