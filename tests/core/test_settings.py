"""What the configuration may say, and how its mistakes are named."""

from __future__ import annotations

import pytest

from core.errors import NotFound, SettingsError
from core.settings import Account, Identity, Server, Settings, default_port, describe
from core.settings.lines import line_of
from core.settings.reading import read

GOOD = """\
# my mail
[ui]
theme = "nord"      # dark
mark_read_after = -1

[[credential]]
name = "me"
method = "command"
command = "pass show 'mail/me'"

[[account]]
id = "0a1b2c3d"
name = "Private"
email = "me@example.org"
folders = { sent = "Sent Items" }

[account.incoming]
id = "11111111"
kind = "imap"
host = "imap.example.org"
user = "me@example.org"
credential = "me"

[account.outgoing]
id = "22222222"
kind = "smtp"
host = "smtp.example.org"
security = "starttls"
user = "me@example.org"
credential = "me"

[[account]]
id = "4e4e4e4e"
name = "Old mail"
kind = "local"

[[identity]]
id = "33333333"
account = "0a1b2c3d"
address = "me@example.org"
signature = \"\"\"
Me
[ui]
theme = 3
\"\"\"
"""


def wrong(text: str) -> SettingsError:
    with pytest.raises(SettingsError) as caught:
        read(text, "correio.toml")
    assert caught.value.values["file"] == "correio.toml"
    return caught.value


def place(error: SettingsError) -> tuple[str, int, str]:
    return error.id, error.values["line"], error.values["key"]


def test_a_file_becomes_settings_with_defaults_filled_in() -> None:
    settings = read(GOOD)
    account = settings.account("private")
    assert account.incoming is not None
    assert account.outgoing is not None
    assert (account.incoming.port, account.outgoing.port) == (993, 587)
    assert account.folders == {"sent": "Sent Items"}
    assert account.keep == "days:31"
    assert settings.ui.theme == "nord"
    assert settings.compose.undo_send_seconds == 10
    assert settings.identities[0].signature == "Me\n[ui]\ntheme = 3\n"
    assert settings.credential("me").method == "command"


def test_nothing_in_the_file_means_all_defaults() -> None:
    assert read("") == Settings()


def test_accounts_are_found_by_id_name_and_address() -> None:
    settings = read(GOOD)
    found = {settings.account(name).id for name in ("0a1b2c3d", "PRIVATE", "Me@Example.org")}
    assert found == {"0a1b2c3d"}
    with pytest.raises(NotFound):
        settings.account("nobody")


def test_the_default_account_is_the_marked_one_else_the_first_that_sends() -> None:
    assert Settings().default_account() is None
    first = read(GOOD).default_account()
    assert first is not None
    assert first.name == "Private"
    marked = read(GOOD.replace('kind = "local"', 'kind = "local"\ndefault = true')).default_account()
    assert marked is not None
    assert marked.name == "Old mail"


def test_identities_come_with_the_accounts_own_address_first() -> None:
    account = Account(name="a", email="me@example.org", kind="local")
    other = Identity(account=account.id, address="other@example.org")
    own = Identity(account=account.id, address="Me@example.org")
    settings = Settings(accounts=(account,), identities=(other, own))
    assert settings.identities_of(account.id) == (own, other)
    assert settings.identity(other.id) is other


@pytest.mark.parametrize(
    ("kind", "security", "port"),
    [("imap", "tls", 993), ("imap", "starttls", 143), ("smtp", "tls", 465), ("smtp", "none", 25)],
)
def test_ports_follow_the_security(kind: str, security: str, port: int) -> None:
    assert default_port(kind, security) == Server(kind=kind, host="x", security=security).port == port


def test_new_ids_are_random() -> None:
    assert Server(kind="imap", host="x").id != Server(kind="imap", host="x").id


@pytest.mark.parametrize(
    ("old", "new", "id", "line", "key"),
    [
        ('theme = "nord"', 'theme = "nord', "settings-syntax", 3, ""),
        ('theme = "nord"', 'them = "nord"', "settings-unknown-key", 3, "ui.them"),
        ('theme = "nord"', "theme = 7", "settings-wrong-type", 3, "ui.theme"),
        ("mark_read_after = -1", "mark_read_after = true", "settings-wrong-type", 4, "ui.mark_read_after"),
        ("mark_read_after = -1", "mark_read_after = -2", "settings-out-of-range", 4, "ui.mark_read_after"),
        ("mail/me'", "mail/me", "settings-bad-value", 9, "credential[1].command"),
        ('"imap.example.org"', '"imap example"', "settings-bad-value", 20, "account[1].incoming.host"),
        ('"starttls"', '"startls"', "settings-bad-choice", 28, "account[1].outgoing.security"),
        ('id = "4e4e4e4e"\n', "", "settings-missing", 32, "account[2].id"),
        ('id = "4e4e4e4e"', 'id = "0a1b2c3d"', "settings-twice", 33, "account[2].id"),
        ('"Old mail"', '"private"', "settings-twice", 34, "account[2].name"),
        ('"Old mail"', '"old/mail"', "settings-bad-value", 34, "account[2].name"),
        ('account = "0a1b2c3d"', 'account = "0a1b2c3e"', "settings-dangling", 39, "identity[1].account"),
        ('credential = "me"\n\n[[', 'credential = "you"\n\n[[', "settings-dangling", 30,
         "account[1].outgoing.credential"),
        ('kind = "smtp"', 'kind = "imap"', "settings-bad-choice", 26, "account[1].outgoing.kind"),
        ('user = "me@example.org"\ncredential = "me"\n\n[account', 'password = "x"\n\n[account',
         "settings-secret-in-file", 21, "account[1].incoming.password"),
        ("[ui]\ntheme = \"nord\"", "ui = 1\n[x]", "settings-wrong-type", 2, "ui"),
        ('sent = "Sent', 'gone = "Sent', "settings-bad-value", 15, "account[1].folders"),
        ('command = "pass', 'comand = "pass', "settings-unknown-key", 9, "credential[1].comand"),
    ],
)  # fmt: skip
def test_mistakes_are_named_by_line_and_key(old: str, new: str, id: str, line: int, key: str) -> None:
    assert old in GOOD
    assert place(wrong(GOOD.replace(old, new, 1))) == (id, line, key)


