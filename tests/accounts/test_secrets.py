"""Secrets come from where the credential says, are asked anew when refused, and show nowhere."""

from __future__ import annotations

import sys
import threading
import traceback
from collections.abc import Callable
from pathlib import Path

import pytest

from accounts.secrets import SecretStore, Where, ask_command
from core.errors import NotFound, PasswordNeeded
from core.secret import Secret
from core.settings import Credential

WORD = Secret("correct horse")


class Box:
    """A vault that keeps its secrets in a dictionary."""

    def __init__(self) -> None:
        self.kept: dict[str, Secret] = {}
        self.asked = 0

    def get(self, name: str) -> Secret | None:
        self.asked += 1
        return self.kept.get(name)

    def put(self, name: str, secret: Secret) -> None:
        self.kept[name] = secret

    def forget(self, name: str) -> bool:
        return self.kept.pop(name, None) is not None

    def place(self) -> str:
        return "a box"


@pytest.fixture
def box() -> Box:
    return Box()


@pytest.fixture
def store(box: Box) -> SecretStore:
    return SecretStore({"file": box})


FILE = Credential(name="me", method="file")
ASK = Credential(name="you", method="ask")


def python(code: str) -> Credential:
    return Credential(name="it", method="command", command=f'{sys.executable} -c "{code}"')


def needed(store: SecretStore, credential: Credential) -> str:
    with pytest.raises(PasswordNeeded) as caught:
        store.get(credential, "imap.example.org:993")
    assert caught.value.values["credential"] == credential.name
    assert caught.value.values["server"] == "imap.example.org:993"
    return caught.value.id


def test_what_is_put_is_found_again_in_the_vault(store: SecretStore, box: Box) -> None:
    assert needed(store, FILE) == "password-needed"
    store.put(FILE, WORD)
    assert store.get(FILE) == WORD
    assert box.kept == {"me": WORD}
    assert SecretStore({"file": box}).get(FILE) == WORD


def test_a_vault_is_opened_once(store: SecretStore, box: Box) -> None:
    box.kept["me"] = WORD
    assert [store.get(FILE) for _ in range(3)] == [WORD] * 3
    assert box.asked == 1


def test_what_is_asked_stays_in_this_process(store: SecretStore, box: Box) -> None:
    assert needed(store, ASK) == "password-needed"
    store.put(ASK, WORD)
    assert store.get(ASK) == WORD
    assert box.kept == {}
    assert needed(SecretStore({"file": box}), ASK) == "password-needed"


def test_what_is_only_remembered_is_kept_nowhere(store: SecretStore, box: Box) -> None:
    store.remember(FILE, WORD)
    assert store.get(FILE) == WORD
    assert box.kept == {}


def test_a_refused_secret_is_looked_up_anew_then_asked(store: SecretStore, box: Box) -> None:
    box.kept["me"] = WORD
    store.get(FILE)
    store.refused(FILE)
    assert needed(store, FILE) == "password-refused"
    box.kept["me"] = Secret("changed by another process")
    assert store.get(FILE) == box.kept["me"]


def test_a_new_secret_ends_the_refusal_even_if_it_is_the_same(store: SecretStore) -> None:
    store.put(FILE, WORD)
    store.refused(FILE)
    assert needed(store, FILE) == "password-refused"
    store.put(FILE, WORD)
    assert store.get(FILE) == WORD


def in_another_thread(work: Callable[[], object]) -> object:
    """What becomes of it there; the thread is another one each time."""
    found: list[object] = []
    thread = threading.Thread(target=lambda: found.append(work()))
    thread.start()
    thread.join()
    return found[0]


def test_a_refusal_that_comes_late_does_not_take_what_was_typed_meanwhile(store: SecretStore) -> None:
    """Of two accounts with one password one is refused at once, the other after a server's penalty of seconds."""
    store.remember(ASK, Secret("wrong"))
    store.get(ASK)
    assert in_another_thread(lambda: (store.get(ASK), store.refused(ASK))[1]) is False
    assert needed(store, ASK) == "password-needed"
    store.remember(ASK, WORD)
    store.refused(ASK)  # what this thread was given long ago
    assert store.get(ASK) == WORD
    assert store.refused(ASK) is False
    assert needed(store, ASK) == "password-needed", "that was refused now"


