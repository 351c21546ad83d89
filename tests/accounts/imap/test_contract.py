"""The contract of incoming accounts, on Dovecot whole and bare, and on the demo server."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.accounts.imap.conftest import Demo, place_on
from tests.accounts.incoming_contract import ChangesContract, IncomingContract, SearchContract
from tests.accounts.mail_place import Place
from tests.servers.dovecot import Dovecot


class TestDovecot(IncomingContract, ChangesContract, SearchContract):
    @pytest.fixture
    def place(self, dovecot: Dovecot) -> Place:
        return place_on(dovecot)


class TestBareDovecot(IncomingContract, ChangesContract, SearchContract):
    @pytest.fixture
    def place(self, bare_dovecot: Dovecot) -> Place:
        return place_on(bare_dovecot)


class TestDemo(IncomingContract, ChangesContract, SearchContract):
    @pytest.fixture
    def place(self, make_demo: Callable[..., Demo]) -> Place:
        return make_demo().place
