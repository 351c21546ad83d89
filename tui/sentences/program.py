"""What went wrong with the command line, the settings, themes, keys and the keeping of secrets."""

from __future__ import annotations

from tui.translation import N_

SENTENCES: dict[str, str] = {
    # the command line
    "mistake": N_("Correio made a mistake ({answer}). The details are in {file}; please report it. --debug shows them here."),
    "no-terminal": N_("Correio's screen needs a terminal. For scripts there are commands: correio --help"),
    "unknown-command": N_("There is no command {word}."),
    "ambiguous-command": N_("{word} could be any of: {words}"),
    "no-argument": N_("{word} takes nothing after it."),
    "account-name-missing": N_("Name the account: correio account {verb} NAME"),
    "email-missing": N_("Name the address: correio account add --email ADDRESS"),
    "password-missing": N_("Give the password with --password-stdin or --password-command."),
    "option-unusable": N_("{option} cannot be “{value}”. {why}"),
    "store-not-here": N_("Passwords cannot be kept by {method} on this machine."),
    "client-id-missing": N_(
        "OAuth2 needs a client id of your own (--client-id): the README says where providers give them. Many providers take an"
        " app password instead."
    ),
    "token-url-missing": N_("Nothing is known of OAuth2 at {server}: say --token-url, --authorize-url or --device-url, --scope."),
    "credential-name-missing": N_("Say which credential to {verb}: correio credential list shows them."),
    "credential-has-no-password": N_("{name} is OAuth2 and has no password. To agree anew: correio credential authorize {name}"),
    "credential-is-a-password": N_("{name} is a password. To change it: correio credential change {name}"),
    "credential-is-a-command": N_("The password {name} comes from a command ({command}). Change it there."),
    "pop3-host-missing": N_("No server for POP3 was found. Say which one has the mail: --in-host."),
    "only-for-pop3": N_("{option} is for POP3 accounts."),
    "not-a-keep": N_("{value} says nothing about what to keep: use headers, days:N or all."),
    "not-confirmed": N_("Nothing was removed. Say --yes to remove it without a question."),
    "deletion-not-confirmed": N_("Nothing was deleted. Say --yes to delete it without a question."),
    "not-an-id": N_("{word} is neither a number of a message nor a <message-id>."),
    "not-a-time": N_("“{text}” is no time. Write 2h, fri 14:30, tomorrow 8:00 or 2026-03-12T08:00."),
    "time-is-past": N_("“{text}” is over already."),
    "not-mailto": N_("{url} is no mailto: link."),
    "template-name-missing": N_("Name the template: correio template {verb} NAME"),
    "template-message-missing": N_("Name the message that becomes the template: correio template save NAME --message ID"),
    "outbox-id-missing": N_("Name the mail by its number: correio outbox {verb} ID"),
    "sender-not-yours": N_("{address} is none of your sender addresses."),
    "no-setting": N_("There is no setting {name}."),
    "setting-refused": N_("{key} cannot be “{value}”. {why}"),
    "folder-words-missing": N_("Name the folder and where it goes: correio folders move FOLDER --to FOLDER"),
    "config-words-missing": N_("Say which setting: correio config {verb} KEY"),
    "bad-command-line": N_("This command cannot be read: {text} {answer}"),
    "program-missing": N_("There is no program {program} on this machine."),
    "program-failed": N_("The program {program} could not be run: {answer}"),
    # settings
    "settings-syntax": N_("{file}, line {line}: this is no TOML ({answer})."),
    "settings-unknown-key": N_("{file}, line {line}: there is no setting {key}."),
    "settings-wrong-type": N_("{file}, line {line}: {key} must be: {expected}."),
    "settings-bad-choice": N_("{file}, line {line}: {key} cannot be {value}. It can be: {choices}."),
    "settings-bad-value": N_("{file}, line {line}: {key} cannot be “{value}”. {reason}"),
    "settings-out-of-range": N_("{file}, line {line}: {key} must be between {least} and {most}, not {value}."),
    "settings-missing": N_("{file}, line {line}: {key} is missing."),
    "settings-dangling": N_("{file}, line {line}: {key} names {value}, which is not in the file."),
    "settings-twice": N_("{file}, line {line}: {key} uses {value} a second time."),
    "settings-secret-in-file": N_("{file}, line {line}: passwords do not belong in this file. Remove {key}."),
    "no-account-elsewhere": N_("No other program has an account {name} here. “correio account import” lists what there is."),
    "no-entry": N_("There is no {what} {name} in the settings any more."),
    "settings-fixed": N_("{key} never changes."),
    "settings-not-utf8": N_("{file} is not written in UTF-8."),
    "settings-unreadable": N_("{file} cannot be read: {answer}"),
    "settings-unwritable": N_("{file} cannot be written: {answer}"),
    "no-account-yet": N_("There is no account yet. Start correio, or add one: correio account add --email ADDRESS"),
    "no-account": N_("There is no account {name}."),
    "no-credential": N_("There is no credential {name}."),
    "no-theme": N_("There is no theme {name}."),
    "no-keymap": N_("There is no key map {name}."),
    "theme-colour": N_("{file}, line {line}: {value} is no colour."),
    "theme-key": N_("{file}, line {line}: a theme has no {key}."),
    "keymap-action": N_("{file}, line {line}: there is no action {key}. {near}"),
    "keymap-key": N_("{file}, line {line}: no terminal sends the key {value}."),
    "keymap-clash": N_("{file}, line {line}: {keys} means two things: {key} and {other}."),
    # secrets
    "no-vault": N_("Passwords cannot be kept by {name} on this machine."),
    "no-gpg": N_("gpg is not installed."),
    "gpg-refused": N_("gpg refused: {answer}"),
    "gpg-passphrase-needed": N_("gpg needs the passphrase of your key. Unlock it in another terminal, then try again."),
    "not-a-fingerprint": N_("{fingerprint} is not the fingerprint of a key."),
    "keyring-unusable": N_("This machine has no keyring that protects anything."),
    "keyring-refused": N_("The keyring refused: {answer}. Unlock it and try again."),
    "passphrase-needed": N_("The passphrase of the file with your passwords is needed. Open Correio and type it."),
    "passphrase-wrong": N_("This is not the passphrase of the file with your passwords. Type it again."),
    "wrong-passphrase": N_("This is not the passphrase of the file."),
    "credential-file-damaged": N_("The file with the passwords is damaged ({answer}). Remove it and type them again."),
    "credential-file-unreadable": N_("The file with the passwords cannot be read: {file} ({answer})"),
    "credential-file-unwritable": N_("The file with the passwords cannot be written: {file} ({answer})"),
    "credential-key-missing": N_("The key to the file with the passwords has gone: {file}. Type the passwords again."),
    "credential-other-lock": N_("The file {file} is locked in another way than the settings say."),
    "protects-keyring": N_("{what} is kept in the keyring of this system ({place})."),
    "protects-gpg": N_("{what} is kept in {place}, encrypted to your own OpenPGP key."),
    "protects-file": N_(
        "{what} is kept in {place}, encrypted with a key in a file beside it. That protects copies of either file,"
        " not from somebody who can read both."
    ),
    "protects-passphrase": N_("{what} is kept in {place}, encrypted with your passphrase."),
    "protects-command": N_("{what} is asked from the command {place} each time."),
    "protects-ask": N_("{what} is kept nowhere: you are asked for it."),
}

