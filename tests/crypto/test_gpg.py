"""The door to GnuPG lets nothing through that gpg is not content with."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from core.errors import CryptoError
from core.secret import Secret
from crypto.gpg import Gpg, has_gpg

TEXT = "Grüße\nund mehr\n".encode() * 50
NOBODY = "0123456789ABCDEF0123456789ABCDEF01234567"


def failure(gpg: Gpg, data: bytes, passphrase: Secret | None = None) -> str:
    with pytest.raises(CryptoError) as caught:
        gpg.decrypt(data, passphrase)
    return caught.value.id


def test_what_is_encrypted_to_a_key_opens_with_it(own_key: tuple[Gpg, str]) -> None:
    gpg, fingerprint = own_key
    sealed = gpg.encrypt_to([fingerprint.lower()], TEXT)
    assert sealed.startswith(b"-----BEGIN PGP MESSAGE-----")
    assert gpg.decrypt(sealed) == TEXT


def test_own_keys_are_listed(own_key: tuple[Gpg, str]) -> None:
    gpg, fingerprint = own_key
    (key,) = gpg.secret_keys()
    assert (key.fingerprint, key.people, key.expires, key.encrypts) == (
        fingerprint,
        ("Ana <ana@example.org>",),
        None,
        True,
    )


@pytest.mark.parametrize("name", ["ana@example.org", NOBODY[-16:], NOBODY + "!", "--version", ""])
def test_only_full_fingerprints_are_taken(own_key: tuple[Gpg, str], name: str) -> None:
    with pytest.raises(CryptoError) as caught:
        own_key[0].encrypt_to([name], TEXT)
    assert caught.value.id == "not-a-fingerprint"
    with pytest.raises(CryptoError):
        own_key[0].encrypt_to([], TEXT)


def test_one_unknown_key_among_several_encrypts_to_none(own_key: tuple[Gpg, str]) -> None:
    gpg, fingerprint = own_key
    with pytest.raises(CryptoError) as caught:
        gpg.encrypt_to([fingerprint, NOBODY], TEXT)
    assert caught.value.id == "gpg-refused"


def test_a_passphrase_opens_what_it_closed(own_key: tuple[Gpg, str]) -> None:
    gpg, _ = own_key
    sealed = gpg.symmetric(TEXT, Secret("open sesame"))
    assert gpg.decrypt(sealed, Secret("open sesame")) == TEXT


def test_a_wrong_or_missing_passphrase(own_key: tuple[Gpg, str], tmp_path: Path) -> None:
    # Another home, since the agent remembers the passphrase it has just used.
    sealed = own_key[0].symmetric(TEXT, Secret("open sesame"))
    home = tmp_path / "g"
    home.mkdir(mode=0o700)
    other = Gpg(home)
    try:
        assert failure(other, sealed, Secret("wrong")) == "gpg-wrong-passphrase"
        assert failure(other, sealed) in ("gpg-passphrase-needed", "gpg-wrong-passphrase")
    finally:
        subprocess.run(["gpgconf", "--homedir", home, "--kill", "all"], check=False)
    with pytest.raises(CryptoError) as caught:
        other.symmetric(TEXT, Secret(""))
    assert caught.value.id == "gpg-passphrase-needed"


def test_mail_for_somebody_else(own_key: tuple[Gpg, str], tmp_path: Path) -> None:
    gpg, fingerprint = own_key
    sealed = gpg.encrypt_to([fingerprint], TEXT)
    home = tmp_path / "g"
    home.mkdir(mode=0o700)
    assert failure(Gpg(home), sealed) == "gpg-no-key"


def test_no_plaintext_comes_out_of_a_changed_message(own_key: tuple[Gpg, str]) -> None:
    """A bit flipped near the end: gpg prints the text before it finds out."""
    gpg, fingerprint = own_key
    sealed = gpg.encrypt_to([fingerprint], b"x" * 100_000)
    binary = subprocess.run(["gpg", "--dearmor"], input=sealed, capture_output=True, check=True).stdout
    broken = bytearray(binary)
    broken[-8] ^= 1
    assert failure(gpg, bytes(broken)).startswith("gpg-")


@pytest.mark.parametrize("data", [b"", b"hello", b"-----BEGIN PGP MESSAGE-----\n\nAAAA\n-----END PGP MESSAGE-----\n"])
def test_what_is_no_message(own_key: tuple[Gpg, str], data: bytes) -> None:
    assert failure(own_key[0], data).startswith("gpg-")


def test_no_gpg() -> None:
    assert not has_gpg("no-such-program")
    with pytest.raises(CryptoError) as caught:
        Gpg(program="no-such-program").secret_keys()
    assert caught.value.id == "no-gpg"


def test_python_gnupg_is_imported_late() -> None:
    code = "import sys, crypto.gpg, crypto.credentials; print([m for m in ('gnupg', 'cryptography') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
