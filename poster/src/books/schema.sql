-- What one ledger holds and what is on its way to it. All of it follows from the
-- stream: the file can be deleted, and is rebuilt by reading from the beginning.

-- How far the stream has been applied, in the same transaction as its effects.
CREATE TABLE state (
    id             INTEGER PRIMARY KEY CHECK (id = 1),
    -- The sequence of the last event applied, its stream and its id. Both are empty
    -- before the first, and in books of before positions had an identity.
    position       INTEGER NOT NULL,
    stream         TEXT NOT NULL DEFAULT '',
    event          TEXT NOT NULL DEFAULT '',
    -- The same of the books of another version that these take the place of: the
    -- stream must hold that still.
    former         INTEGER NOT NULL DEFAULT 0,
    former_stream  TEXT NOT NULL DEFAULT '',
    former_event   TEXT NOT NULL DEFAULT '',
    -- The last sequence of this ledger's journal.submitted, and the event there.
    fence          INTEGER NOT NULL,
    last_submitted TEXT NOT NULL,
    -- How many rows there should be of `lifecycle`.
    lifecycles     INTEGER NOT NULL DEFAULT 0,
    -- Nothing new is sent to the whole ledger.
    held           INTEGER NOT NULL DEFAULT 0,
    -- The alarm that stands, and the last one that was acknowledged.
    alarm          TEXT,
    alarm_says     TEXT,
    acknowledged   TEXT
);
INSERT INTO state (id, position, fence, last_submitted) VALUES (1, 0, 0, '');

-- Orders (refund_id 0) and refunds. `lifecycle` is what is known, the columns after it
-- what follows from that and is searched. Before it, as before `journal` and `posting`,
-- stand the digits of its digest.
CREATE TABLE lifecycle (
    store      TEXT NOT NULL,
    order_id   INTEGER NOT NULL,
    refund_id  INTEGER NOT NULL,
    lifecycle  TEXT NOT NULL,
    -- The journal of the newest target in this ledger, as it was mapped.
    journal    TEXT,
    -- What the rejection says that stands.
    rejected_key  TEXT,
    rejected_code TEXT,
    rejected_at   INTEGER,
    -- Since when a journal of it is due: offset for the order, time for the age.
    due_offset INTEGER,
    due_at     INTEGER,
    -- When the day is over that the journal due is summed up in; none where it
    -- goes by itself.
    day_ends   INTEGER,
    PRIMARY KEY (store, order_id, refund_id)
);
CREATE INDEX lifecycle_due ON lifecycle (due_offset) WHERE due_offset IS NOT NULL AND day_ends IS NULL;
CREATE INDEX lifecycle_summary ON lifecycle (day_ends, due_offset) WHERE day_ends IS NOT NULL;
CREATE INDEX lifecycle_rejected_code ON lifecycle (rejected_code) WHERE rejected_code IS NOT NULL;
CREATE INDEX lifecycle_rejected_key ON lifecycle (rejected_key) WHERE rejected_key IS NOT NULL;

CREATE TRIGGER lifecycle_counted AFTER INSERT ON lifecycle
BEGIN
    UPDATE state SET lifecycles = lifecycles + 1;
END;

-- What people and the poster decided: an event that comes twice is applied once.
CREATE TABLE decision (
    id BLOB PRIMARY KEY
) WITHOUT ROWID;

-- Attempts to import a batch.
CREATE TABLE attempt (
    batch        TEXT NOT NULL,
    attempt      INTEGER NOT NULL,
    group_id     INTEGER NOT NULL,
    progress     TEXT NOT NULL CHECK (progress IN ('submitted', 'imported', 'posted', 'abandoned')),
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
CREATE INDEX attempt_progress ON attempt (progress);

-- The journals of the attempts that are not at an end: all that were sent, until
-- the last of them is posted, because the ledger is compared with all of them.
CREATE TABLE posting (
    batch    TEXT NOT NULL,
    key      TEXT NOT NULL,
    place    INTEGER NOT NULL,
    progress TEXT NOT NULL DEFAULT 'submitted' CHECK (progress IN ('submitted', 'rejected', 'posted')),
    posting  TEXT NOT NULL,
    PRIMARY KEY (batch, key)
);
