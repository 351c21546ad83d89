"""What screens, commands and the engine say to each other over the Unix socket.

One JSON object a line (UTF-8, at most LONGEST bytes). Whatever must survive is in the store; a lost line is harmless.

The caller begins with `{"hello": VERSION, "role": "screen" | "command"}`, the engine answers
`{"hello": VERSION, "pid": …, "version": …}`. Then requests `{"id": n, "do": …}`, answered in any order by
`{"id": n, "ok": …}` or `{"id": n, "error": {"class", "id", "values"}}`:

=========  =============================  ==================================================================
do         with                           answer
=========  =============================  ==================================================================
status                                    pid, since, accounts (uid → state, pending, error), outbox
look                                      true: operations, outbox or drafts have changed, hurry
sync       accounts: list of ids or null  after a full pass: a list of results as `correio sync --json`
halt       accounts: list of ids or null  true: passes that are going on end with `collecting-halted`; what has come is kept
fetch      message: row id, section: ""   true once the body (or one part) is in the store
give-up    message, section              true: nobody waits for that fetch any more; it answers `given-up`
search     folder: row id, query          messages (row ids) that the server finds and whose text is not here
access     folder: row id, who, letters   who may do what in the folder, after one person was given these letters ("": nothing)
subscriptions  account: id, path, subscribed  every folder of the server with true where it is subscribed, after `path` was or not
leave-list message: row id, uri           true: the uri of its header, agreed to by the user, took the one-click request
keep-event entry                          the address, once this entry of the schedule is in the calendar on its server
busy       uid, spans                     taken, whole, before: what the calendar on its server holds then, and the entry itself
password   credential, password, opens    true: kept in memory until the engine leaves; `opens`: it is the passphrase of the file
forget     credential                     true: no longer remembered; where it is kept it stays
reload                                    true: the settings file has changed
leave                                     true, then the engine ends; every version understands this
=========  =============================  ==================================================================

Events go to screens, at any time: `{"event": "progress", "account", "folder", "what", "done", "total"}` (of files that are
uploaded, in bytes, with "mail", the row in the outbox),
`{"event": "changed"}` (the store), `{"event": "settings"}` (the settings were read anew),
`{"event": "state", "account", "state"}`,
`{"event": "password", "what", "credential", "server", "user"}` (somebody should type it; `what` is the id of the
PasswordNeeded or login-refused) and `{"event": "outbox", "id", "state"}`.
"""

from __future__ import annotations

import json
import os
import socket
import struct
import sys
import threading
from typing import Any

VERSION = 1
LONGEST = 16 * 1024 * 1024
"""Bytes of a line; a longer one ends the connection. What a server finds in a folder of a million mails has room."""

Message = dict[str, Any]


class Line:
    """One end of a connection: sends and receives whole messages. Not for two readers at once."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self._buffer = bytearray()
        self._sending = threading.Lock()

    def send(self, message: Message) -> None:
        """Send one message. OSError when the other side is gone."""
        data = json.dumps(message, default=str, separators=(",", ":")).encode() + b"\n"
        with self._sending:  # answers and events come from several threads
            self.sock.sendall(data)

    def receive(self) -> Message | None:
        """The next message; None at the end, for nonsense, and for a line longer than LONGEST."""
        while True:
            end = self._buffer.find(b"\n")
            if end >= 0:
                line = bytes(self._buffer[:end])
                del self._buffer[: end + 1]
                try:
                    found = json.loads(line)
                except (ValueError, RecursionError):
                    return None
                return found if isinstance(found, dict) else None
            if len(self._buffer) > LONGEST:
                return None
            data = self.sock.recv(65536)
            if not data:
                return None
            self._buffer += data

    def close(self) -> None:
        """End the connection; a reader in another thread wakes up."""
        try:
            self.sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            self.sock.close()  # already gone: nothing is left to wake
            return
        self.sock.close()


def same_user(sock: socket.socket) -> bool:
    """Whether the other end of a Unix socket runs as this user (SO_PEERCRED, or LOCAL_PEERCRED on macOS and BSD)."""
    if sys.platform.startswith("linux"):
        _, uid, _ = struct.unpack("3i", sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i")))
        return bool(uid == os.getuid())
    data = sock.getsockopt(0, 1, 76)  # SOL_LOCAL, LOCAL_PEERCRED: struct xucred { version, uid, … }
    return bool(struct.unpack_from("2i", data)[1] == os.getuid())