def test_an_unknown_key_comes_with_the_likely_one() -> None:
    assert wrong("[ui]\nthreds = true").values["near"] == "threads"
    assert wrong("[composer]").values["near"] == "compose"
    assert wrong("[ui]\nqqqqqqqq = true").values["near"] == ""


def test_a_missing_id_comes_with_a_proposal() -> None:
    error = wrong('[[account]]\nname = "x"\nkind = "local"')
    assert len(error.values["suggestion"]) == 8


def test_a_password_in_the_file_is_refused_without_repeating_it() -> None:
    error = wrong(GOOD.replace('host = "imap.example.org"', 'host = "h"\npassword = "geheim"'))
    assert error.id == "settings-secret-in-file"
    assert "geheim" not in repr(error.values)


def test_an_imap_account_needs_an_incoming_server() -> None:
    assert place(wrong('\n[[account]]\nid = "0a1b2c3d"\nname = "x"')) == (
        "settings-missing",
        2,
        "account[1].incoming",
    )


@pytest.mark.parametrize(
    ("trust", "fine"),
    [
        ("system", True),
        ("ignore", True),
        ("/etc/ssl/mine.pem", True),
        ("~/mine.pem", True),
        ("sha256:" + "0f" * 32, True),
        ("sha256:" + ":".join(["0F"] * 32), True),
        ("sha256:0f", False),
        ("sytem", False),
    ],
)
def test_trust(trust: str, fine: bool) -> None:
    text = GOOD.replace('"imap.example.org"', f'"imap.example.org"\ntrust = "{trust}"')
    if fine:
        server = read(text).accounts[0].incoming
        assert server is not None
        assert server.trust == trust
    else:
        assert wrong(text).id == "settings-bad-value"


@pytest.mark.parametrize("keep", ["headers", "all", "days:1", "days:36500"])
def test_keep(keep: str) -> None:
    assert read(GOOD.replace('name = "Old mail"', f'name = "x"\nkeep = "{keep}"')).accounts[1].keep == keep


@pytest.mark.parametrize("keep", ["days:0", "days:", "days:-1", "days:99999", "none", "days:1\n"])
def test_keep_that_means_nothing(keep: str) -> None:
    written = keep.replace("\n", "\\n")
    assert wrong(GOOD.replace('name = "Old mail"', f'name = "x"\nkeep = "{written}"')).id == "settings-bad-value"


@pytest.mark.parametrize(
    "line",
    [
        'ui.date_format = "yesterday"',
        'ui.language = "Portuguese!"',
        'ui.theme = "a\\u001bb"',
        'compose.attribution = "{subject}"',
        'compose.attribution = "{"',
        'ui.editor = "vim \'"',
        'ui.keymap = ""',
    ],
)
def test_checked_texts(line: str) -> None:
    assert wrong(line).id == "settings-bad-value"


def test_every_setting_has_a_help_and_a_default_that_passes_its_own_check() -> None:
    settings = describe()
    assert len({one.key for one in settings}) == len(settings)
    for one in settings:
        assert one.help.endswith("."), one.key
        assert one.type in ("text", "number", "yes-no", "choice", "map"), one.key
        if one.default is not None and one.check is not None:
            assert one.check(one.default) == "", one.key
        if one.choices and one.default is not None:
            assert one.default in one.choices, one.key


def test_line_of_looks_behind_long_texts_and_quoted_keys() -> None:
    text = 'a = """\nb = 1\n"""\n["x.y"]\n"b c" = 1\nd.e = 2\n[[l]]\n[[l]]\nm = [\n 1,\n]\n[l.n]\no = 1\n'
    assert line_of(text, ("a",)) == 1
    assert line_of(text, ("x.y", "b c")) == 5
    assert line_of(text, ("x.y", "d", "e")) == 6
    assert line_of(text, ("l", 1, "m")) == 9
    assert line_of(text, ("l", 1, "n", "o")) == 13
    assert line_of(text, ("l", 0, "gone")) == 7
    assert line_of(text, ("nowhere",)) == 1


def test_watched_folders_may_have_commas_in_their_names() -> None:
    def watched(text: str) -> tuple[str, ...]:
        return Account(name="a", kind="imap", email="a@b.example", watch=text).watched()

    assert watched("Lists, Team ,Lists,") == ("Lists", "Team")
    assert watched('Lists, "A, B", "Say ""hello"""') == ("Lists", "A, B", 'Say "hello"')
    assert watched("") == watched(" , ") == ()
    assert watched('"unfinished, name') == ("unfinished, name",)
