"""The back room: the process that carries the store to and from the servers while screens come and go."""
