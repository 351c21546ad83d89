"""Tests of the IMAP accounts."""

from __future__ import annotations

import pytest

pytest.register_assert_rewrite("tests.accounts.incoming_contract", "tests.accounts.mail_place")
