"""The credential file gives secrets back to who may have them, and to nobody else."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from core.errors import CryptoError, PasswordNeeded
from core.secret import Secret
from crypto.credentials import CredentialFile, KeyFile, Lock, OwnKey, Passphrase
from crypto.gpg import Gpg

WORD = Secret("correct horse")


def passphrase(text: str) -> Passphrase:
    return Passphrase(lambda: Secret(text))


@pytest.fixture(params=["file", "passphrase", "gpg"])
def lock(request: pytest.FixtureRequest, tmp_path: Path) -> Lock:
    if request.param == "file":
        return KeyFile(tmp_path / "credentials.key")
    if request.param == "passphrase":
        return passphrase("open sesame")
    gpg, fingerprint = request.getfixturevalue("own_key")
    return OwnKey(gpg, fingerprint)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "secrets" / "credentials.json"


def failure(use: Callable[[], object]) -> str:
    with pytest.raises(CryptoError) as caught:
        use()
    return caught.value.id


def test_secrets_come_back(path: Path, lock: Lock) -> None:
    file = CredentialFile(path, lock)
    assert file.get("me") is None
    file.put("me", WORD)
    file.put("you", Secret("ü\udcff"))
    again = CredentialFile(path, lock)
    assert again.get("me") == WORD
    assert again.get("you") == Secret("ü\udcff")
    assert again.names() == ("me", "you")
    assert again.forget("me")
    assert not again.forget("me")
    assert file.names() == ("you",)
    assert file.place() == str(path)


def test_the_file_is_private_and_shows_nothing(path: Path, lock: Lock) -> None:
    CredentialFile(path, lock).put("me", WORD)
    for file in (*path.parent.iterdir(), *path.parent.parent.glob("*.key")):
        assert file.stat().st_mode & 0o777 == 0o600, file
        assert b"horse" not in file.read_bytes()
        assert b'"me"' not in file.read_bytes()


def test_the_key_is_of_use_only_with_the_file_it_was_made_for(path: Path, tmp_path: Path) -> None:
    CredentialFile(path, KeyFile(tmp_path / "one.key")).put("me", WORD)
    other = KeyFile(tmp_path / "two.key")
    CredentialFile(tmp_path / "other.json", other).put("me", WORD)
    assert failure(lambda: CredentialFile(path, other).get("me")) == "credential-file-damaged"
    assert failure(lambda: CredentialFile(path, other).put("you", WORD)) == "credential-file-damaged"


def test_without_its_key_the_file_is_not_written_over(path: Path, tmp_path: Path) -> None:
    key = KeyFile(tmp_path / "one.key")
    file = CredentialFile(path, key)
    file.put("me", WORD)
    before = path.read_bytes()
    key.path.unlink()
    assert failure(lambda: file.get("me")) == "credential-key-missing"
    assert failure(lambda: file.put("you", WORD)) == "credential-key-missing"
    assert path.read_bytes() == before
    key.path.write_bytes(b"nonsense")
    assert failure(lambda: file.get("me")) == "credential-file-damaged"


def test_a_wrong_passphrase_changes_nothing(path: Path) -> None:
    CredentialFile(path, passphrase("right")).put("me", WORD)
    before = path.read_bytes()
    wrong = CredentialFile(path, passphrase("wrong"))
    assert failure(lambda: wrong.get("me")) == "wrong-passphrase"
    assert failure(lambda: wrong.put("me", WORD)) == "wrong-passphrase"
    assert path.read_bytes() == before


def test_who_has_not_typed_the_passphrase_is_asked_for_it(path: Path) -> None:
    CredentialFile(path, passphrase("right")).put("me", WORD)

    def nobody() -> Secret:
        raise PasswordNeeded("password-needed", credential="passphrase", server="", answer="")

    with pytest.raises(PasswordNeeded):
        CredentialFile(path, Passphrase(nobody)).get("me")


def test_the_lock_can_be_changed(path: Path, tmp_path: Path) -> None:
    file = CredentialFile(path, passphrase("old"))
    file.put("me", WORD)
    file.change_lock(passphrase("new"))
    assert CredentialFile(path, passphrase("new")).get("me") == WORD
    assert failure(lambda: CredentialFile(path, passphrase("old")).get("me")) == "wrong-passphrase"
    file.change_lock(KeyFile(tmp_path / "key"))
    assert failure(lambda: CredentialFile(path, passphrase("new")).get("me")) == "credential-other-lock"
    assert CredentialFile(path, KeyFile(tmp_path / "key")).get("me") == WORD


@pytest.mark.parametrize("at", [0.2, 0.5, 0.9])
def test_a_changed_byte_is_noticed(path: Path, lock: Lock, at: float) -> None:
    file = CredentialFile(path, lock)
    file.put("me", WORD)
    told = json.loads(path.read_text())
    place = int(len(told["sealed"]) * at)
    old = told["sealed"][place]
    told["sealed"] = told["sealed"][:place] + ("A" if old != "A" else "B") + told["sealed"][place + 1 :]
    path.write_text(json.dumps(told))
    assert failure(lambda: file.get("me"))


@pytest.mark.parametrize("content", ["", "x", "[]", "{}", '{"correio-credentials": 2}', "\xff"])
def test_a_file_of_another_kind(path: Path, content: str) -> None:
    path.parent.mkdir()
    path.write_text(content, "latin-1")
    assert failure(lambda: CredentialFile(path, passphrase("x")).get("me")) == "credential-file-damaged"


def test_a_salt_that_is_none(path: Path) -> None:
    file = CredentialFile(path, passphrase("x"))
    file.put("me", WORD)
    path.write_text(path.read_text().replace('"salt": "', '"salt": "x'))
    assert failure(lambda: file.get("me")) == "credential-file-damaged"


def test_a_place_that_cannot_be_read_or_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    below = CredentialFile(tmp_path / "file" / "credentials.json", passphrase("x"))
    assert failure(lambda: below.put("me", WORD)) == "credential-file-unwritable"
    (tmp_path / "folder.json").mkdir()
    folder = CredentialFile(tmp_path / "folder.json", passphrase("x"))
    assert failure(lambda: folder.get("me")) == "credential-file-unreadable"


def test_two_writers_do_not_lose_each_others_secrets(path: Path, tmp_path: Path) -> None:
    lock = KeyFile(tmp_path / "key")

    def write(number: int) -> None:
        CredentialFile(path, lock).put(f"n{number}", WORD)

    writers = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert len(CredentialFile(path, lock).names()) == 8


def test_a_file_opens_without_naming_the_key(path: Path, own_key: tuple[Gpg, str]) -> None:
    gpg, fingerprint = own_key
    CredentialFile(path, OwnKey(gpg, fingerprint)).put("me", WORD)
    assert CredentialFile(path, OwnKey(gpg, "")).get("me") == WORD
