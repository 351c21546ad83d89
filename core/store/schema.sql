-- Version 1. Times are whole seconds since 1970 unless said otherwise; ids of messages rise with the
-- received time (minutes x 256 + n, see messages.py), so that `ORDER BY id DESC` is newest first.

CREATE TABLE meta (name TEXT PRIMARY KEY, value) WITHOUT ROWID;

-- An account of the settings file, by its immutable id; kept after its removal while mail remains.
CREATE TABLE account (
    id INTEGER PRIMARY KEY,
    uid TEXT NOT NULL UNIQUE,           -- the id in the settings
    local INTEGER NOT NULL DEFAULT 0,   -- has no server: operations are done once they are applied here
    state TEXT NOT NULL DEFAULT '',     -- '', 'offline', 'password', 'error': what the engine last said
    reason TEXT NOT NULL DEFAULT '',    -- the error as JSON (core.errors)
    checked INTEGER NOT NULL DEFAULT 0  -- when the last full pass ended
);

CREATE TABLE folder (
    id INTEGER PRIMARY KEY AUTOINCREMENT,-- never given again: undo makes a folder anew under its old one
    account INTEGER NOT NULL REFERENCES account,
    path TEXT NOT NULL,                 -- decoded, with the server's delimiter
    wire TEXT NOT NULL DEFAULT '',      -- the name as the server spells it (modified UTF-7 or UTF-8)
    delimiter TEXT NOT NULL DEFAULT '/',
    role TEXT NOT NULL DEFAULT '',      -- inbox drafts sent archive junk trash templates outbox all
    selectable INTEGER NOT NULL DEFAULT 1,
    keywords INTEGER NOT NULL DEFAULT 1,-- the server keeps keywords here
    uidvalidity INTEGER, uidnext INTEGER, modseq INTEGER,
    synced INTEGER NOT NULL DEFAULT 0,  -- when the last full pass over it ended
    doubtful INTEGER NOT NULL DEFAULT 0,-- since when the server shows it empty or renumbered
    total INTEGER NOT NULL DEFAULT 0,   -- maintained by triggers: shown placements
    unread INTEGER NOT NULL DEFAULT 0,
    UNIQUE (account, path)
);

CREATE TABLE thread (
    id INTEGER PRIMARY KEY,
    size INTEGER NOT NULL DEFAULT 0     -- messages ever joined, for the size limit
);

-- Message-IDs seen as a message or in References, folded to 64 bits of SHA-256 → thread.
CREATE TABLE thread_key (key INTEGER PRIMARY KEY, thread INTEGER NOT NULL);
CREATE INDEX thread_key_thread ON thread_key (thread);
-- Threads changed by hand; kept when threads are put together anew, and for what arrives later.
CREATE TABLE thread_cut (key INTEGER PRIMARY KEY);  -- what a message names before this one does not join it
CREATE TABLE thread_bond (one INTEGER NOT NULL, other INTEGER NOT NULL, PRIMARY KEY (one, other)) WITHOUT ROWID; -- both ways
-- Replies by their subject only ("Re:" without References and In-Reply-To): what they answer may come later.
CREATE TABLE lone_reply (
    account INTEGER NOT NULL, topic TEXT NOT NULL, received INTEGER NOT NULL, message INTEGER NOT NULL,
    PRIMARY KEY (account, topic, received, message)
) WITHOUT ROWID;

