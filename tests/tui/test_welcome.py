"""The first screens of somebody new: address, servers, password, test."""

from __future__ import annotations

import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import pytest
from textual.pilot import Pilot

from accounts.discovery import Found, Note, Step, discover
from accounts.discovery.found import Report
from accounts.discovery.guesses import usual
from accounts.discovery.presets import by_domain
from core.elsewhere import Elsewhere
from core.paths import find_home
from core.secret import Secret
from core.settings import Account, Server
from tests.servers.dovecot import Dovecot
from tests.servers.mailbox import Mailbox
from tests.servers.smtp import SmtpSink
from tests.tui.pilot import HOSTILE, TERMINAL, drive, screen_text, type_text
from tui.actions import Context
from tui.counter import Counter
from tui.keymap import load_key_map
from tui.new_account import OAUTH_FIELDS
from tui.screens.account_form import AccountScreen
from tui.screens.account_test import AccountTestScreen
from tui.screens.welcome import Find, WelcomeScreen
from tui.theme import load_theme
from tui.widgets.form import PushButton
from tui.widgets.steps import StepList
from tui.wiring import Wiring

Result = TypeVar("Result")
SIZES = [(80, 24), (200, 50), (46, 16), (20, 5)]
ADDRESS = "maria@example.org"


class FirstApp(Counter[bool]):
    """As much of the application as the first screens need; its result is theirs."""

    key_context: ClassVar[Context] = "global"

    def __init__(self, home: Path, find: Find, theme: str = "night") -> None:
        super().__init__(load_key_map("default"), load_theme(theme), TERMINAL)
        found = find_home({"CORREIO_HOME": str(home), "XDG_RUNTIME_DIR": str(home)})
        found.make()
        self.wiring = Wiring(found)
        self.find = find
        self.demo_wanted = False
        self.elsewhere: list[Elsewhere] = []
        self.typed: dict[str, Secret] = {}
        self.left: list[bool | None] = []

    def on_mount(self) -> None:
        self.push_screen(WelcomeScreen(self.find, lambda: self.elsewhere), self.left.append)


