"""Small mails for the tests of the store."""

from __future__ import annotations


def mail(
    subject: str = "Release on Friday?", *, id: str = "a@example.org", sender: str = "Ana Sousa <ana@example.org>",
    to: str = "me@example.org", references: str = "", body: str = "Shall we?",
    date: str = "Tue, 10 Mar 2026 10:42:00 +0000",
) -> bytes:  # fmt: skip
    """A mail with the given header values, CRLF line ends."""
    lines = [f"From: {sender}", f"To: {to}", f"Subject: {subject}", f"Date: {date}"]
    if id:
        lines.append(f"Message-ID: <{id}>")
    if references:
        names = references.split()
        lines.append("References: " + " ".join(f"<{name}>" for name in names))
        lines.append(f"In-Reply-To: <{names[-1]}>")
    return ("\r\n".join(lines) + "\r\n\r\n" + body + "\r\n").encode()