CREATE TABLE message (
    id INTEGER PRIMARY KEY,
    account INTEGER NOT NULL REFERENCES account,
    hash BLOB NOT NULL,                 -- SHA-256 of the CRLF-normalised header and the size: identity
    message_id TEXT NOT NULL DEFAULT '',
    parent TEXT NOT NULL DEFAULT '',    -- Message-ID it answers (In-Reply-To, else last reference)
    thread INTEGER NOT NULL,
    received INTEGER NOT NULL,
    date INTEGER,
    name TEXT NOT NULL DEFAULT '',      -- From
    address TEXT NOT NULL DEFAULT '',
    recipients TEXT NOT NULL DEFAULT '',-- To, as shown in Sent
    subject TEXT NOT NULL DEFAULT '',
    topic TEXT NOT NULL DEFAULT '',     -- the beginning of the subject without Re:, folded, to sort and thread by
    writer TEXT NOT NULL DEFAULT '',    -- the beginning of the writer's name, folded, to sort by
    snippet TEXT NOT NULL DEFAULT '',
    size INTEGER NOT NULL DEFAULT 0,
    marks INTEGER NOT NULL DEFAULT 0,   -- core.flags.Mark
    body INTEGER NOT NULL DEFAULT 0,    -- 0 header only, 1 some parts, 2 whole (raw)
    indexed INTEGER NOT NULL DEFAULT 0, -- the search index holds its body (1), or its files too (2)
    raw INTEGER,                        -- its bytes, in raw
    orphaned INTEGER,                   -- since when no placement shows it
    stored INTEGER                      -- when bytes of its body last came
);
CREATE INDEX message_hash ON message (account, hash);
CREATE INDEX message_message_id ON message (message_id) WHERE message_id <> '';
CREATE INDEX message_thread ON message (thread);
CREATE INDEX message_orphaned ON message (orphaned) WHERE orphaned IS NOT NULL;
CREATE INDEX message_size ON message (size);
CREATE INDEX message_topic ON message (topic);
CREATE INDEX message_writer ON message (writer);
CREATE INDEX message_invitation ON message (id) WHERE marks & 8;
CREATE INDEX message_files ON message (id) WHERE indexed = 1 AND body = 2 AND marks & 1;
CREATE INDEX message_unread ON message (id) WHERE body = 2 AND indexed = 0;
CREATE INDEX message_raw ON message (raw) WHERE raw IS NOT NULL;
CREATE INDEX message_body ON message (account) WHERE body > 0; -- what pruning looks at

-- Dictionaries for zstd, trained on the mail that is here. Each row of compressed bytes names its own; 0: none.
-- The server's own ids of mails (EMAILID, X-GM-MSGID): a mail in another folder is known without being fetched.
CREATE TABLE remote_id (
    account INTEGER NOT NULL,
    id TEXT NOT NULL,
    message INTEGER NOT NULL,
    PRIMARY KEY (account, id)
) WITHOUT ROWID;
CREATE INDEX remote_id_message ON remote_id (message);
-- Row ids are given again: what hangs on one goes with its row, or it would hang on another one's.
CREATE TRIGGER message_gone AFTER DELETE ON message BEGIN
    DELETE FROM remote_id WHERE message = old.id;
    DELETE FROM comment WHERE message = old.id;
    DELETE FROM schedule WHERE message = old.id;
END;
-- Notes of accounts.imap.folder_state: `imap FOLDER WORD`, and with folder 0 `imap 0 WORD ACCOUNT`.
CREATE TRIGGER folder_gone AFTER DELETE ON folder BEGIN
    DELETE FROM meta WHERE name >= 'imap ' || old.id || ' ' AND name < 'imap ' || old.id || '!';
END;
CREATE TRIGGER account_gone AFTER DELETE ON account BEGIN
    DELETE FROM meta WHERE name GLOB 'imap 0 * ' || old.id;
    DELETE FROM list_left WHERE account = old.id;
END;
CREATE TRIGGER thread_gone AFTER DELETE ON thread BEGIN
    DELETE FROM muted WHERE thread = old.id;
END;

CREATE TABLE dictionary (
    id INTEGER PRIMARY KEY,
    made INTEGER NOT NULL,
    mails INTEGER NOT NULL,             -- whole mails in the store when it was made
    data BLOB NOT NULL
);

CREATE TABLE header (
    message INTEGER PRIMARY KEY REFERENCES message,
    dictionary INTEGER NOT NULL DEFAULT 0,
    data BLOB NOT NULL                  -- zstd
);

