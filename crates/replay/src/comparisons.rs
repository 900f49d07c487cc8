//! The comparison of each order and refund, in a file of its own: so the memory
//! of a what-if does not grow with the log. The file has no name and is
//! gone with the what-if.

use rusqlite::{Connection, OptionalExtension, params};
use schemas::{OrderId, RefundId};
use sqlite::Bits;

use crate::comparison::{Comparison, ShortKey};

/// How much of it may be in memory, in KiB.
const CACHE: u32 = 32 * 1024;

/// The file cannot be used; it lies where SQLite keeps temporary files.
#[derive(Debug, thiserror::Error)]
pub enum ComparisonsError {
    /// It cannot be made, read or written: the disk may be full.
    #[error("the temporary file of the comparison cannot be used")]
    File(#[from] rusqlite::Error),
    /// What is read back is not what was written.
    #[error("the temporary file of the comparison was changed by somebody else")]
    Content(#[from] serde_json::Error),
}

#[derive(Debug)]
pub(crate) struct Comparisons {
    file: Connection,
    count: u64,
}

impl Comparisons {
    pub(crate) fn new() -> Result<Self, ComparisonsError> {
        let file = sqlite::open_temporary(
            CACHE,
            "CREATE TABLE comparison (
                 store     INTEGER NOT NULL,
                 order_id  INTEGER NOT NULL,
                 refund_id INTEGER NOT NULL,
                 sides     BLOB NOT NULL,
                 PRIMARY KEY (store, order_id, refund_id)
             ) STRICT, WITHOUT ROWID;
             BEGIN;",
        )?;
        Ok(Comparisons { file, count: 0 })
    }

    pub(crate) fn count(&self) -> u64 {
        self.count
    }

    pub(crate) fn get(&self, key: ShortKey) -> Result<Option<Comparison>, ComparisonsError> {
        let (store, order, refund) = row(key);
        let found = self
            .file
            .prepare_cached(
                "SELECT sides FROM comparison WHERE store = ?1 AND order_id = ?2 AND refund_id = ?3",
            )?
            .query_row(params![store, order, refund], |row| {
                row.get::<_, Vec<u8>>(0)
            })
            .optional()?;
        Ok(found
            .map(|bytes| serde_json::from_slice(&bytes))
            .transpose()?)
    }

    pub(crate) fn put(
        &mut self,
        key: ShortKey,
        comparison: &Comparison,
        is_new: bool,
    ) -> Result<(), ComparisonsError> {
        let (store, order, refund) = row(key);
        let bytes = serde_json::to_vec(comparison)?;
        self.file
            .prepare_cached("INSERT OR REPLACE INTO comparison VALUES (?1, ?2, ?3, ?4)")?
            .execute(params![store, order, refund, bytes])?;
        self.count += u64::from(is_new);
        Ok(())
    }

    /// Calls `each` in the order of the keys.
    pub(crate) fn each(
        &self,
        mut each: impl FnMut(ShortKey, Comparison),
    ) -> Result<(), ComparisonsError> {
        let mut statement = self.file.prepare(
            "SELECT store, order_id, refund_id, sides FROM comparison
             ORDER BY store, order_id, refund_id",
        )?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let (store, Bits(order), refund): (_, _, Bits) =
                (row.get(0)?, row.get(1)?, row.get(2)?);
            let refund = (refund != NO_REFUND).then_some(RefundId(refund.0));
            let key = (store, OrderId(order), refund);
            each(
                key,
                serde_json::from_slice(row.get_ref(3)?.as_bytes().unwrap_or_default())?,
            );
        }
        Ok(())
    }
}

/// An order comes before its refunds: in the file, this is the smallest number.
const NO_REFUND: Bits = Bits(1 << 63);

fn row((store, order, refund): ShortKey) -> (u32, Bits, Bits) {
    let refund = refund.map_or(NO_REFUND, |id| Bits(id.0));
    (store, Bits(order.0), refund)
}
