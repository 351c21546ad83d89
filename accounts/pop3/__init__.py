"""POP3 (RFC 1939): the Inbox of a server, collected into folders of this machine."""
