"""Tests of the IMAP accounts."""
