"""Which Unix users a test server runs as: root may not own mail, a normal user can be nobody else."""

from __future__ import annotations

import grp
import os
import pwd

from tests.servers.mailbox import Owner


def service_users() -> tuple[Owner, Owner]:
    """(user of the server's own processes, owner of the mail).

    Started by root, Dovecot refuses to serve mail as root and wants users of its own: those that its package
    makes where they exist, else `nobody`. Started by anybody else, everything is that user.
    """
    if os.geteuid() != 0:
        me = _owner(pwd.getpwuid(os.geteuid()))
        return me, me
    return _owner(_first("dovecot", "_dovecot", "nobody")), _owner(_first("nobody", "daemon"))


def _first(*names: str) -> pwd.struct_passwd:
    for name in names:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise LookupError(f"none of the users {', '.join(names)} exists")


def _owner(entry: pwd.struct_passwd) -> Owner:
    return Owner(entry.pw_name, grp.getgrgid(entry.pw_gid).gr_name, entry.pw_uid, entry.pw_gid)