-- Whole mails, shared by equal messages. Ids rise, so that the pages are filled one after the other.
CREATE TABLE raw (
    id INTEGER PRIMARY KEY,
    hash BLOB UNIQUE,                   -- SHA-256 of the bytes; NULL while pieces still arrive
    size INTEGER NOT NULL,
    dictionary INTEGER NOT NULL DEFAULT 0,
    data BLOB,                          -- zstd; NULL: in a block, or a large mail, in raw_chunk
    block INTEGER,                      -- compressed together with others …
    at INTEGER                          -- … in which it begins here
);
CREATE INDEX raw_block ON raw (block) WHERE block IS NOT NULL;
-- Those that came one by one, and are put together into blocks later (core.store.repacking.SMALL).
CREATE INDEX raw_loose ON raw (id) WHERE block IS NULL AND data IS NOT NULL AND size <= 65536;
-- Mails that are compressed together: half as large as one by one. Never changed; ids are not given again.
CREATE TABLE block (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    size INTEGER NOT NULL,              -- bytes of its mails
    slowly INTEGER NOT NULL DEFAULT 0,  -- as small as it gets
    dictionary INTEGER NOT NULL DEFAULT 0,
    data BLOB NOT NULL                  -- zstd
);
CREATE INDEX block_quick ON block (id) WHERE slowly = 0;
-- Bytes in blocks that belong to nobody any more; a block goes with its last mail.
CREATE TABLE block_dead (block INTEGER PRIMARY KEY, size INTEGER NOT NULL);
CREATE TRIGGER raw_gone AFTER DELETE ON raw WHEN old.block IS NOT NULL BEGIN
    INSERT INTO block_dead VALUES (old.block, old.size) ON CONFLICT (block) DO UPDATE SET size = size + excluded.size;
    DELETE FROM block WHERE id = old.block AND NOT EXISTS (SELECT 1 FROM raw WHERE block = old.block);
END;
CREATE TRIGGER block_gone AFTER DELETE ON block BEGIN
    DELETE FROM block_dead WHERE block = old.id;
END;
-- Large mails (above 8 MB) in pieces that are compressed one by one, to be read without holding the whole.
CREATE TABLE raw_chunk (raw INTEGER NOT NULL, n INTEGER NOT NULL, data BLOB NOT NULL, PRIMARY KEY (raw, n)) WITHOUT ROWID;
CREATE TABLE raw_unfinished (raw INTEGER PRIMARY KEY, since INTEGER NOT NULL);

-- The parts of a message whose raw bytes are not here (BODYSTRUCTURE), with those fetched alone.
CREATE TABLE part (
    message INTEGER NOT NULL REFERENCES message,
    section TEXT NOT NULL,
    n INTEGER NOT NULL,
    spec TEXT NOT NULL,                 -- core.part.Part as JSON
    dictionary INTEGER NOT NULL DEFAULT 0,
    data BLOB,                          -- zstd of the bytes as the server sent them
    PRIMARY KEY (message, section)
) WITHOUT ROWID;

-- A message in a folder. Shown flags = server flags with the held bits replaced by what the user wants.
CREATE TABLE placement (
    id INTEGER PRIMARY KEY,
    folder INTEGER NOT NULL REFERENCES folder,
    uid INTEGER,                        -- NULL: the server has not said it yet
    message INTEGER NOT NULL REFERENCES message,
    thread INTEGER NOT NULL,
    received INTEGER NOT NULL,
    server_flags INTEGER NOT NULL DEFAULT 0,
    flags INTEGER NOT NULL DEFAULT 0,
    held INTEGER NOT NULL DEFAULT 0,    -- bits with a pending operation
    hidden INTEGER NOT NULL DEFAULT 0,  -- moved or deleted here, the server does not know yet
    hider INTEGER,                      -- the operation that hides it
    maker INTEGER                       -- the operation that put it here
);
CREATE UNIQUE INDEX placement_uid ON placement (folder, uid) WHERE uid IS NOT NULL;
CREATE INDEX placement_list ON placement (folder, received, message) WHERE hidden = 0;
CREATE INDEX placement_thread ON placement (folder, thread) WHERE hidden = 0;
-- Covers what queries ask of a placement; read from its end it gives the newest messages (core.query.statement).
CREATE INDEX placement_message ON placement (message, hidden, folder, flags);
CREATE INDEX placement_marked ON placement (message, flags) WHERE hidden = 0 AND flags & 62;
-- What is unread (1) and what is read (0), newest first. Only queries that say `~flags & 1` as well are to use it.
CREATE INDEX placement_unread ON placement (~flags & 1, message) WHERE hidden = 0;
CREATE INDEX placement_waiting ON placement (folder, message) WHERE uid IS NULL;

