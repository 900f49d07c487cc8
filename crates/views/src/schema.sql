-- The views: all of it can be deleted and made again from the log.
--
-- Money is in minor units, times are microseconds since 1970 (UTC), days are
-- `YYYY-MM-DD`, event ids are the 16 bytes of the UUID.

-- How far the log has been read: the last event's offset and id. It is written
-- in the transaction that writes what the events say.
CREATE TABLE progress (
    one    INTEGER PRIMARY KEY CHECK (one = 1),
    offset INTEGER NOT NULL,
    event  BLOB
);
INSERT INTO progress VALUES (1, 0, NULL);

-- Every event in one line.
CREATE TABLE events (
    offset      INTEGER PRIMARY KEY,
    id          BLOB NOT NULL UNIQUE,
    type        TEXT NOT NULL,
    time        INTEGER NOT NULL,
    subject     TEXT NOT NULL,
    correlation TEXT NOT NULL,
    causation   BLOB,
    summary     TEXT NOT NULL
);
CREATE INDEX events_by_correlation ON events (correlation);

-- Orders and refunds. `lifecycle` is what is known, the columns before it what
-- follows from that and is reported.
CREATE TABLE entities (
    key          TEXT PRIMARY KEY,
    store        TEXT NOT NULL,
    order_id     INTEGER NOT NULL,
    refund_id    INTEGER,
    currency     TEXT NOT NULL,
    day          TEXT NOT NULL,
    state        TEXT NOT NULL,
    in_store     INTEGER NOT NULL,
    store_value  INTEGER NOT NULL,
    mapped_value INTEGER,
    figure       INTEGER NOT NULL,
    differs      INTEGER NOT NULL,
    exception    INTEGER,
    -- The ledger of its target, and the event that put it in its state.
    ledger       TEXT,
    since        INTEGER,
    lifecycle    TEXT NOT NULL
);
-- Covers the reconciliation, so that it reads this index and no row.
CREATE INDEX entities_by_day ON entities (
    store, currency, day, refund_id IS NULL, state, in_store, store_value, mapped_value, figure, differs
);
CREATE INDEX entities_by_order ON entities (order_id);
CREATE INDEX entities_that_differ ON entities (key) WHERE differs;
CREATE INDEX entities_outstanding ON entities (state, ledger) WHERE state IN ('mapped', 'submitted', 'rejected');

-- Journals as they were meant, each in its latest attempt. An order that went from
-- one ledger to another has journals of the same key in both.
CREATE TABLE journals (
    key             TEXT NOT NULL,
    entity          TEXT NOT NULL,
    kind            TEXT NOT NULL,
    ledger          TEXT NOT NULL,
    batch           TEXT NOT NULL,
    attempt         INTEGER NOT NULL,
    target          BLOB NOT NULL,
    original        TEXT,
    period          TEXT NOT NULL,
    accounting_date TEXT NOT NULL,
    currency        TEXT NOT NULL,
    total           INTEGER NOT NULL,
    net             TEXT NOT NULL,
    state           TEXT NOT NULL,
    submitted       INTEGER NOT NULL,
    PRIMARY KEY (ledger, key)
);
CREATE INDEX journals_by_key ON journals (key);
CREATE INDEX journals_by_entity ON journals (entity);

-- In which batches each journal was sent: more than one if it had to go again. Where
-- a day is summed up, also in which journal of the ledger it went.
CREATE TABLE submissions (
    ledger  TEXT NOT NULL,
    journal TEXT NOT NULL,
    batch   TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    summary TEXT,
    PRIMARY KEY (ledger, journal, batch, attempt)
) WITHOUT ROWID;
CREATE INDEX submissions_by_batch ON submissions (batch);
CREATE INDEX submissions_by_summary ON submissions (summary) WHERE summary IS NOT NULL;

-- Journals as they were read back from the ledger, posted. A journal that is
-- there twice has two rows.
CREATE TABLE postings (
    ledger          TEXT NOT NULL,
    journal         TEXT NOT NULL,
    batch_id        INTEGER NOT NULL,
    batch           TEXT NOT NULL,
    batch_name      TEXT NOT NULL,
    entity          TEXT NOT NULL,
    period          TEXT NOT NULL,
    accounting_date TEXT NOT NULL,
    currency        TEXT NOT NULL,
    debits          INTEGER NOT NULL,
    credits         INTEGER NOT NULL,
    posted          INTEGER,
    offset          INTEGER NOT NULL,
    PRIMARY KEY (ledger, journal, batch_id)
) WITHOUT ROWID;

-- Attempts to import a batch, and each step of them.
CREATE TABLE batches (
    batch        TEXT NOT NULL,
    attempt      INTEGER NOT NULL,
    ledger       TEXT NOT NULL,
    import_group INTEGER NOT NULL,
    step         TEXT NOT NULL,
    journals     INTEGER NOT NULL,
    batch_id     INTEGER,
    batch_name   TEXT,
    PRIMARY KEY (batch, attempt)
) WITHOUT ROWID;
CREATE TABLE batch_steps (
    batch   TEXT NOT NULL,
    offset  INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    step    TEXT NOT NULL,
    time    INTEGER NOT NULL,
    PRIMARY KEY (batch, offset)
) WITHOUT ROWID;

-- What people hold back: an order, a refund, or with '' the whole ledger.
CREATE TABLE holds (
    ledger TEXT NOT NULL,
    entity TEXT NOT NULL,
    by     TEXT NOT NULL,
    reason TEXT NOT NULL,
    since  INTEGER NOT NULL,
    PRIMARY KEY (ledger, entity)
) WITHOUT ROWID;

-- Decisions on rejections, by the orders and refunds that they concerned.
CREATE TABLE decisions (
    entity TEXT NOT NULL,
    offset INTEGER NOT NULL,
    PRIMARY KEY (entity, offset)
) WITHOUT ROWID;

-- What abandoned attempts left in Fusion's interface table, until it is cleared.
CREATE TABLE left_rows (
    ledger       TEXT NOT NULL,
    import_group INTEGER NOT NULL,
    source       TEXT NOT NULL,
    journals     INTEGER NOT NULL,
    rows         INTEGER NOT NULL,
    since        INTEGER NOT NULL,
    PRIMARY KEY (ledger, import_group)
) WITHOUT ROWID;

-- Everything that was ever parked, rejected, contradictory or unreadable, and
-- what a person had to do in Fusion. `about` is a batch, a group or a ledger where
-- it is about no order; `closed` is the event that put it right.
CREATE TABLE exceptions (
    offset  INTEGER PRIMARY KEY,
    kind    TEXT NOT NULL,
    entity  TEXT,
    journal TEXT,
    about   TEXT,
    code    TEXT NOT NULL,
    cause   TEXT NOT NULL,
    remedy  TEXT NOT NULL,
    since   INTEGER NOT NULL,
    closed  INTEGER
);
CREATE INDEX exceptions_about ON exceptions (about, kind) WHERE about IS NOT NULL AND closed IS NULL;
CREATE INDEX exceptions_by_journal ON exceptions (journal) WHERE journal IS NOT NULL;
-- Those of them that still stand.
CREATE VIEW open_exceptions AS
    SELECT exceptions.*, entities.currency, entities.figure
    FROM exceptions
    LEFT JOIN entities ON entities.key = exceptions.entity
    WHERE closed IS NULL
      AND (exceptions.entity IS NULL OR entities.exception = exceptions.offset);
