"""The configuration that the tests' Dovecot runs with, for 2.3."""

from __future__ import annotations

from pathlib import Path

from tests.servers.authority import Certificate
from tests.servers.dovecot_options import ROLES, Options, Ports, listeners
from tests.servers.mailbox import Owner


def render(
    folder: Path,
    ports: Ports,
    certificate: Certificate,
    service: Owner,
    owner: Owner,
    options: Options,
) -> str:
    """The text of dovecot.conf."""
    plugins = "zlib quota" if options.quota else "zlib"
    parts = [
        _COMMON.format(
            folder=folder,
            service=service,
            owner=owner,
            certificate=certificate,
            ssl="required" if options.guarded else "yes",
            guarded="yes" if options.guarded else "no",
            address=options.address,
            plugins=plugins,
            location="mdbox:~/mdbox\nmail_fsync = never" if options.packed else "maildir:~/mail:LAYOUT=fs:INBOX=~/inbox",
        ),
        listeners(ports, "chroot =", "service_count = 0"),
        _namespace(options),
    ]
    if options.capability:
        parts.append(f"imap_capability = {options.capability}\n")
    if options.quota:
        parts.append(_QUOTA.format(limit=options.quota))
    return "".join((*parts, options.extra, "\n"))


def _namespace(options: Options) -> str:
    roles = ROLES.items() if options.special_use else ()
    folders = "".join(f"  mailbox {name} {{\n    special_use = {use}\n    auto = subscribe\n  }}\n" for name, use in roles)
    return f"namespace inbox {{\n  inbox = yes\n  separator = {options.separator}\n{folders}}}\n"


_QUOTA = """\
plugin {{
  quota = maildir:User quota
  quota_rule = *:storage={limit}
  quota_grace = 0
}}
protocol imap {{
  mail_plugins = $mail_plugins imap_quota
}}
"""

# The anvil listener with mode 0 turns off the growing delays after failed log-ins.
_COMMON = """\
base_dir = {folder}/run
state_dir = {folder}/run
log_path = /dev/stderr
instance_name = correio-tests
protocols = imap pop3 sieve
listen = {address}
default_internal_user = {service.name}
default_internal_group = {service.group}
default_login_user = {service.name}
first_valid_uid = 1
first_valid_gid = 1
mail_uid = {owner.uid}
mail_gid = {owner.gid}
mail_location = {location}
mail_plugins = {plugins}
mail_max_userip_connections = 1000
mailbox_list_index = yes
mail_attribute_dict = file:%h/attributes
ssl = {ssl}
disable_plaintext_auth = {guarded}
ssl_cert = <{certificate.chain}
ssl_key = <{certificate.key}
auth_mechanisms = plain login
auth_failure_delay = 0
passdb {{
  driver = passwd-file
  args = {folder}/passwords/%u
}}
userdb {{
  driver = static
  args = uid={owner.uid} gid={owner.gid} home={folder}/homes/%u allow_all_users=yes
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
protocol imap {{
  mail_plugins = {plugins} imap_zlib
  imap_metadata = yes
}}
protocol lda {{
  mail_plugins = {plugins} sieve
  postmaster_address = postmaster@example.org
}}
plugin {{
  sieve = file:~/sieve;active=~/.dovecot.sieve
}}
"""
