"""The configuration that the tests' Dovecot runs with, for 2.4 and later (another language than 2.3's)."""

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
    parts = [
        _COMMON.format(
            folder=folder,
            service=service,
            owner=owner,
            certificate=certificate,
            ssl="required" if options.guarded else "yes",
            clear="no" if options.guarded else "yes",
            address=options.address,
            location=_PACKED if options.packed else _MAILDIR,
        ),
        listeners(ports, "chroot =", "restart_request_count = unlimited"),
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


_MAILDIR = "mail_driver = maildir\nmail_path = ~/mail\nmail_inbox_path = ~/inbox"
_PACKED = "mail_driver = mdbox\nmail_path = ~/mdbox\nmail_fsync = never"

_QUOTA = """\
mail_plugins {{
  quota = yes
}}
quota "User quota" {{
  driver = maildir
  quota_storage_size = {limit}
  quota_storage_grace = 0
}}
protocol imap {{
  mail_plugins {{
    imap_quota = yes
  }}
}}
"""

# The anvil listener with mode 0 turns off the growing delays after failed log-ins.
_COMMON = """\
dovecot_config_version = 2.4.0
dovecot_storage_version = 2.4.0
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
mail_home = {folder}/homes/%{{user}}
{location}
mailbox_list_layout = fs
mailbox_list_index = yes
mail_max_userip_connections = 1000
mail_attribute {{
  dict file {{
    path = %{{home}}/attributes
  }}
}}
ssl = {ssl}
auth_allow_cleartext = {clear}
ssl_server_cert_file = {certificate.chain}
ssl_server_key_file = {certificate.key}
auth_mechanisms = plain login
auth_failure_delay = 0
passdb passwd-file {{
  passwd_file_path = {folder}/passwords/%{{user}}
}}
userdb static {{
  static_allow_all_users = yes
  fields {{
    uid = {owner.uid}
    gid = {owner.gid}
    home = {folder}/homes/%{{user}}
  }}
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
protocol imap {{
  imap_metadata = yes
}}
protocol lda {{
  mail_plugins {{
    sieve = yes
  }}
  postmaster_address = postmaster@example.org
}}
sieve_script personal {{
  driver = file
  path = ~/sieve
  active_path = ~/.dovecot.sieve
}}
"""
