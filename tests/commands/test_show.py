"""`correio show`: what is known of who really wrote stands above the text, and in its JSON."""

from __future__ import annotations

from pathlib import Path

from tests.commands.house import House, letter

FORGED = (
    b"Authentication-Results: mx.example.org; dmarc=fail header.from=bank.example\r\n"
    b'From: "service@bank.example" <x@evil.example>\r\nReply-To: y@other.example\r\nTo: me@example.org\r\nSubject: Account\r\n'
    b"Message-ID: <forged@evil.example>\r\nDate: Wed, 11 Mar 2026 10:42:00 +0000\r\nMIME-Version: 1.0\r\n"
    b'Content-Type: text/html\r\n\r\n<p>See <a href="https://evil.example/x">https://bank.example/</a></p>\r\n'
)
HONEST = b"Authentication-Results: mx.example.org; dmarc=pass header.from=farol.example\r\n"


def test_who_really_wrote(house: House, tmp_path: Path) -> None:
    (tmp_path / "1.eml").write_bytes(FORGED)
    (tmp_path / "2.eml").write_bytes(HONEST + letter())
    house.run("import", str(tmp_path / "1.eml"), str(tmp_path / "2.eml"), "--into", "Inbox")
    house.run("config", "set", "account.loc.authserv", "mx.example.org")
    said = house.run("show", "<forged@evil.example>").stdout
    head, _, text = said.partition("\n\n")
    assert "! The name shows service@bank.example, but the address is x@evil.example." in head.splitlines()
    assert "! Answers go to y@other.example, not to x@evil.example." in head and "! A link shows bank.example" in head
    assert "See" in text and "✓" not in said
    assert not house.run("show", "<forged@evil.example>", "--text").stdout.startswith("!")
    facts = house.json("show", "<forged@evil.example>")
    assert (facts["vouched"], facts["subject"], facts["from"]) == ("", "Account", ['"service@bank.example" <x@evil.example>'])
    assert {one["id"] for one in facts["findings"] if one["warning"]} >= {"name-shows-address", "reply-elsewhere", "links-lie"}
    assert facts["links"][0] == {"number": 1, "target": "https://evil.example/x", "shows": "bank.example"}
    said = house.run("show", "<lunch@farol.example>").stdout
    assert "\n✓ farol.example\n\nAt one?" in said and "!" not in said.partition("\n\n")[0]
    facts = house.json("show", "<lunch@farol.example>")
    assert facts["vouched"] == "farol.example" and facts["text"].strip() == "At one?" and facts["attachments"] == []
