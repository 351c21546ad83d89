"""The settings screens: what can be done with an entry of a list, and with a form."""

from __future__ import annotations

from tui.actions.action import PANES, Action
from tui.translation import N_


class Show(Action, id="go.settings", title=N_("Settings"), keys=("g ,",), where=(*PANES,), word="settings", takes="section"):
    """Show and change all settings: accounts, servers, senders, the screen."""


class Domain(Action, id="settings.domain", title=N_("Check a mail domain"), where=PANES, takes="domain", word="domain"):
    """Look at a mail domain of your own from outside: MX, SPF, DKIM, DMARC and what to change."""


class InSettings(Action, where=("settings",)):
    """Something on the screen of all settings."""


class Edit(
    InSettings, id="settings.edit", title=N_("Change"), keys=("enter", "e"), footer=N_("change"), rank=1, needs="setting",
    word="edit-setting",
):  # fmt: skip
    """Change what is under the cursor."""


class New(
    InSettings, id="settings.new", title=N_("New"), keys=("n", "f5"), footer=N_("new"), rank=2, needs="entries", word="new-entry"
):
    """Make a new entry of this list."""


class Duplicate(
    InSettings, id="settings.duplicate", title=N_("Duplicate"), keys=("c",), footer=N_("duplicate"), rank=4, needs="entry",
    word="duplicate-entry",
):  # fmt: skip
    """Make a new entry from the one under the cursor."""


class Switch(
    InSettings, id="settings.switch", title=N_("On or off"), keys=("o",), footer=N_("on/off"), rank=5, needs="switch",
    word="switch-entry",
):  # fmt: skip
    """Activate or deactivate the entry under the cursor, or turn the setting on or off."""


class Delete(
    InSettings, id="settings.delete", title=N_("Delete"), keys=("d", "delete"), footer=N_("delete"), rank=6, needs="entry",
    word="delete-entry",
):  # fmt: skip
    """Delete the entry under the cursor, after asking."""


class Test(
    InSettings, id="settings.test", title=N_("Test"), keys=("t", "f4", "ctrl+t"), footer=N_("test"), rank=3, word="test-account",
):  # fmt: skip
    """Try the servers of the account under the cursor, step by step; a gateway with a message to your phone."""


class SignInHere(InSettings, id="settings.sign_in", title=N_("Sign in (OAuth2)"), keys=("f8", "ctrl+g"), word="sign-in-here"):
    """Agree anew on the provider's page that Correio may use the mailbox under the cursor (OAuth2)."""


class Find(InSettings, id="settings.find", title=N_("Find"), keys=("/",), footer=N_("find"), rank=7, word="find-setting"):
    """Find any setting or entry by a few letters."""


class Pane(InSettings, id="settings.pane", title=N_("Sections"), keys=("tab", "shift+tab"), word="settings-pane"):
    """Go from the sections to their contents, and back."""


class Into(InSettings, id="settings.into", title=N_("Contents"), keys=("l", "right"), word="settings-contents"):
    """Go to the contents of the section."""


class Out(InSettings, id="settings.out", title=N_("To the sections"), keys=("h", "left"), word="settings-sections"):
    """Go to the sections."""


class NextSection(InSettings, id="settings.next_section", title=N_("Next section"), keys=("f6", "ctrl+pagedown")):
    """Go to the next section, as to the next tab of a form."""


class PreviousSection(InSettings, id="settings.previous_section", title=N_("Previous section"), keys=("f7", "ctrl+pageup")):
    """Go to the section before."""


class InForm(Action, where=("form",), over_text=True):
    """Something for the form as a whole."""


class Save(InForm, id="form.save", title=N_("Save"), keys=("f2", "ctrl+s"), footer=N_("save"), rank=1, over_text=True):
    """Save what the form says, and close it."""


class SaveNext(
    InForm, id="form.save_next", title=N_("Save, then a new one"), keys=("f3", "ctrl+n"), footer=N_("save, next"), rank=2,
    over_text=True,
):  # fmt: skip
    """Save what the form says, and go on to a new one."""


class Anew(
    InForm, id="form.new", title=N_("New"), keys=("f5", "ctrl+o"), footer=N_("new"), rank=4, over_text=True, word="form-new"
):
    """Begin a new one; what was changed here is asked about."""


class TestForm(
    InForm, id="form.test", title=N_("Test"), keys=("f4", "ctrl+t"), footer=N_("test"), rank=3, needs="servers", over_text=True,
    word="form-test",
):  # fmt: skip
    """Try the servers as the form says, step by step; a gateway with a message to your phone."""


class SignIn(
    InForm, id="form.sign_in", title=N_("Sign in (OAuth2)"), keys=("f8", "ctrl+g"), footer=N_("sign in"), rank=4,
    needs="consent", over_text=True, word="sign-in",
):  # fmt: skip
    """Agree on the provider's page that Correio may use the mailbox (OAuth2): a code or a page to open on any device."""


class NextTab(InForm, id="form.next_tab", title=N_("Next tab"), keys=("f6", "ctrl+pagedown"), over_text=True):
    """Go to the next tab of the form."""


class PreviousTab(InForm, id="form.previous_tab", title=N_("Previous tab"), keys=("f7", "ctrl+pageup"), over_text=True):
    """Go to the tab before."""