Script = Callable[[Pilot[Any]], Awaitable[Result]]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without a keyring and without a key."""
    monkeypatch.setenv("GNUPGHOME", str(tmp_path / "gnupg"))
    (tmp_path / "gnupg").mkdir(mode=0o700)
    return tmp_path


def finds(found: Found, *steps: Step) -> Find:
    """A discovery that finds this."""

    def find(address: str, report: Report) -> Found:
        for step in steps:
            report(step)
        return found

    return find


def known(**changed: Any) -> Found:
    """What a domain publishes."""
    incoming = Server(kind="imap", host="imap.example.org", user="maria", security="starttls")
    outgoing = Server(kind="smtp", host="smtp.example.org", port=2465, user=ADDRESS)
    return Found(**{"address": ADDRESS, "source": "autoconfig", "incoming": incoming, "outgoing": outgoing, **changed})


async def until(pilot: Pilot[Any], true: Callable[[], bool]) -> None:
    """Let the application work until it is so."""
    while not true():
        await pilot.pause()


async def enter(pilot: Pilot[Any], text: str) -> None:
    """Type a text, then Enter."""
    await type_text(pilot, text)
    await pilot.press("enter")


async def to_form(pilot: Pilot[Any], address: str = ADDRESS) -> AccountScreen:
    """From the first screen to the form."""
    await enter(pilot, address)
    await until(pilot, lambda: isinstance(pilot.app.screen, AccountScreen) and pilot.app.focused is not None)
    assert isinstance(pilot.app.screen, AccountScreen)
    return pilot.app.screen


async def to_outcome(pilot: Pilot[Any]) -> AccountTestScreen:
    """Wait until the test of an account has ended with a question."""
    await until(pilot, lambda: isinstance(pilot.app.screen, AccountTestScreen) and pilot.app.focused is not None)
    assert isinstance(pilot.app.screen, AccountTestScreen)
    return pilot.app.screen


def shown(app: Counter[Any]) -> str:
    """The words on the screen, however they are wrapped."""
    return " ".join(screen_text(app).split())


def buttons(screen: AccountTestScreen) -> list[str]:
    """The choices that are shown."""
    return [str(button.id) for button in screen.query(PushButton) if button.display]


# ---------------------------------------------------------------------- the address


def test_one_field_and_the_demo(home: Path) -> None:
    async def script(pilot: Pilot[Any]) -> None:
        text = shown(pilot.app)
        assert "Your mail address" in text and "Try the demo" in text and "Ctrl-Q" in text
        await pilot.press("tab", "enter")
        await until(pilot, lambda: bool(pilot.app.left))
        assert (pilot.app.left, pilot.app.demo_wanted) == ([False], True)

    drive(FirstApp(home, finds(known())), script)


@pytest.mark.parametrize("keys", [("ctrl+q",), ("tab", "tab", "tab", "enter"), ("tab", "down", "down", "space")])
def test_it_can_be_left(home: Path, keys: tuple[str, ...]) -> None:
    async def script(pilot: Pilot[Any]) -> None:
        await pilot.press(*keys)
        await until(pilot, lambda: bool(pilot.app.left))
        assert (pilot.app.left, pilot.app.demo_wanted) == ([False], False)

    drive(FirstApp(home, finds(known())), script)


@pytest.mark.parametrize(("typed", "says"), [("", "This is missing"), ("maria", "no mail address"), ("a b@c", "no mail")])
def test_what_is_no_address_is_told(home: Path, typed: str, says: str) -> None:
    async def script(pilot: Pilot[Any]) -> None:
        await enter(pilot, typed)
        await until(pilot, lambda: says in shown(pilot.app))
        assert isinstance(pilot.app.screen, WelcomeScreen)

    drive(FirstApp(home, finds(known())), script)


def test_a_domain_that_cannot_be_is_told(home: Path) -> None:
    async def script(pilot: Pilot[Any]) -> None:
        await enter(pilot, f"maria@{'ü' * 64}.example")
        await until(pilot, lambda: "There is no server named" in shown(pilot.app))
        assert pilot.app.screen.focused is not None

    drive(FirstApp(home, discover), script, (80, 24))


def test_the_steps_tick_and_escape_stops_looking(home: Path) -> None:
    go_on, ended = threading.Event(), threading.Event()

    def find(address: str, report: Report) -> Found:
        report(Step("presets", "skipped", {"reason": "unknown"}))
        report(Step("srv", "running"))
        report(Step("autoconfig", "ok", {"provider": "", "hosts": ("imap.example.org",)}))
        report(Step("mx", "failed", {"error": "nothing-there"}))
        go_on.wait(60)
        report(Step("srv", "ok", {"hosts": ("too.late.example",)}))
        ended.set()
        return known()

    async def script(pilot: Pilot[Any]) -> None:
        await enter(pilot, ADDRESS)
        steps = pilot.app.screen.query_one(StepList)
        await until(pilot, lambda: len(steps.lines) == 4)
        assert [line.state for line in steps.lines] == ["skipped", "running", "ok", "absent"]
        await until(pilot, lambda: "imap.example.org" in shown(pilot.app))
        assert "stop looking" in shown(pilot.app)
        await pilot.press("escape")
        go_on.set()
        await until(pilot, ended.is_set)
        await pilot.pause()
        assert isinstance(pilot.app.screen, WelcomeScreen)
        assert "too.late" not in shown(pilot.app)
        await to_form(pilot, "")

    drive(FirstApp(home, find), script, (80, 24))


# ---------------------------------------------------------------------- the form


def test_every_value_found_is_shown_and_can_be_changed(home: Path) -> None:
    async def script(pilot: Pilot[Any]) -> None:
        form = await to_form(pilot)
        values = form.values
        assert {name: value for name, value in values.items() if name.startswith("in-")} == {
            "in-host": "imap.example.org", "in-security": "starttls", "in-port": "143", "in-user": "maria", "in-trust": "system",
        }  # fmt: skip
        assert (values["out-host"], values["out-port"], values["out-user"]) == ("smtp.example.org", "2465", ADDRESS)
        assert (values["account"], values["keep"]) == (ADDRESS, "days:31")
        await pilot.press("shift+tab", "shift+tab")
        reached = []
        while (row := form.focused.parent if form.focused else None) is not None and row.id not in reached:
            reached.append(row.id)
            await pilot.press("tab")
        hidden = {"command", "passphrase", "again", *OAUTH_FIELDS}
        assert {name for name in reached if name in values} == values.keys() - hidden

    drive(FirstApp(home, finds(known())), script, (80, 24))


def test_the_usual_port_follows_the_security_and_another_stays(home: Path) -> None:
    async def script(pilot: Pilot[Any]) -> None:
        form = await to_form(pilot)
        for side in ("in", "out"):
            form.row(f"{side}-security").part.focus()
            await pilot.press("n")
        await pilot.pause()
        assert (form.values["in-security"], form.values["in-port"]) == ("none", "143")
        assert (form.values["out-security"], form.values["out-port"]) == ("none", "2465")
        form.row("in-security").part.focus()
        await pilot.press("right")
        await pilot.pause()
        assert (form.values["in-security"], form.values["in-port"]) == ("tls", "993")

    drive(FirstApp(home, finds(known())), script, (80, 24))


IMPOSSIBLE = [
    ("in-host", "", "This is missing"),
    ("in-host", "no host", "cannot be the name of a server"),
    ("in-port", "993x", "between 1 and 65535"),
    ("in-user", "", "This is missing"),
    ("out-port", "0", "between 1 and 65535"),
    ("out-trust", "sha256:12", "64 digits"),
    ("account", "a/b", "no / in it"),
    ("password", "", "This is missing"),
]


def test_a_value_that_cannot_be_is_told_where_it_is(home: Path) -> None:
    async def script(pilot: Pilot[Any]) -> None:
        form = await to_form(pilot)
        form.row("password").value = "secret"
        for field, value, says in IMPOSSIBLE:
            row = form.row(field)
            right, row.value = row.value, value
            form.query_one("#test", PushButton).press()
            await until(pilot, lambda row=row, says=says: row.has_class("wrong") and says in shown(pilot.app))
            assert form.focused is row.part, field
            assert [one.id for one in form.query("FormRow.wrong")] == [row.id], field
            row.value = right

    drive(FirstApp(home, finds(known())), script, (80, 24))


def test_passwords_are_kept_where_this_machine_really_can(home: Path) -> None:
    async def script(pilot: Pilot[Any]) -> None:
        form = await to_form(pilot)
        way: Any = form.row("way").part
        assert [one for one, _words in way.choices] == ["file", "passphrase", "command", "ask"]
        for one, says in (("file", "a file beside it"), ("passphrase", "Once more"), ("ask", "kept nowhere")):
            way.value = one
            await until(pilot, lambda says=says: says in shown(pilot.app))
        way.value = "command"
        await until(pilot, lambda: form.row("command").display and not form.row("password").display)
        assert not form.row("passphrase").display

    drive(FirstApp(home, finds(known())), script, (80, 30))


def test_nothing_found_is_no_dead_end(home: Path) -> None:
    async def script(pilot: Pilot[Any]) -> None:
        form = await to_form(pilot)
        assert (form.values["in-host"], form.values["out-host"]) == ("imap.example.org", "smtp.example.org")
        assert shown(pilot.app).count("usual names") == 1
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, WelcomeScreen))
        assert pilot.app.left == []

    drive(FirstApp(home, finds(usual(ADDRESS, "example.org"))), script, (80, 24))


def test_the_notes_of_a_provider_are_shown_with_their_page(home: Path) -> None:
    google = by_domain("gmail.com")
    assert google is not None

    async def script(pilot: Pilot[Any]) -> None:
        await to_form(pilot)
        text = shown(pilot.app)
        assert "app password" in text and "https://support.google.com/accounts/answer/185833" in text

    drive(FirstApp(home, finds(google.found("maria@gmail.com", "presets"))), script, (80, 24))


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_answers_are_shown_safely(home: Path, text: str) -> None:
    server = Server(kind="imap", host=text or "x", user=text)
    found = known(provider=text, source="mx", notes=(Note("instructions", f"https://{text}"), Note("other-domain", host=text)))

    def find(address: str, report: Report) -> Found:
        report(Step("mx", "ok", {"provider": text, "hosts": (text,)}))
        return Found(**{**{name: getattr(found, name) for name in found.__slots__}, "incoming": server})

    async def script(pilot: Pilot[Any]) -> None:
        await to_form(pilot)
        text = shown(pilot.app)
        assert not any(ord(c) < 32 or 0x7F <= ord(c) < 0xA0 or c in "\u202e\u2066\u200f" for c in text)
        assert not pilot.app.left

    drive(FirstApp(home, find), script, (80, 24))


@pytest.mark.parametrize(("size", "theme"), list(zip(SIZES, ("night", "mono") * 2, strict=True)))
def test_every_size_holds(home: Path, size: tuple[int, int], theme: str) -> None:
    async def script(pilot: Pilot[Any]) -> None:
        form = await to_form(pilot)
        for row in form.query("FormRow"):
            if row.display:
                await pilot.press("tab")
        form.row("password").value = "hidden-word"
        form.row("in-host").value = form.row("out-host").value = "localhost"
        form.row("in-port").value = form.row("out-port").value = "1"
        await pilot.pause()
        assert "hidden-word" not in shown(pilot.app)
        await pilot.press("f2")
        outcome = await to_outcome(pilot)
        assert buttons(outcome) == ["correct", "again", "inactive", "add"]
        await pilot.resize_terminal(*SIZES[0])
        await pilot.pause()
        assert "takes no connections" in shown(pilot.app)
        await pilot.press("escape")
        await until(pilot, lambda: pilot.app.screen is form)
        assert form.focused is form.row("in-port").part

    drive(FirstApp(home, finds(known()), theme), script, size)


# ---------------------------------------------------------------------- the test and what follows


@pytest.fixture
def sink(make_smtp: Callable[..., SmtpSink], mailbox: Mailbox) -> SmtpSink:
    """An SMTP server that knows the mailbox's user."""
    sink = make_smtp("tls")
    sink.user, sink.password = mailbox.user, mailbox.password
    return sink