CREATE TABLE keyword (
    placement INTEGER NOT NULL,
    name TEXT NOT NULL,                 -- lower case
    server INTEGER NOT NULL DEFAULT 1,  -- the server has it
    shown INTEGER NOT NULL DEFAULT 1,   -- the user sees it
    PRIMARY KEY (placement, name)
) WITHOUT ROWID;
CREATE INDEX keyword_name ON keyword (name);

-- One row a conversation and folder, the rows of the threaded list; settled at the end of each write.
CREATE TABLE folder_thread (
    folder INTEGER NOT NULL,
    thread INTEGER NOT NULL,
    latest INTEGER NOT NULL,
    message INTEGER NOT NULL,           -- the newest
    total INTEGER NOT NULL,
    unread INTEGER NOT NULL,
    flags INTEGER NOT NULL,             -- or of all
    marks INTEGER NOT NULL,
    PRIMARY KEY (folder, thread)
) WITHOUT ROWID;
CREATE INDEX folder_thread_list ON folder_thread (folder, latest, thread);
CREATE INDEX folder_thread_unread ON folder_thread (folder, latest, thread) WHERE unread > 0;
CREATE TABLE unsettled (folder INTEGER NOT NULL, thread INTEGER NOT NULL, PRIMARY KEY (folder, thread)) WITHOUT ROWID;

CREATE TRIGGER placement_added AFTER INSERT ON placement WHEN new.hidden = 0 BEGIN
    UPDATE folder SET total = total + 1, unread = unread + (new.flags & 1 = 0) WHERE id = new.folder;
    INSERT OR IGNORE INTO unsettled VALUES (new.folder, new.thread);
END;
CREATE TRIGGER placement_gone AFTER DELETE ON placement BEGIN
    DELETE FROM keyword WHERE placement = old.id;
    DELETE FROM trashed WHERE placement = old.id;
    UPDATE folder SET total = total - 1, unread = unread - (old.flags & 1 = 0) WHERE id = old.folder AND old.hidden = 0;
    INSERT OR IGNORE INTO unsettled VALUES (old.folder, old.thread);
END;
CREATE TRIGGER placement_counted AFTER UPDATE OF folder, flags, hidden ON placement
WHEN old.folder <> new.folder OR old.hidden <> new.hidden OR old.flags & 1 <> new.flags & 1 BEGIN
    UPDATE folder SET total = total - 1, unread = unread - (old.flags & 1 = 0) WHERE id = old.folder AND old.hidden = 0;
    UPDATE folder SET total = total + 1, unread = unread + (new.flags & 1 = 0) WHERE id = new.folder AND new.hidden = 0;
END;
CREATE TRIGGER placement_changed AFTER UPDATE OF folder, thread, received, flags, hidden ON placement BEGIN
    INSERT OR IGNORE INTO unsettled VALUES (new.folder, new.thread);
END;
CREATE TRIGGER placement_moved AFTER UPDATE OF folder, thread ON placement
WHEN old.folder <> new.folder OR old.thread <> new.thread BEGIN
    INSERT OR IGNORE INTO unsettled VALUES (old.folder, old.thread);
END;

-- Text is folded (core.folding) before it is indexed; rowid = message.id.
CREATE VIRTUAL TABLE search USING fts5 (
    body, subject, sender, recipients, copies, attachments, -- the first column takes two bytes less a word
    content = '', contentless_delete = 1, tokenize = "unicode61 remove_diacritics 0", detail = full
);

-- As core.store.shelves.SETTINGS.
INSERT INTO search (search, rank) VALUES ('automerge', 16), ('crisismerge', 64), ('deletemerge', 50), ('hashsize', 4194304);

-- Private notes on messages.
CREATE TABLE comment (
    message INTEGER PRIMARY KEY,
    text TEXT NOT NULL,
    words TEXT NOT NULL                 -- folded, each word with a blank before it, for LIKE
);

