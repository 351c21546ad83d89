"""What went wrong with servers, passwords and the line, and what to do about it."""

from __future__ import annotations

from tui.translation import N_

SENTENCES: dict[str, str] = {
    # the line
    "unknown-host": N_("There is no server named {host}. Check its spelling, or whether this machine is online."),
    "connection-refused": N_("{server} takes no connections. Check the port and the security, or try later."),
    "names-unanswered": N_(
        "Nobody tells where {host} is: the name service (DNS) does not answer. The network, or its name server, may be down."
    ),
    "connection-timeout": N_("{server} does not answer. Check the name, the port, and whether a firewall is in the way."),
    "connection-closed": N_("{server} closed the connection. It is tried again; if it goes on, check port and security."),
    "network-unreachable": N_("{server} cannot be reached: this machine seems to be offline."),
    "connection-failed": N_("The connection to {server} failed: {answer}"),
    "server-goodbye": N_("{server} ended the connection: {answer}. It is tried again."),
    "server-unavailable": N_("{server} is not available now: {answer}. It is tried again."),
    "cancelled": N_("The work with {server} was cancelled."),
    "offline-chosen": N_("Offline by choice: changes and mails wait until you say :offline again, or: correio online"),
    "account-offline": N_("This account is not connected. $ tries again; what you do now waits for the line."),
    # TLS
    "certificate-name": N_("The certificate of {server} is for another name ({answer}). Check the server's name."),
    "certificate-untrusted": N_("The certificate of {server} is not signed by anyone this machine knows ({answer})."),
    "certificate-expired": N_("The certificate of {server} has expired ({answer}). Its owner must renew it; check your clock."),
    "certificate-pin-differs": N_(
        "{server} shows another certificate than the one you pinned (sha256:{fingerprint}). If it was renewed, pin the new"
        " one; if you do not know, do not log in."
    ),
    "tls-handshake": N_("{server} and Correio found no common encryption ({answer}). Check port and security."),
    "trust-file-unreadable": N_("The certificate file {file} cannot be read: {answer}"),
    "starttls-missing": N_("{server} does not offer STARTTLS. Choose the security TLS, or ask who runs it."),
    "starttls-refused": N_("{server} refused STARTTLS: {answer}. Choose the security TLS, or ask who runs it."),
    "preauth-before-tls": N_("{server} let us in before encryption, which is how passwords are stolen. Nothing was sent."),
    # logging in
    "login-refused": N_("{server} refused the user {user} or the password: {answer}. Some providers want an app password."),
    "login-disabled": N_("{server} takes no passwords on this line. Choose the security TLS or STARTTLS."),
    "login-without-tls": N_("{server} would get the password unencrypted. Choose the security TLS or STARTTLS."),
    "login-unavailable": N_("{server} cannot check passwords now: {answer}. Try later."),
    "login-missing": N_("{server} offers no way to log in."),
    "login-characters": N_("The user or the password for {server} holds characters that cannot be sent."),
    "no-common-method": N_("{server} offers no way to log in that Correio speaks ({answer})."),
    "password-needed": N_("The password for {server} is needed ({credential}). Open Correio and type it."),
    "password-refused": N_("{server} refused the password that is kept as {credential}. Type the new one."),
    "password-command-failed": N_("The command that gives the password {credential} failed: {answer}"),
    "password-command-slow": N_("The command that gives the password {credential} did not end in a minute."),
    # what servers say
    "server-refused": N_("{server} refused: {answer}"),
    "quota-nearly-full": N_("The mailbox is {percent} % full. :quota offers what makes room; a full one takes no more mail."),
    "no-right": N_("The owner of {folder} has not allowed you to {what} there."),
    "no-acl": N_("{server} does not let you see or change who may use your folders."),
    "trial-refused": N_("{server} did not take the test message: {answer}"),
    "server-alert": N_("{server} says: {answer}"),
    "command-refused": N_("{server} did not understand {command}: {answer}"),
    "answer-senseless": N_("{server} answered something that makes no sense: {answer}"),
    "answer-too-large": N_("{server} sent more than any mail server should. The connection was cut."),
    "line-too-long": N_("{server} sent an endless line. The connection was cut."),
    "too-many-lines": N_("{server} sent an endless answer. The connection was cut."),
    "name-unsendable": N_("The name {answer} cannot be sent to {server}."),
    "not-imap": N_("{server} is no IMAP server: it says {answer}. Check the port."),
    "not-pop3": N_("{server} is no POP3 server: it says {answer}. Check the port."),
    "bad-challenge": N_("{server} and Correio did not understand each other while logging in ({answer}). Choose another method."),
    "mail-too-long": N_("{server} has a mail of {size} bytes, more than Correio takes. It stays there, the others come."),
    "mails-left-behind": N_("{server} would not give out {count} mails: {answer}. They are asked for again next time."),
    "collecting-halted": N_("Collecting was stopped; what has come stays, the rest comes next time."),
    "no-subscriptions": N_("This account has no server with folders that could be subscribed."),
    "oauth-needed": N_("{server} wants your consent (OAuth2). Give it with: correio credential authorize {credential}"),
    "oauth-refused": N_("{server} gives no token: {answer}. Check the client id, or agree anew."),
    "oauth-denied": N_("{server} says that access was denied: {answer}"),
    "oauth-code-expired": N_("The code of {server} is too old. Begin again."),
    "oauth-state-differs": N_("This address belongs to another attempt. Open the page that was shown last, and paste its end."),
    "oauth-no-code": N_("This holds no code. Paste the whole address at which the page ended, or the code alone."),
    "oauth-no-refresh": N_("The provider gave no lasting consent. Begin again and agree to all that is asked."),
    "oauth-senseless": N_("{server} answered something that is no OAuth2 ({answer}). Check the addresses in the settings."),
    "oauth-not-yet": N_("Nobody has agreed yet."),
    "proxy-unknown": N_("The proxy {proxy} on the way to {server} is not known here; nothing is sent around it."),
    "proxy-unreachable": N_("The proxy {proxy} on the way to {server} cannot be reached. {why}"),
    "proxy-refused": N_("The proxy {proxy} does not let us through to {server}: {answer}"),
    "proxy-login-refused": N_("The proxy {proxy} refused its user or password ({answer}). Check them in the settings."),
    "proxy-senseless": N_("The proxy {proxy} is none of the kind that is set ({answer}). Check its kind, host and port."),
    "proxy-command-failed": N_("The command of the proxy {proxy} cannot be run: {answer}"),
    "proxy-command-ended": N_(
        "The command of the proxy {proxy} ended with status {status} before {server} was reached: {answer}"
    ),
    "proxy-silent": N_("The proxy {proxy} on the way to {server} does not answer. Check its kind, host and port, or try later."),
    "no-proxy": N_("There is no proxy named {name}."),
    "not-sieve": N_("{server} is no server for filters: it says {answer}. Check the port."),
    "not-smtp": N_("{server} is no SMTP server: it says {answer}. Check the port."),
    "greeting-refused": N_("{server} does not want to talk to us: {answer}"),
    "folder-renumbered": N_("{server} has renumbered a folder; what you changed there waits until it has been read anew."),
    # finding servers
    "not-an-address": N_("{value} is not a mail address."),
    "bad-answer": N_("{server} sent a page that breaks off."),
    "http-redirect": N_("{server} sent us elsewhere instead of accepting it: nobody can know whether it was done."),
    "not-public": N_("{server} is a machine of your own network: a message from outside must not reach it, so it was not asked."),
    "http-status": N_("{server} answered {code}: {answer}"),
    "not-https": N_("{server} leads to an unencrypted page; it was not followed."),
    "page-too-long": N_("{server} sent a page that is too long."),
    "not-an-image": N_("What {server} sent is no image."),
    "too-many-images": N_("There are too many images in this message; the one from {server} was left out."),
    "too-many-redirects": N_("{server} sends us round in circles."),
    "autoconfig-unreadable": N_("The page of {server} about its servers cannot be read."),
    "autoconfig-useless": N_("The page of {server} names no servers that Correio can use."),
    "bad-domain": N_("{domain} cannot be the name of a domain."),
    # the engine
    "engine-running": N_("Another engine is at work already (process {pid}). Stop it with: correio engine stop"),
    "engine-gone": N_("The engine has gone; it is started again."),
    "engine-silent": N_("The engine does not answer. See its log, or: correio engine stop"),
    "no-engine": N_("No engine runs. Start one with: correio engine start"),
    "engine-not-ours": N_("Somebody else's process answers at {file}. Correio does not talk to it."),
    "engine-not-starting": N_("The engine does not start. Its log says why: {file}"),
    "engine-unreachable": N_(
        "The engine (process {pid}) runs, but cannot be reached: it is just starting, or its socket was deleted."
        " Try again in a minute."
    ),
    "engine-not-stopping": N_("The engine (process {pid}) does not end. It may be in the middle of a large mail."),
    "engine-other-version": N_("The engine was of another version and was asked to leave. Try again."),
    "internal-mistake": N_("Correio made a mistake ({answer}); it is tried again. The engine's log has the details."),
    "engine-stopping": N_("The engine was stopped before this was done."),
    "engine-unknown-request": N_("The engine does not know the request {request}."),
    "socket-not-made": N_("The engine cannot listen at {file}: {answer}. Set XDG_RUNTIME_DIR to a short path of your own."),
    "runtime-folder-open": N_("The folder {file} can be written by others. Make it private: chmod 700 {file}"),
    "demo-failed": N_("The demo's servers did not start: {answer}"),
}

CERTIFICATES = ("certificate-name", "certificate-untrusted", "certificate-expired")
OTHER_NAMES = N_(
    "The certificate of {server} is for {names}, not for {host}. If that is your provider, take its name for the server."
)
"""In place of the sentence for `certificate-name`, where the names are known."""
FINGERPRINT = N_("If you know that it is the right server, trust this one certificate: sha256:{fingerprint}")
"""What follows the sentence about a certificate, where its fingerprint is known."""

NO_TLS = N_("{server} does not begin with encryption on this port. Choose the security STARTTLS, or the port for TLS.")
"""In place of the sentence about the handshake, where the server spoke, but not TLS."""

RIGHTS = {
    "s": N_("mark mail as read"),
    "w": N_("flag or tag mail"),
    "t": N_("move or delete mail"),
    "x": N_("rename or delete folders"),
    "i": N_("put mail"),
}
"""What a right (RFC 4314) lets one do, after "allowed you to"."""
