"""OAuth2: consent by code and by page, tokens that rotate, end and are revoked, providers that are slow, broken or gone."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from msgspec.structs import replace

from accounts.oauth import Device, OAuth, Tokens, provider_of
from accounts.secrets import SecretStore
from core.errors import AuthenticationError, CorreioError, NetworkError, PasswordNeeded, ProtocolError
from core.secret import Secret
from core.settings.schema import Credential
from crypto.credentials import CredentialFile, KeyFile
from tests.servers.authority import Authority
from tests.servers.authorization import ACCESS, CLIENT, REFRESH, SECRET, AuthorizationServer
from tui.consent import by_device, by_page, provider_name

NOW = 1_800_000_000.0


@pytest.fixture
def server(authority: Authority) -> Iterator[AuthorizationServer]:
    with AuthorizationServer(authority) as found:
        yield found


@pytest.fixture
def credential(server: AuthorizationServer, authority: Authority) -> Credential:
    return Credential(
        name="me", method="file", oauth="generic", client_id=CLIENT, authorize_url=f"{server.url}/authorize?x=y",
        token_url=f"{server.url}/token", device_url=f"{server.url}/device", scope="mail offline", trust=str(authority.file),
    )  # fmt: skip


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> float:
        return self.now


def test_a_code_on_another_device(server: AuthorizationServer, credential: Credential) -> None:
    said: list[str] = []
    pauses: list[float] = []

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 2:
            server.agreed.set()

    server.answers = [server.answer("/device", {"client_id": CLIENT}), (400, {"error": "slow_down"})]
    found = by_device(OAuth(credential, Secret(SECRET)), said.append, pause)
    assert found.access.reveal() == f"{ACCESS}-1"
    assert pauses == [6.0, 6.0]
    assert any("ABCD-1234" in one for one in said)
    assert any("█" in one for one in said)
    assert not any("canary" in one for one in said)
    assert server.requests[-1]["client_secret"] == SECRET


def test_a_page_and_an_address_that_is_pasted(server: AuthorizationServer, credential: Credential) -> None:
    client = OAuth(credential, Secret(SECRET))
    said: list[str] = []

    def pasted() -> str:
        url = next(one for one in said if one.startswith("https://"))
        query = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        assert (query["x"], query["client_id"], query["scope"], query["login_hint"]) == ("y", CLIENT, "mail offline", "me@x.org")
        server.challenge = query["code_challenge"]
        return f"  http://localhost/?state={query['state']}&co\n de=page-code&scope=mail  "

    assert by_page(client, "me@x.org", said.append, pasted).refresh.reveal() == f"{REFRESH}-1"
    page = client.begin_page()
    server.challenge = parse_qs(urlsplit(page.url).query)["code_challenge"][0]
    assert isinstance(client.end_page(page, "page-code"), Tokens)
    for text, id in {
        f"http://localhost/?state={page.state}&error=access_denied": "oauth-denied",
        "http://localhost/?state=other&code=page-code": "oauth-state-differs",
        f"http://localhost/?state={page.state}": "oauth-no-code",
        "": "oauth-no-code",
        "http://localhost/": "oauth-no-code",
        "wrong-code": "oauth-refused",
    }.items():
        with pytest.raises(AuthenticationError) as caught:
            client.end_page(page, text)
        assert caught.value.id == id, text


@pytest.mark.parametrize(
    ("answer", "kind", "id"),
    [
        ((500, "oops"), NetworkError, "server-unavailable"),
        ((503, {"error": "x"}), NetworkError, "server-unavailable"),
        ((429, {}), NetworkError, "server-unavailable"),
        ((400, {"error": "temporarily_unavailable"}), NetworkError, "server-unavailable"),
        ((200, "<html>"), ProtocolError, "oauth-senseless"),
        ((200, "[]"), ProtocolError, "oauth-senseless"),
        ((200, {"access_token": ""}), AuthenticationError, "oauth-refused"),
        ((400, {"error": "invalid_grant"}), AuthenticationError, "oauth-refused"),
        ((401, {"error": "invalid_client"}), AuthenticationError, "oauth-refused"),
    ],
)
def test_what_providers_answer(
    server: AuthorizationServer, credential: Credential, answer: tuple[int, object], kind: type[CorreioError], id: str
) -> None:
    server.answers = [answer]
    with pytest.raises(kind) as caught:
        OAuth(credential).renew(Secret("refresh-canary"))
    assert caught.value.id == id
    assert "canary" not in str(caught.value)


def test_a_code_that_nobody_types(server: AuthorizationServer, credential: Credential) -> None:
    clock = Clock()
    client = OAuth(credential, clock=clock)
    device = client.begin_device()
    assert isinstance(client.ask_device(device), Device)
    server.denied = True
    with pytest.raises(AuthenticationError) as caught:
        client.ask_device(device)
    assert caught.value.id == "oauth-denied"
    clock.now += 601
    with pytest.raises(AuthenticationError) as caught:
        client.ask_device(device)
    assert caught.value.id == "oauth-code-expired"
    with pytest.raises(AuthenticationError) as caught:
        OAuth(replace(credential, client_id="wrong")).begin_device()
    assert caught.value.id == "oauth-refused"


@pytest.fixture
def store(tmp_path: Path) -> SecretStore:
    return SecretStore({"file": CredentialFile(tmp_path / "c.json", KeyFile(tmp_path / "c.key"))}, clock=Clock())


def clock_of(store: SecretStore) -> Clock:
    assert isinstance(store._clock, Clock)
    return store._clock


def consent(store: SecretStore, server: AuthorizationServer, credential: Credential) -> None:
    """The person has agreed."""
    server.agreed.set()
    client = OAuth(credential, Secret(SECRET), clock=clock_of(store))
    found = client.ask_device(client.begin_device())
    assert isinstance(found, Tokens)
    store.tokens.keep(credential, found, Secret(SECRET))


def kept(store: SecretStore, credential: Credential) -> str:
    found = store._token_kept(credential)
    assert found is not None
    return str(json.loads(found.reveal())["refresh"])


def test_a_token_is_renewed_before_it_ends(server: AuthorizationServer, credential: Credential, store: SecretStore) -> None:
    with pytest.raises(PasswordNeeded) as caught:
        store.get(credential, "imap.example.org")
    assert caught.value.id == "oauth-needed"
    consent(store, server, credential)
    asked = len(server.requests)
    assert store.get(credential).reveal() == f"{ACCESS}-1"
    assert len(server.requests) == asked, "from memory"
    clock_of(store).now += 3400
    assert store.get(credential).reveal() == f"{ACCESS}-2"
    assert kept(store, credential) == f"{REFRESH}-2"
    assert server.requests[-1]["client_secret"] == SECRET, "kept with the refresh token"
    server.rotates = False
    clock_of(store).now += 3600
    assert store.get(credential).reveal() == f"{ACCESS}-3"
    assert kept(store, credential) == f"{REFRESH}-2", "the old one stays where none is given"


def test_the_new_refresh_token_is_stored_before_the_token_is_used(
    server: AuthorizationServer, credential: Credential, store: SecretStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    consent(store, server, credential)
    clock_of(store).now += 3600

    def full(name: str, secret: Secret) -> None:
        raise CorreioError("disk-full")

    monkeypatch.setattr(store._vault("file"), "put", full)
    with pytest.raises(CorreioError) as caught:
        store.get(credential)
    assert caught.value.id == "disk-full"
    assert "me" not in store.tokens._access or store.tokens._access["me"].access.reveal() == f"{ACCESS}-1"


def test_revoked(server: AuthorizationServer, credential: Credential, store: SecretStore) -> None:
    consent(store, server, credential)
    server.refresh = "revoked"
    clock_of(store).now += 3600
    with pytest.raises(PasswordNeeded) as caught:
        store.get(credential, "imap.example.org")
    assert caught.value.id == "oauth-needed"
    assert "canary" not in str(caught.value)
    consent(store, server, credential)
    assert store.get(credential)


def test_another_process_has_renewed_it(server: AuthorizationServer, credential: Credential, tmp_path: Path) -> None:
    vault = CredentialFile(tmp_path / "c.json", KeyFile(tmp_path / "c.key"))
    one, other = SecretStore({"file": vault}, clock=Clock()), SecretStore({"file": vault}, clock=Clock())
    consent(one, server, credential)
    assert other.get(credential).reveal() == f"{ACCESS}-2"
    clock_of(one).now += 3600
    assert one.get(credential).reveal() == f"{ACCESS}-3"


def test_a_token_that_a_mail_server_refuses(server: AuthorizationServer, credential: Credential, store: SecretStore) -> None:
    consent(store, server, credential)
    assert store.get(credential).reveal() == f"{ACCESS}-1"
    assert store.refused(credential) is True, "a new one is worth a try"
    assert store.get(credential).reveal() == f"{ACCESS}-2"
    assert store.refused(credential) is False, "that was the new one"
    clock_of(store).now += 601
    assert store.get(credential)
    assert store.refused(credential) is True, "an hour later it is another matter"


def test_the_old_token_refused_twice_costs_no_new_one(
    server: AuthorizationServer, credential: Credential, store: SecretStore
) -> None:
    """By the mail server and by the sending server, or by two accounts: the second hears of it when the first has a new one."""
    consent(store, server, credential)
    store.get(credential)

    def first() -> None:
        store.get(credential)
        assert store.refused(credential) is True
        assert store.get(credential).reveal() == f"{ACCESS}-2"

    thread = threading.Thread(target=first)
    thread.start()
    thread.join()
    assert store.refused(credential) is True, "the person need not agree anew"
    assert store.get(credential).reveal() == f"{ACCESS}-2"
    assert store.refused(credential) is False, "that was the new one"


def test_a_provider_that_is_slow_is_asked_once(server: AuthorizationServer, credential: Credential, store: SecretStore) -> None:
    consent(store, server, credential)
    clock_of(store).now += 3600
    asked = len(server.requests)
    server.held = threading.Event()
    found: list[str] = []
    threads = [threading.Thread(target=lambda: found.append(store.get(credential).reveal())) for _ in range(4)]
    for thread in threads:
        thread.start()
    server.held.set()
    for thread in threads:
        thread.join()
    assert found == [f"{ACCESS}-2"] * 4
    assert len(server.requests) == asked + 1


def test_without_a_lasting_consent_nothing_is_kept(store: SecretStore, credential: Credential) -> None:
    with pytest.raises(AuthenticationError) as caught:
        store.tokens.keep(credential, Tokens(Secret("x"), NOW, Secret("")))
    assert caught.value.id == "oauth-no-refresh"


def test_nothing_in_clear_in_the_files(
    server: AuthorizationServer, credential: Credential, store: SecretStore, tmp_path: Path
) -> None:
    consent(store, server, credential)
    store.get(credential)
    assert repr(store.tokens._access).count("canary") == 0
    for path in tmp_path.rglob("*"):
        assert path.is_dir() or b"canary" not in path.read_bytes()


def test_the_known_providers() -> None:
    own = provider_of(Credential(name="x", oauth="microsoft", client_id="y", tenant="consumers"))
    assert own.token_url == "https://login.microsoftonline.com/consumers/oauth2/v2.0/token"
    assert own.device_url.endswith("/devicecode") and "offline_access" in own.scope
    google = OAuth(Credential(name="x", oauth="google", client_id="y"))
    assert not google.has_codes
    assert "access_type=offline" in google.begin_page().url
    hosts = {"imap.gmail.com": "google", "outlook.office365.com": "microsoft", "imap.mail.yahoo.com": "yahoo", "a.b": "generic"}
    assert {host: provider_name(host) for host in hosts} == hosts


def test_a_typed_password_is_remembered_for_as_long_as_is_set() -> None:
    clock = Clock()
    store = SecretStore({}, clock=clock)
    asked = Credential(name="typed", minutes=10)
    store.put(asked, Secret("word"))
    clock.now += 599
    assert store.get(asked).reveal() == "word"
    clock.now += 2
    with pytest.raises(PasswordNeeded):
        store.get(asked)
    store.put(asked, Secret("word"))
    store.drop("typed")
    with pytest.raises(PasswordNeeded):
        store.get(asked)