-- Mailing lists that were left from here (core.store.lists_left).
CREATE TABLE list_left (
    account INTEGER NOT NULL,
    list TEXT NOT NULL,                 -- the id of the list, else its sender's address
    made INTEGER NOT NULL,
    how TEXT NOT NULL,                  -- one-click, mail
    place TEXT NOT NULL,                -- the host or the address that was told
    outgoing INTEGER,                   -- the mail in the outbox that does it
    PRIMARY KEY (account, list)
) WITHOUT ROWID;

-- How the mail of a sender is read (core.store.reading_choices).
CREATE TABLE reading_choice (
    sender TEXT PRIMARY KEY,            -- the address, folded
    form TEXT NOT NULL,                 -- plain, html; '' not chosen
    remote INTEGER NOT NULL             -- whether remote images are loaded
) WITHOUT ROWID;

-- Whether an address that asks for read receipts gets them, where the user said so (core.store.receipt_rules).
CREATE TABLE receipt_rule (
    address TEXT PRIMARY KEY,           -- folded
    answer TEXT NOT NULL                -- always, never
) WITHOUT ROWID;

-- Invitations seen, and what was answered (core.store.invitations).
CREATE TABLE invitation (
    uid TEXT NOT NULL,
    occurrence TEXT NOT NULL,           -- of a series; '' for all of it
    address TEXT NOT NULL,              -- who was invited, folded; '' for the newest version seen
    sequence INTEGER NOT NULL,
    stamp INTEGER NOT NULL,
    says TEXT NOT NULL,                 -- the answer, or the method of what was seen
    made INTEGER NOT NULL,
    outgoing INTEGER,                   -- the mail in the outbox that answers
    PRIMARY KEY (uid, occurrence, address)
) WITHOUT ROWID;

-- Past correspondents, for completion.
CREATE TABLE correspondent (
    address TEXT PRIMARY KEY,           -- folded
    name TEXT NOT NULL,
    shown TEXT NOT NULL,                -- as last written
    sent INTEGER NOT NULL DEFAULT 0,    -- mails to them
    got INTEGER NOT NULL DEFAULT 0,     -- mails from them
    last INTEGER NOT NULL DEFAULT 0,
    words TEXT NOT NULL DEFAULT ''      -- folded name and address, for LIKE
) WITHOUT ROWID;

-- What changes mail (core.operations), replayed by the engine in the order of ids.
CREATE TABLE operation (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account INTEGER NOT NULL,
    actor TEXT NOT NULL,                -- user filter sync
    kind TEXT NOT NULL,
    folder INTEGER,                     -- where the messages are
    target INTEGER,                     -- where they go
    args TEXT NOT NULL DEFAULT '{}',    -- JSON
    messages BLOB NOT NULL,             -- compressed set of message ids (core.idset)
    state TEXT NOT NULL DEFAULT 'queued', -- queued running done failed undone
    step INTEGER NOT NULL DEFAULT 0,    -- bundles several operations of one key press
    made INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    not_before INTEGER NOT NULL DEFAULT 0,
    progress TEXT NOT NULL DEFAULT '{}',-- JSON: what a replay already did
    reason TEXT NOT NULL DEFAULT '',
    undoes INTEGER,                     -- the step this operation takes back
    after INTEGER                       -- the operation, perhaps of another account, that has to be done before
);
CREATE INDEX operation_after ON operation (after) WHERE after IS NOT NULL;
CREATE INDEX operation_pending ON operation (account, id) WHERE state IN ('queued', 'running');
CREATE INDEX operation_step ON operation (step);

CREATE TABLE draft (
    id INTEGER PRIMARY KEY,
    account INTEGER,
    data TEXT NOT NULL,                 -- core.draft.Draft as JSON
    subject TEXT NOT NULL DEFAULT '',
    recipients TEXT NOT NULL DEFAULT '',
    saved INTEGER NOT NULL,             -- milliseconds
    message INTEGER,                    -- its copy in the Drafts folder
    dirty INTEGER NOT NULL DEFAULT 1    -- the copy is older than the data
);

