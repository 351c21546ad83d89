"""Templates on a real server, what a sender adds to its mail on the wire, and copies that go to an address only."""

from __future__ import annotations

import email
import email.policy
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from core.settings.file import save
from core.store import outbox
from tests.commands.house import House, PostOffice
from tests.pictures import png

pytestmark = pytest.mark.server

OFFER = (
    "From: Ana <ana@farol.example>\r\nTo: {to}\r\nSubject: Offer for {{name}}\r\nMessage-ID: <offer@farol.example>\r\n"
    "Date: Tue, 10 Mar 2026 10:42:00 +0000\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
    "--b\r\n\r\nDear {{first_name|friend}},\r\nsee the file.\r\n--b\r\nContent-Type: application/pdf; name=offer.pdf\r\n"
    "Content-Disposition: attachment; filename=offer.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\nJVBERi0=\r\n--b--\r\n"
)


def parsed(raw: bytes) -> Any:
    return email.message_from_bytes(raw, policy=email.policy.default)


def test_templates_live_on_the_server_and_mails_begin_from_them(post: PostOffice) -> None:
    post.dovecot.deliver(post.mailbox, OFFER.format(to=post.mailbox.address).encode())
    post.sync()
    made = post.json("template", "save", "Offer", "--message", "<offer@farol.example>")
    assert (made["name"], made["subject"]) == ("Offer", "Offer for {name}")
    post.sync()
    [kept] = post.server_flags("Templates").items()
    assert "\\Draft" in kept[1], "as other programs keep theirs"
    with post.dovecot.client(post.mailbox, "Templates") as client:
        [on_server] = client.fetch(client.search(), ["BODY.PEEK[]"]).values()
    assert parsed(on_server[b"BODY[]"])["X-Correio-Template"] == "Offer"
    save(post.home.settings_file, lambda old: replace(old, identities=(replace(
        old.identities[0], name="Café Me", organisation="Café", signature="Me\nLisboa", footer=True, footer_text="Café, Lda.",
        on_behalf_of="The Café <cafe@farol.example>", return_path="back@farol.example", card=True, receipts=True,
    ),)))  # fmt: skip
    said = post.json("send", "--template", "offer", "--to", "Rui Barros <rui@farol.example>", "--wait")
    assert said["state"] == "sent"
    [delivery] = post.smtp.deliveries
    assert delivery.raw == post.ask(lambda db: outbox.wire(db, said["id"])), "the bytes that were fixed are what came"
    assert (delivery.sender, delivery.recipients) == ("back@farol.example", ("rui@farol.example",))
    mail = parsed(delivery.raw)
    assert (mail["From"], mail["Sender"]) == ("The Café <cafe@farol.example>", f"Café Me <{post.mailbox.address}>")
    assert (mail["Subject"], mail["To"]) == ("Offer for Rui Barros", "Rui Barros <rui@farol.example>")
    assert mail["Disposition-Notification-To"] == post.mailbox.address
    text = mail.get_body().get_content().replace("\r\n", "\n")
    assert text == "Dear Rui,\nsee the file.\n\n-- \nMe\nLisboa\n\nCafé, Lda.\n"
    assert [(one.get_filename(), one.get_content_type()) for one in mail.iter_attachments()] == [
        ("offer.pdf", "application/pdf"), ("card.vcf", "text/vcard"),
    ]  # fmt: skip
    assert b"X-Correio" not in delivery.raw
    assert [one["name"] for one in post.json("template")] == ["Offer"], "using it did not change it"
    post.run("template", "rename", "Offer", "--to", "Angebot")
    post.run("template", "show", "offer", status=3)
    post.sync()
    assert len(post.server_flags("Templates")) == 1
    post.run("template", "delete", "angebot")
    post.sync()
    assert not post.server_flags("Templates") and post.json("template") == []


