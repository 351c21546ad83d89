"""The demo: small IMAP and SMTP servers on the loopback, with sample mail and people who answer."""