CREATE TABLE outbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account INTEGER NOT NULL,
    message_id TEXT NOT NULL,
    sender TEXT NOT NULL,               -- envelope sender (Return-Path)
    recipients TEXT NOT NULL,           -- JSON list of envelope recipients still to be served
    subject TEXT NOT NULL,
    shown TEXT NOT NULL,                -- To, as shown
    wire BLOB NOT NULL,                 -- exact bytes handed to the server, without Bcc
    copy BLOB NOT NULL,                 -- bytes filed in Sent
    state TEXT NOT NULL,                -- core.store.outbox.STATES
    reason TEXT NOT NULL DEFAULT '',
    not_before INTEGER NOT NULL DEFAULT 0,
    attempts INTEGER NOT NULL DEFAULT 0,
    made INTEGER NOT NULL,
    server TEXT NOT NULL DEFAULT '',
    answers TEXT NOT NULL DEFAULT '{}', -- JSON: recipient → [code, words]
    draft TEXT NOT NULL DEFAULT '',     -- core.draft.Draft as JSON, to edit again
    answered INTEGER,                   -- the message it answers or forwards
    answer_flag INTEGER NOT NULL DEFAULT 0,
    copied INTEGER NOT NULL DEFAULT 0,  -- the Sent copy is queued
    reports TEXT NOT NULL DEFAULT '',   -- what is asked about the delivery: core.draft.DELIVERY
    batch INTEGER,                      -- the sending to many it belongs to
    place REAL,                         -- where it stands in the queue, if not by its id
    way TEXT NOT NULL DEFAULT '',       -- how it goes: '' by mail, else the id of a gateway in the settings
    kin INTEGER,                        -- the first of the mails that were one draft (mail, SMS, fax)
    troubled INTEGER NOT NULL DEFAULT 0 -- sent, but some did not get it, and nobody has looked at that yet
);
CREATE INDEX outbox_open ON outbox (state, not_before);
CREATE INDEX outbox_batch ON outbox (batch, state) WHERE batch IS NOT NULL;
CREATE INDEX outbox_kin ON outbox (kin) WHERE kin IS NOT NULL;
CREATE INDEX outbox_message_id ON outbox (message_id);
CREATE INDEX outbox_troubled ON outbox (id) WHERE troubled = 1;

-- What people should hear of, until they have.
CREATE TABLE notice (
    id INTEGER PRIMARY KEY, made INTEGER NOT NULL, account INTEGER, data TEXT NOT NULL -- error as JSON
);

-- What the engine does when its time has come, whether a screen is open or not. Mails to send have times of their own.
CREATE TABLE schedule (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    due INTEGER NOT NULL,
    kind TEXT NOT NULL,                 -- wake: a snoozed message comes back; collect: a pass over an account; empty: trash and junk; calendar: for a server
    message INTEGER,
    args TEXT NOT NULL DEFAULT '{}',    -- JSON
    step INTEGER                        -- the step of the journal it belongs to: undone with that
);
CREATE INDEX schedule_due ON schedule (due);
CREATE INDEX schedule_message ON schedule (message);

-- Since when something lies in the trash or in junk, as far as the engine has looked.
CREATE TABLE trashed (placement INTEGER PRIMARY KEY, since INTEGER NOT NULL);

-- Conversations whose new mail arrives read.
CREATE TABLE muted (
    thread INTEGER PRIMARY KEY,
    upto INTEGER NOT NULL,              -- the last placement looked at
    step INTEGER                        -- the step of the journal that muted it
);

-- From which sender one last wrote to somebody (core.store.sender_choices).
CREATE TABLE sender_choice (
    address TEXT PRIMARY KEY,           -- whom one wrote to, folded
    identity TEXT NOT NULL,
    made INTEGER NOT NULL
) WITHOUT ROWID;
-- What POP3 accounts have collected (core.store.collected), in the same transaction as the mail itself.
CREATE TABLE collected (
    account INTEGER NOT NULL,
    key BLOB NOT NULL,                  -- U and the unique id on the server, else H and a hash of header and size
    since INTEGER NOT NULL,
    message INTEGER,
    absent INTEGER,                     -- since when it no longer stands there
    PRIMARY KEY (account, key)
) WITHOUT ROWID;
CREATE INDEX collected_message ON collected (message) WHERE message IS NOT NULL;
CREATE TRIGGER collected_message_gone AFTER DELETE ON message BEGIN
    UPDATE collected SET message = NULL WHERE message = old.id;
