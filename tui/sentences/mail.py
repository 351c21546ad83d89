"""What went wrong with messages, folders, sending and the store, and what to do about it."""

from __future__ import annotations

from tui.translation import N_

SENTENCES: dict[str, str] = {
    # messages and folders
    "no-message": N_("There is no message {name}."),
    "no-contact": N_("The card of {name} has gone from the address book meanwhile, or holds more than one contact."),
    "message-gone": N_("This message is no longer on the server."),
    "no-body": N_("The text of this message is not here, so it cannot be done."),
    "body-not-here": N_("The whole message {name} is not here. Collect it with: correio sync"),
    "part-not-here": N_("This part of the message is still on the server."),
    "given-up": N_("Fetching it was given up."),
    "no-such-part": N_("The message has no part {name}."),
    "no-attachment": N_("The message has no attachment {name}."),
    "picture-unknown": N_("This is no image that can be shown here: only PNG, JPEG, GIF, WebP and BMP are."),
    "picture-damaged": N_("This image is damaged and cannot be shown."),
    "picture-too-large": N_("This image is too large to be shown here. It can be opened with another program."),
    "picture-too-slow": N_("This image takes too long to read. It can be opened with another program."),
    "picture-no-pillow": N_("Images are shown with the Python package Pillow, which is not installed: pip install pillow"),
    "packed-locked": N_("{name} is locked with a password. Open the archive with another program."),
    "packed-link": N_("{name} is no file, but a link or a folder."),
    "packed-too-large": N_("That is too much to be unpacked here. Save the archive, and unpack it with another program."),
    "packed-unknown": N_("{name} is packed in a way that is not known here. Open the archive with another program."),
    "packed-damaged": N_("Nothing can be had of {name}: the archive is damaged there, or too long."),
    "cannot-save": N_("{file} cannot be written: {answer}"),
    "no-folder": N_("There is no folder {name}."),
    "no-folder-of-role": N_("This account has no folder for it ({name}). Choose one in the settings: folders.{name}"),
    "folder-exists": N_("A folder {name} exists already, or the name is empty."),
    "folder-not-made": N_("The folder {name} could not be made."),
    "folder-unclear": N_("Several accounts have a folder {name}: {accounts}. Write account/{name}."),
    "refused-flag": N_("Messages in {folder} that could not be marked and are as before: {count}. {why}"),
    "refused-tag": N_("Messages in {folder} that could not be tagged and are as before: {count}. {why}"),
    "refused-move": N_("Messages that could not be moved to {target} and are in {folder} again: {count}. {why}"),
    "refused-copy": N_("Messages in {folder} that could not be copied to {target}: {count}. {why}"),
    "refused-expunge": N_("Messages that could not be deleted and are in {folder} again: {count}. {why}"),
    "refused-append": N_("Messages that could not be put into {target}: {count}. {why}"),
    "refused-detach": N_("The attachment stays in its message in {target}. {why}"),
    "folder-has-role": N_("{name} stays where it is: mail programs look for it there. Its mails can be moved."),
    "folder-into-itself": N_("{name} cannot be moved into itself."),
    "undo-gone": N_("The last change cannot be taken back: its folder is gone. Undo again takes back the one before."),
    "folder-not-empty": N_("{name} is not empty: something came meanwhile, or could not go."),
    "refused-remove": N_("The folder {folder} stays. {why}"),
    "refused-rename": N_("The server would not rename {folder}: its mails go over one by one, where they can. {why}"),
    "refused-create": N_("The folder {target} could not be made. {why}"),
    "refused-take": N_("Messages in {folder} that could not be fetched and so are not moved: {count}. {why}"),
    "refused-bring": N_("Messages that could not be put into {target} and are in {folder} as before: {count}. {why}"),
    "refused-leave": N_("Messages that were brought over, but could not be deleted in {folder} and are in both: {count}. {why}"),
    "no-list": N_("This message does not come from a mailing list one can answer."),
    "nothing-to-leave": N_("There is nothing to unsubscribe from: this message names no such way."),
    "redirect-unfit": N_("This message cannot be redirected as it is. Forward it instead."),
    "thread-too-large": N_("A thread can have {most} messages at most."),
    "calendar-unreadable": N_("This calendar file holds nothing that could be done, or cannot be read."),
    "nobody-to-answer": N_("The invitation names nobody to whom an answer could be sent."),
    "no-calendar": N_("No calendar is set. correio config set calendar.folder FOLDER (or calendar.url) names one."),
    "calendar-not-kept": N_("“{name}” could not be put into your calendar. {why}"),
    "calendar-busy": N_("The entry on {server} is being changed by others. Try again."),
    "print-no-program": N_("There is no program {program} to print with. Name one in the setting print.command, or take PDF."),
    "print-refused": N_("{program} did not print it: {answer}"),
    "print-ending": N_("{file} ends in neither .pdf nor .html nor .txt."),
    "pdf-slow": N_("This takes too long to be made into PDF. Choose fewer messages, or HTML."),
    "pdf-failed": N_("The PDF could not be made. HTML can be printed from a browser."),
    "vdir-missing": N_("There is no folder {file}. Make it, or name another one in the settings."),
    "vdir-trouble": N_("{file} cannot be used: {answer}"),
    # searching
    "query-control": N_("The query holds a character that cannot be searched for: {query}"),
    "query-empty": N_("The query is empty."),
    "query-bracket": N_("A bracket is missing in: {query}"),
    "query-quote": N_("A quotation mark is missing in: {query}"),
    "query-operator": N_("AND, OR and NOT need a word on each side that they join: {query}"),
    "query-no-value": N_("There is nothing after {field}: in the query."),
    "query-bad-value": N_("“{value}” cannot stand after {field}: in a query. Possible: {possible}."),
    "query-too-long": N_("The query is too long."),
    "query-too-deep": N_("The query has too many brackets inside each other."),
    # writing and sending
    "no-recipients": N_("There is no recipient. Add one to To, Cc or Bcc."),
    "address-invalid": N_("{address} is no address that mail can be sent to. Correct it in {field}."),
    "image-unknown": N_("{name} is no image that mail programs show. Take PNG, JPEG, GIF or WebP."),
    "no-speller": N_(
        "There is no dictionary {name} for spelling. Install hunspell or aspell with it, or set compose.spelling."
    ),
    "speller-failed": N_("The program for spelling broke down: {answer}."),
    "attachment-unreadable": N_("The file {path} cannot be read: {answer}. Take it out or attach it again."),
    "mail-malformed": N_("The mail was not built as it was meant ({what}) and was not sent. Please report this."),
    "draft-unreadable": N_("This draft cannot be read: {answer}"),
    "draft-changed-elsewhere": N_(
        "Another program has changed this draft or taken it away. Both are in Drafts: yours is the newer."
    ),
    "draft-blob-missing": N_("The attachment {name} of this draft has gone. Attach it again."),
    "no-draft": N_("There is no draft {name}."),
    "no-identity": N_("There is no sender address to write from. Add an account first: correio account add"),
    "no-outgoing": N_("There is nothing with the number {name} in the outbox."),
    "merge-empty": N_("{name} holds no table: the first line names the columns, and there is at least one more."),
    "merge-too-large": N_("{name} is too large for a mail merge."),
    "merge-unreadable": N_("{name} cannot be read as a table: {answer}"),
    "merge-nobody": N_("No row of the table can be sent."),
    "merge-too-heavy": N_("All these messages together are too large. Send large files as links."),
    "merge-no-column": N_("There is no column {what}."),
    "merge-empty-cell": N_("Nothing stands in the column {what}."),
    "merge-no-address": N_("This row has no address. {what}"),
    "merge-bad-address": N_("{what} is no address."),
    "merge-twice": N_("{what} gets this message already."),
    "merge-trouble": N_("{n} rows cannot be sent. Mend them, or leave them out with --skip."),
    "no-contact-group": N_("There is no group {name} in the address book."),
    "image-not-kept": N_("The photo {file} cannot be kept without place, time and camera: {answer}"),
    "no-gateway": N_("No gateway for {kind} is set: add one in the settings (g , and there Gateways)."),
    "no-gateway-now": N_("The gateway {name} is no longer in the settings."),
    "gateway-no-files": N_(
        "The gateway {name} takes no files: name the form's field for them in its settings, or leave them out."
    ),
    "gateway-unfit": N_("The gateway {name} cannot send this."),
    "gateway-refused": N_("{server} did not send it: {answer}"),
    "sms-empty": N_("An SMS needs a text."),
    "sms-too-long": N_("An SMS has {most} letters at most; this has {letters}."),
    "no-links-place": N_("Nothing says where files go that are sent as links. correio config set links.url or links.command"),
    "no-links": N_("No file of this message went as a link."),
    "links-command": N_("{name} could not do it: {answer}"),
    "links-too-large": N_("{name} is too large to be uploaded."),
    "no-batch": N_("There is no sending with the number {name}."),
    "no-outgoing-server": N_("The account {account}{name} has no server for sending. Add one in the settings."),
    "no-incoming-server": N_("The account {name} has no server to collect from."),
    "send-failed": N_("The mail could not be sent."),
    "not-sent": N_("“{subject}” to {to} was not sent. {why}"),
    "sent-perhaps": N_("It is not known whether “{subject}” to {to} arrived. {why}"),
    "sending-waits": N_("“{subject}” to {to} waits to be sent. {why}"),
    "some-put-off": N_("“{subject}” was sent, but {server} takes it for {recipients} later: {answer}"),
    "some-refused": N_("“{subject}” was sent, but not to {recipients}: the server refused these."),
    "no-template": N_("There is no template {name}. They are listed with: correio template list"),
    "template-names-missing": N_(
        "Nobody knows what stands for {names} in the template {template}. Write --to 'Name <address>', or another word into"
        " the template: {example}"
    ),
    "not-a-detail": N_("“{text}” cannot stand behind the plus: write a word of letters and digits, such as shop."),
    "no-delivery-reports": N_("“{subject}” was sent, but {server} makes no delivery reports: none were asked for."),
    "recipients-refused": N_("{server} refused the recipients: {answer}"),
    "sender-refused": N_("{server} refused the sender's address: {answer}"),
    "mail-taken-apart": N_(
        "{server} takes a mail only in parts, which would break this one ({answer}). Choose a server that speaks SMTP for it."
    ),
    "cap-reached": N_("{server} is given no more than {limit} recipients per {window}; it goes on at {until}."),
    "bulk-over-free-provider": N_(
        "{count} recipients are many for {server}, which lets {limit} a day through and may block the account. Better use an"
        " account with a mailing provider, and an address of yours for the answers (Reply-To)."
    ),
    "from-not-of-server": N_(
        "{sender} does not belong to {server}, which may refuse it or change it; mail may land in spam folders."
    ),
    "sendmail-missing": N_("The command {server} is not there or cannot be run: {answer}"),
    "sendmail-killed": N_("The command {server} was ended ({answer}): nobody knows whether it took the mail."),
    "sendmail-no-permission": N_("The command {server} was refused by its server: {answer}. See its own settings."),
    "mail-refused": N_("{server} refused the mail: {answer}"),
    "mail-put-off": N_("{server} takes the mail later: {answer}"),
    "mail-too-large": N_("The mail has {size} bytes; {server} takes at most {limit}. Send fewer or smaller files."),
    "no-eight-bit-mail": N_("{server} cannot carry this mail as it is."),
    "no-international-addresses": N_("{server} cannot send to addresses outside ASCII."),
    "no-reply-after-data": N_(
        "The line broke after the mail had gone to {server} and before its answer: nobody can know whether it arrived."
        " In the outbox, send it again, or say that it arrived."
    ),
    "sending-interrupted": N_(
        "Correio was stopped while this mail was being handed over: nobody can know whether it arrived."
    ),
    "sending-cancelled": N_("Sending was cancelled."),
    "outbox-too-late": N_("It is too late: “{subject}” is {state}."),
    # the store
    "backup-failed": N_("The backup {file} could not be written ({answer}). Nothing was changed; make room and start again."),
    "store-unreadable": N_(
        "The database {file} cannot be read ({answer}). Look it over with: correio doctor --repair"
    ),
    "store-in-use": N_("The database {file} is open in another Correio. Close that one first; nothing was changed."),
    "rebuild-would-lose": N_(
        "{count} mails cannot be fetched now and would be found by their header only. Try again on the line, or add --yes."
    ),
    "store-newer": N_("The database {file} was written by a newer Correio. Use that one, or another CORREIO_HOME."),
    "store-network": N_(
        "{file} lies on a network file system ({answer}), where a database is not safe. Set CORREIO_HOME to a local folder."
    ),
    "store-busy": N_("The database {file} is in use by another program for too long."),
    "disk-full": N_("The disk is full. Nothing is lost; make room and go on."),
    "file-exists": N_("{file} exists already and is not overwritten."),
    "no-file": N_("There is no file {name}."),
    "mail-file-too-large": N_("{file} is too large for a mail, or packed so densely that it is none; it was left out."),
    "file-trouble": N_("{file}: {answer}"),
    "file-unreadable": N_("{file} cannot be read: {answer}"),
}
