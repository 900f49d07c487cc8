//! What people decide, and what the poster asks them to look at.

use rusqlite::params;
use schemas::{
    BatchKey, EntityKey, Event, GroupCleared, JournalDelayed, JournalHeld, JournalReleased,
    JournalRetried, JournalSubmitted, LedgerAcknowledged, LedgerAlarmed, LeftRows, Retry, codes,
};

use subledger::Scope;

use super::{
    ViewsError,
    batch::{Batch, Exception, Refusal, number},
    column::entity_of,
};

/// Orders and refunds of which a rejection stands in a ledger, whatever else they wait
/// for, with the exceptions that tell why.
const REJECTED: &str = "
    SELECT e.key FROM exceptions x JOIN entities e ON e.key = x.entity
    WHERE x.kind = 'rejected'
      AND json_extract(e.lifecycle, '$.holdings.\"' || ?1 || '\".rejection.offset') = x.offset";

impl Batch<'_> {
    pub(super) fn held(&mut self, event: &Event, held: &JournalHeld) -> Result<(), Refusal> {
        self.tx
            .prepare_cached("INSERT OR REPLACE INTO holds VALUES (?1, ?2, ?3, ?4, ?5)")?
            .execute(params![
                held.ledger.as_str(),
                column(held.entity.as_ref()),
                held.decision.by,
                held.decision.reason,
                event.time.as_microsecond(),
            ])?;
        Ok(())
    }

    pub(super) fn released(&mut self, released: &JournalReleased) -> Result<(), Refusal> {
        self.tx
            .prepare_cached("DELETE FROM holds WHERE ledger = ?1 AND entity = ?2")?
            .execute(params![
                released.ledger.as_str(),
                column(released.entity.as_ref())
            ])?;
        Ok(())
    }

    /// Takes rejections back, as the poster's books do.
    pub(super) fn retried(
        &mut self,
        offset: u64,
        event: &Event,
        retried: &JournalRetried,
    ) -> Result<(), Refusal> {
        self.save()?;
        let ledger = retried.ledger.as_str();
        let mut found = Vec::new();
        match &retried.which {
            Retry::Journals { keys } => {
                let sql = format!("{REJECTED} AND x.journal = ?2");
                for key in keys {
                    found.extend(self.keys(&sql, params![ledger, key.as_str()])?);
                }
            }
            Retry::Entity { entity } => {
                let sql = format!("{REJECTED} AND (e.key = ?2 OR (?3 AND e.key GLOB ?2 || '/*'))");
                let whole = entity.refund.is_none();
                found.extend(self.keys(&sql, params![ledger, entity.to_string(), whole])?);
            }
            Retry::Code { code } => {
                let sql = format!("{REJECTED} AND x.code = ?2");
                found.extend(self.keys(&sql, params![ledger, code])?);
            }
        }
        let Some(scope) = Scope::of(event) else {
            return Ok(());
        };
        for key in found {
            self.tx
                .prepare_cached("INSERT OR IGNORE INTO decisions VALUES (?1, ?2)")?
                .execute(params![key.to_string(), offset as i64])?;
            self.tell(&key, scope.fact(offset, event), event)?;
        }
        Ok(())
    }

    pub(super) fn keys(
        &self,
        sql: &str,
        parameters: impl rusqlite::Params,
    ) -> Result<Vec<EntityKey>, ViewsError> {
        let mut query = self.tx.prepare_cached(sql)?;
        let keys = query.query_map(parameters, |row| row.get::<_, String>(0))?;
        keys.map(|key| entity_of(&key?)).collect()
    }

    pub(super) fn left_behind(
        &mut self,
        offset: u64,
        event: &Event,
        submitted: &JournalSubmitted,
        left: &LeftRows,
    ) -> Result<(), Refusal> {
        let group = submitted.group;
        self.tx
            .prepare_cached("INSERT OR REPLACE INTO left_rows VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?
            .execute(params![
                submitted.ledger.as_str(),
                number(group)?,
                left.source,
                left.journals,
                left.rows,
                event.time.as_microsecond(),
            ])?;
        let cause = format!(
            "ledger {}: up to {} rows of {} journals are left in Fusion's interface table under source `{}` and group {group}, since attempt {} of batch {} was given up",
            submitted.ledger,
            left.rows,
            left.journals,
            left.source,
            submitted.attempt,
            submitted.batch,
        );
        let remedy = format!(
            "run Delete Journal Import Data in Fusion for exactly source `{}` and group {group}, then: counterfoil journals clear-group {group} --reason …",
            left.source
        );
        self.exception(Exception {
            offset,
            kind: "stuck",
            entity: None,
            journal: None,
            about: Some(&about_group(group)),
            code: "ROWS_LEFT",
            cause: &cause,
            remedy: &remedy,
            since: event.time,
        })?;
        Ok(())
    }

    pub(super) fn cleared(&mut self, offset: u64, cleared: &GroupCleared) -> Result<(), Refusal> {
        self.tx
            .prepare_cached("DELETE FROM left_rows WHERE ledger = ?1 AND import_group = ?2")?
            .execute(params![cleared.ledger.as_str(), number(cleared.group)?])?;
        self.close(offset, "stuck", &about_group(cleared.group))
    }

    pub(super) fn delayed(&mut self, offset: u64, delayed: &JournalDelayed) -> Result<(), Refusal> {
        let cause = format!(
            "batch `{}` with {} journals is imported since {} and not posted: {}",
            delayed.batch_name, delayed.journals, delayed.imported, delayed.state
        );
        self.exception(Exception {
            offset,
            kind: "unposted",
            entity: None,
            journal: None,
            about: Some(delayed.batch.as_str()),
            code: "BATCH_UNPOSTED",
            cause: &cause,
            remedy: codes::remedy("BATCH_UNPOSTED"),
            since: delayed.imported,
        })?;
        Ok(())
    }

    /// Closes the exception of a batch once none of its journals waits any more. What
    /// is asked of the journals depends on the exception, so that it is asked only where
    /// there is one, and not for each journal that is posted.
    pub(super) fn no_longer_delayed(&self, offset: u64, batch: &BatchKey) -> Result<(), Refusal> {
        self.tx
            .prepare_cached(
                "UPDATE exceptions SET closed = ?1
                 WHERE about = ?2 AND kind = 'unposted' AND closed IS NULL AND NOT EXISTS (
                     SELECT 1 FROM submissions s JOIN journals j ON j.ledger = s.ledger AND j.key = s.journal AND j.batch = s.batch
                     WHERE s.batch = exceptions.about AND j.state = 'imported')",
            )?
            .execute(params![offset as i64, batch.as_str()])?;
        Ok(())
    }

    pub(super) fn alarmed(
        &mut self,
        offset: u64,
        event: &Event,
        alarmed: &LedgerAlarmed,
    ) -> Result<(), Refusal> {
        self.exception(Exception {
            offset,
            kind: "alarm",
            entity: None,
            journal: None,
            about: Some(&about_ledger(alarmed.ledger.as_str())),
            code: &alarmed.code,
            cause: &alarmed.cause,
            remedy: &alarmed.remedy,
            since: event.time,
        })?;
        Ok(())
    }

    /// Exactly the alarm that was meant: there may be another by now.
    pub(super) fn acknowledged(
        &mut self,
        offset: u64,
        acknowledged: &LedgerAcknowledged,
    ) -> Result<(), Refusal> {
        self.tx
            .prepare_cached(
                "UPDATE exceptions SET closed = ?1 WHERE closed IS NULL AND kind = 'alarm'
                     AND about = ?2 AND offset = (SELECT offset FROM events WHERE id = ?3)",
            )?
            .execute(params![
                offset as i64,
                about_ledger(acknowledged.ledger.as_str()),
                acknowledged.alarm.0.as_bytes()
            ])?;
        Ok(())
    }

    fn close(&self, offset: u64, kind: &str, about: &str) -> Result<(), Refusal> {
        self.tx
            .prepare_cached(
                "UPDATE exceptions SET closed = ?1 WHERE about = ?3 AND kind = ?2 AND closed IS NULL",
            )?
            .execute(params![offset as i64, kind, about])?;
        Ok(())
    }
}

fn about_group(group: u64) -> String {
    format!("group {group}")
}

fn about_ledger(ledger: &str) -> String {
    format!("ledger {ledger}")
}

/// What is held, as the views keep it.
fn column(entity: Option<&EntityKey>) -> String {
    entity.map(EntityKey::to_string).unwrap_or_default()
}
