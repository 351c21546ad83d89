"""Whose certificates nobody checks: it stands in the header as long as it is so."""

from __future__ import annotations

from msgspec.structs import replace

from core.settings import Account, Server, Settings


def test_servers_that_are_believed_whatever_they_show() -> None:
    sure = Server(kind="smtp", host="smtp.example.org", user="x")
    blind = replace(sure, id="0000000a", host="blind.example.org", trust="ignore")
    account = Account(name="me", kind="local", outgoing=sure)
    assert Settings(accounts=(account,)).unchecked() == ()
    assert Settings(accounts=(account,), outgoing=(blind,)).unchecked() == ("blind.example.org",)
    assert Settings(accounts=(account,), outgoing=(replace(blind, active=False),)).unchecked() == ()
    assert Settings(accounts=(replace(account, outgoing=replace(blind, security="none")),)).unchecked() == ()
