"""Logging in to a real server in every way that does not show the password, by IMAP and POP3."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

from accounts.incoming import Incoming
from core.errors import AuthenticationError
from tests.accounts.imap.conftest import place_on
from tests.accounts.mail_place import Place, letter, open_store
from tests.accounts.pop3.conftest import Drop, drop_on
from tests.servers.dovecot import Dovecot
from tests.servers.dovecot_options import Options


@pytest.fixture(scope="module")
def server(make_dovecot: Callable[..., Dovecot]) -> Dovecot:
    """A server that offers everything."""
    return make_dovecot(Options(extra="auth_mechanisms = plain login cram-md5 scram-sha-1 scram-sha-256\n"))


def with_method(place: Place, method: str) -> None:
    """From now on the account logs in so."""
    if isinstance(place, Drop):
        assert place.pop3 is not None
        place.pop3 = replace(place.pop3, method=method)
    else:
        place.way = replace(place.settings, method=method)


@pytest.mark.parametrize("method", ["scram-sha-256", "scram-sha-1", "cram-md5"])
@pytest.mark.parametrize("make", [place_on, drop_on])
def test_the_server_says_how_we_came_in(server: Dovecot, tmp_path: Path, make: Callable[[Dovecot], Place], method: str) -> None:
    place = make(server)
    place.put(letter())
    with_method(place, method)
    db = open_store(tmp_path)
    incoming: Incoming = place.incoming(db)
    assert incoming.sync().new == 1
    incoming.close()
    server.wait_for_log(f"user=<{place.user}>, method={method.upper()}")
    place.password = "wrong"
    with pytest.raises(AuthenticationError, match="login-refused"):
        place.incoming(db).sync()
    db.close()
