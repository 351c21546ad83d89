"""The keyring is used only where it protects something."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from accounts.keyrings import KeyringVault, is_keyring_usable, is_safe, safe_backend
from core.errors import CryptoError
from core.secret import Secret

keyring = pytest.importorskip("keyring", reason="the keyring package is not installed")


class Ring(keyring.backend.KeyringBackend):  # type: ignore[misc, name-defined]
    """A keyring in memory."""

    # The package chooses among all classes that there are: not these, of which no other test must hear.
    priority = -2
    name = "a ring"

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[service, username]


class Locked(Ring):
    def set_password(self, service: str, username: str, password: str) -> None:
        raise keyring.errors.KeyringLocked("the collection is locked")


class Forgetful(Ring):
    def set_password(self, service: str, username: str, password: str) -> None:
        pass


def test_secrets_are_kept_and_forgotten() -> None:
    ring = Ring()
    vault = KeyringVault(ring)
    assert vault.get("me") is None
    vault.put("me", Secret("x"))
    assert ring.kept == {("correio", "me"): "x"}
    assert vault.get("me") == Secret("x")
    assert vault.forget("me")
    assert not vault.forget("me")
    assert vault.place() == "a ring"


def test_a_ring_that_works_is_usable_and_left_clean() -> None:
    ring = Ring()
    assert is_keyring_usable(30, ring)
    assert ring.kept == {}


@pytest.mark.parametrize("ring", [Locked(), Forgetful()])
def test_rings_that_do_not_keep_are_not_usable(ring: Ring) -> None:
    assert not is_keyring_usable(30, ring)


def test_a_ring_that_waits_for_a_click_is_not_usable() -> None:
    clicked = threading.Event()

    class Waiting(Ring):
        def set_password(self, service: str, username: str, password: str) -> None:
            clicked.wait(60)

    assert not is_keyring_usable(0.1, Waiting())
    clicked.set()


def test_a_locked_ring_says_so_without_the_secret() -> None:
    with pytest.raises(CryptoError) as caught:
        KeyringVault(Locked()).put("me", Secret("geheim"))
    assert caught.value.id == "keyring-refused"
    assert caught.value.__cause__ is None
    assert "geheim" not in str(caught.value)


def plain_text_backend() -> Any:
    return type("PlaintextKeyring", (Ring,), {"__module__": "keyrings.alt.file"})()


@pytest.mark.parametrize("name", ["fail", "null"])
def test_backends_that_protect_nothing_are_refused(name: str) -> None:
    module = pytest.importorskip(f"keyring.backends.{name}")
    assert not is_safe(module.Keyring())
    with pytest.raises(CryptoError) as caught:
        KeyringVault(module.Keyring())
    assert caught.value.id == "keyring-unusable"


def test_plain_text_is_refused_also_inside_a_chain() -> None:
    assert not is_safe(plain_text_backend())
    before = keyring.get_keyring()
    try:
        chain = Ring()
        good = Ring()
        chain.backends = [plain_text_backend(), good]
        keyring.set_keyring(chain)
        assert safe_backend() is good
        chain.backends = [plain_text_backend()]
        assert safe_backend() is None
        with pytest.raises(CryptoError):
            KeyringVault()
        assert not is_keyring_usable(30)
    finally:
        keyring.set_keyring(before)
