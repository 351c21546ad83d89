"""Writing that begins from a message: answers, forwards, redirects."""

from __future__ import annotations

from tui.actions import compose, does
from tui.screens.main.setting_aside import SettingAside


class Answering(SettingAside):
    """Answering the message in the reader, or the one under the cursor."""

    @does(compose.New)
    def write(self, argument: str = "") -> None:
        """A new message."""
        self.correio.write_new(argument)

    @does(compose.Reply)
    def reply(self) -> None:
        """Answer the sender."""
        self._answer("sender")

    @does(compose.ReplyAll)
    def reply_all(self) -> None:
        """Answer everybody."""
        self._answer("all")

    @does(compose.ReplyList)
    def reply_list(self) -> None:
        """Answer the list."""
        self._answer("list")

    @does(compose.Forward)
    def forward(self) -> None:
        """Send it on."""
        self._answer("forward")

    @does(compose.Redirect)
    def redirect(self) -> None:
        """Send it on unchanged."""
        self._answer("redirect")

    def _answer(self, how: str) -> None:
        body = self.body_here()
        if body is not None:
            self.with_whole(body, lambda body: self.correio.answer(body, how))