END;
CREATE TRIGGER collected_account_gone AFTER DELETE ON account BEGIN
    DELETE FROM collected WHERE account = old.id;
    DELETE FROM handed WHERE account = old.id;
END;

-- What was handed to servers, for the caps on sending (core.store.handed).
CREATE TABLE handed (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account INTEGER NOT NULL,
    server TEXT NOT NULL,               -- its id in the settings
    made INTEGER NOT NULL,
    recipients INTEGER NOT NULL
);
CREATE INDEX handed_server ON handed (server, made);

-- One message to many people, each by itself (core.store.batches).
CREATE TABLE batch (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    made INTEGER NOT NULL,
    name TEXT NOT NULL,
    state TEXT NOT NULL,                -- making, running, paused, cancelled
    seen INTEGER NOT NULL DEFAULT 0     -- through, and somebody has taken it off the list
);

-- What became of mail that was sent, by the servers it was handed to and by reports (core.store.sent_events).
CREATE TABLE sent_event (
    id INTEGER PRIMARY KEY,
    message_id TEXT NOT NULL,           -- of the mail that was sent
    recipient TEXT NOT NULL,            -- folded; '' where the report names none
    kind TEXT NOT NULL,                 -- core.store.sent_events.KINDS
    made INTEGER NOT NULL,
    code TEXT NOT NULL DEFAULT '',      -- 250, 550, 5.1.1
    words TEXT NOT NULL DEFAULT '',
    teller TEXT NOT NULL,               -- who says so: a server, or the address a report came from
    source INTEGER,                     -- the message that is the report
    UNIQUE (message_id, recipient, kind, teller)
);
-- Reports that have been read.
CREATE TABLE report_read (message INTEGER PRIMARY KEY);
CREATE INDEX message_report ON message (id) WHERE marks & 4096;
CREATE TRIGGER report_gone AFTER DELETE ON message BEGIN
    DELETE FROM report_read WHERE message = old.id;
    UPDATE sent_event SET source = NULL WHERE source = old.id;
END;

-- Folders that were renamed, here or elsewhere, and the paths by which the settings may still know them (core.following).
CREATE TABLE folder_renamed (
    folder INTEGER PRIMARY KEY,
    account INTEGER NOT NULL,
    path TEXT NOT NULL                  -- the one it had first
) WITHOUT ROWID;
CREATE TRIGGER folder_renamed AFTER UPDATE OF path ON folder WHEN old.path <> new.path BEGIN
    INSERT OR IGNORE INTO folder_renamed VALUES (old.id, old.account, old.path);
END;
CREATE TRIGGER renamed_folder_gone AFTER DELETE ON folder BEGIN
    DELETE FROM folder_renamed WHERE folder = old.id;
END;
-- Files that go as links, one row for each recipient (core.store.shared_files).
CREATE TABLE shared_file (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    outgoing INTEGER NOT NULL,          -- the mail in the outbox
    message_id TEXT NOT NULL,
    recipient TEXT NOT NULL,            -- folded
    name TEXT NOT NULL,
    path TEXT NOT NULL,                 -- on this machine
    size INTEGER NOT NULL,
    state TEXT NOT NULL,                -- waiting, there, withdrawn
    url TEXT NOT NULL DEFAULT '',
    place TEXT NOT NULL DEFAULT '',     -- what the server knows it by
    expires INTEGER NOT NULL,           -- unix seconds; while it waits: seconds from when it is there; 0: never
    fetched INTEGER NOT NULL DEFAULT 0  -- how often, as far as the server tells
);
CREATE INDEX shared_file_outgoing ON shared_file (outgoing);
CREATE INDEX shared_file_message_id ON shared_file (message_id);