@pytest.fixture
def real(dovecot: Dovecot, sink: SmtpSink, mailbox: Mailbox) -> Callable[..., Found]:
    """What was found of real servers, with a trust."""

    def found(trust: str = str(dovecot.authority.file)) -> Found:
        incoming = Server(kind="imap", host="localhost", port=dovecot.ports.imaps, user=mailbox.user, trust=trust)
        outgoing = Server(kind="smtp", host="localhost", port=sink.port, user=mailbox.user, trust=trust)
        return known(address=mailbox.address, incoming=incoming, outgoing=outgoing)

    return found


async def fill(pilot: Pilot[Any], password: str) -> AccountScreen:
    """The form with name and password, and Enter."""
    form = await to_form(pilot, "user@example.org")
    form.row("name").value = "Maria Santos"
    form.row("password").part.focus()
    await enter(pilot, password)
    return form


def only_account(app: FirstApp) -> Account:
    """The account that was added."""
    (account,) = app.wiring.settings().accounts
    return account


def test_a_good_account_is_added_after_the_test(home: Path, real: Callable[..., Found], mailbox: Mailbox) -> None:
    app = FirstApp(home, finds(real()))

    async def script(pilot: Pilot[Any]) -> None:
        await fill(pilot, mailbox.password)
        await until(pilot, lambda: bool(app.left))

    drive(app, script, (80, 24))
    assert app.left == [True]
    account = only_account(app)
    assert account.incoming is not None and account.incoming.credential == account.email
    (identity,) = app.wiring.settings().identities
    assert (identity.name, identity.address) == ("Maria Santos", mailbox.address)
    assert app.wiring.secret_for(account.incoming) == Secret(mailbox.password)
    assert not [path for path in home.rglob("*") if path.is_file() and mailbox.password.encode() in path.read_bytes()]


