"""Talking to servers: IMAP, SMTP, discovery, secrets, the engine."""