def test_a_mail_with_a_hole_in_it_is_not_sent(cut_off: House, tmp_path: Path) -> None:
    (tmp_path / "offer.eml").write_bytes(OFFER.format(to="ana@farol.example").encode())
    house = cut_off
    house.run("account", "add", "--kind", "local", "--email", "me@example.org", "--name", "loc")
    house.run("import", str(tmp_path / "offer.eml"), "--into", "loc/Inbox")
    house.run("template", "save", "Offer", "--message", "<offer@farol.example>")
    send = ("send", "--from", "me@example.org", "--template", "Offer")
    refused = house.run(*send, "--to", "rui@farol.example", status=1)
    assert "{name}" in refused.stderr and "{first_name" not in refused.stderr, "for that one it has another word"
    assert "Offer" in refused.stderr and "Name <address>" in refused.stderr
    assert house.json("outbox") == []
    house.run(*send, "--to", "rui@farol.example", "--subject", "{name}")
    house.run(*send, "--cc", "Rui Barros <rui@farol.example>", "--to", "Eva <eva@farol.example>")
    assert [one["subject"] for one in house.json("outbox")] == ["{name}", "Offer for Eva"], "one's own words stay as they are"


def test_a_template_is_signed_by_who_sends_it(cut_off: House, tmp_path: Path) -> None:
    """Not by the one for whom it was written."""
    (tmp_path / "offer.eml").write_bytes(OFFER.format(to="ana@farol.example").encode().replace(b"ana@farol", b"me@example", 1))
    house = cut_off
    house.run("account", "add", "--kind", "local", "--email", "me@example.org", "--name", "loc")

    def change(old: Any) -> Any:
        me = replace(old.identities[0], signature="Signed me")
        other = replace(me, id="0123abcd", address="other@example.org", signature="Signed other")
        return replace(old, identities=(me, other))

    save(house.home.settings_file, change)
    house.run("import", str(tmp_path / "offer.eml"), "--into", "loc/Inbox")
    house.run("template", "save", "Offer", "--message", "<offer@farol.example>")
    for sender in ("me", "other"):
        send = ("send", "--template", "Offer", "--to", "Eva <eva@farol.example>", "--from", f"{sender}@example.org")
        made = house.json(*send)
        sent = parsed(house.ask(lambda db, id=made["id"]: outbox.wire(db, id)))
        assert sent["From"].addresses[0].addr_spec == f"{sender}@example.org"
        assert [line for line in str(sent).splitlines() if line.startswith("Signed")] == [f"Signed {sender}"]


def test_a_copy_to_an_address_only_leaves_nothing_here(post: PostOffice) -> None:
    def change(old: Any) -> Any:
        return replace(old, accounts=(replace(old.accounts[0], sent_copy="none", sent_bcc="archive@farol.example"),))

    save(post.home.settings_file, change)
    post.smtp.plan.refusals["later@farol.example"] = "450 later"
    words = ("send", "--to", "rui@farol.example", "--to", "later@farol.example", "--subject", "Secret plan")
    said = post.json(*words, "--wait", stdin="Nobody keeps this.\n", status=1)
    assert said["state"] == "waiting"
    assert post.ask(lambda db: outbox.wire(db, said["id"])), "somebody is still to get it"
    post.smtp.plan.refusals.clear()
    post.run("outbox", "retry", str(said["id"]))
    post.sync()
    first, second = post.smtp.deliveries
    assert set(first.recipients) == {"rui@farol.example", "archive@farol.example"}
    assert second.recipients == ("later@farol.example",)
    assert b"archive@" not in first.raw and b"Nobody keeps this." in first.raw and first.raw == second.raw
    assert post.json("outbox", "--all")[0]["state"] == "sent"
    assert post.ask(lambda db: (outbox.wire(db, said["id"]), outbox.copy(db, said["id"]), outbox.get(db, said["id"]).draft)) == (
        b"", b"", "",
    )  # fmt: skip
    assert not post.server_flags("Sent") and post.run("count", "*").stdout == "0\n"


def test_markdown_goes_as_text_and_html(post: PostOffice, tmp_path: Path) -> None:
    (tmp_path / "logo.png").write_bytes(png(3, 2))
    body = f"**Soup** at [one]{{red}}\n\n![logo]({tmp_path}/logo.png)\n"
    post.run("send", "--markdown", "--to", "rui@farol.example", "--subject", "Lunch", "--wait", stdin=body)
    [delivery] = post.smtp.wait_for(1)
    mail = parsed(delivery.raw)
    html = mail.get_body(("html",)).get_content()
    assert "<strong>Soup</strong>" in html and 'src="cid:' in html
    assert mail.get_body(("plain",)).get_content().startswith("**Soup** at one\r\n")
    assert any(part.get_content_type() == "image/png" for part in mail.walk())