def test_a_wrong_password_is_corrected_in_its_field(home: Path, real: Callable[..., Found], mailbox: Mailbox) -> None:
    app = FirstApp(home, finds(real()))

    async def script(pilot: Pilot[Any]) -> None:
        form = await fill(pilot, "wrong")
        outcome = await to_outcome(pilot)
        assert "or the password" in shown(app)
        assert buttons(outcome) == ["correct", "again", "inactive", "add"]
        await pilot.press("enter")
        await until(pilot, lambda: app.screen is form)
        assert form.focused is form.row("password").part
        form.row("password").value = ""
        await enter(pilot, mailbox.password)
        await until(pilot, lambda: bool(app.left))

    drive(app, script, (80, 24))
    assert app.left == [True]


def test_a_certificate_is_pinned_when_the_person_says_so(
    home: Path, real: Callable[..., Found], dovecot: Dovecot, sink: SmtpSink, mailbox: Mailbox
) -> None:
    app = FirstApp(home, finds(real("system")))

    async def script(pilot: Pilot[Any]) -> None:
        await fill(pilot, mailbox.password)
        outcome = await to_outcome(pilot)
        assert buttons(outcome) == ["correct", "pin", "again", "inactive", "add"]
        assert f"sha256:{dovecot.certificate.fingerprint}" in shown(app)
        assert f"sha256:{sink.certificate.fingerprint}" in shown(app)
        await pilot.press("tab", "enter")
        await until(pilot, lambda: bool(app.left))

    drive(app, script, (80, 24))
    account = only_account(app)
    assert account.incoming is not None and account.outgoing is not None
    assert account.incoming.trust == f"sha256:{dovecot.certificate.fingerprint}"
    assert account.outgoing.trust == f"sha256:{sink.certificate.fingerprint}"