def test_a_refusal_that_comes_late_says_that_another_password_is_there(store: SecretStore) -> None:
    store.remember(ASK, Secret("wrong"))
    store.get(ASK)
    store.remember(ASK, WORD)
    assert store.refused(ASK) is True


def test_forgetting(store: SecretStore, box: Box) -> None:
    store.put(FILE, WORD)
    store.put(ASK, WORD)
    assert store.forget(FILE)
    assert store.forget(ASK)
    assert box.kept == {}
    assert not store.forget(FILE)
    assert not store.forget(ASK)
    assert needed(store, FILE) == "password-needed"


def test_a_vault_that_is_not_there(store: SecretStore) -> None:
    keyring = Credential(name="me", method="keyring")
    for use in (lambda: store.get(keyring), lambda: store.put(keyring, WORD)):
        with pytest.raises(NotFound) as caught:
            use()
        assert (caught.value.id, caught.value.values["name"]) == ("no-vault", "keyring")


def test_where_things_are_kept(store: SecretStore) -> None:
    assert store.methods() == ("file", "command", "ask")
    assert store.where(FILE) == Where("file", "a box", "protects-file")
    assert store.where(ASK) == Where("ask", "", "protects-ask")
    assert store.where(python("1")).place.endswith('"1"')


def test_vaults_are_made_when_they_are_needed(box: Box) -> None:
    made: list[str] = []

    def make() -> Box:
        made.append("file")
        return box

    store = SecretStore({"file": make, "keyring": lambda: None})
    store.put(ASK, WORD)
    assert made == []
    assert store.methods() == ("file", "command", "ask")
    store.put(FILE, WORD)
    assert store.get(FILE) == WORD
    assert made == ["file"]
    with pytest.raises(NotFound):
        store.put(Credential(name="me", method="keyring"), WORD)


def test_a_command_gives_its_first_line(store: SecretStore) -> None:
    assert store.get(python("print('correct horse'); print('user: me')")) == WORD
    assert ask_command(python("import sys; sys.stdout.write('a b \\r\\n')")) == Secret("a b ")


def test_no_shell_sees_the_command(tmp_path: Path) -> None:
    credential = Credential(name="it", method="command", command="echo '$HOME' > no; echo `id` | cat")
    assert ask_command(credential) == Secret("$HOME > no; echo `id` | cat")


def test_a_commands_odd_bytes_survive() -> None:
    found = ask_command(python("import sys; sys.stdout.buffer.write(bytes([0xe9, 10]))"))
    assert found.reveal().encode("utf-8", "surrogateescape") == b"\xe9"


@pytest.mark.parametrize(
    ("credential", "answer"),
    [
        (python("import sys; print('x'); sys.stderr.write('a\\nno such entry\\n'); sys.exit(3)"), "no such entry"),
        (python("print()"), ""),
        (Credential(name="it", method="command", command=""), ""),
        (Credential(name="it", method="command", command="/nonexistent/pass me"), "No such file or directory"),
    ],
)
def test_a_command_that_fails_asks_the_person(credential: Credential, answer: str) -> None:
    with pytest.raises(PasswordNeeded) as caught:
        ask_command(credential, "x:1")
    assert (caught.value.id, caught.value.values["answer"]) == ("password-command-failed", answer)


def test_a_command_that_hangs_is_ended_and_shows_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("accounts.secrets.COMMAND_SECONDS", 0.5)
    slow = python("import time; print('correct horse', flush=True); time.sleep(60)")
    with pytest.raises(PasswordNeeded) as caught:
        ask_command(slow)
    assert caught.value.id == "password-command-slow"
    shown = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    assert "stdout" not in "".join(shown.format())


def test_a_command_gets_no_input() -> None:
    assert ask_command(python("import sys; print(len(sys.stdin.read()))")) == Secret("0")
