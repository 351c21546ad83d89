"""The query language: parsed once into a small tree; from it SQL over the store, IMAP SEARCH and a test of one message."""