@pytest.mark.parametrize("way", ["ask", "passphrase"])
def test_what_is_kept_nowhere_is_handed_on(home: Path, real: Callable[..., Found], mailbox: Mailbox, way: str) -> None:
    app = FirstApp(home, finds(real()))

    async def script(pilot: Pilot[Any]) -> None:
        form = await to_form(pilot, "user@example.org")
        form.row("way").value = way
        form.row("password").value = mailbox.password
        form.row("passphrase").value = form.row("again").value = "open sesame"
        form.query_one("#test", PushButton).press()
        await until(pilot, lambda: bool(app.left))

    drive(app, script, (80, 24))
    account = only_account(app)
    expected = mailbox.password if way == "ask" else "open sesame"
    assert app.typed == {account.email: Secret(expected)}
    assert not [path for path in home.rglob("*") if path.is_file() and expected.encode() in path.read_bytes()]


def test_a_warning_waits_for_a_word(home: Path, make_smtp: Callable[..., SmtpSink], real: Callable[..., Found]) -> None:
    open_relay = make_smtp("none", auth=False)
    found = known(incoming=real().incoming, outgoing=Server(kind="smtp", host="localhost", port=open_relay.port, security="none"))
    app = FirstApp(home, finds(found))

    async def script(pilot: Pilot[Any]) -> None:
        form = await to_form(pilot)
        form.row("password").value = "secret-" + form.row("in-user").value
        form.query_one("#test", PushButton).press()
        outcome = await to_outcome(pilot)
        assert "passwords and mail travel in the open" in shown(app)
        assert outcome.focused is outcome.query_one("#add")

    drive(app, script, (80, 24))
    assert open_relay.seen["AUTH"] == 0
