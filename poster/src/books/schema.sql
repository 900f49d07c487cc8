-- What one ledger holds and what is on its way to it. All of it follows from the
-- stream: the file can be deleted, and is rebuilt by reading from the beginning.

-- How far the stream has been applied, in the same transaction as its effects.
CREATE TABLE state (
    id             INTEGER PRIMARY KEY CHECK (id = 1),
    position       INTEGER NOT NULL,
    -- The last offset of this ledger's journal.submitted, and the event there.
    fence          INTEGER NOT NULL,
    last_submitted TEXT NOT NULL,
    -- Nothing new is sent to the whole ledger.
    held           INTEGER NOT NULL DEFAULT 0,
    -- The alarm that stands, and the last one that was acknowledged.
    alarm          TEXT,
    alarm_says     TEXT,
    acknowledged   TEXT
);
INSERT INTO state (id, position, fence, last_submitted) VALUES (1, 0, 0, '');

-- Orders (refund_id 0) and refunds.
CREATE TABLE entity (
    store      TEXT NOT NULL,
    order_id   INTEGER NOT NULL,
    refund_id  INTEGER NOT NULL,
    target_id  TEXT,
    mapped     TEXT,
    holdings   TEXT NOT NULL,
    posted     INTEGER NOT NULL,
    first_key  TEXT,
    in_flight  TEXT,
    -- Nothing new is sent of it; of an order, of its refunds too.
    held       INTEGER NOT NULL DEFAULT 0,
    -- The target that was refused, as which journal, for what and when.
    rejected      TEXT,
    rejected_key  TEXT,
    rejected_code TEXT,
    rejected_at   INTEGER,
    -- The decision that let this target be tried again, and how often the poster
    -- has decided so by itself since a person last did.
    retried    TEXT,
    retries    INTEGER NOT NULL DEFAULT 0,
    -- Since when a journal of it is due: offset for the order, time for the age.
    due_offset INTEGER,
    due_at     INTEGER,
    -- When the day is over that the journal due is summed up in; none where it
    -- goes by itself.
    day_ends   INTEGER,
    PRIMARY KEY (store, order_id, refund_id)
);
CREATE INDEX entity_due ON entity (due_offset) WHERE due_offset IS NOT NULL AND day_ends IS NULL;
CREATE INDEX entity_summary ON entity (day_ends, due_offset) WHERE day_ends IS NOT NULL;
CREATE INDEX entity_rejected_code ON entity (rejected_code) WHERE rejected IS NOT NULL;
CREATE INDEX entity_rejected_key ON entity (rejected_key) WHERE rejected IS NOT NULL;

-- Attempts to import a batch.
CREATE TABLE attempt (
    batch        TEXT NOT NULL,
    attempt      INTEGER NOT NULL,
    group_id     INTEGER NOT NULL,
    phase        TEXT NOT NULL CHECK (phase IN ('open', 'imported', 'posted', 'abandoned')),
    -- The last step, its postings left out, and when it was recorded.
    step         TEXT NOT NULL,
    step_at      INTEGER NOT NULL,
    intended_at  INTEGER NOT NULL,
    document     TEXT,
    last_import  INTEGER,
    -- How many of its imports were seen to be started.
    imports      INTEGER NOT NULL DEFAULT 0,
    batch_id     INTEGER,
    batch_name   TEXT,
    imported_at  INTEGER,
    -- It was said that it waits too long to be posted.
    delayed      INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (batch, attempt)
);
CREATE INDEX attempt_phase ON attempt (phase);

-- The journals of the attempts that are not at an end: all that were sent, until
-- the last of them is posted, because the ledger is compared with all of them.
CREATE TABLE posting (
    batch    TEXT NOT NULL,
    key      TEXT NOT NULL,
    place    INTEGER NOT NULL,
    state    TEXT NOT NULL DEFAULT 'sent' CHECK (state IN ('sent', 'rejected', 'posted')),
    posting  TEXT NOT NULL,
    PRIMARY KEY (batch, key)
);

-- Journals that are posted: an event that comes twice is applied once.
CREATE TABLE posted (
    key   TEXT PRIMARY KEY,
    batch TEXT NOT NULL
) WITHOUT ROWID;