WITH_NEAR = ("settings-unknown-key", "no-setting", "unknown-command")
"""What is not known, and may be meant otherwise: `near`."""

FINDINGS: dict[str, str] = {
    "damage": N_("The database is damaged: {words}"),
    "index-damaged": N_("{count} shelves of the search index are damaged"),
    "bodies-without-dictionary": N_("{count} bodies whose dictionary is missing"),
    "bodies-unreadable": N_("{count} bodies that cannot be read"),
    "placements-without-message": N_("{count} places without a message"),
    "placements-without-folder": N_("{count} places without a folder"),
    "bodies-without-message": N_("{count} bodies without a message"),
    "messages-without-body-they-claim": N_("{count} messages whose body is missing"),
    "operations-without-the-one-before": N_("{count} moves between accounts of which only the end is known"),
    "scheduled-without-message": N_("{count} snoozed messages that have gone"),
    "headers-without-message": N_("{count} headers without a message"),
    "parts-without-message": N_("{count} parts without a message"),
    "keywords-without-placement": N_("{count} tags without a message"),
    "wrong-folder-counts": N_("{count} folders with wrong counts"),
    "wrong-conversation-counts": N_("{count} conversations with wrong counts"),
    "messages-not-in-the-index": N_("{count} messages missing from the search index"),
    "index-entries-without-message": N_("{count} entries of the search index without a message"),
}
"""What `correio doctor` may find."""
