"""IMAP accounts: the line, folders, synchronisation, and the replay of what the user changed."""
